"""Sinkhorn's algorithm that goes too far on purpose."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.parameters import constant, require_positive
from optedu.protocol import method


class OverRelaxedSinkhornState(NamedTuple):
    x: np.ndarray  # the dual potentials, rows and then columns


@method
class OverRelaxedSinkhorn(NamedTuple):
    """Alternating minimization that goes omega times as far as the minimum of each block.

    Problem      minimize t sum_ij P_ij - <a, f> - <b, g>, P_ij = exp((f_i + g_j - C_ij) / t).
    Update       f+ = f + omega (S_0(g) - f),  g+ = g + omega (S_1(f+) - g), S the soft transforms
                 of `Sinkhorn`, which is omega = 1.
    Guarantee    near the solution, linear with the factor omega - 1 at the best
                 omega = 2 / (1 + sqrt(1 - r)), r < 1 the factor of `Sinkhorn` there: 1 - s with
                 s = 1 - r becomes 1 - 2 sqrt(s), nearly. None from afar for omega > 1.
    Cost         per round, two sums of exponentials over the whole cost.
    Use when     t is small and Sinkhorn converges, but slowly.
    Fails when   omega >= 2, always; omega near 2 and r not near 1: slower than Sinkhorn.

    Parameters
    ----------
    relaxation : float
        omega, in (0, 2).
    regularization : float, optional
        t; by default the problem's.

    References
    ----------
    thibault2021; young1954 (the factor, for linear equations).

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> C = np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> problem = oe.problems.EntropicTransport(C, [0.5, 0.5], [0.4, 0.6], 0.2)
    >>> plain, far = (oe.run(oe.OverRelaxedSinkhorn(w), problem, tol=1e-9) for w in (1.0, 1.3))
    >>> len(far) < 0.6 * len(plain)
    True
    """

    relaxation: float = 1.5
    regularization: float | None = None

    def check(self):
        """Refuse a relaxation outside (0, 2), and a regularization that is not positive."""
        require_positive(self, "relaxation", "regularization")
        if not self.relaxation < 2:
            raise ValueError(
                f"OverRelaxedSinkhorn: relaxation must be below 2, got {self.relaxation}"
            )

    def resolve(self, problem):
        """Take the problem's regularization where none is given."""
        if self.regularization is not None:
            return self
        return self._replace(
            regularization=constant(self, problem, "regularization", "regularization")
        )

    def init(self, problem, x):
        return OverRelaxedSinkhornState(x)

    def step(self, problem, state):
        t, omega, x = self.regularization, self.relaxation, state.x
        x = x + omega * (problem.soft_transform(0, x, t) - x)
        return OverRelaxedSinkhornState(x + omega * (problem.soft_transform(1, x, t) - x))
