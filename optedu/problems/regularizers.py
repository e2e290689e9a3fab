"""Regularizers of vectors, each with its prox; the elementwise ones serve any shape."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optedu.problems.checks import require_nonnegative_data
from optedu.problems.norms import euclidean_norm
from optedu.problems.simplex import project_l1_ball
from optedu.protocol import portable, problem


@portable
def soft_threshold(x, threshold):
    """Each entry moved towards 0 by the threshold, and no further than 0."""
    return np.sign(x) * np.maximum(np.abs(x) - threshold, 0.0)


@problem
class L1(NamedTuple):
    """The regularizer g(x) = weight sum_i |x_i|, which makes solutions sparse.

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
    >>> oe.problems.L1(weight=1.0).prox(np.array([3.0, -0.5]), 1.0)
    array([ 2., -0.])
    """

    weight: float = 1.0

    differentiable = False

    def check(self):
        """Refuse a negative weight."""
        require_nonnegative_data(self, "weight")

    def value(self, x):
        return self.weight * np.sum(np.abs(x))

    def gradient(self, x):
        return self.weight * np.sign(x)

    def prox(self, x, t):
        return soft_threshold(x, t * self.weight)

    def coordinate_prox(self, i, x, t):
        return soft_threshold(x.ravel()[i], t * self.weight)

    @property
    def minimum(self):
        """0, at zero."""
        return 0.0


@problem
class L2(NamedTuple):
    """The regularizer g(x) = weight ||x||, which makes all of x zero or none.

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
    >>> oe.problems.L2(weight=1.0).prox(np.array([3.0, 4.0]), 2.5)
    array([1.5, 2. ])
    """

    weight: float = 1.0

    differentiable = False

    def check(self):
        """Refuse a negative weight."""
        require_nonnegative_data(self, "weight")

    def value(self, x):
        return self.weight * euclidean_norm(x)

    def gradient(self, x):
        norm = euclidean_norm(x)
        if norm == 0.0:
            return 0.0 * x
        return self.weight * (x / norm)

    def prox(self, x, t):
        norm = euclidean_norm(x)
        if norm <= t * self.weight:
            return 0.0 * x
        return (1.0 - t * self.weight / norm) * x

    @property
    def minimum(self):
        """0, at zero."""
        return 0.0


@problem
class SquaredL2(NamedTuple):
    """The regularizer g(x) = weight ||x||^2 / 2.

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
    >>> oe.problems.SquaredL2(weight=1.0).prox(np.array([3.0, 4.0]), 1.0)
    array([1.5, 2. ])
    """

    weight: float = 1.0

    def check(self):
        """Refuse a negative weight."""
        require_nonnegative_data(self, "weight")

    def value(self, x):
        return 0.5 * self.weight * np.sum(x * x)

    def prox(self, x, t):
        return x / (1.0 + t * self.weight)

    def coordinate_prox(self, i, x, t):
        return x.ravel()[i] / (1.0 + t * self.weight)

    @property
    def strong_convexity(self):
        """The weight."""
        return self.weight

    @property
    def minimum(self):
        """0, at zero."""
        return 0.0


@problem
class LInfinity(NamedTuple):
    """The regularizer g(x) = weight max_i |x_i| of a vector.

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
    >>> oe.problems.LInfinity(weight=1.0).prox(np.array([3.0, -1.0]), 1.0)
    array([ 2., -1.])
    """

    weight: float = 1.0

    differentiable = False

    def check(self):
        """Refuse a negative weight."""
        require_nonnegative_data(self, "weight")

    def value(self, x):
        return self.weight * np.max(np.abs(x))

    def gradient(self, x):
        i = np.argmax(np.abs(x))
        g = np.zeros(x.size)
        g[i] = self.weight * np.sign(x[i])
        return g

    def prox(self, x, t):
        # Moreau: the conjugate of the maximum norm is the indicator of the l1 ball.
        return x - project_l1_ball(x, t * self.weight)

    @property
    def minimum(self):
        """0, at zero."""
        return 0.0


@problem
class ElasticNet(NamedTuple):
    """The regularizer g(x) = l1 sum_i |x_i| + l2 ||x||^2 / 2.

    Parameters
    ----------
    l1, l2 : float
        Weights, 0 or more.

    Raises
    ------
    ValueError
        If a weight is negative.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> oe.problems.ElasticNet(l1=1.0, l2=1.0).prox(np.array([3.0, -0.5]), 1.0)
    array([ 1., -0.])
    """

    l1: float = 1.0
    l2: float = 1.0

    differentiable = False

    def check(self):
        """Refuse negative weights."""
        require_nonnegative_data(self, "l1", "l2")

    def value(self, x):
        return self.l1 * np.sum(np.abs(x)) + 0.5 * self.l2 * np.sum(x * x)

    def gradient(self, x):
        return self.l1 * np.sign(x) + self.l2 * x

    def prox(self, x, t):
        return soft_threshold(x, t * self.l1) / (1.0 + t * self.l2)

    def coordinate_prox(self, i, x, t):
        return soft_threshold(x.ravel()[i], t * self.l1) / (1.0 + t * self.l2)

    @property
    def strong_convexity(self):
        """The weight l2."""
        return self.l2

    @property
    def minimum(self):
        """0, at zero."""
        return 0.0


@problem
class GroupL2(NamedTuple):
    """The regularizer g(x) = weight sum_j ||x_j||, x_j the coordinates of group j.

    Parameters
    ----------
    groups : numpy.ndarray of int, shape (d,)
        The group of each coordinate, counted from 0.
    weight : float
        0 or more.

    Raises
    ------
    ValueError
        If a group is negative or the weight is.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> oe.problems.GroupL2([0, 0, 1]).prox(np.array([3.0, 4.0, 0.5]), 1.0)
    array([2.4, 3.2, 0. ])
    """

    groups: NDArray[np.int64]
    weight: float = 1.0

    differentiable = False

    @classmethod
    def blocks(cls, size: int, count: int, weight: float = 1.0) -> GroupL2:
        """Return the regularizer of `count` consecutive blocks of `size` coordinates each."""
        return cls(np.repeat(np.arange(count), size), weight)

    def check(self):
        """Refuse negative groups and a negative weight."""
        require_nonnegative_data(self, "weight")
        if self.groups.ndim != 1 or self.groups.size == 0:
            raise ValueError(
                f"GroupL2: groups must be a vector, a group for each coordinate, got shape "
                f"{self.groups.shape}"
            )
        if self.groups.min() < 0 or self.groups.max() >= self.groups.size:
            raise ValueError(
                f"GroupL2: groups must be counted from 0 to at most {self.groups.size - 1}, got "
                f"{self.groups.min()} to {self.groups.max()}"
            )

    def norms(self, x):
        """Return the norm of each group."""
        norms = np.zeros(self.groups.max() + 1)
        for i in range(x.size):
            norms[self.groups[i]] = np.hypot(norms[self.groups[i]], x[i])
        return norms

    def value(self, x):
        return self.weight * np.sum(self.norms(x))

    def gradient(self, x):
        norms = self.norms(x)
        return self.weight * (x / np.where(norms > 0.0, norms, 1.0)[self.groups])

    def prox(self, x, t):
        norms = self.norms(x)
        kept = np.maximum(norms - t * self.weight, 0.0) / np.where(norms > 0.0, norms, 1.0)
        return kept[self.groups] * x

    @property
    def shape(self):
        """Shape of an iterate."""
        return self.groups.shape

    @property
    def minimum(self):
        """0, at zero."""
        return 0.0
