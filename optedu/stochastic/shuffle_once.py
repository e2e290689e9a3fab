"""Shuffle once: one random order, kept for all epochs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optedu.protocol import method
from optedu.stochastic.epochs import check_epochs, one_epoch, resolve_epochs
from optedu.stochastic.schedules import scheduled_step


class ShuffleOnceState(NamedTuple):
    x: np.ndarray  # the iterate
    order: NDArray[np.int64]  # of the terms
    k: int  # epochs taken


@method
class ShuffleOnce(NamedTuple):
    """Gradient steps on one term after the other, in one random order, every epoch the same.

    Problem      minimize f(x), the mean of f_1(x), ..., f_n(x)
    Update       at the start:  draw a permutation p
                 one epoch:  x <- x - t_k grad f_i(x)  for i = p_1, ..., p_n,
                 t_k = step_size * schedule[k]
    Guarantee    none stated here. For strongly convex f of the same order as random reshuffling,
                 1 / (n K^2) for K epochs (mishchenko2020).
    Cost         n component gradients per step, which is an epoch.
    Use when     the data are stored, and reading them in a new order each time is slow.
    Fails when   the one draw was unlucky: it stays so. The runs of other seeds differ more than
                 those of random reshuffling.

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
    >>> oe.run(oe.ShuffleOnce(), problem, [0.0, 0.0], max_iter=100).x.round(3)
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
        return ShuffleOnceState(x, rng.permutation(self.components), 0)

    def step(self, problem, state, rng):
        x, order, k = state
        t = scheduled_step(self.step_size, self.schedule, k)
        return ShuffleOnceState(one_epoch(problem, x, order, t), order, k + 1)
