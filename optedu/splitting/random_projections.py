"""Random projections: visit the sets at random; Kaczmarz's method on equations."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.parameters import require_positive
from optedu.protocol import method
from optedu.splitting.residuals import largest_distance, resolve_components


class RandomProjectionsState(NamedTuple):
    x: np.ndarray  # the iterate


@method
class RandomProjections(NamedTuple):
    """Projection onto a set that is drawn at random; randomized Kaczmarz on hyperplanes.

    Problem      find a point of several closed convex sets, each with a projection.
    Update       x+ = P_i x,  i uniform among the sets
    Guarantee    equations A x = b with a solution and rows of length 1, s the least nonzero
                 singular value of A, m rows, x* the solution nearest to x_0:
                 E ||x_k - x*||^2 <= (1 - s^2 / m)^k ||x_0 - x*||^2 (strohmer2009, Theorem 2; for
                 rows of other lengths scale them). Exact for orthogonal square A.
    Cost         one projection per step.
    Use when     there are many sets, more than you want to see before you move.
    Fails when   the sets have no common point: it wanders about for ever.

    Parameters
    ----------
    components : int, optional
        Number of sets; by default problem.components.

    References
    ----------
    strohmer2009, Theorem 2.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Hyperplanes([[1.0, 0.0], [1.0, 1.0]], [1.0, 3.0])
    >>> oe.run(oe.RandomProjections(), problem, [0.0, 0.0]).x.round(5)
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

    def init(self, problem, x, rng):
        return RandomProjectionsState(x)

    def step(self, problem, state, rng):
        i = rng.integers(0, self.components)
        return RandomProjectionsState(problem.component_project(i, state.x))

    def certificate(self, problem, state):
        """Return the largest distance of x to one of the sets."""
        return largest_distance(problem, state.x, self.components)
