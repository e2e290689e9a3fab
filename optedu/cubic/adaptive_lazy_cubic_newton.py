"""Lazy cubic Newton that finds its own weight of the cube."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.cubic.cubic_subproblem import cubic_step, decompose, norm
from optedu.cubic.lazy_theory import CUBIC
from optedu.cubic.refreshing import check_lazy, resolve_lazy
from optedu.line_search import ROUNDING
from optedu.protocol import method

TRIALS = 100
SMALLEST = 1e-12
FLOOR = 1e-15


class AdaptiveLazyCubicNewtonState(NamedTuple):
    x: np.ndarray  # the iterate
    g: np.ndarray  # its gradient
    z: np.ndarray  # where the phase began and the Hessian was taken
    f_z: float  # its value
    g_z: np.ndarray  # its gradient
    eigenvalues: np.ndarray  # of the Hessian at z
    vectors: np.ndarray  # its eigenvectors, in columns
    M: float  # weight of the cube in this phase
    total: float  # sum of ||g||^(3/2) over the points of this phase
    i: int  # steps of this phase that were accepted


@method
class AdaptiveLazyCubicNewton(NamedTuple):
    """Lazy cubic Newton whose M is doubled when a phase falls short of its theory.

    Problem      minimize f(x), twice differentiable; f need not be convex, no constant is needed.
    Update       cubic steps with the Hessian at z as long as
                 f(z) - f(x_i) >= (sum over the phase's points of ||grad f||^{3/2}) / (3 sqrt(M));
                 where this fails, M doubles and the phase begins again at z with the same
                 eigendecomposition; after m steps z = x, a new Hessian, and M is halved
    Guarantee    every M >= 6 m L passes (proved in the book), so that M <= 12 m L or the first M;
                 hence min_i ||grad f(x_i)|| = O((sqrt(m L) / k)^{2/3}) as in doikov2023b.
    Cost         one gradient, one value and O(d^2) per step; a Hessian every m steps.
    Use when     L is unknown, which is nearly always: M adapts to the curvature along the path.
    Fails when   values are so noisy that the test has no meaning.

    Parameters
    ----------
    refresh_period : int, optional
        m, the steps that one Hessian serves; by default the dimension d.
    first_regularization : float
        M of the first phase, positive.

    References
    ----------
    doikov2023b, whose test is made once, after the phase; ours after each step, with the constant
    that the book's proof gives.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> problem = oe.problems.generators.random_logistic(seed=0)
    >>> oe.run(oe.AdaptiveLazyCubicNewton(5), problem, np.zeros(5), tol=1e-10).status.value
    'converged'
    """

    refresh_period: int | None = None
    first_regularization: float = 1.0

    holds = ("g",)

    def check(self):
        """Refuse a period below 1 and a weight that is not positive."""
        check_lazy(self)

    def resolve(self, problem):
        """Take m = d where it is not given."""
        return resolve_lazy(self, problem)

    def init(self, problem, x):
        g = problem.gradient(x)
        spectrum, vectors = np.zeros(x.size), np.zeros((x.size, x.size))
        return AdaptiveLazyCubicNewtonState(
            x, g, x, problem.value(x), g, spectrum, vectors, self.first_regularization, 0.0, 0
        )

    def step(self, problem, state):
        x, g, z, f_z, g_z, eigenvalues, vectors, M, total, i = state
        if i == 0:
            eigenvalues, vectors = decompose(problem.hessian(x))
        for _ in range(TRIALS):
            h = cubic_step(eigenvalues, vectors, g.ravel(), M)
            x_new = x + h.reshape(x.shape)
            f_new, g_new = problem.value(x_new), problem.gradient(x_new)
            added = total + norm(g_new) ** 1.5
            enough = f_z - f_new + FLOOR * np.abs(f_z) >= CUBIC / np.sqrt(M) * added
            blind = np.abs(f_z - f_new) <= ROUNDING * np.abs(f_z)
            if enough or (blind and norm(g_new) <= norm(g)):
                if i + 1 == self.refresh_period:
                    M = max(0.5 * M, SMALLEST)
                    return AdaptiveLazyCubicNewtonState(
                        x_new, g_new, x_new, f_new, g_new, eigenvalues, vectors, M, 0.0, 0
                    )
                return AdaptiveLazyCubicNewtonState(
                    x_new, g_new, z, f_z, g_z, eigenvalues, vectors, M, added, i + 1
                )
            M = 2.0 * M
            x, g, total, i = z, g_z, 0.0, 0
        return AdaptiveLazyCubicNewtonState(z, g_z, z, f_z, g_z, eigenvalues, vectors, M, 0.0, 0)
