"""The stochastic proximal point method: each step minimizes one term near the iterate."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.gradient.decaying_step import decaying_step, require_decaying_step
from optedu.minibatch import resolve_components
from optedu.parameters import require_positive
from optedu.protocol import method


class StochasticProximalPointState(NamedTuple):
    x: np.ndarray  # the iterate
    k: float  # steps taken


@method
class StochasticProximalPoint(NamedTuple):
    """Prox steps on random terms of a sum.

    Problem      minimize f(x), the mean or the sum of f_1(x), ..., f_n(x), each with a prox, all
                 f_i + rho ||x||^2 / 2 convex.
    Update       draw i;  x+ = argmin over u of f_i(u) + ||u - x||^2 / (2 t_k),
                 t_k = step_size / (k + 1)^decay
    Guarantee    f_i Lipschitz, steps of the order 1 / sqrt(K) below 1 / rho: at a random one
                 of K steps the gradient of the Moreau envelope of f is of the order K^(-1/4) in
                 expectation (davis2019).
    Cost         one component prox per step.
    Use when     the prox of a term is cheap, and the right step size is not known.
    Fails when   the terms pull to different points: no step size but a decaying one ends that.

    Parameters
    ----------
    step_size : float, default 1.0
        The first step size.
    decay : float, default 0.5
        0 keeps the step size.
    components : int, optional
        Number n of terms; by default problem.components.

    References
    ----------
    davis2019; asi2019.

    Examples
    --------
    >>> import optedu as oe
    >>> f = oe.problems.RobustPhaseRetrieval([[1.0, 0.0], [1.0, 1.0]], [4.0, 1.0], minimum=0.0)
    >>> oe.run(oe.StochasticProximalPoint(), f, [3.0, 1.0], max_iter=100).x.round(4)
    array([ 2., -1.])
    """

    step_size: float = 1.0
    decay: float = 0.5
    components: int | None = None

    def check(self):
        """Refuse numbers out of range."""
        require_decaying_step(self)
        require_positive(self, "components")

    def resolve(self, problem):
        """Take the number of terms from the problem where not given."""
        return resolve_components(self, problem)

    def init(self, problem, x, rng):
        return StochasticProximalPointState(x, 0.0)

    def step(self, problem, state, rng):
        x, k = state
        i = rng.integers(0, self.components)
        t = decaying_step(self.step_size, self.decay, k)
        return StochasticProximalPointState(problem.component_prox(i, x, t), k + 1.0)
