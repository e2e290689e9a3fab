"""Gradient-normalized smoothness with the second moment of the components' gradients."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.cubic.gradient_normalized_search import (
    gradient_normalized_start,
    gradient_normalized_step,
)
from optedu.parameters import constant, require_positive
from optedu.protocol import method, portable


@portable
def second_moment(problem, x, n):
    """Return the mean of grad f_i(x) grad f_i(x)' over the components."""
    G = np.zeros((n, x.size))
    for i in range(n):
        G[i] = problem.component_gradient(i, x).ravel()
    return G.T @ G / n


@method
class GradientNormalizedEmpiricalFisher(NamedTuple):
    """Gradient-normalized smoothness with the empirical Fisher matrix, a warning example.

    Problem      minimize the mean of n functions f_i.
    Update       x+ = x + h, h = -(H + lam I)^{-1} g, lam = ||g|| / gamma,
                 H = mean of grad f_i grad f_i', for the first gamma, gamma / 2, ... with
                 f(x) - f(x+) >= ||grad f(x+)||^2 / (8 lam);  then 2 gamma
    Guarantee    ||h|| <= gamma, and the decrease of the test; rates for many classes at once follow
                 from a lower bound on the gradient-normalized smoothness (semenov2025).
    Cost         n component gradients, one eigendecomposition; each trial one value, one gradient.
    Use when     the Hessian and the Fisher matrix cannot be had; or to see how much they matter.
    Fails when   f* is not near 0: the matrix is no Hessian, and convergence is slow (see the book).

    Parameters
    ----------
    first_radius : float
        gamma of the first trial, positive, in the unit of x.
    components : int, optional
        Number n of components; by default problem.components.

    References
    ----------
    semenov2025; the constants 8, 2 and 1/2 are those of the authors' code.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> problem = oe.problems.generators.random_logistic(seed=0)
    >>> method = oe.GradientNormalizedEmpiricalFisher()
    >>> oe.run(method, problem, np.zeros(5), max_iter=5000, tol=1e-7).status.value
    'converged'
    """

    first_radius: float = 1.0
    components: int | None = None

    holds = ("f", "g")

    def check(self):
        """Refuse numbers that are not positive."""
        require_positive(self, "first_radius", "components")

    def resolve(self, problem):
        """Take the number of components from the problem."""
        if self.components is not None:
            return self
        n = constant(self, problem, "components", "components")
        return self._replace(components=int(n))

    def init(self, problem, x):
        return gradient_normalized_start(problem, x, self.first_radius)

    def step(self, problem, state):
        return gradient_normalized_step(
            problem, state, second_moment(problem, state.x, self.components)
        )
