"""Sums of terms that are known through their proxes."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from optedu.problems.checks import require_differentiable, require_oracles, require_positive_data
from optedu.protocol import problem


@problem
class SquaredError(NamedTuple):
    """The term g(x) = weight ||x - target||^2 / 2, known through its prox.

    Parameters
    ----------
    target : numpy.ndarray
        In the shape of x.
    weight : float
        Positive.

    Raises
    ------
    ValueError
        If the weight is not positive.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> oe.problems.SquaredError([4.0, 0.0]).prox(np.array([0.0, 2.0]), 1.0)
    array([2., 1.])
    """

    target: np.ndarray
    weight: float = 1.0

    def check(self):
        """Refuse a weight that is not positive."""
        require_positive_data(self, "weight")

    def value(self, x):
        r = x - self.target
        return 0.5 * self.weight * np.sum(r * r)

    def prox(self, x, t):
        return (x + (t * self.weight) * self.target) / (1.0 + t * self.weight)

    @property
    def shape(self):
        """Shape of an iterate."""
        return self.target.shape

    @property
    def strong_convexity(self):
        """The weight."""
        return self.weight

    @property
    def minimum(self):
        """0, at the target."""
        return 0.0


@problem
class SumOfTwo(NamedTuple):
    """Minimize f_0(x) + f_1(x), both convex with a prox; ``component_prox`` is that of f_i.

    Parameters
    ----------
    first, second : problem
        f_0 and f_1, with ``value`` and ``prox``; a set enters as ``Indicator(set)``. The value of
        the sum is infinite off such a set, so that a run on it should begin on the set; better,
        see `IntersectionOfTwo`.

    Raises
    ------
    TypeError
        If a term lacks an oracle.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> lasso = oe.problems.SumOfTwo(oe.problems.SquaredError([3.0, 0.5]), oe.problems.L1())
    >>> lasso.component_prox(1, np.array([3.0, 0.5]), 1.0)
    array([2., 0.])
    """

    first: Any
    second: Any

    def check(self):
        """Refuse terms that lack an oracle."""
        require_oracles(self, "first", "value", "prox")
        require_oracles(self, "second", "value", "prox")

    def value(self, x):
        return self.first.value(x) + self.second.value(x)

    def component_value(self, i, x):
        return self.first.value(x) if i == 0 else self.second.value(x)

    def component_prox(self, i, x, t):
        return self.first.prox(x, t) if i == 0 else self.second.prox(x, t)

    @property
    def components(self):
        """2."""
        return 2

    @property
    def shape(self):
        """Shape of an iterate, that of a term."""
        return getattr(self.first, "shape", None) or getattr(self.second, "shape", None)


@problem
class SmoothSumOfTwo(NamedTuple):
    """Minimize h(x) + f_0(x) + f_1(x), h smooth, f_0 and f_1 convex with a prox.

    ``gradient`` is that of h and ``component_prox`` that of f_i; ``value`` is that of the sum.

    Parameters
    ----------
    smooth : problem
        h, with ``value`` and ``gradient``.
    first, second : problem
        f_0 and f_1, with ``value`` and ``prox``.

    Raises
    ------
    TypeError
        If a term lacks an oracle, or h has subgradients only.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> fit = oe.problems.LeastSquares([[1.0, 0.0], [0.0, 1.0]], [3.0, 0.5])
    >>> problem = oe.problems.SmoothSumOfTwo(fit, oe.problems.L1(0.5), oe.problems.L2(0.5))
    >>> problem.component_prox(0, problem.gradient(problem.start), 1.0)
    array([-2.5, -0. ])
    """

    smooth: Any
    first: Any
    second: Any

    def check(self):
        """Refuse terms that lack an oracle."""
        require_oracles(self, "smooth", "value", "gradient")
        require_differentiable(self, "smooth")
        require_oracles(self, "first", "value", "prox")
        require_oracles(self, "second", "value", "prox")

    def value(self, x):
        return self.smooth.value(x) + self.first.value(x) + self.second.value(x)

    def gradient(self, x):
        return self.smooth.gradient(x)

    def component_prox(self, i, x, t):
        return self.first.prox(x, t) if i == 0 else self.second.prox(x, t)

    @property
    def shape(self):
        """Shape of an iterate, that of h."""
        return getattr(self.smooth, "shape", None)

    @property
    def start(self):
        """The usual start of h."""
        return getattr(self.smooth, "start", None)

    @property
    def smoothness(self):
        """L of h."""
        return getattr(self.smooth, "smoothness", None)
