"""GraB: the gradients of an epoch decide on the order of the next."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optedu.protocol import method
from optedu.stochastic.epochs import check_epochs, resolve_epochs
from optedu.stochastic.schedules import scheduled_step


class GradientBalancingState(NamedTuple):
    x: np.ndarray  # the iterate
    order: NDArray[np.int64]  # of the terms, in the next epoch
    mean: np.ndarray  # of the gradients of the last epoch
    k: int  # epochs taken


@method
class GradientBalancing(NamedTuple):
    """GraB of Lu, Guo and De Sa: orders for which partial sums of gradients stay small.

    Problem      minimize f(x), the mean of f_1(x), ..., f_n(x)
    Update       one epoch, in the current order, m the mean gradient of the last, s = 0:
                 g = grad f_i(x);  x <- x - t_k g;  c = g - m;
                 ||s + c|| <= ||s - c||:  s <- s + c, and i goes to the front of the next order,
                 behind those that are there;  else s <- s - c, and i goes to its back, before
                 those that are there
    Guarantee    none stated here. For strongly convex f of order 1 / (n^2 K^2) for K epochs, which
                 no other choice of orders improves (cha2023); its proof balances by a random walk,
                 the rule here is the authors' simpler one (lu2022).
    Cost         n component gradients per step, which is an epoch; memory for three vectors and
                 two orders.
    Use when     many epochs are run, and the gradients of a term resemble each other from one
                 epoch to the next.
    Fails when   epochs are few, or x moves fast: the order was good for gradients that are gone.

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
    lu2022; cha2023.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.LeastSquares([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]], [1.0, 2.2, 2.0])
    >>> oe.run(oe.GradientBalancing(), problem, [0.0, 0.0], max_iter=100).x.round(3)
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
        return GradientBalancingState(x, rng.permutation(self.components), 0.0 * x, 0)

    def step(self, problem, state, rng):
        x, order, mean, k = state
        t = scheduled_step(self.step_size, self.schedule, k)
        s = total = 0.0 * x
        new_order = order.copy()
        front, back = 0, self.components - 1
        for i in order:
            g = problem.component_gradient(i, x)
            x, total = x - t * g, total + g
            c = g - mean
            if np.sum(s * c) <= 0:  # s + c is no longer than s - c
                s = s + c
                new_order[front] = i
                front += 1
            else:
                s = s - c
                new_order[back] = i
                back -= 1
        return GradientBalancingState(x, new_order, total / self.components, k + 1)
