"""Cubic Newton: minimize the quadratic model plus a cube of the distance."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.cubic.cubic_subproblem import cubic_step, decompose
from optedu.cubic.lazy_theory import cubic_gradient_bound
from optedu.guarantees import Guarantee
from optedu.parameters import constant, known
from optedu.protocol import method


class CubicNewtonState(NamedTuple):
    x: np.ndarray  # the iterate


@method
class CubicNewton(NamedTuple):
    """Newton's method with cubic regularization, by Nesterov and Polyak.

    Problem      minimize f(x), the Hessian Lipschitz with constant L; f need not be convex.
    Update       x+ = argmin_y <g, y - x> + <H (y - x), y - x> / 2 + M ||y - x||^3 / 6
    Guarantee    with M = L: min_i ||grad f(x_i)|| <= (12 sqrt(L) (f(x_0) - f*) / k)^{2/3}; on
                 convex functions f(x_k) - f* <= 9 L R^3 / k^2, R the radius of the level set
                 around x* (orders of nesterov2006, constants proved in the book); near a minimizer
                 with positive definite Hessian quadratic convergence.
    Cost         one gradient, one Hessian, one eigendecomposition (about 9 d^3 operations).
    Use when     d is at most a few hundred, and saddle points or far starts trouble Newton.
    Fails when   L is unknown or much too large somewhere; then AdaptiveCubicNewton. Where the
                 Hessian costs much more than a gradient, LazyCubicNewton.

    Parameters
    ----------
    regularization : float, optional
        M, at least 0; by default problem.hessian_lipschitz. With 0 the step is Newton's.

    References
    ----------
    nesterov2006.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> trace = oe.run(oe.CubicNewton(1100.0), oe.problems.Rosenbrock(), [0.0, 0.0], tol=1e-9)
    >>> trace.x.round(6)
    array([1., 1.])
    """

    regularization: float | None = None

    def check(self):
        """Refuse a negative weight."""
        if self.regularization is not None and not self.regularization >= 0:
            raise ValueError(
                f"CubicNewton: regularization must be at least 0, got {self.regularization}"
            )

    def resolve(self, problem):
        """Take M = L where none is given."""
        if self.regularization is not None:
            return self
        L = constant(self, problem, "hessian_lipschitz", "regularization")
        return self._replace(regularization=L)

    def init(self, problem, x):
        return CubicNewtonState(x)

    def step(self, problem, state):
        g = problem.gradient(state.x)
        eigenvalues, vectors = decompose(problem.hessian(state.x))
        h = cubic_step(eigenvalues, vectors, g.ravel(), self.regularization)
        return CubicNewtonState(state.x + h.reshape(state.x.shape))

    def guarantee(self, problem, k, x0):
        """Bound the gap where f is strongly convex, else the smallest gradient."""
        L = getattr(problem, "hessian_lipschitz", None)
        M = self.regularization
        if L is None or M is None or M < L:
            return None
        constants = known(problem, "minimum", "strong_convexity")
        if constants is None or not constants[1] > 0:
            return cubic_gradient_bound(problem, k, x0, M, L, 1, "nesterov2006")
        minimum, mu = constants
        radius = np.sqrt(2.0 * (problem.value(x0) - minimum) / mu)
        n = np.maximum(k, 1)
        bound = np.where(np.asarray(k) > 0, 4.5 * (L + M) * radius**3 / n**2, np.inf)
        return Guarantee("gap", bound[()], "nesterov2006")
