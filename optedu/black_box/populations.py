"""What methods with many points share: their values, and the order of these."""

from __future__ import annotations

import numpy as np

from optedu.protocol import portable


@portable
def values_of(problem, points, x):
    """Return f at each row of `points`, shape (n,); NaN counts as infinitely bad.

    The rows are points of the shape of x, flattened.
    """
    values = np.empty(points.shape[0])
    for i in range(points.shape[0]):
        value = problem.value(points[i].copy().reshape(x.shape))
        values[i] = np.inf if np.isnan(value) else value
    return values


@portable
def best_first(values):
    """Return the indices of the values from the smallest up; equal ones keep their order."""
    order = np.zeros(values.size, dtype=np.int64)
    for i in range(values.size):
        place = i
        while place > 0 and values[order[place - 1]] > values[i]:
            order[place] = order[place - 1]
            place -= 1
        order[place] = i
    return order
