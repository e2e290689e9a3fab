"""AdaGrad as mirror descent: a quadratic mirror map, made anew in each round."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from optedu.mirror.steps import resolve_rounds
from optedu.parameters import require_positive
from optedu.protocol import method


class AdaGradMirrorDescentState(NamedTuple):
    x: np.ndarray  # the point for the next round
    s: np.ndarray  # sums of the squared entries of the gradients
    k: int  # rounds played


@method
class AdaGradMirrorDescent(NamedTuple):
    """AdaGrad of Duchi, Hazan and Singer: diagonal, composite mirror descent form.

    Problem      round k reveals a convex f_k after x_k was chosen from a box, or from all of R^d
                 (a set whose projection works on each coordinate alone).
    Update       s+ = s + g^2,  x+ = project(x - step_size g / sqrt(s+)),  g = grad f_k(x):
                 the mirror step of the map psi(x) = <x, diag(sqrt(s+)) x> / 2
    Guarantee    the regret of n rounds is at most
                 (R^2 / (2 step_size) + step_size) sum_i sqrt(s_i), R the longest side of the box,
                 which with step_size = R / sqrt(2) is sqrt(2) R sum_i sqrt(s_i) (duchi2011,
                 Theorem 5 and Corollary 6).
    Cost         one component gradient and one projection per round.
    Use when     coordinates live on different scales, or are rarely seen.
    Fails when   the problem is rotated: the map is diagonal and knows the axes only.

    Parameters
    ----------
    step_size : float
        The length of each coordinate's first step.
    components : int, optional
        Number of rounds; by default problem.components.

    References
    ----------
    duchi2011, Theorem 5.

    Examples
    --------
    >>> import optedu as oe
    >>> rounds = oe.problems.LinearRounds([[1.0, -1e-3], [1.0, -1e-3]])
    >>> problem = oe.problems.Constrained(rounds, oe.problems.Box([-9.0, -9.0], [9.0, 9.0]))
    >>> oe.run(oe.AdaGradMirrorDescent(1.0), problem, [0.0, 0.0], max_iter=2).x.round(4)
    array([-1.7071,  1.7071])
    """

    step_size: float = 0.5
    components: int | None = None

    def check(self):
        """Refuse a step size that is not positive."""
        require_positive(self, "step_size", "components")

    def resolve(self, problem):
        """Take the number of rounds from the problem where it is not given."""
        return resolve_rounds(self, problem)

    def init(self, problem, x):
        return AdaGradMirrorDescentState(problem.project(x), np.zeros(x.shape), 0)

    def step(self, problem, state):
        x, s, k = state
        g = problem.component_gradient(k % self.components, x)
        s_new = s + g**2
        scale = np.sqrt(np.where(s_new > 0.0, s_new, 1.0))
        x_new = problem.project(x - self.step_size * (g / scale))
        return AdaGradMirrorDescentState(x_new, s_new, k + 1)

    def regret_bound(self, s: Any, side: float) -> float:
        """Return the bound on the regret of the rounds that led to these sums."""
        return float((side**2 / (2 * self.step_size) + self.step_size) * np.sum(np.sqrt(s)))
