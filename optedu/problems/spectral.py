"""Regularizers and sets of matrices, by their singular values and eigenvalues."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.checks import require_nonnegative_data, require_positive_data
from optedu.problems.simplex import project_l1_ball
from optedu.protocol import problem


@problem
class NuclearNorm(NamedTuple):
    """The regularizer g(X) = weight times the sum of the singular values: low rank.

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
    >>> oe.problems.NuclearNorm(weight=1.0).prox(np.array([[3.0, 0.0], [0.0, 0.5]]), 1.0)
    array([[2., 0.],
           [0., 0.]])
    """

    weight: float = 1.0

    differentiable = False

    def check(self):
        """Refuse a negative weight."""
        require_nonnegative_data(self, "weight")

    def value(self, x):
        _, s, _ = np.linalg.svd(x, False)
        return self.weight * np.sum(s)

    def gradient(self, x):
        U, s, V = np.linalg.svd(x, False)
        rank = int(np.sum(s > 1e-14 * s[0] * max(x.shape)))
        return self.weight * (np.ascontiguousarray(U[:, :rank]) @ np.ascontiguousarray(V[:rank]))

    def prox(self, x, t):
        U, s, V = np.linalg.svd(x, False)
        return (U * np.maximum(s - t * self.weight, 0.0)) @ V

    @property
    def minimum(self):
        """0, at zero."""
        return 0.0


@problem
class NuclearBall(NamedTuple):
    """The set of matrices whose singular values sum to the radius at most.

    Parameters
    ----------
    radius : float
        Positive.

    Raises
    ------
    ValueError
        If the radius is not positive.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> oe.problems.NuclearBall().project(np.array([[2.0, 0.0], [0.0, 1.5]]))
    array([[0.75, 0.  ],
           [0.  , 0.25]])
    """

    radius: float = 1.0

    def check(self):
        """Refuse a radius that is not positive."""
        require_positive_data(self, "radius")

    def project(self, x):
        U, s, V = np.linalg.svd(x, False)
        return (U * project_l1_ball(s, self.radius)) @ V

    def linear_minimizer(self, g):
        U, _, V = np.linalg.svd(g, False)
        return np.outer(-self.radius * U[:, 0], V[0])

    @property
    def diameter(self):
        """2 radius, in the Frobenius norm."""
        return 2 * self.radius


@problem
class PSDCone(NamedTuple):
    """The set of symmetric matrices without negative eigenvalues.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> oe.problems.PSDCone().project(np.array([[2.0, 0.0], [0.0, -1.0]]))
    array([[2., 0.],
           [0., 0.]])
    """

    def project(self, x):
        eigenvalues, Q = np.linalg.eigh(0.5 * (x + x.T))
        return (Q * np.maximum(eigenvalues, 0.0)) @ Q.T
