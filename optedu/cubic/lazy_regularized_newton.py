"""Gradient-regularized Newton in which one Hessian serves m steps."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.cubic.cubic_subproblem import decompose, norm, regularized_step
from optedu.cubic.lazy_theory import regularized_gradient_bound
from optedu.cubic.refreshing import check_lazy, resolve_lazy
from optedu.protocol import method


class LazyRegularizedNewtonState(NamedTuple):
    x: np.ndarray  # the iterate
    eigenvalues: np.ndarray  # of the last Hessian
    vectors: np.ndarray  # its eigenvectors, in columns
    k: int  # steps taken


@method
class LazyRegularizedNewton(NamedTuple):
    """Gradient-regularized Newton with a Hessian that is computed anew every m steps only.

    Problem      minimize f(x), f convex, the Hessian Lipschitz with constant L.
    Update       every m steps: H = hess f(x) = Q diag(lam) Q'
                 x+ = x - (H + sqrt(M ||g||) I)^{-1} g,  M = 3 m L
    Guarantee    over any number of steps f falls by sum ||grad f(x_{i+1})||^2 / (2 lam_i), with
                 lam_i = sqrt(M ||grad f(x_i)||) (proved in the book after doikov2023b,
                 Algorithm 2); superlinear near the minimizer of a strongly convex f.
    Cost         one gradient and O(d^2) per step; a Hessian and an eigendecomposition every m.
    Use when     f is convex and a Hessian costs about d gradients; then m = d.
    Fails when   f is not convex: LazyCubicNewton. L unknown: AdaptiveLazyRegularizedNewton.

    Parameters
    ----------
    hessian_lipschitz : float, optional
        L; by default problem.hessian_lipschitz.
    refresh_period : int, optional
        m, the steps that one Hessian serves; by default the dimension d.
    scale : float
        The factor 3 in M = 3 m L. Default: 3.

    References
    ----------
    doikov2023b.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> problem = oe.problems.generators.random_logistic(seed=0)
    >>> trace = oe.run(oe.LazyRegularizedNewton(0.1, 5), problem, np.zeros(5), tol=1e-10)
    >>> trace.counts["hessian"] < trace.counts["gradient"] / 4
    True
    """

    hessian_lipschitz: float | None = None
    refresh_period: int | None = None
    scale: float = 3.0

    def check(self):
        """Refuse a negative constant and a period below 1."""
        check_lazy(self)

    def resolve(self, problem):
        """Take L from the problem and m = d where they are not given."""
        return resolve_lazy(self, problem)

    def init(self, problem, x):
        return LazyRegularizedNewtonState(x, np.zeros(x.size), np.zeros((x.size, x.size)), 0)

    def step(self, problem, state):
        x, eigenvalues, vectors, k = state
        g = problem.gradient(x)
        if k % self.refresh_period == 0:
            eigenvalues, vectors = decompose(problem.hessian(x))
        M = self.scale * self.refresh_period * self.hessian_lipschitz
        h = regularized_step(eigenvalues, vectors, g.ravel(), np.sqrt(M * norm(g)))
        return LazyRegularizedNewtonState(x + h.reshape(x.shape), eigenvalues, vectors, k + 1)

    def guarantee(self, problem, k, x0):
        """Bound the smallest gradient."""
        L, m = self.hessian_lipschitz, self.refresh_period
        true = getattr(problem, "hessian_lipschitz", None)
        if true is None or L is None or m is None:
            return None
        M = self.scale * m * L
        return regularized_gradient_bound(problem, k, x0, M, true, m, "doikov2023b")
