"""Online Newton step: the geometry is learned from the gradients."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from optedu.mirror.steps import resolve_rounds
from optedu.parameters import require_positive
from optedu.protocol import method, portable

INNER_STEPS = 400


@portable
def metric_projection(problem, y, A, x):
    """Return the point u of the set with the least <u - y, A (u - y)>, looked for from x.

    Accelerated projected gradients, restarted when they turn back, until they stand still.
    """
    eigenvalues = np.linalg.eigvalsh(A)
    h = 1.0 / eigenvalues[-1]
    ratio = np.sqrt(eigenvalues[0] / eigenvalues[-1])
    momentum = (1.0 - ratio) / (1.0 + ratio)
    u = problem.project(x)
    v = u
    for _ in range(INNER_STEPS):
        new = problem.project(v - h * (A @ (v - y)))
        move = new - u
        if np.sum((v - new) * move) > 0.0:
            v = new
        else:
            v = new + momentum * move
        u = new
        if np.max(np.abs(move)) <= 1e-10 * (1.0 + np.max(np.abs(u))):
            break
    return u


class OnlineNewtonStepState(NamedTuple):
    x: np.ndarray  # the point for the next round
    A: np.ndarray  # regularization times the identity, plus the sum of g g'
    k: int  # rounds played


@method
class OnlineNewtonStep(NamedTuple):
    """The online Newton step of Hazan, Agarwal and Kale.

    Problem      round k reveals f_k after x_k was chosen from a convex set of diameter R; f_k is
                 alpha-exp-concave (exp(-alpha f_k) is concave), its gradients at most M long.
    Update       A+ = A + g g',  y = x - step_size A+^-1 g,
                 x+ = argmin over u in the set of <u - y, A+ (u - y)>,  A = regularization I first
    Guarantee    step_size = 1/gamma, gamma <= min(1 / (4 M R), alpha) / 2: the regret of n rounds
                 is at most log(det A_n / det A_0) / (2 gamma) + gamma regularization R^2 / 2, which
                 is at most d log(1 + n M^2 / (d regularization)) / (2 gamma) + the same (hazan2007,
                 from the proof of Theorem 2).
    Cost         one component gradient, one linear system of d unknowns, and the projection in the
                 metric of A: up to 400 projections, usually a few dozen.
    Use when     losses are exp-concave: portfolios, logistic and least squares regression.
    Fails when   they are linear: no curvature, no logarithm. Then it may be far worse than EG.

    Parameters
    ----------
    step_size : float
        1/gamma.
    regularization : float
        A_0 over the identity; 1 / (gamma R)^2 in the paper.
    components : int, optional
        Number of rounds; by default problem.components.

    References
    ----------
    hazan2007, Theorem 2.

    Examples
    --------
    >>> import optedu as oe
    >>> market = oe.problems.Portfolio([[1.0, 2.0], [1.0, 0.5]])
    >>> problem = oe.problems.Constrained(market, oe.problems.Simplex())
    >>> oe.run(oe.OnlineNewtonStep(0.2), problem, [0.2, 0.8], max_iter=1).x.round(3)
    array([0.152, 0.848])
    """

    step_size: float = 1.0
    regularization: float = 1.0
    components: int | None = None

    def check(self):
        """Refuse numbers that are not positive."""
        require_positive(self, "step_size", "regularization", "components")

    def resolve(self, problem):
        """Take the number of rounds from the problem where it is not given."""
        return resolve_rounds(self, problem)

    def init(self, problem, x):
        return OnlineNewtonStepState(problem.project(x), self.regularization * np.eye(x.size), 0)

    def step(self, problem, state):
        x, A, k = state
        g = problem.component_gradient(k % self.components, x)
        A_new = A + np.outer(g, g)
        y = x - self.step_size * np.linalg.solve(A_new, g)
        return OnlineNewtonStepState(metric_projection(problem, y, A_new, x), A_new, k + 1)

    def regret_bound(self, A: Any, diameter: float) -> float:
        """Return the bound on the regret of the rounds that led to the matrix A."""
        _, logdet = np.linalg.slogdet(A / self.regularization)
        return 0.5 * (self.step_size * logdet + self.regularization * diameter**2 / self.step_size)
