"""SGD: a gradient step on a few terms, drawn at random."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.guarantees import Guarantee
from optedu.minibatch import (
    draw_batch,
    minibatch_gradient,
    require_batch,
    resolve_components,
    step_from_components,
)
from optedu.parameters import known, require_positive
from optedu.protocol import method
from optedu.stochastic.noise_ball import expected_squared_distance
from optedu.stochastic.schedules import (
    require_schedule,
    resolve_schedule,
    scheduled_step,
    steps_of,
)


class StochasticGradientState(NamedTuple):
    x: np.ndarray  # the iterate
    k: int  # steps taken


@method
class StochasticGradient(NamedTuple):
    """SGD: gradient descent that looks at a few terms only.

    Problem      minimize f(x), the mean of f_1(x), ..., f_n(x); where f_i has kinks,
                 component_gradient is a subgradient.
    Update       draw b terms with replacement; g their mean gradient;  x+ = x - t_k g,
                 t_k = step_size * schedule[k]
    Guarantee    in expectation. f mu-strongly convex, f_i convex and L_i-smooth, s^2 the mean of
                 ||grad f_i(x*)||^2, and t_k <= 1 / (2 (max L_i / b + (1 - 1/b) L)):
                 E ||x+ - x*||^2 <= (1 - t_k mu) E ||x - x*||^2 + 2 t_k^2 s^2 / b;
                 for a constant step t a ball of squared radius 2 t s^2 / (b mu), entered at a
                 linear rate (gower2019; needell2016). A single run may be above.
    Cost         b component gradients per step.
    Use when     n is large and a rough answer is wanted early; b > 1 where the b gradients come
                 at once.
    Fails when   accuracy is wanted: with a constant step it stops at the ball. Then let the steps
                 fall, average, or reduce the variance.

    Parameters
    ----------
    step_size : float, optional
        By default 1 / (2 problem.component_smoothness).
    schedule : numpy.ndarray, shape (number of steps,), optional
        Factors of the step size, 0 or more, from `optedu.stochastic.schedules`; the last one stays.
        By default all steps are equal.
    batch_size : int, default 1
        Number b of terms per step.
    components : int, optional
        Number n of terms; by default problem.components.

    References
    ----------
    robbins1951; gower2019; needell2016; bottou2018.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.LeastSquares([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]], [1.0, 2.2, 2.0])
    >>> oe.run(oe.StochasticGradient(), problem, [0.0, 0.0], max_iter=500).x.round(3)
    array([1., 2.])
    """

    step_size: float | None = None
    schedule: np.ndarray | None = None
    batch_size: int = 1
    components: int | None = None

    def check(self):
        """Refuse numbers out of range."""
        require_positive(self, "step_size")
        require_schedule(self)
        require_batch(self)

    def resolve(self, problem):
        """Take n and the step size from the problem where not given."""
        return resolve_schedule(step_from_components(resolve_components(self, problem), problem))

    def init(self, problem, x, rng):
        return StochasticGradientState(x, 0)

    def step(self, problem, state, rng):
        x, k = state
        g = minibatch_gradient(problem, draw_batch(rng, self.components, self.batch_size), x)
        return StochasticGradientState(
            x - scheduled_step(self.step_size, self.schedule, k) * g, k + 1
        )

    def guarantee(self, problem, k, x0):
        """Return the bound on the root of the mean squared distance, over all draws."""
        constants = known(
            problem, "strong_convexity", "smoothness", "component_smoothness", "minimizer"
        )
        if constants is None or constants[0] == 0:
            return None
        mu, L, largest, minimizer = constants
        b, n = self.batch_size, self.components
        steps = steps_of(self, int(np.max(k)))
        if steps.size and steps.max() > (1 + 1e-12) / (2 * (largest / b + (1 - 1 / b) * L)):
            return None
        gradients = [problem.component_gradient(i, minimizer) for i in range(n)]
        variance = sum(float(np.sum(g * g)) for g in gradients) / n / b
        start = float(np.sum((x0 - minimizer) ** 2))
        bound = np.sqrt(expected_squared_distance(steps, mu, variance, start))[k]
        return Guarantee("distance", bound, "in expectation: gower2019")
