"""The stochastic prox-linear method on terms |c_i(x)|; the truncated model of any term."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.gradient.decaying_step import decaying_step, require_decaying_step
from optedu.minibatch import resolve_components
from optedu.parameters import require_positive
from optedu.protocol import method


class StochasticProxLinearState(NamedTuple):
    x: np.ndarray  # the iterate
    k: float  # steps taken


@method
class StochasticProxLinear(NamedTuple):
    """Steps to the minimizer of one term's line, cut off where the term cannot be below.

    Problem      minimize f(x), the mean of f_1(x), ..., f_n(x), each f_i >= lower_bound.
    Update       draw i;  g = gradient of f_i at x
                 x+ = argmin over u of max(f_i(x) + <g, u - x>, lower_bound) + ||u - x||^2 / (2 t_k)
                    = x - min(t_k, (f_i(x) - lower_bound) / ||g||^2) g,
                 t_k = step_size / (k + 1)^decay
    Guarantee    for f_i = |c_i(x)|, c_i smooth, and lower_bound 0 this is the prox-linear step, the
                 prox of |c_i(x) + <grad c_i(x), . - x>|. If f_i is Lipschitz and t_k of the order
                 1 / sqrt(K), the gradient of the Moreau envelope of f is at a random one of K
                 steps of the order K^(-1/4) in expectation (davis2019).
    Cost         one component value and one component gradient per step.
    Use when     a gradient step would do and only its length is in doubt.
    Fails when   lower_bound is far below the smallest f_i: then it is a gradient step.

    Parameters
    ----------
    step_size : float, default 1.0
        The first step size.
    decay : float, default 0.5
        0 keeps the step size.
    lower_bound : float, default 0.0
        No term is below.
    components : int, optional
        Number n of terms; by default problem.components.

    References
    ----------
    davis2019; asi2019, for the truncated model.

    Examples
    --------
    >>> import optedu as oe
    >>> f = oe.problems.RobustPhaseRetrieval([[1.0, 0.0], [1.0, 1.0]], [4.0, 1.0], minimum=0.0)
    >>> oe.run(oe.StochasticProxLinear(), f, [3.0, 1.0], max_iter=100).x.round(4)
    array([ 2., -1.])
    """

    step_size: float = 1.0
    decay: float = 0.5
    lower_bound: float = 0.0
    components: int | None = None

    def check(self):
        """Refuse numbers out of range."""
        require_decaying_step(self)
        require_positive(self, "components")

    def resolve(self, problem):
        """Take the number of terms from the problem where not given."""
        return resolve_components(self, problem)

    def init(self, problem, x, rng):
        return StochasticProxLinearState(x, 0.0)

    def step(self, problem, state, rng):
        x, k = state
        i = rng.integers(0, self.components)
        g = problem.component_gradient(i, x)
        t, square = decaying_step(self.step_size, self.decay, k), np.sum(g * g)
        height = problem.component_value(i, x) - self.lower_bound
        if height < t * square:
            t = max(height, 0.0) / square
        return StochasticProxLinearState(x - t * g, k + 1.0)
