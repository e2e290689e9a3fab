"""PSGD on the group of diagonal matrices: a step size for each coordinate from Hessian products."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.curvature.lie_group import first_scale, fit_diagonal
from optedu.parameters import require_positive
from optedu.protocol import method


class PSGDDiagonalState(NamedTuple):
    x: np.ndarray  # the iterate
    q: np.ndarray  # square roots of the preconditioner's diagonal


@method
class PSGDDiagonal(NamedTuple):
    """Preconditioned gradient descent, the preconditioner fitted among P = diag(q^2).

    Problem      minimize f(x), f twice differentiable, convex or not.
    Update       draw v ~ N(0, I);  h = Hess f(x) v,  a = q h,  b = v / q
                 q+ = q - rate (a^2 - b^2) q / max(a^2 + b^2)  (entry by entry)
                 x+ = x - step_size diag(q^2) grad f(x)
    Guarantee    none for x. For a fixed H the criterion E[h'Ph + v'P^(-1)v] is least at
                 q_i^2 = 1 / (length of row i of H) (li2018); the run is the same in other units of
                 the coordinates when the probes v are transformed along.
    Cost         one gradient, one Hessian product, O(d) per step.
    Use when     d is large and coordinates are badly scaled.
    Fails when   H is far from diagonal: the preconditioner then cannot help, and one step size for
                 all coordinates does as well.

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
    >>> oe.run(oe.PSGDDiagonal(), problem, [0.0, 0.0]).x.round(5)
    array([0.2, 0.4])
    """

    step_size: float = 0.5
    rate: float = 0.1

    def check(self):
        """Refuse a step size that is not positive, or a rate outside (0, 1]."""
        require_positive(self, "step_size", "rate")
        if self.rate > 1:
            raise ValueError(f"PSGDDiagonal: rate must be at most 1, got {self.rate}")

    def init(self, problem, x, rng):
        return PSGDDiagonalState(x, first_scale(problem, x, rng) * np.ones(x.size))

    def step(self, problem, state, rng):
        x = state.x
        v = rng.standard_normal(x.size)
        h = problem.hessian_product(x, v.reshape(x.shape)).ravel()
        q = fit_diagonal(state.q, v, h, self.rate)
        g = problem.gradient(x).ravel()
        return PSGDDiagonalState(x - self.step_size * (q * q * g).reshape(x.shape), q)
