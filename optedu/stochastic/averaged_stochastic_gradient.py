"""SGD whose answer is the average of its iterates, as Polyak and Ruppert proposed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.minibatch import (
    draw_batch,
    minibatch_gradient,
    require_batch,
    resolve_components,
    step_from_components,
)
from optedu.parameters import require_between, require_positive
from optedu.protocol import method
from optedu.stochastic.schedules import require_schedule, resolve_schedule, scheduled_step


class AveragedStochasticGradientState(NamedTuple):
    x: np.ndarray  # the average
    z: np.ndarray  # the iterate, which SGD moves
    k: int  # steps taken


@method
class AveragedStochasticGradient(NamedTuple):
    """SGD with Polyak-Ruppert averaging: long steps, whose noise the average removes.

    Problem      minimize f(x), the mean of f_1(x), ..., f_n(x)
    Update       draw b terms with replacement; g their mean gradient at z;  z+ = z - t_k g;
                 x+ = x + (z+ - x) / max(1, k + 1 - burn_in),  the mean of the z after burn_in
    Guarantee    asymptotic: for strongly convex f with Hessian H at x*, terms' gradients of
                 covariance S there and steps of order k^(-a), 1/2 < a < 1, sqrt(k b) (x - x*) tends
                 in law to a normal vector of covariance H^(-1) S H^(-1), the least possible
                 (polyak1992).
    Cost         b component gradients per step.
    Use when     SGD bounces in its ball, and no schedule with a known end is wanted.
    Fails when   the start is far and nothing is burned in: the average remembers it like 1 / k,
                 while SGD itself has forgotten it.

    Parameters
    ----------
    step_size : float, optional
        By default 1 / (2 problem.component_smoothness).
    schedule : numpy.ndarray, shape (number of steps,), optional
        Factors of the step size; see `StochasticGradient`. Averaging wants slow decay or none.
    batch_size : int, default 1
        Number b of terms per step.
    burn_in : int, default 0
        Number of first steps that the average leaves out.
    components : int, optional
        Number n of terms; by default problem.components.

    References
    ----------
    polyak1992; ruppert1988; bottou2018.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.LeastSquares([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]], [1.0, 2.2, 2.0])
    >>> average = oe.AveragedStochasticGradient(burn_in=100)
    >>> oe.run(average, problem, [0.0, 0.0], max_iter=500).x.round(3)
    array([1., 2.])
    """

    step_size: float | None = None
    schedule: np.ndarray | None = None
    batch_size: int = 1
    burn_in: int = 0
    components: int | None = None

    def check(self):
        """Refuse numbers out of range."""
        require_positive(self, "step_size")
        require_schedule(self)
        require_batch(self)
        require_between(self, "burn_in", 0, np.inf)

    def resolve(self, problem):
        """Take n and the step size from the problem where not given."""
        return resolve_schedule(step_from_components(resolve_components(self, problem), problem))

    def init(self, problem, x, rng):
        return AveragedStochasticGradientState(x, x, 0)

    def step(self, problem, state, rng):
        x, z, k = state
        g = minibatch_gradient(problem, draw_batch(rng, self.components, self.batch_size), z)
        z = z - scheduled_step(self.step_size, self.schedule, k) * g
        x = x + (z - x) / max(1, k + 1 - self.burn_in)
        return AveragedStochasticGradientState(x, z, k + 1)
