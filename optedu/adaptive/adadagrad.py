"""AdAdaGrad: AdaGrad whose batches grow when the noise drowns the gradient."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.minibatch import draw_batch, require_batch, resolve_components
from optedu.parameters import require_positive
from optedu.protocol import method, portable


@portable
def mean_and_variance(problem, batch, x):
    """Return the mean of the gradients of these terms, and their sample variance, entry by entry.

    The variance is the unbiased one, over the size less one; 0 for a single term.
    """
    mean, squares = 0.0 * x, 0.0 * x
    count = 0.0
    for i in batch:
        g = problem.component_gradient(i, x)
        count += 1.0
        difference = g - mean
        mean = mean + difference / count
        squares = squares + difference * (g - mean)
    return mean, squares / max(count - 1.0, 1.0)


@portable
def size_asked_for(mean, variance, tolerance, per_coordinate):
    """Return the batch size with which the norm test would hold, not rounded; inf at mean 0.

    The test asks that variance / size is at most tolerance^2 times the squared mean: summed over
    coordinates, or in each of them.
    """
    allowed = tolerance * tolerance * mean * mean
    if not per_coordinate:
        total = np.sum(allowed)
        return np.sum(variance) / total if total > 0.0 else np.inf
    if np.any((allowed == 0.0) & (variance > 0.0)):
        return np.inf
    return np.max(variance / np.where(allowed > 0.0, allowed, 1.0))


class AdAdaGradState(NamedTuple):
    x: np.ndarray  # the iterate
    v: np.ndarray  # sum of squared gradients, entry by entry
    size: int  # number of terms of the next batch


@method
class AdAdaGrad(NamedTuple):
    """AdaGrad with an adaptive batch size, by Lau, Liu and Kolar.

    Problem      minimize f(x), the mean of f_1(x), ..., f_n(x).
    Update       g = mean gradient of b random terms, V = their sample variance;  v = v + g^2
                 x+ = x - step_size g / sqrt(v), entry by entry or (AdaGrad-Norm) by the sums
                 b+ = the larger of b and ceil(V / (tolerance g)^2), at most n: the norm test
    Guarantee    AdaGrad-Norm: mean of ||grad f||^2 over k steps O(1 / k) with high probability,
                 for smooth f, where the test holds for the true variance (lau2024).
    Cost         b component gradients per step.
    Use when     AdaGrad is wanted in the end with a precision that small batches do not give.
    Fails when   tolerance is so small, or the coordinates so many (the test holds in each), that
                 the first steps ask for all n terms.

    Parameters
    ----------
    step_size : float, default 0.1
        In the unit of x.
    tolerance : float, default 0.5
        The batch's standard error may be this fraction of its gradient.
    per_coordinate : bool, default True
        Scale and test in each coordinate; False: one scale and one test, by norms.
    batch_size : int, default 2
        Number b of terms of the first batch. From n on, steps take all terms, each once.
    components : int, optional
        Number n of terms; by default problem.components.

    References
    ----------
    lau2024; byrd2012.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.LeastSquares([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]], [1.0, 2.0, 2.0])
    >>> x = oe.run(oe.AdAdaGrad(1.0), problem, [0.0, 0.0], max_iter=500).x
    >>> bool(abs(x - problem.minimizer).max() < 1e-6)
    True
    """

    step_size: float = 0.1
    tolerance: float = 0.5
    per_coordinate: bool = True
    batch_size: int = 2
    components: int | None = None

    def check(self):
        """Refuse numbers out of range."""
        require_positive(self, "step_size", "tolerance")
        require_batch(self)

    def resolve(self, problem):
        """Take the number of terms from the problem where not given."""
        return resolve_components(self, problem)

    def init(self, problem, x, rng):
        return AdAdaGradState(x, 0.0 * x, min(self.batch_size, self.components))

    def step(self, problem, state, rng):
        x, n, b = state.x, self.components, state.size
        batch = draw_batch(rng, n, b) if b < n else np.arange(n)
        g, variance = mean_and_variance(problem, batch, x)
        v = state.v + g * g
        total = v if self.per_coordinate else 0.0 * v + np.sum(v)
        seen = total > 0.0
        x = x - np.where(seen, self.step_size * g / np.sqrt(np.where(seen, total, 1.0)), 0.0)
        if b < n:
            asked = size_asked_for(g, variance, self.tolerance, self.per_coordinate)
            if asked > b:
                b = int(np.ceil(asked)) if asked < n else n
        return AdAdaGradState(x, v, b)
