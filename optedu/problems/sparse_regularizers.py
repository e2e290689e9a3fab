"""Regularizers that count or forgive: l0, SCAD, MCP and the log-sum penalty. None is convex."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.checks import require_nonnegative_data, require_positive_data
from optedu.problems.regularizers import soft_threshold
from optedu.protocol import portable, problem


@portable
def hard_threshold(x, threshold):
    """Entries larger than the threshold as they are, the others 0."""
    return np.where(np.abs(x) > threshold, x, 0.0)


@problem
class L0(NamedTuple):
    """The regularizer g(x) = weight times the number of entries that are not 0. Not convex.

    Its prox keeps an entry or drops it; at |x_i| = sqrt(2 t weight), where both are as good, it
    drops it.

    Parameters
    ----------
    weight : float
        0 or more.

    Raises
    ------
    ValueError
        If the weight is negative.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> oe.problems.L0(weight=2.0).prox(np.array([3.0, -1.5]), 1.0)
    array([3., 0.])
    """

    weight: float = 1.0

    differentiable = False
    convex = False

    def check(self):
        """Refuse a negative weight."""
        require_nonnegative_data(self, "weight")

    def value(self, x):
        return self.weight * np.sum(np.where(x != 0.0, 1.0, 0.0))

    def prox(self, x, t):
        return hard_threshold(x, np.sqrt(2.0 * t * self.weight))

    @property
    def minimum(self):
        """0, at zero."""
        return 0.0


@problem
class SCAD(NamedTuple):
    """The smoothly clipped absolute deviation: l1 near 0, then bending to a constant. Not convex.

    g(x) = sum_i p(|x_i|) with p'(r) = weight up to r = weight, then
    max(a weight - r, 0) / (a - 1). Large entries cost a constant and are not shrunk. g is
    1/(a - 1)-weakly convex: its prox is single-valued for t < a - 1, and refused from there on.

    Parameters
    ----------
    weight : float
        Positive: the slope at 0, and where the bending begins.
    a : float
        Larger than 2: the bending ends at a * weight. Then the prox with t = 1, by which runs are
        judged, exists.

    Raises
    ------
    ValueError
        If the weight is not positive or a is 2 or less; from ``prox``, if t >= a - 1.

    References
    ----------
    fan2001.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> oe.problems.SCAD(weight=1.0, a=3.0).prox(np.array([0.5, 1.5, 2.5, 4.0]), 1.0)
    array([0. , 0.5, 2. , 4. ])
    """

    weight: float = 1.0
    a: float = 3.7

    differentiable = False
    convex = False

    def check(self):
        """Refuse numbers out of range."""
        require_positive_data(self, "weight")
        if not 2 < self.a < np.inf:
            raise ValueError(f"SCAD: a must be larger than 2 and finite, got {self.a}")

    def value(self, x):
        w, a, r = self.weight, self.a, np.abs(x)
        bent = (2.0 * a * w * r - r * r - w * w) / (2.0 * (a - 1.0))
        full = 0.5 * (a + 1.0) * w * w
        return np.sum(np.where(r <= w, w * r, np.where(r <= a * w, bent, full)))

    def gradient(self, x):
        w, r = self.weight, np.abs(x)
        slope = np.where(r <= w, w, np.maximum(self.a * w - r, 0.0) / (self.a - 1.0))
        return slope * np.sign(x)

    def concave_gradient(self, x):
        """Gradient of g - weight ||x||_1, which is concave along each axis from 0 and smooth."""
        return self.gradient(x) - self.weight * np.sign(x)

    def prox(self, x, t):
        w, a, r = self.weight, self.a, np.abs(x)
        if t >= a - 1.0:
            raise ValueError("SCAD: the prox is single-valued only for t < a - 1: take a smaller t")
        bent = ((a - 1.0) * x - np.sign(x) * (t * a * w)) / (a - 1.0 - t)
        soft = soft_threshold(x, t * w)
        return np.where(r <= (1.0 + t) * w, soft, np.where(r <= a * w, bent, x))

    @property
    def concave_curvature(self):
        """1 / (a - 1), the Lipschitz constant of `concave_gradient`."""
        return 1.0 / (self.a - 1.0)

    @property
    def strong_convexity(self):
        """-1 / (a - 1): adding ||x||^2 / (2 (a - 1)) makes g convex, and no less does."""
        return -1.0 / (self.a - 1.0)

    @property
    def minimum(self):
        """0, at zero."""
        return 0.0


@problem
class MCP(NamedTuple):
    """The minimax concave penalty: a slope that falls from the weight to 0. Not convex.

    g(x) = sum_i p(|x_i|) with p'(r) = max(weight - r / gamma, 0). Of all penalties that start with
    this slope and leave entries beyond gamma * weight alone it is the least concave. It is
    1/gamma-weakly convex: its prox is single-valued for t < gamma, and refused from there on.

    Parameters
    ----------
    weight : float
        Positive: the slope at 0.
    gamma : float
        Larger than 1: the slope is 0 from gamma * weight on. Then the prox with t = 1, by which
        runs are judged, exists.

    Raises
    ------
    ValueError
        If the weight is not positive or gamma is 1 or less; from ``prox``, if t >= gamma.

    References
    ----------
    zhang2010.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> oe.problems.MCP(weight=1.0, gamma=2.0).prox(np.array([0.5, 1.5, 2.5]), 1.0)
    array([0. , 1. , 2.5])
    """

    weight: float = 1.0
    gamma: float = 3.0

    differentiable = False
    convex = False

    def check(self):
        """Refuse numbers out of range."""
        require_positive_data(self, "weight")
        if not 1 < self.gamma < np.inf:
            raise ValueError(f"MCP: gamma must be larger than 1 and finite, got {self.gamma}")

    def value(self, x):
        r = np.minimum(np.abs(x), self.gamma * self.weight)
        return np.sum(self.weight * r - r * r / (2.0 * self.gamma))

    def gradient(self, x):
        return np.maximum(self.weight - np.abs(x) / self.gamma, 0.0) * np.sign(x)

    def concave_gradient(self, x):
        """Gradient of g - weight ||x||_1, which is concave along each axis from 0 and smooth."""
        return -np.sign(x) * np.minimum(np.abs(x) / self.gamma, self.weight)

    def prox(self, x, t):
        if t >= self.gamma:
            raise ValueError("MCP: the prox is single-valued only for t < gamma: take a smaller t")
        near = soft_threshold(x, t * self.weight) / (1.0 - t / self.gamma)
        return np.where(np.abs(x) <= self.gamma * self.weight, near, x)

    @property
    def concave_curvature(self):
        """1 / gamma, the Lipschitz constant of `concave_gradient`."""
        return 1.0 / self.gamma

    @property
    def strong_convexity(self):
        """-1 / gamma: adding ||x||^2 / (2 gamma) makes g convex, and no less does."""
        return -1.0 / self.gamma

    @property
    def minimum(self):
        """0, at zero."""
        return 0.0


@problem
class LogSum(NamedTuple):
    """The regularizer g(x) = weight sum_i log(1 + |x_i| / epsilon). Not convex.

    For small epsilon it is close to a count. Its prox is single-valued for t weight <= epsilon^2;
    beyond that it jumps, and ``prox`` returns the better of its two candidates, 0 in a tie.

    Parameters
    ----------
    weight : float
        Positive.
    epsilon : float
        Positive: the size of entries that count as small.

    Raises
    ------
    ValueError
        If a number is not positive.

    References
    ----------
    candes2008.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> oe.problems.LogSum(weight=1.0, epsilon=1.0).prox(np.array([0.9, 2.0]), 1.0).round(4)
    array([0.   , 1.618])
    """

    weight: float = 1.0
    epsilon: float = 1.0

    differentiable = False
    convex = False

    def check(self):
        """Refuse numbers that are not positive."""
        require_positive_data(self, "weight", "epsilon")

    def value(self, x):
        return self.weight * np.sum(np.log1p(np.abs(x) / self.epsilon))

    def gradient(self, x):
        return self.weight / (self.epsilon + np.abs(x)) * np.sign(x)

    def prox(self, x, t):
        r, e, c = np.abs(x), self.epsilon, t * self.weight
        root = np.sqrt(np.maximum((r + e) ** 2 - 4.0 * c, 0.0))
        u = np.maximum(0.5 * (r - e + root), 0.0)
        gain = 0.5 * r * r - c * np.log1p(u / e) - 0.5 * (u - r) ** 2
        kept = ((r + e) ** 2 >= 4.0 * c) & (gain > 0.0)
        return np.where(kept, u, 0.0) * np.sign(x)

    @property
    def strong_convexity(self):
        """-weight / epsilon^2: adding so much of ||x||^2 / 2 makes g convex, and no less does."""
        return -self.weight / self.epsilon**2

    @property
    def minimum(self):
        """0, at zero."""
        return 0.0
