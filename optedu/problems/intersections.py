"""Find a point that several sets have in common."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from optedu.problems.checks import require_oracles, require_positive_data, require_rows
from optedu.problems.norms import euclidean_norm
from optedu.protocol import problem


def _require_normals(problem: Any) -> None:
    require_rows(problem, "A", "b")
    lengths = np.linalg.norm(problem.A, axis=1)
    if not lengths.all():
        raise ValueError(
            f"{type(problem).__name__}: row {int(np.argmin(lengths))} of A is zero, and no normal"
        )


@problem
class Sphere(NamedTuple):
    """The set of points with ||x - center|| = radius; not convex.

    The center is as near to one of its points as to any other; its projection is said to be
    center + radius e_1.

    Parameters
    ----------
    center : numpy.ndarray, shape (d,)
    radius : float
        Positive.

    Raises
    ------
    ValueError
        If the radius is not positive.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> oe.problems.Sphere([0.0, 0.0]).project(np.array([0.0, 0.5]))
    array([0., 1.])
    """

    center: np.ndarray
    radius: float = 1.0

    convex = False

    def check(self):
        """Refuse a radius that is not positive."""
        require_positive_data(self, "radius")

    def project(self, x):
        offset = x - self.center
        distance = euclidean_norm(offset)
        if distance == 0.0:
            offset = np.zeros(x.size)
            offset[0] = 1.0
            distance = 1.0
        return self.center + self.radius * (offset / distance)

    @property
    def shape(self):
        """Shape of an iterate."""
        return self.center.shape


@problem
class IntersectionOfTwo(NamedTuple):
    """Find a point of two sets; ``component_project`` is the projection onto set i.

    ``value`` is half the sum of the squared distances, and ``component_prox`` the projection: the
    prox of the set's indicator.

    Parameters
    ----------
    first, second : problem
        The sets, with ``project``.

    Raises
    ------
    TypeError
        If a set has no projection.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> x_axis = oe.problems.AffineSet([[0.0, 1.0]], [0.0])
    >>> y_axis = oe.problems.AffineSet([[1.0, 0.0]], [0.0])
    >>> problem = oe.problems.IntersectionOfTwo(x_axis, y_axis)
    >>> problem.component_project(1, np.array([2.0, 3.0]))
    array([0., 3.])
    """

    first: Any
    second: Any

    def check(self):
        """Refuse a set without a projection."""
        require_oracles(self, "first", "project")
        require_oracles(self, "second", "project")

    def value(self, x):
        r, s = x - self.first.project(x), x - self.second.project(x)
        return 0.5 * np.sum(r * r) + 0.5 * np.sum(s * s)

    def component_project(self, i, x):
        return self.first.project(x) if i == 0 else self.second.project(x)

    def component_prox(self, i, x, t):
        return self.component_project(i, x)

    @property
    def components(self):
        """2."""
        return 2

    @property
    def shape(self):
        """Shape of an iterate, that of a set."""
        return getattr(self.first, "shape", None) or getattr(self.second, "shape", None)


@problem
class HalfSpaces(NamedTuple):
    """Find a point with A x <= b; set i is the half-space of row i.

    ``value`` is half the sum of the squared distances, ``component_prox`` the projection.

    Parameters
    ----------
    A : numpy.ndarray, shape (m, d)
        No row zero.
    b : numpy.ndarray, shape (m,)

    Raises
    ------
    ValueError
        If the shapes do not fit, or a row is zero.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> problem = oe.problems.HalfSpaces([[1.0, 0.0], [0.0, 2.0]], [1.0, 2.0])
    >>> problem.component_project(1, np.array([3.0, 3.0]))
    array([3., 1.])
    """

    A: np.ndarray
    b: np.ndarray

    def check(self):
        """Refuse data of the wrong shape and rows of zeros."""
        _require_normals(self)

    def value(self, x):
        excess = np.maximum(self.A @ x - self.b, 0.0)
        return 0.5 * np.sum(excess * excess / np.sum(self.A * self.A, axis=1))

    def component_project(self, i, x):
        a = self.A[i]
        return x - max(a @ x - self.b[i], 0.0) / (a @ a) * a

    def component_prox(self, i, x, t):
        return self.component_project(i, x)

    @property
    def components(self):
        """The number m of sets."""
        return self.b.size

    @property
    def shape(self):
        """Shape of an iterate."""
        return self.A.shape[1:]


@problem
class Hyperplanes(NamedTuple):
    """Find a point with A x = b; set i is the hyperplane of row i.

    ``value`` is half the sum of the squared distances, ``component_prox`` the projection.

    Parameters
    ----------
    A : numpy.ndarray, shape (m, d)
        No row zero.
    b : numpy.ndarray, shape (m,)

    Raises
    ------
    ValueError
        If the shapes do not fit, or a row is zero.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> problem = oe.problems.Hyperplanes([[1.0, 0.0], [0.0, 2.0]], [1.0, 2.0])
    >>> problem.component_project(1, np.array([3.0, 3.0]))
    array([3., 1.])
    """

    A: np.ndarray
    b: np.ndarray

    def check(self):
        """Refuse data of the wrong shape and rows of zeros."""
        _require_normals(self)

    def value(self, x):
        r = self.A @ x - self.b
        return 0.5 * np.sum(r * r / np.sum(self.A * self.A, axis=1))

    def component_project(self, i, x):
        a = self.A[i]
        return x - (a @ x - self.b[i]) / (a @ a) * a

    def component_prox(self, i, x, t):
        return self.component_project(i, x)

    @property
    def components(self):
        """The number m of sets."""
        return self.b.size

    @property
    def shape(self):
        """Shape of an iterate."""
        return self.A.shape[1:]
