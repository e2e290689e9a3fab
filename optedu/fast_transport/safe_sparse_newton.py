"""Safe and sparse Newton: a threshold that follows the error, and a shift that keeps it safe."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.certificates import length
from optedu.fast_transport.sparse_plan import (
    dual_point,
    entries_from,
    solve_bordered,
)
from optedu.line_search import inner
from optedu.parameters import require_positive
from optedu.protocol import method
from optedu.transport.constants import with_constants


class SafeSparseNewtonState(NamedTuple):
    x: np.ndarray  # the dual potentials (f, g)
    f: float  # the value of the dual
    g: np.ndarray  # its gradient: errors of the row sums and of the column sums
    P: np.ndarray  # the plan
    mu: float  # the shift, in units of the error


@method
class SafeSparseNewton(NamedTuple):
    """Newton steps with a sparse Hessian whose error, and whose shift, follow the gradient.

    Problem      minimize F(f, g) = t sum_ij P_ij - <a, f> - <b, g>,
                 P_ij = exp((f_i + g_j - C_ij) / t), convex.
    Update       (H + lam I) d = -grad F(x),   H = [[diag(P 1), S], [S', diag(P'1)]] / t,
                 lam = mu ||grad F(x)||; S lacks the entries of P below
                 threshold * ||grad F(x)|| / max(n, m)
                 s = 1 if F falls by a tenth of its slope, else the best of 1, 1/2, 1/4, 1/10;
                 ratio = decrease / what the quadratic model promised
                 x+ = x + s d if ratio > 0; mu+ = 4 mu if ratio < 1/4, max(mu / 2, 0.001) if
                 ratio > 3/4
    Guarantee    No sum of a row or column of P - S exceeds threshold * ||grad F(x)||, so that H
                 is within that over t of the Hessian; H + lam I is positive definite, lam at the
                 least. tang2024b prove global convergence and a quadratic local rate for their
                 rule.
    Cost         one plan per trial of s; some dozens of products with the entries kept.
    Use when     nobody shall choose how many entries to keep.
    Fails when   t is large and the plan is dense: nothing is left out near the end.

    Of the papers' rule, three things are ours: one threshold for all entries, where theirs sorts
    the columns; the first start by a round of Sinkhorn; no potential is held at zero.

    Parameters
    ----------
    threshold : float
        Largest error of a row of S, in units of the error of the sums.
    shift : float
        The first mu.
    cg_steps : int
        Largest number of conjugate gradient steps for one direction.
    regularization : float, optional
        t; the problem's, and no other.
    marginals : numpy.ndarray, shape (n + m,), optional
        (a, b); by default the problem's.

    References
    ----------
    tang2024b, and its authors' code for the constants.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> C = np.random.default_rng(0).uniform(size=(8, 8))
    >>> problem = oe.problems.EntropicTransport(C, np.ones(8), np.ones(8), 0.01)
    >>> oe.run(oe.SafeSparseNewton(), problem, tol=1e-9).success
    True
    """

    threshold: float = 0.01
    shift: float = 1.0
    cg_steps: int = 1000
    regularization: float | None = None
    marginals: np.ndarray | None = None

    certificate_name = "gradient norm"

    def check(self):
        """Refuse numbers that are not positive."""
        require_positive(self, "threshold", "shift", "cg_steps", "regularization")

    def resolve(self, problem):
        """Take the problem's regularization and marginals where none are given."""
        return with_constants(self, problem)

    def init(self, problem, x):
        t, ab = self.regularization, self.marginals
        x = problem.soft_transform(1, problem.soft_transform(0, x, t), t)
        x, f, g, P = dual_point(problem, x, ab, t)
        return SafeSparseNewtonState(x, f, g, P, self.shift)

    def step(self, problem, state):
        x, f, g, P, mu = state
        t, ab, error = self.regularization, self.marginals, length(state.g)
        S = entries_from(P, self.threshold * error / max(P.shape[0], P.shape[1]))
        D = g + ab + t * mu * error
        d = -t * solve_bordered(D, S, g, min(0.1, 10 * error) * error, self.cg_steps)
        s, best = 1.0, dual_point(problem, x + d, ab, t)
        for shorter in (0.5, 0.25, 0.1):
            if best[1] <= f + 0.1 * s * inner(g, d):
                break
            trial = dual_point(problem, x + shorter * d, ab, t)
            if not best[1] <= trial[1]:
                s, best = shorter, trial
        n, row, column, value = S
        curved = inner((g + ab) * d, d) + 2 * np.sum(value * d[row] * d[n + column])
        promised = -s * inner(g, d) - s * s * curved / (2 * t)
        slack = 1e-14 * (abs(f) + t)
        ratio = (f - best[1] + slack) / (promised + slack)
        if ratio < 0.25 or not np.isfinite(ratio):
            mu = 4 * mu
        elif ratio > 0.75:
            mu = max(mu / 2, 1e-3)
        if not ratio > 0.0:
            return SafeSparseNewtonState(x, f, g, P, mu)
        return SafeSparseNewtonState(best[0], best[1], best[2], best[3], mu)

    def certificate(self, problem, state):
        """Length of the gradient, which the state holds."""
        return length(state.g)
