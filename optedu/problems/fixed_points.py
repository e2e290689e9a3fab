"""Fixed-point problems: find x with T x = x."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from optedu.problems.checks import require_oracles, require_vector
from optedu.protocol import problem


@problem
class AffineMap(NamedTuple):
    """Find a fixed point of T x = M x + c.

    Parameters
    ----------
    M : numpy.ndarray, shape (d, d)
    c : numpy.ndarray, shape (d,)

    Raises
    ------
    ValueError
        If M is not square, or c does not fit.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> quarter_turn = oe.problems.AffineMap([[0.0, -1.0], [1.0, 0.0]], [1.0, 1.0])
    >>> quarter_turn.operator(np.array([0.0, 1.0]))
    array([0., 1.])
    """

    M: np.ndarray
    c: np.ndarray

    def check(self):
        """Refuse a matrix that is not square, or a vector that does not fit."""
        require_vector(self, "c")
        if self.M.shape != 2 * self.c.shape:
            raise ValueError(
                f"AffineMap: M must have shape {2 * self.c.shape} to fit c, got {self.M.shape}"
            )

    def operator(self, x):
        return self.M @ x + self.c

    @property
    def shape(self):
        """Shape of an iterate."""
        return self.c.shape

    @property
    def start(self):
        """Zeros."""
        return np.zeros(self.shape)

    @property
    def lipschitz(self):
        """Lipschitz constant of T, the largest singular value of M; 1 is nonexpansive."""
        return float(np.linalg.norm(self.M, 2))

    @property
    def displacement(self):
        """The shortest vector among all x - T x; zero where T has a fixed point."""
        difference = np.eye(self.c.size) - self.M
        x = np.linalg.lstsq(difference, self.c, rcond=1e-12)[0]
        return difference @ x - self.c

    @property
    def minimizer(self):
        """The fixed point of least norm, None where there is none."""
        x = np.linalg.lstsq(np.eye(self.c.size) - self.M, self.c, rcond=1e-12)[0]
        miss = np.linalg.norm(x - self.operator(x))
        return x if miss <= 1e-10 * (1 + np.linalg.norm(self.c)) else None


@problem
class DouglasRachford(NamedTuple):
    """Find a point of two convex sets as the fixed point of T x = x + P_2(2 P_1 x - x) - P_1 x.

    T is firmly nonexpansive; P_1 of a fixed point lies in both sets, and without a common point
    T has no fixed point: x - T x tends to a vector between the sets.

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
    >>> ball = oe.problems.L2Ball(center=[0.0, 0.0])
    >>> problem = oe.problems.DouglasRachford(ball, oe.problems.HalfSpace([-1.0, 0.0], -1.0))
    >>> problem.operator(np.array([1.0, 0.0]))
    array([1., 0.])
    """

    first: Any
    second: Any

    def check(self):
        """Refuse a set without a projection."""
        require_oracles(self, "first", "project")
        require_oracles(self, "second", "project")

    def operator(self, x):
        p = self.first.project(x)
        return x + self.second.project(2.0 * p - x) - p

    @property
    def shape(self):
        """Shape of an iterate, that of the sets."""
        return getattr(self.first, "shape", None) or getattr(self.second, "shape", None)

    @property
    def lipschitz(self):
        """1: T is nonexpansive."""
        return 1.0


@problem
class AlternatingProjections(NamedTuple):
    """Find a point of two convex sets as the fixed point of T x = P_2 P_1 x.

    Without a common point the fixed points are those of the second set nearest to the first.

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
    >>> ball = oe.problems.L2Ball(center=[0.0, 0.0])
    >>> problem = oe.problems.AlternatingProjections(ball, oe.problems.HalfSpace([-1.0, 0.0], -2.0))
    >>> problem.operator(np.array([5.0, 0.0]))
    array([2., 0.])
    """

    first: Any
    second: Any

    def check(self):
        """Refuse a set without a projection."""
        require_oracles(self, "first", "project")
        require_oracles(self, "second", "project")

    def operator(self, x):
        return self.second.project(self.first.project(x))

    @property
    def shape(self):
        """Shape of an iterate, that of the sets."""
        return getattr(self.first, "shape", None) or getattr(self.second, "shape", None)

    @property
    def lipschitz(self):
        """1: T is nonexpansive."""
        return 1.0
