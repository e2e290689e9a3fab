"""PSGD on the group of triangular matrices: a full preconditioner, no inverse."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.curvature.lie_group import first_scale, fit_triangular
from optedu.parameters import require_positive
from optedu.protocol import method


class PSGDTriangularState(NamedTuple):
    x: np.ndarray  # the iterate
    Q: np.ndarray  # upper triangular factor of the preconditioner Q'Q


@method
class PSGDTriangular(NamedTuple):
    """Preconditioned gradient descent, the preconditioner fitted among P = Q'Q, Q upper triangular.

    Problem      minimize f(x), f twice differentiable, convex or not.
    Update       draw v ~ N(0, I);  h = Hess f(x) v,  a = Q h,  b = Q^(-T) v
                 Q+ = Q - rate triu(a a' - b b') Q / (||a||^2 + ||b||^2)
                 x+ = x - step_size Q'Q grad f(x)
    Guarantee    none for x. For a fixed H the criterion E[h'Ph + v'P^(-1)v] is least at
                 P = |H|^(-1) (li2018); the run is the same in coordinates y, x = A y,
                 for any lower triangular A and probes v transformed along (Q becomes Q A^(-T)).
    Cost         one gradient, one Hessian product, O(d^3) per step.
    Use when     as PSGDGeneral; nothing is inverted, and Q cannot become singular unnoticed.
    Fails when   probes are few: the fit takes about 10 d steps, and until then a step of 1 may
                 overshoot. Where H is singular the preconditioner grows without end.

    Parameters
    ----------
    step_size : float, default 0.5
        1 is Newton's step once the preconditioner is fitted.
    rate : float, default 0.1
        How fast it is fitted, in (0, 1].

    References
    ----------
    li2018; pooladzandi2024.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    >>> oe.run(oe.PSGDTriangular(), problem, [0.0, 0.0]).x.round(5)
    array([0.2, 0.4])
    """

    step_size: float = 0.5
    rate: float = 0.1

    def check(self):
        """Refuse a step size that is not positive, or a rate outside (0, 1]."""
        require_positive(self, "step_size", "rate")
        if self.rate > 1:
            raise ValueError(f"PSGDTriangular: rate must be at most 1, got {self.rate}")

    def init(self, problem, x, rng):
        return PSGDTriangularState(x, first_scale(problem, x, rng) * np.eye(x.size))

    def step(self, problem, state, rng):
        x = state.x
        v = rng.standard_normal(x.size)
        h = problem.hessian_product(x, v.reshape(x.shape)).ravel()
        Q = fit_triangular(state.Q, v, h, self.rate)
        g = problem.gradient(x).ravel()
        return PSGDTriangularState(x - self.step_size * ((Q @ g) @ Q).reshape(x.shape), Q)
