"""Gradient steps with the best polynomial of the curvature matrix, found anew each time."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.acceleration.bounds import chebyshev, initial_gap, is_quadratic
from optedu.acceleration.symmetric_polynomials import check_curvature, curvature_of
from optedu.guarantees import Guarantee
from optedu.parameters import known, require_positive
from optedu.protocol import method, portable


class KrylovPreconditionedGradientState(NamedTuple):
    x: np.ndarray  # the iterate


@method
class KrylovPreconditionedGradient(NamedTuple):
    """The gradient method with adaptive Krylov preconditioning of Doikov and Rodomanov.

    Problem      minimize f(x), f with Hessian at most L B for a known matrix B (``curvature``),
                 symmetric positive definite.
    Update       x+ = x + h,  h minimizes <g, h> + (L / 2) <h, B h> over
                 span{g, B g, ..., B^tau g}, g = grad f(x)
    Guarantee    no polynomial preconditioner of degree tau decreases the model more. On a
                 quadratic with Hessian B and L = 1 a step is tau + 1 steps of conjugate gradients:
                 f(x_k) - f* <= (f(x_0) - f*) / T_{tau+1}((l_1 + l_n) / (l_1 - l_n))^(2k),
                 l_1 and l_n the extreme eigenvalues of B.
    Cost         one gradient and tau + 1 products with B per step, and a basis of tau + 1 vectors.
    Use when     as PolynomialPreconditionedGradient, without traces and without a step size.
    Fails when   B says little about the Hessian: the model is then far above f.

    Parameters
    ----------
    curvature : numpy.ndarray, shape (d, d), optional
        B; by default the Hessian of a quadratic.
    degree : int, default 1
        tau; 0 with B = I is gradient descent.
    relative_smoothness : float, default 1.0
        L, with Hessian <= L B everywhere.

    References
    ----------
    doikov2023.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> problem = oe.problems.Quadratic(np.diag([100.0, 2.0, 1.0]), np.ones(3))
    >>> len(oe.run(oe.KrylovPreconditionedGradient(degree=2), problem, np.zeros(3))) - 1
    1
    """

    curvature: np.ndarray | None = None
    degree: int = 1
    relative_smoothness: float = 1.0

    def check(self):
        """Refuse a curvature that is no symmetric matrix, and numbers out of range."""
        check_curvature(self)
        require_positive(self, "relative_smoothness")

    def resolve(self, problem):
        """Take the Hessian of a quadratic as the curvature where none is given."""
        return self._replace(curvature=curvature_of(self, problem))

    def init(self, problem, x):
        return KrylovPreconditionedGradientState(x)

    def step(self, problem, state):
        x, B = state.x, self.curvature
        g = problem.gradient(x)
        Q = krylov_basis(B, g, self.degree + 1)
        model = np.ascontiguousarray(Q @ B) @ np.ascontiguousarray(Q.T)
        weights = np.linalg.solve(model, Q @ g)
        return KrylovPreconditionedGradientState(x - weights @ Q / self.relative_smoothness)

    def guarantee(self, problem, k, x0):
        """Return the bound of restarted conjugate gradients on a quadratic whose Hessian is B."""
        constants, gap = known(problem, "smoothness", "strong_convexity"), initial_gap(problem, x0)
        if not is_quadratic(problem) or constants is None or not constants[1] or gap is None:
            return None
        own = np.allclose(self.curvature, problem.hessian(x0), rtol=1e-12)
        if not own or self.relative_smoothness != 1:
            return None
        factor = chebyshev(self.degree + 1, *constants) ** 2
        with np.errstate(over="ignore"):
            return Guarantee("gap", gap / factor ** np.asarray(k, dtype=float), "doikov2023")


@portable
def krylov_basis(B, g, size):
    """Orthonormal rows that span g, B g, ..., B^(size-1) g, fewer when that space is smaller."""
    d = g.size
    Q = np.zeros((min(size, d), d))
    v, scale = g, np.sqrt(np.sum(g * g))
    count = 0
    while count < len(Q):
        # twice is enough: the second pass removes what rounding left of the first
        for _ in range(2):
            for j in range(count):
                v = v - np.sum(Q[j] * v) * Q[j]
        norm = np.sqrt(np.sum(v * v))
        if norm <= 1e-12 * scale:
            break
        Q[count] = v / norm
        v = B @ Q[count]
        scale = np.sqrt(np.sum(v * v))
        count += 1
    return Q[:count].copy()
