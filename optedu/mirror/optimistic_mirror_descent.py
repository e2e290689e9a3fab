"""Optimistic online mirror descent: bet that the next gradient is like the last."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from optedu.mirror.steps import first_point, into_the_set, resolve_rounds
from optedu.parameters import require_positive
from optedu.protocol import method


class OptimisticMirrorDescentState(NamedTuple):
    x: np.ndarray  # the point for the next round
    z: np.ndarray  # the point that the gradients seen so far lead to
    hint: np.ndarray  # what the next gradient is expected to be
    surprise: float  # sum of ||g - hint||^2 so far
    k: int  # rounds played


@method
class OptimisticMirrorDescent(NamedTuple):
    """Optimistic online mirror descent, two steps per round, as chen2024 analyse it.

    Problem      round k reveals f_k after x_k was chosen; the f_k are smooth, and may be anything
                 from noise around one function to an adversary's choice.
    Update       z+ = argmin over u of t_k <g, u> + D(u, z),    g = grad f_k(x),
                 hint+ = optimism * g,
                 x+ = argmin over u of t_{k+1} <hint+, u> + D(u, z+),
                 t_k = step_size / sqrt(delta + sum over s < k of ||g_s - hint_s||^2), or
                 t_k = step_size where adaptive is off
    Guarantee    t_k = t: the regret against u is at most
                 D(u, z_0) / t + t / (2 rho) sum ||g_k - hint_k||^2, the norm dual to that in which
                 psi is rho-strongly convex (after rakhlin2013). Adaptive, Euclidean, on
                 a set of diameter step_size, with delta >= ||g_k - hint_k||^2 for all k:
                 at most 3/2 step_size sqrt(delta + sum ||g_k - hint_k||^2) (from the above; the
                 order is that of chen2024, where the sum is bounded by the noise and
                 the drift).
    Cost         one component gradient and two mirror steps per round.
    Use when     consecutive gradients resemble each other: slow drift, smooth functions.
    Fails when   the losses alternate: then each hint is wrong, and the bound doubles.

    Parameters
    ----------
    step_size : float
        The diameter of the set, where adaptive is on.
    adaptive : bool
        Whether step sizes shrink with the surprises.
    delta : float
        What the adaptive step size starts from, 0 or more.
    optimism : float
        0 for no hint: plain online mirror descent.
    components : int, optional
        Number of rounds; by default problem.components.

    References
    ----------
    rakhlin2013; chiang2012; chen2024.

    Examples
    --------
    >>> import optedu as oe
    >>> rounds = oe.problems.LinearRounds([[1.0, 0.0], [1.0, 0.0]])
    >>> problem = oe.problems.Mirrored(rounds, oe.problems.EntropyGeometry())
    >>> method = oe.OptimisticMirrorDescent(1.0, adaptive=False)
    >>> oe.run(method, problem, max_iter=1).x.round(4)
    array([0.1192, 0.8808])
    """

    step_size: float = 1.0
    adaptive: bool = True
    delta: float = 1.0
    optimism: float = 1.0
    components: int | None = None

    def check(self):
        """Refuse a step size or delta that is not positive."""
        require_positive(self, "step_size", "delta", "components")

    def resolve(self, problem):
        """Take the number of rounds from the problem where it is not given."""
        return resolve_rounds(self, problem)

    def length(self, surprise):
        """Return the step size after so much surprise."""
        return self.step_size / np.sqrt(self.delta + surprise) if self.adaptive else self.step_size

    def init(self, problem, x):
        z = into_the_set(problem, x)
        return OptimisticMirrorDescentState(z, z, 0.0 * z, 0.0, 0)

    def step(self, problem, state):
        x, z, hint, surprise, k = state
        g = problem.component_gradient(k % self.components, x)
        z_new = problem.mirror_step(z, g, self.length(surprise))
        surprise_new = surprise + np.sum((g - hint) ** 2)
        hint_new = self.optimism * g
        x_new = problem.mirror_step(z_new, hint_new, self.length(surprise_new))
        return OptimisticMirrorDescentState(x_new, z_new, hint_new, surprise_new, k + 1)

    def regret_bound(self, problem: Any, surprise: Any, x0: Any, comparator: Any) -> Any:
        """Return the bound on the regret when the hints were wrong by this much altogether."""
        if self.adaptive:
            return 1.5 * self.step_size * np.sqrt(self.delta + surprise)
        distance = problem.divergence(np.asarray(comparator, float), first_point(problem, x0))
        return distance / self.step_size + self.step_size * surprise / (
            2 * problem.geometry.modulus
        )
