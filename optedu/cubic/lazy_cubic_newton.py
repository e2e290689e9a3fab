"""Lazy cubic Newton: one Hessian serves m cubic steps."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.cubic.cubic_subproblem import cubic_step, decompose
from optedu.cubic.lazy_theory import cubic_gradient_bound
from optedu.cubic.refreshing import check_lazy, resolve_lazy
from optedu.protocol import method


class LazyCubicNewtonState(NamedTuple):
    x: np.ndarray  # the iterate
    eigenvalues: np.ndarray  # of the last Hessian
    vectors: np.ndarray  # its eigenvectors, in columns
    k: int  # steps taken


@method
class LazyCubicNewton(NamedTuple):
    """Cubic Newton with a Hessian that is computed anew every m steps only.

    Problem      minimize f(x), the Hessian Lipschitz with constant L; f need not be convex.
    Update       every m steps: z = x, H = hess f(z) = Q diag(lam) Q'
                 x+ = argmin_y <g, y - x> + <H (y - x), y - x> / 2 + M ||y - x||^3 / 6,  M = 6 m L
    Guarantee    min_i ||grad f(x_i)|| <= (6.3 sqrt(m L) (f(x_0) - f*) / k)^{2/3}: sqrt(m) times the
                 steps of cubic Newton for 1/m of its Hessians (doikov2023b, Algorithm 1; this
                 constant is proved in the book). Near a strict minimizer superlinear.
    Cost         one gradient and O(d^2) per step; a Hessian and an eigendecomposition every m.
    Use when     a Hessian costs about d gradients; then m = d.
    Fails when   L is far too large: M = 6 m L then makes short steps. AdaptiveLazyCubicNewton.

    Parameters
    ----------
    hessian_lipschitz : float, optional
        L; by default problem.hessian_lipschitz.
    refresh_period : int, optional
        m, the steps that one Hessian serves; by default the dimension d. With 1 this is
        CubicNewton with M = 6 L, bit for bit.
    scale : float
        The factor 6 in M = 6 m L. Default: 6.

    References
    ----------
    doikov2023b; nesterov2006.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> problem = oe.problems.generators.random_logistic(seed=0)
    >>> trace = oe.run(oe.LazyCubicNewton(0.1, 5), problem, np.zeros(5), tol=1e-10)
    >>> trace.counts["hessian"] < trace.counts["gradient"] / 4
    True
    """

    hessian_lipschitz: float | None = None
    refresh_period: int | None = None
    scale: float = 6.0

    def check(self):
        """Refuse a negative constant and a period below 1."""
        check_lazy(self)

    def resolve(self, problem):
        """Take L from the problem and m = d where they are not given."""
        return resolve_lazy(self, problem)

    def init(self, problem, x):
        return LazyCubicNewtonState(x, np.zeros(x.size), np.zeros((x.size, x.size)), 0)

    def step(self, problem, state):
        x, eigenvalues, vectors, k = state
        g = problem.gradient(x)
        if k % self.refresh_period == 0:
            eigenvalues, vectors = decompose(problem.hessian(x))
        M = self.scale * self.refresh_period * self.hessian_lipschitz
        h = cubic_step(eigenvalues, vectors, g.ravel(), M)
        return LazyCubicNewtonState(x + h.reshape(x.shape), eigenvalues, vectors, k + 1)

    def guarantee(self, problem, k, x0):
        """Bound the smallest gradient."""
        L, m = self.hessian_lipschitz, self.refresh_period
        true = getattr(problem, "hessian_lipschitz", None)
        if true is None or L is None or m is None or true > L:
            return None
        M = self.scale * m * L
        return cubic_gradient_bound(problem, k, x0, M, true, m, "doikov2023b")
