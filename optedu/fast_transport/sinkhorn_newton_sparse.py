"""Sinkhorn-Newton-Sparse: Newton's method on the dual, with the few entries that matter."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.certificates import length
from optedu.fast_transport.sparse_plan import (
    dual_point,
    dual_search,
    largest_entries,
    sinkhorn_round,
    solve_bordered,
)
from optedu.parameters import require_positive
from optedu.protocol import method
from optedu.transport.constants import with_constants


class SinkhornNewtonSparseState(NamedTuple):
    x: np.ndarray  # the dual potentials (f, g)
    f: float  # the value of the dual
    g: np.ndarray  # its gradient: errors of the row sums and of the column sums
    P: np.ndarray  # the plan
    k: int  # steps taken


@method
class SinkhornNewtonSparse(NamedTuple):
    """Rounds of Sinkhorn, then Newton steps with all but the largest entries of the plan dropped.

    Problem      minimize F(f, g) = t sum_ij P_ij - <a, f> - <b, g>,
                 P_ij = exp((f_i + g_j - C_ij) / t), convex.
    Update       the first `rounds` steps are Sinkhorn's; then, with x = (f, g),
                 x+ = x + s d,   [[diag(P 1), S], [S', diag(P'1)]] d = -t grad F(x),
                 S = P at its `keep` * n largest entries and 0 elsewhere; s = 1, 1/2, 1/4, ...
                 until F(x + s d) <= F(x) + s <grad F(x), d> / 10000
    Guarantee    F falls at each step. The matrix is positive semidefinite, for its diagonals are
                 kept. With S = P it is Newton's method: errors square near the solution. Else
                 they shrink by a factor that goes to zero with the mass dropped.
    Cost         one plan per step, more where a step is halved; a selection among n m numbers;
                 some dozens of products with `keep` * n numbers.
    Use when     t is small and the plan is nearly a matching: sums to 1e-9 and better.
    Fails when   the plan is not sparse (large t), or `keep` is too small: then convergence is
                 linear. Where two matchings nearly tie, the last digits are slow.

    Parameters
    ----------
    keep : float
        Entries kept, per row of the plan, on average.
    rounds : int
        Rounds of Sinkhorn at the beginning.
    cg_steps : int
        Largest number of conjugate gradient steps for one direction.
    regularization : float, optional
        t; the problem's, and no other.
    marginals : numpy.ndarray, shape (n + m,), optional
        (a, b); by default the problem's.

    References
    ----------
    tang2024.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> C = np.random.default_rng(0).uniform(size=(8, 8))
    >>> problem = oe.problems.EntropicTransport(C, np.ones(8), np.ones(8), 0.01)
    >>> trace = oe.run(oe.SinkhornNewtonSparse(keep=4, rounds=5), problem, tol=1e-9)
    >>> trace.success, bool(trace.iterations[-1] < 30)
    (True, True)
    """

    keep: float = 8.0
    rounds: int = 20
    cg_steps: int = 1000
    regularization: float | None = None
    marginals: np.ndarray | None = None

    certificate_name = "gradient norm"

    def check(self):
        """Refuse numbers that are not positive."""
        require_positive(self, "keep", "cg_steps", "regularization")

    def resolve(self, problem):
        """Take the problem's regularization and marginals where none are given."""
        return with_constants(self, problem)

    def init(self, problem, x):
        t, ab = self.regularization, self.marginals
        x, f, g, P = dual_point(problem, x, ab, t)
        return SinkhornNewtonSparseState(x, f, g, P, 0)

    def step(self, problem, state):
        x, f, g, P, k = state
        t, ab = self.regularization, self.marginals
        if k < self.rounds:
            x = sinkhorn_round(problem, x, g, P, ab, t)
            x, f, g, P = dual_point(problem, x, ab, t)
            return SinkhornNewtonSparseState(x, f, g, P, k + 1)
        S = largest_entries(P, int(self.keep * P.shape[0]))
        error = length(g)
        accuracy = min(0.1, 10 * error) * error
        d = -t * solve_bordered(g + ab, S, g, accuracy, self.cg_steps)
        x, f, g, P = dual_search(problem, x, f, g, d, ab, t)
        return SinkhornNewtonSparseState(x, f, g, P, k + 1)

    def certificate(self, problem, state):
        """Length of the gradient, which the state holds."""
        return length(state.g)
