"""Newton's method with a quadratic regularization that the gradient's length sets."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.cubic.cubic_subproblem import decompose, norm, regularized_step
from optedu.cubic.lazy_theory import regularized_gradient_bound
from optedu.parameters import constant
from optedu.protocol import method


class RegularizedNewtonState(NamedTuple):
    x: np.ndarray  # the iterate


@method
class RegularizedNewton(NamedTuple):
    """Gradient-regularized Newton for convex functions, by Mishchenko and by Doikov and Nesterov.

    Problem      minimize f(x), f convex, the Hessian Lipschitz with constant L.
    Update       x+ = x - (hess f(x) + sqrt(M ||g||) I)^{-1} g,  M = L / 2
    Guarantee    f(x) - f(x+) >= ||grad f(x+)||^2 / (6 sqrt(M ||g||)), hence, with a = 3 k + 1,
                 min_i ||grad f(x_i)|| <= (6 sqrt(M) (f(x_0) - f*) ||g_0||^{1/(2k)} / k)^{2k/a};
                 f(x_k) - f* = O(1/k^2) (mishchenko2023); quadratic convergence with exponent 3/2
                 at least near the minimizer of a strongly convex f.
    Cost         one gradient, one Hessian, one eigendecomposition (a Cholesky would do).
    Use when     f is convex: the step of cubic Newton for one linear system.
    Fails when   f is not convex: H is then shifted to H >= 0, without a theory, and a saddle
                 point with g = 0 is not left.

    Parameters
    ----------
    regularization : float, optional
        M, at least 0; by default half of problem.hessian_lipschitz.

    References
    ----------
    mishchenko2023; doikov2024b.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> problem = oe.problems.generators.random_logistic(seed=0)
    >>> oe.run(oe.RegularizedNewton(0.1), problem, np.zeros(5), tol=1e-10).status.value
    'converged'
    """

    regularization: float | None = None

    def check(self):
        """Refuse a negative weight."""
        if self.regularization is not None and not self.regularization >= 0:
            raise ValueError(
                f"RegularizedNewton: regularization must be at least 0, got {self.regularization}"
            )

    def resolve(self, problem):
        """Take M = L / 2 where none is given."""
        if self.regularization is not None:
            return self
        L = constant(self, problem, "hessian_lipschitz", "regularization")
        return self._replace(regularization=L / 2)

    def init(self, problem, x):
        return RegularizedNewtonState(x)

    def step(self, problem, state):
        g = problem.gradient(state.x)
        eigenvalues, vectors = decompose(problem.hessian(state.x))
        weight = np.sqrt(self.regularization * norm(g))
        h = regularized_step(eigenvalues, vectors, g.ravel(), weight)
        return RegularizedNewtonState(state.x + h.reshape(state.x.shape))

    def guarantee(self, problem, k, x0):
        """Bound the smallest gradient."""
        L = getattr(problem, "hessian_lipschitz", None)
        if L is None or self.regularization is None:
            return None
        return regularized_gradient_bound(
            problem, k, x0, self.regularization, L, 1, "mishchenko2023"
        )
