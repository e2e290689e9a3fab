"""Sinkhorn's algorithm, on the logarithms of its scalings."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.parameters import constant, require_positive
from optedu.problems.transport import BOTH
from optedu.protocol import method


class SinkhornState(NamedTuple):
    x: np.ndarray  # the dual potentials, block after block


@method
class Sinkhorn(NamedTuple):
    """Alternating exact minimization over the blocks of dual potentials.

    Problem      minimize t sum_ij P_ij - <a, f> - <b, g>, P_ij = exp((f_i + g_j - C_ij) / t).
    Update       f_i+ = t log a_i - t log sum_j exp((g_j - C_ij) / t)
                 g_j+ = t log b_j - t log sum_i exp((f_i+ - C_ij) / t)
    Guarantee    each round contracts Hilbert's metric of the scalings by tanh(D / 4)^2, D the
                 largest of (C_ij + C_kl - C_il - C_kj) / t.
    Cost         per round, two sums of exponentials over the whole cost; one where the problem
                 transforms both blocks at once.
    Use when     a moderate accuracy is enough, or t is not small against the cost.
    Fails when   t is small: the factor is 1 - 4 exp(-D / 2), nearly.

    Parameters
    ----------
    regularization : float, optional
        t; by default the problem's.
    at_once : bool, optional
        Whether ``soft_transform(2, x, t)`` is asked for both lines, the problem having it; by
        default if the problem says so.

    References
    ----------
    sinkhorn1967; cuturi2013; franklin1989 (the contraction).

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> C = np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> problem = oe.problems.EntropicTransport(C, [0.5, 0.5], [0.5, 0.5], 0.1)
    >>> problem.plan(oe.run(oe.Sinkhorn(), problem).x).round(4)
    array([[0.5, 0. ],
           [0. , 0.5]])
    """

    regularization: float | None = None
    at_once: bool | None = None

    def check(self):
        """Refuse a number that is not positive."""
        require_positive(self, "regularization")

    def resolve(self, problem):
        """Take the problem's regularization, and its way to transform, where none is given."""
        t, at_once = self
        if t is None:
            t = constant(self, problem, "regularization", "regularization")
        if at_once is None:
            at_once = getattr(problem, "transforms_at_once", False)
        return self._replace(regularization=t, at_once=at_once)

    def init(self, problem, x):
        return SinkhornState(x)

    def step(self, problem, state):
        t = self.regularization
        if self.at_once:
            return SinkhornState(problem.soft_transform(BOTH, state.x, t))
        x = problem.soft_transform(0, state.x, t)
        return SinkhornState(problem.soft_transform(1, x, t))
