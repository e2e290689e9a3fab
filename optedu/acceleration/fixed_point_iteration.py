"""The fixed-point iteration, plain or averaged (Krasnoselskii-Mann)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.acceleration.bounds import fixed_point_distance
from optedu.guarantees import Guarantee
from optedu.protocol import method


class FixedPointIterationState(NamedTuple):
    x: np.ndarray  # the iterate


@method
class FixedPointIteration(NamedTuple):
    """The fixed-point iteration, averaged by Krasnoselskii and Mann.

    Problem      find x = T x, T nonexpansive: ||T x - T y|| <= ||x - y||.
    Update       x+ = (1 - relaxation) x + relaxation * T x
    Guarantee    T x* = x*, R = ||x_0 - x*||, g = relaxation:
                 1/2 <= g <= (1 + sqrt(k / (k + 1))) / 2:
                 ||x_k - T x_k||^2 <= (k / (k + 1))^k R^2 / ((k + 1) g (1 - g)), tight (lieder2018,
                 Theorem 4.9); larger g: 4 (2 g - 1)^(2k) R^2, tight too;
                 g < 1/2: R^2 / ((k + 1) g (1 - g)), from summing
                 ||x+ - x*||^2 <= ||x - x*||^2 - g (1 - g) ||x - T x||^2.
    Cost         one operator per step.
    Use when     T is a contraction, or already averaged (proximal point, Douglas-Rachford).
    Fails when   relaxation = 1 and T is a rotation: it turns for ever. HalpernIteration has a
                 residual of order 1/k for every nonexpansive T, this method 1/sqrt(k).

    Parameters
    ----------
    relaxation : float, default 0.5
        In (0, 1]; 1 is the plain iteration.

    References
    ----------
    krasnoselskii1955; mann1953; lieder2018, Theorem 4.9.

    Examples
    --------
    >>> import optedu as oe
    >>> rotation = oe.problems.AffineMap([[0.0, -1.0], [1.0, 0.0]], [2.0, 0.0])
    >>> oe.run(oe.FixedPointIteration(), rotation, [5.0, 0.0]).x.round(4)
    array([1., 1.])
    """

    relaxation: float = 0.5

    def check(self):
        """Refuse a relaxation outside (0, 1]."""
        if not 0 < self.relaxation <= 1:
            raise ValueError(
                f"FixedPointIteration: relaxation must be in (0, 1], got {self.relaxation}"
            )

    def init(self, problem, x):
        return FixedPointIterationState(x)

    def step(self, problem, state):
        x, g = state.x, self.relaxation
        return FixedPointIterationState((1 - g) * x + g * problem.operator(x))

    def guarantee(self, problem, k, x0):
        """Return the bound on the residual ||x_k - T x_k||, where a fixed point is known."""
        distance = fixed_point_distance(problem, x0)
        if distance is None:
            return None
        g, k = self.relaxation, np.asarray(k, dtype=float)
        with np.errstate(divide="ignore"):
            averaged = distance / ((k + 1) * g * (1 - g)) if g < 1 else np.full(k.shape, np.inf)
        if g < 0.5:
            return Guarantee("gradient_norm", np.sqrt(averaged), "krasnoselskii1955")
        small = g <= (1 + np.sqrt(k / (k + 1))) / 2
        ratio = (k / (k + 1)) ** k
        squared = np.where(small, ratio * averaged, 4 * (2 * g - 1) ** (2 * k) * distance)
        return Guarantee("gradient_norm", np.sqrt(squared), "lieder2018, Theorem 4.9")
