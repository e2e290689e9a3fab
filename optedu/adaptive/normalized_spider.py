"""SPIDER with normalized steps: an estimate of the gradient, mended along the way."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.line_search import inner, ratio
from optedu.minibatch import draw_batch, minibatch_gradient, require_batch, resolve_components
from optedu.parameters import require_positive
from optedu.protocol import method


class NormalizedSPIDERState(NamedTuple):
    x: np.ndarray  # the iterate
    before: np.ndarray  # the iterate before
    v: np.ndarray  # the estimate of the gradient there
    k: int  # steps taken


@method
class NormalizedSPIDER(NamedTuple):
    """SPIDER of Fang, Li, Lin and Zhang: steps of one length along a recursive estimate.

    Problem      minimize f(x), the mean of f_1(x), ..., f_n(x), perhaps not convex, whose curvature
                 may grow with the gradient.
    Update       every ``period`` steps v = grad f(x), else, with one batch B for both,
                 v = v_before + grad f_B(x) - grad f_B(x_before);  x+ = x - step_size v / ||v||
    Guarantee    n terms: norm eps after O(n + sqrt(n) / eps^2) component gradients, for smooth f
                 (fang2018) and for generalized-smooth f (reisizadeh2023; chen2023).
    Cost         n component gradients every ``period`` steps, else 2 batch_size.
    Use when     n is large, f is not convex, and one length of steps fits all of the way.
    Fails when   step_size is far above the accuracy wanted: it bounces.

    Parameters
    ----------
    step_size : float, default 0.01
        Length of each step, in the unit of x.
    period : int, optional
        By default about sqrt(n), at least 1.
    batch_size : int, optional
        By default about sqrt(n), at least 1.
    components : int, optional
        Number n of terms; by default problem.components.

    References
    ----------
    fang2018; chen2023; reisizadeh2023.

    Examples
    --------
    >>> import optedu as oe
    >>> A, b = [[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]], [1.0, 2.2, 2.0]
    >>> f = oe.problems.HyperbolicCosine(A, b)
    >>> oe.run(oe.NormalizedSPIDER(0.01), f, [0.0, 0.0], max_iter=400).x.round(1)
    array([1., 2.])
    """

    step_size: float = 0.01
    period: int | None = None
    batch_size: int | None = None
    components: int | None = None

    def check(self):
        """Refuse numbers that are not positive."""
        require_positive(self, "step_size", "period")
        require_batch(self)

    def resolve(self, problem):
        """Take n from the problem, and sqrt(n) for the period and the batch size."""
        method = resolve_components(self, problem)
        root = max(1, round(np.sqrt(method.components)))
        return method._replace(
            period=root if method.period is None else method.period,
            batch_size=root if method.batch_size is None else method.batch_size,
        )

    def init(self, problem, x, rng):
        return NormalizedSPIDERState(x, x, 0.0 * x, 0)

    def step(self, problem, state, rng):
        x, n = state.x, self.components
        if state.k % self.period == 0:
            v = minibatch_gradient(problem, np.arange(n), x)
        else:
            batch = draw_batch(rng, n, self.batch_size)
            change = minibatch_gradient(problem, batch, x)
            v = state.v + change - minibatch_gradient(problem, batch, state.before)
        x_new = x - ratio(self.step_size, np.sqrt(inner(v, v))) * v
        return NormalizedSPIDERState(x_new, x, v, state.k + 1)
