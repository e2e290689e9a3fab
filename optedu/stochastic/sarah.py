"""SARAH: a recursive estimate of the gradient, which forgets its snapshot."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.minibatch import minibatch_gradient
from optedu.protocol import method
from optedu.stochastic.variance_reduction import draw_terms, require_stage, resolve_stage


class SARAHState(NamedTuple):
    x: np.ndarray  # the iterate, after whole stages
    g: np.ndarray  # the full gradient there


@method
class SARAH(NamedTuple):
    """The stochastic recursive gradient method of Nguyen, Liu, Scheinberg and Takac.

    Problem      minimize f(x), the mean of f_1(x), ..., f_n(x), each convex and L-smooth.
    Update       one step is a stage of m draws: w_0 = x, v_0 = grad f(x), w_1 = w_0 - t v_0, then
                 for j = 1, ..., m - 1: draw a batch B,
                 v_j = grad f_B(w_j) - grad f_B(w_{j-1}) + v_{j-1};  w_{j+1} = w_j - t v_j
                 x+ = w_m
    Guarantee    each f_i mu-strongly convex and t <= 2 / (mu + L): whatever is drawn,
                 ||v_j||^2 <= (1 - 2 mu L t / (mu + L)) ||v_{j-1}||^2,
                 so that within a stage the steps shrink at a linear rate (nguyen2017; proved in
                 the chapter). It bounds v, not grad f(x).
    Cost         2 (m - 1) b component gradients and a full gradient per stage.
    Use when     as SVRG; the estimate stays near the gradient where a snapshot would be far.
    Fails when   stages are long: errors of the estimate are never corrected before the next
                 full gradient, and the steps vanish before x has arrived.

    Parameters
    ----------
    step_size : float, optional
        t; by default 1 / (2 L), L = problem.component_smoothness.
    stage_length : int, optional
        m, steps per stage; by default n. One makes it gradient descent.
    batch_size : int, default 1
        b, terms per draw, with replacement; n or more take all terms once.
    components : int, optional
        n; by default problem.components.

    References
    ----------
    nguyen2017.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.LeastSquares([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]], [1.0, 2.2, 2.0])
    >>> oe.run(oe.SARAH(), problem, [0.0, 0.0], max_iter=200).x.round(4)
    array([1., 2.])
    """

    step_size: float | None = None
    stage_length: int | None = None
    batch_size: int = 1
    components: int | None = None

    holds = ("g",)

    def check(self):
        """Refuse numbers that are not positive."""
        require_stage(self, "stage_length", "batch_size")

    def resolve(self, problem):
        """Take n, the step size and the stage length from the problem where not given."""
        return resolve_stage(self, problem, "stage_length", 1.0, 0.5)

    def init(self, problem, x, rng):
        return SARAHState(x, problem.gradient(x))

    def step(self, problem, state, rng):
        v = state.g
        previous, w = state.x, state.x - self.step_size * v
        for _ in range(self.stage_length - 1):
            batch = draw_terms(rng, self.components, self.batch_size)
            change = minibatch_gradient(problem, batch, w)
            v = change - minibatch_gradient(problem, batch, previous) + v
            previous, w = w, w - self.step_size * v
        return SARAHState(w, problem.gradient(w))
