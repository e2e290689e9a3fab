"""Alternating projections: visit the sets in turn."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.parameters import require_positive
from optedu.protocol import method
from optedu.splitting.residuals import largest_distance, resolve_components


class AlternatingProjectionsState(NamedTuple):
    x: np.ndarray  # the iterate, a point of the last set


@method
class AlternatingProjections(NamedTuple):
    """Cyclic projections, von Neumann's method.

    Problem      find a point of several closed sets, each with a projection.
    Update       x+ = P_m ... P_2 P_1 x
    Guarantee    convex sets with a common point: x converges to one, and the distance to every
                 common point never grows (bregman1965). Two subspaces whose Friedrichs angle has
                 cosine c: ||x_k - P x_0|| <= c^(2k - 1) ||x_0 - P x_0||, P the projection onto the
                 intersection (kayalar1988; attained).
    Cost         one projection onto each set per step.
    Use when     any common point will do, and the sets meet at a good angle.
    Fails when   the sets meet at a small angle: then it crawls. Without a common point it ends at
                 a pair of nearest points, as if all were well, and is said to be stalled.

    Parameters
    ----------
    components : int, optional
        Number of sets; by default problem.components.

    References
    ----------
    bregman1965; kayalar1988.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Hyperplanes([[1.0, 0.0], [1.0, 1.0]], [1.0, 3.0])
    >>> oe.run(oe.AlternatingProjections(), problem, [0.0, 0.0]).x.round(5)
    array([1., 2.])
    """

    components: int | None = None

    certificate_name = "largest distance to a set"

    def check(self):
        """Refuse a number of sets that is not positive."""
        require_positive(self, "components")

    def resolve(self, problem):
        """Take the number of sets from the problem."""
        return resolve_components(self, problem)

    def init(self, problem, x):
        return AlternatingProjectionsState(x)

    def step(self, problem, state):
        x = state.x
        for i in range(self.components):
            x = problem.component_project(i, x)
        return AlternatingProjectionsState(x)

    def certificate(self, problem, state):
        """Return the largest distance of x to one of the sets."""
        return largest_distance(problem, state.x, self.components)
