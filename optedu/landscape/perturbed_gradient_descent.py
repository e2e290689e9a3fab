"""Gradient descent that jumps a little where the gradient is small."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.parameters import require_positive, step_from_smoothness
from optedu.protocol import method


class PerturbedGradientDescentState(NamedTuple):
    x: np.ndarray  # the iterate
    before: np.ndarray  # where the last jump began
    value: float  # f there
    age: int  # steps since the last jump
    settled: bool  # whether the last jump led nowhere


@method
class PerturbedGradientDescent(NamedTuple):
    """Gradient descent that leaves saddles by small random jumps.

    Problem      minimize f(x), f with Lipschitz gradient and Hessian.
    Update       where ||grad f(x)|| <= threshold, and no jump for `patience` steps:
                 before = x,  x = x + a random point of the ball of this radius
                 x+ = x - t grad f(x)
                 where f has not fallen by `decrease` within `patience` steps after a jump:
                 x+ = before, and settled
    Guarantee    with the constants of jin2017: with high probability a point where the gradient is
                 small and no curvature is below -sqrt(rho eps), in nearly as many steps as gradient
                 descent needs for the small gradient, up to powers of log d.
    Cost         one gradient per step, a second after a jump; two values per jump.
    Use when     saddles are feared and Hessian products are not to be had.
    Fails when   radius or patience are too small for the plateau: it settles on the saddle.

    The certificate is the gradient norm once settled, before that at least `threshold`: a run with
    tol < threshold ends only where a jump has led nowhere.

    Parameters
    ----------
    step_size : float, optional
        t; by default 1 / problem.smoothness.
    radius : float
        Largest length of a jump.
    threshold : float
        Gradient norm at which a jump is made.
    patience : int
        Steps that a jump is given.
    decrease : float
        What f must fall by within these steps.

    References
    ----------
    jin2017.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.DoubleWell()
    >>> method = oe.PerturbedGradientDescent(step_size=0.1)
    >>> trace = oe.run(method, problem, [0.0, 0.0], seed=1)  # starts on the saddle
    >>> trace.success, abs(trace.x).round(3)
    (True, array([0., 1.]))
    """

    step_size: float | None = None
    radius: float = 0.01
    threshold: float = 1e-3
    patience: int = 100
    decrease: float = 1e-3

    def check(self):
        """Refuse hyperparameters that are not positive."""
        require_positive(self, "step_size", "radius", "threshold", "patience", "decrease")

    def resolve(self, problem):
        """Take step_size = 1/L where none is given."""
        return step_from_smoothness(self, problem)

    def init(self, problem, x, rng):
        return PerturbedGradientDescentState(x, x, 0.0, self.patience + 1, False)

    def step(self, problem, state, rng):
        x, age = state.x, state.age + 1
        judged = age == self.patience and not state.settled
        if judged and problem.value(x) > state.value - self.decrease:
            return PerturbedGradientDescentState(state.before, state.before, state.value, age, True)
        g = problem.gradient(x)
        small = np.sqrt(np.sum(g * g)) <= self.threshold
        if small and age > self.patience and not state.settled:
            u = rng.standard_normal(x.size).reshape(x.shape)
            length = self.radius * rng.random() ** (1.0 / x.size)
            jumped = x + u * (length / np.sqrt(np.sum(u * u)))
            return PerturbedGradientDescentState(
                jumped - self.step_size * problem.gradient(jumped), x, problem.value(x), 0, False
            )
        settled = state.settled and small
        return PerturbedGradientDescentState(
            x - self.step_size * g, state.before, state.value, age, settled
        )

    def certificate(self, problem, state):
        """Return the gradient norm, at least `threshold` before a jump has led nowhere."""
        g = problem.gradient(state.x)
        norm = np.sqrt(np.sum(g * g))
        return norm if state.settled else max(norm, self.threshold)
