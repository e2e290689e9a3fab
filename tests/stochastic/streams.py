"""Random streams that are no longer random, with which a step's mean is enumerated."""

import numpy as np


class Always:
    """A random stream that draws one term only."""

    def __init__(self, i):
        self.i = i

    def integers(self, low, high, size=None):
        assert low <= self.i < high
        return self.i if size is None else np.full(size, self.i)
