"""The weighted group sparse envelope: the largest convex function below a count of groups."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optedu.problems.checks import require_nonnegative_data, require_positive_data
from optedu.protocol import portable, problem


@portable
def shares(ratios, costs, budget, shift):
    """Return u_j = clip(tau ratios_j - shift, 0, 1), tau such that sum costs_j u_j = budget.

    Where the groups that are not zero cost no more than the budget, their u_j is 1. The sum is
    piecewise linear in tau: its breakpoints are sorted, and the piece is found by walking.
    """
    largest = np.max(ratios)
    u = np.zeros(ratios.size)
    if largest == 0.0:
        return u
    r = ratios / largest
    for j in range(r.size):
        u[j] = 1.0 if r[j] > 1e-150 else 0.0
    alive = np.flatnonzero(u)
    if np.sum(costs * u) <= budget:
        return u
    n = alive.size
    points, slopes = np.empty(2 * n), np.empty(2 * n)
    for j in range(n):
        rate = r[alive[j]]
        points[j], slopes[j] = shift / rate, costs[alive[j]] * rate
        points[n + j], slopes[n + j] = (1.0 + shift) / rate, -costs[alive[j]] * rate
    order = np.argsort(points)
    total, slope, tau = 0.0, 0.0, points[order[0]]
    for i in order:
        step = points[i] - tau
        if slope > 0.0 and total + slope * step >= budget:
            break
        total, slope, tau = total + slope * step, slope + slopes[i], points[i]
    if slope > 0.0:
        tau = tau + (budget - total) / slope
    for j in alive:
        u[j] = min(max(tau * r[j] - shift, 0.0), 1.0)
    return u


@problem
class GroupSparseEnvelope(NamedTuple):
    """The regularizer weight * min_u sum_j ||x_j||^2 / (2 u_j), 0 <= u <= 1, <costs, u> <= budget.

    x_j are the coordinates of group j. It is the largest convex function below weight ||x||^2 / 2
    on the x whose groups that are not zero cost the budget at most. Groups of one coordinate and
    costs of 1 make it half the squared k-support norm, k = budget.

    Parameters
    ----------
    groups : numpy.ndarray of int, shape (d,)
        The group of each coordinate, counted from 0; none is empty.
    costs : numpy.ndarray
        One positive number per group.
    budget : float
        Positive; with costs of 1 the number of groups.
    weight : float
        0 or more.

    Raises
    ------
    ValueError
        If a group is empty, or a number is out of range.

    References
    ----------
    refael2022; argyriou2012.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> envelope = oe.problems.GroupSparseEnvelope.of_entries(3, budget=1)
    >>> float(envelope.value(np.array([1.0, -2.0, 0.0])))  # (|1| + |2|)^2 / 2
    4.5
    >>> envelope.prox(np.array([3.0, 1.0, 0.0]), 1.0)
    array([1.5, 0. , 0. ])
    """

    groups: NDArray[np.int64]
    costs: np.ndarray
    budget: float
    weight: float = 1.0

    differentiable = False

    @classmethod
    def of_entries(cls, d: int, budget: float, weight: float = 1.0) -> GroupSparseEnvelope:
        """Return the envelope of d groups of one coordinate, each of cost 1."""
        return cls(np.arange(d), np.ones(d), budget, weight)

    @classmethod
    def blocks(
        cls, size: int, count: int, budget: float, weight: float = 1.0
    ) -> GroupSparseEnvelope:
        """Return the envelope of `count` consecutive blocks of `size` coordinates, of cost 1."""
        return cls(np.repeat(np.arange(count), size), np.ones(count), budget, weight)

    def check(self):
        """Refuse empty groups and numbers out of range."""
        require_positive_data(self, "budget")
        require_nonnegative_data(self, "weight")
        if self.groups.ndim != 1 or self.groups.size == 0 or self.groups.min() < 0:
            raise ValueError("GroupSparseEnvelope: groups must be a vector counted from 0")
        if self.costs.shape != (self.groups.max() + 1,) or not self.costs.min() > 0:
            raise ValueError(
                f"GroupSparseEnvelope: costs must be {self.groups.max() + 1} positive numbers, one "
                f"per group, got shape {self.costs.shape}"
            )
        if np.bincount(self.groups).min() == 0:
            empty = int(np.bincount(self.groups).argmin())
            raise ValueError(f"GroupSparseEnvelope: group {empty} has no coordinate")

    def norms(self, x):
        """Return the norm of each group."""
        norms = np.zeros(self.costs.size)
        for i in range(x.size):
            norms[self.groups[i]] = np.hypot(norms[self.groups[i]], x[i])
        return norms

    def value(self, x):
        norms = self.norms(x)
        u = shares(norms / np.sqrt(self.costs), self.costs, self.budget, 0.0)
        total = 0.0
        for j in range(u.size):
            if u[j] > 0.0:
                total += norms[j] / u[j] * norms[j]
        return 0.5 * self.weight * total

    def prox(self, x, t):
        shift = t * self.weight
        if shift == 0.0:
            return x.copy()
        u = shares(self.norms(x) / np.sqrt(self.costs), self.costs, self.budget, shift)
        return (u / (shift + u))[self.groups] * x

    @property
    def shape(self):
        """Shape of an iterate."""
        return self.groups.shape

    @property
    def minimum(self):
        """0, at zero."""
        return 0.0
