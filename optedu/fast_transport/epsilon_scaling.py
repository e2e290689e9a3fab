"""Sinkhorn with a regularization that decreases to the problem's."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.parameters import constant, require_positive
from optedu.protocol import method


class EpsilonScalingState(NamedTuple):
    x: np.ndarray  # the dual potentials
    t: float  # the regularization of the next round


@method
class EpsilonScaling(NamedTuple):
    """Sinkhorn's rounds, with a regularization that falls by a factor from round to round.

    Problem      minimize t* sum_ij P_ij - <a, f> - <b, g>, P_ij = exp((f_i + g_j - C_ij) / t*).
    Update       a round of Sinkhorn at regularization t;  t+ = max(t*, shrink t)
    Guarantee    once t = t*, that of Sinkhorn; before, each t gives the next one a start whose
                 plan has about the right shape.
    Cost         per round, two sums of exponentials over the whole cost.
    Use when     t* is small against the cost.
    Fails when   the last digits matter: the last stage is Sinkhorn's own, and as slow.

    The certificate is the gradient at the problem's own regularization, all the time.

    Parameters
    ----------
    first : float
        t of the first round; where it is below t*, all rounds have t*.
    shrink : float
        Factor of t per round, in (0, 1).
    regularization : float, optional
        t*; by default the problem's.

    References
    ----------
    schmitzer2019.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> C = np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> problem = oe.problems.EntropicTransport(C, [0.5, 0.5], [0.3, 0.7], 0.05)
    >>> problem.plan(oe.run(oe.EpsilonScaling(), problem, tol=1e-9).x).round(4) + 0.0
    array([[0.3, 0.2],
           [0. , 0.5]])
    """

    first: float = 1.0
    shrink: float = 0.8
    regularization: float | None = None

    def check(self):
        """Refuse numbers that are not positive, and a factor that is not below 1."""
        require_positive(self, "first", "shrink", "regularization")
        if not self.shrink < 1:
            raise ValueError(f"EpsilonScaling: shrink must be below 1, got {self.shrink}")

    def resolve(self, problem):
        """Take the problem's regularization where none is given."""
        if self.regularization is not None:
            return self
        t = constant(self, problem, "regularization", "regularization")
        return self._replace(regularization=t)

    def init(self, problem, x):
        return EpsilonScalingState(x, max(self.first, self.regularization))

    def step(self, problem, state):
        x, t = state
        x = problem.soft_transform(1, problem.soft_transform(0, x, t), t)
        return EpsilonScalingState(x, max(self.regularization, self.shrink * t))
