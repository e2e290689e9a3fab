"""QASGD: stochastic acceleration for quasar-convex finite sums."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.acceleration.quasar_line_search import (
    _Batch,
    check_finite_sum,
    quasar_line_search,
    resolve_finite_sum,
)
from optedu.parameters import require_between, require_positive
from optedu.protocol import method


class QASGDState(NamedTuple):
    x: np.ndarray  # the iterate
    z: np.ndarray  # the sequence that the gradients move
    k: int  # steps taken


@method
class QASGD(NamedTuple):
    """Quasar-accelerated stochastic gradient descent of Fu, Xu and Wilson.

    Problem      minimize f(x), the mean of f_1(x), ..., f_n(x), each smooth, f gamma-quasar-convex:
                 f* >= f(y) + <grad f(y), x* - y> / gamma for all y.
    Update       draw i;  x+ = tau x + (1 - tau) z, tau by a line search on f_i that tries
                 k / (k + 2) first;  z+ = z - step_size (2 k + 3) / gamma * grad f_i(x+)
    Guarantee    none verified. This is the rule of the authors' experiments for mu = 0; the text
                 of the theorem (fu2023) could not be compared. It assumes
                 E ||grad f_i||^2 <= sigma^2 and K steps chosen beforehand (``horizon``), with
                 step_size = min(1 / L, sqrt(2) gamma ||x_0 - x*|| / (sigma (K + 1)^(3/2))).
    Cost         one component gradient per step; the line search takes two more gradients of the
                 same component and its values, or more where tau is not accepted.
    Use when     the terms are many, and f is quasar-convex rather than convex.
    Fails when   step_size is 1 / L and the terms differ: the weight 2 k + 3 grows without end, and
                 the noise with it, until it diverges; so does a run far beyond the horizon.

    Parameters
    ----------
    quasar_convexity : float, default 1.0
        gamma, in (0, 1].
    horizon : int, default 1000
        Number K of steps that the default step size is made for.
    step_size : float, optional
        By default sqrt(2) gamma / (L (K + 1)^(3/2)), the formula above with its largest possible
        sigma = L ||x_0 - x*|| of terms that share a minimizer. Without noise (n = 1), 1 / L.
    accuracy : float, default 0.0
        What the line search may lose, in units of f.
    components : int, optional
        Number n of terms; by default problem.components.
    smoothness : float, optional
        L of every f_i; by default problem.component_smoothness.

    References
    ----------
    fu2023.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.LeastSquares([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]], [1.0, 2.2, 2.0])
    >>> oe.run(oe.QASGD(), problem, [0.0, 0.0], max_iter=1000).x.round(1)
    array([1., 2.])
    """

    quasar_convexity: float = 1.0
    horizon: int = 1000
    step_size: float | None = None
    accuracy: float = 0.0
    components: int | None = None
    smoothness: float | None = None

    def check(self):
        """Refuse numbers out of range."""
        check_finite_sum(self)
        require_positive(self, "step_size", "horizon")
        require_between(self, "accuracy", 0.0, np.inf)

    def resolve(self, problem):
        """Take n, L and with them the step size from the problem where not given."""
        method = resolve_finite_sum(self, problem)
        if method.step_size is None:
            scale = 1.0 if method.components == 1 else (self.horizon + 1) ** -1.5 * np.sqrt(2)
            step_size = min(1.0, self.quasar_convexity * scale) / method.smoothness
            method = method._replace(step_size=float(step_size))
        return method

    def init(self, problem, x, rng):
        return QASGDState(x, x, 0)

    def step(self, problem, state, rng):
        x, z, k = state
        gamma = self.quasar_convexity
        i = rng.integers(0, self.components)
        sample = _Batch(problem, np.array([i]))
        weight, slack = gamma * (k + 1) ** 2 / (2 * k + 3), gamma * self.accuracy
        tau = quasar_line_search(sample, x, z, k / (k + 2), weight, 0.0, slack, self.smoothness)
        x_new = z + tau * (x - z)
        z_new = z - self.step_size * (2 * k + 3) / gamma * problem.component_gradient(i, x_new)
        return QASGDState(x_new, z_new, k + 1)
