"""Incremental gradient: the terms in the order in which they stand."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.protocol import method
from optedu.stochastic.epochs import check_epochs, one_epoch, resolve_epochs
from optedu.stochastic.schedules import scheduled_step


class IncrementalGradientState(NamedTuple):
    x: np.ndarray  # the iterate
    k: int  # epochs taken


@method
class IncrementalGradient(NamedTuple):
    """Gradient steps on one term after the other, in the given order, every epoch the same.

    Problem      minimize f(x), the mean of f_1(x), ..., f_n(x)
    Update       one epoch:  x <- x - t_k grad f_i(x)  for i = 1, ..., n,
                 t_k = step_size * schedule[k]
    Guarantee    none stated here. The distance to x* is of order n t, whatever the order; with
                 the best t for K epochs f(x) - f* is of order 1 / K^2, like random orders, but
                 without their factor 1 / n (safran2020).
    Cost         n component gradients per step, which is an epoch.
    Use when     data come in an order that cannot be changed.
    Fails when   like terms stand together (all of one class first): each run of them drags x
                 along. Shuffle once.

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
    bertsekas2011; mishchenko2020; safran2020.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.LeastSquares([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]], [1.0, 2.2, 2.0])
    >>> oe.run(oe.IncrementalGradient(), problem, [0.0, 0.0], max_iter=100).x.round(3)
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

    def init(self, problem, x):
        return IncrementalGradientState(x, 0)

    def step(self, problem, state):
        x, k = state
        t = scheduled_step(self.step_size, self.schedule, k)
        return IncrementalGradientState(one_epoch(problem, x, range(self.components), t), k + 1)
