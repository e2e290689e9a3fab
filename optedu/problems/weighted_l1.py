"""The l1 norm with a weight for each coordinate."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.regularizers import soft_threshold
from optedu.protocol import problem


@problem
class WeightedL1(NamedTuple):
    """The regularizer g(x) = sum_i weights_i |x_i|; a weight of 0 leaves its coordinate free.

    Parameters
    ----------
    weights : numpy.ndarray, shape (d,)
        Each 0 or more.

    Raises
    ------
    ValueError
        If a weight is negative.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> oe.problems.WeightedL1([1.0, 0.0]).prox(np.array([3.0, -0.5]), 1.0)
    array([ 2. , -0.5])
    """

    weights: np.ndarray

    differentiable = False

    def check(self):
        """Refuse negative weights."""
        if self.weights.min() < 0:
            i = int(self.weights.argmin())
            raise ValueError(
                f"WeightedL1: weights must be 0 or more, got {self.weights.ravel()[i]} at index {i}"
            )

    def value(self, x):
        return np.sum(self.weights * np.abs(x))

    def gradient(self, x):
        return self.weights * np.sign(x)

    def prox(self, x, t):
        return soft_threshold(x, t * self.weights)

    def coordinate_prox(self, i, x, t):
        return soft_threshold(x.ravel()[i], t * self.weights.ravel()[i])

    @property
    def shape(self):
        """Shape of an iterate."""
        return self.weights.shape

    @property
    def minimum(self):
        """0, at zero."""
        return 0.0
