"""Dykstra's algorithm: project onto an intersection, and not just into it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.parameters import require_positive
from optedu.protocol import method, portable
from optedu.splitting.residuals import norm, resolve_components

PATIENCE = 1000
"""Cycles that a step may take while x stands still and the increments do not."""


class DykstraState(NamedTuple):
    x: np.ndarray  # the iterate, a point of the last set
    increments: np.ndarray  # what each set pushed away when it was last visited, one per row
    moved: float  # how far the points of the last cycle are from x
    gap: float  # sum of <increment, point - x> over the last cycle


@portable
def cycle(problem, x, old):
    """One visit to each set: the new x and increments, the movement and the gap."""
    increments, points = old.copy(), np.zeros(old.shape)
    for i in range(old.shape[0]):
        s = x + increments[i]
        x = problem.component_project(i, s)
        increments[i], points[i] = s - x, x
    away = points - x
    moved = np.sqrt(np.max(np.sum(away * away, axis=1)))
    return x, increments, moved, np.sum(increments * away)


@method
class Dykstra(NamedTuple):
    """Dykstra's cyclic projections: the nearest common point to the start.

    Problem      project x_0 onto the intersection of closed convex sets; x a vector.
    Update       for i = 1..m in turn: s = x + p_i;  x = P_i s;  p_i = s - x
                 repeated, 1000 times at the most, while x comes back where it was and p does not
    Guarantee    with a common point, x converges to the projection of x_0 onto the intersection
                 (boyle1986). Always x_0 = x + sum p_i, each p_i normal to set i where it was
                 visited; so when a cycle moves nothing, x is that projection. Affine sets: the
                 iterates are those of AlternatingProjections.
    Cost         one projection onto each set per cycle, and a vector of memory for each.
    Use when     the nearest point is wanted: as the prox of an intersection.
    Fails when   the sets are corners: it may stand still for many cycles before it goes on. Without
                 a common point the increments grow for ever.

    Parameters
    ----------
    components : int, optional
        Number of sets; by default problem.components.

    References
    ----------
    dykstra1983; boyle1986.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.HalfSpaces([[1.0, 0.0], [1.0, 1.0]], [0.0, 0.0])
    >>> oe.run(oe.Dykstra(), problem, [2.0, 1.0]).x.round(4) + 0.0
    array([0., 0.])
    """

    components: int | None = None

    certificate_name = "movement and gap of a cycle"

    def check(self):
        """Refuse a number of sets that is not positive."""
        require_positive(self, "components")

    def resolve(self, problem):
        """Take the number of sets from the problem."""
        return resolve_components(self, problem)

    def init(self, problem, x):
        far = 0.0
        for i in range(self.components):
            far = max(far, norm(x - problem.component_project(i, x)))
        return DykstraState(x, np.zeros((self.components, x.size)), far, 0.0)

    def step(self, problem, state):
        x, increments = state.x, state.increments
        moved, gap = 0.0, 0.0
        for _ in range(PATIENCE):
            old_x, old = x, increments
            x, increments, moved, gap = cycle(problem, old_x, old)
            if not np.array_equal(x, old_x) or np.array_equal(increments, old):
                break
        return DykstraState(x, increments, moved, gap)

    def certificate(self, problem, state):
        """max(moved, gap): when x lies in all sets, ||x - x*||^2 <= gap."""
        return max(state.moved, abs(state.gap))
