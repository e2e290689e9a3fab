"""Random reshuffling: every epoch in a new random order."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.protocol import method
from optedu.stochastic.epochs import check_epochs, one_epoch, resolve_epochs
from optedu.stochastic.schedules import scheduled_step


class RandomReshufflingState(NamedTuple):
    x: np.ndarray  # the iterate
    k: int  # epochs taken


@method
class RandomReshuffling(NamedTuple):
    """Gradient steps on one term after the other, each epoch in a new random order.

    Problem      minimize f(x), the mean of f_1(x), ..., f_n(x)
    Update       one epoch:  draw a permutation p;  x <- x - t_k grad f_i(x)
                 for i = p_1, ..., p_n,  t_k = step_size * schedule[k]
    Guarantee    none stated here. For strongly convex f and the best step for K epochs f(x) - f*
                 is of order 1 / (n K^2), against 1 / (n K) of SGD, and not better on the worst
                 f (mishchenko2020; cha2023).
    Cost         n component gradients per step, which is an epoch.
    Use when     SGD would be used, and the data may be passed several times.
    Fails when   there is a single epoch: then it is SGD; and as every method of constant step, at
                 a floor, here of order t^2 instead of t.

    Parameters
    ----------
    step_size : float, optional
        Of each of the n steps of an epoch; by default 1 / (2 problem.component_smoothness).
    schedule : numpy.ndarray, shape (number of epochs,), optional
        Factors of the step size, one per epoch.
    components : int, optional
        Number n of terms; by default problem.components.

    References
    ----------
    mishchenko2020; cha2023.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.LeastSquares([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]], [1.0, 2.2, 2.0])
    >>> oe.run(oe.RandomReshuffling(), problem, [0.0, 0.0], max_iter=100).x.round(3)
    array([1., 2.])
    """

    step_size: float | None = None
    schedule: np.ndarray | None = None
    components: int | None = None

    def check(self):
        """Refuse numbers out of range."""
        check_epochs(self)

    def resolve(self, problem):
        """Take n and the step size from the problem where not given."""
        return resolve_epochs(self, problem)

    def init(self, problem, x, rng):
        return RandomReshufflingState(x, 0)

    def step(self, problem, state, rng):
        x, k = state
        t = scheduled_step(self.step_size, self.schedule, k)
        return RandomReshufflingState(
            one_epoch(problem, x, rng.permutation(self.components), t), k + 1
        )
