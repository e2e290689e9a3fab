"""Polytopes given by their vertices, and the doubly stochastic matrices."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.protocol import portable, problem


@portable
def nearest_in_hull(V, x):
    """Return the point of the convex hull of the rows of V that is nearest to x.

    The algorithm of Wolfe (1976): the nearest point of a growing affine hull, and steps back to
    its simplex. It ends after finitely many steps.
    """
    P = V - x
    squares = np.sum(P * P, axis=1)
    equal, none, least = (1e-13, 1e-15, 1e-300) if V.itemsize == 8 else (1e-6, 1e-7, 1e-37)
    tolerance = equal * max(1.0, np.max(squares))
    w = np.zeros(V.shape[0])
    w[np.argmin(squares)] = 1.0
    y = w @ P
    for _ in range(50 * V.shape[0]):
        scores = P @ y
        j = np.argmin(scores)
        if scores[j] >= y @ y - tolerance or w[j] > 0.0:
            break
        w[j] = least  # in the simplex now, with no weight yet
        while True:
            inside = np.nonzero(w > 0.0)[0]
            S, old = P[inside], w[inside]
            new = np.linalg.solve(S @ S.T + 1.0, np.ones(inside.size))
            new = new / np.sum(new)
            if np.min(new) > 0.0:
                w[inside] = new
                break
            t = 1.0
            for i in range(new.size):
                if new[i] <= 0.0:
                    t = min(t, old[i] / (old[i] - new[i]))
            mixed = (1.0 - t) * old + t * new
            mixed[mixed <= none] = 0.0
            for i in range(new.size):
                if new[i] <= 0.0 and old[i] / (old[i] - new[i]) <= t:
                    mixed[i] = 0.0
            w[inside] = mixed / np.sum(mixed)
        y = w @ P
    return w @ V


@portable
def assignment(cost):
    """Return the column of each row in a cheapest assignment of rows to columns.

    The Hungarian method by shortest augmenting paths, O(n^3): potentials u, v keep
    cost - u - v >= 0, and each row in turn is matched along a path of least reduced cost.

    Parameters
    ----------
    cost : numpy.ndarray, shape (n, n)

    Returns
    -------
    numpy.ndarray of int64, shape (n,)
    """
    n = cost.shape[0]
    u, v = np.zeros(n), np.zeros(n + 1)
    row_of = np.full(n + 1, -1)  # the last column stands for the row that looks for a place
    for row in range(n):
        row_of[n] = row
        column = n
        shortest = np.full(n, np.inf)
        before = np.full(n, n)
        done = np.zeros(n + 1)
        while row_of[column] >= 0:
            done[column] = 1.0
            i, delta, following = row_of[column], np.inf, 0
            for j in range(n):
                if done[j] == 0.0:
                    reduced = cost[i, j] - u[i] - v[j]
                    if reduced < shortest[j]:
                        shortest[j] = reduced
                        before[j] = column
                    if shortest[j] < delta:
                        delta = float(shortest[j])  # on a GPU an entry is a view
                        following = j
            if not delta < np.inf:  # not a number: any column that is left
                delta = 0.0
                for j in range(n):
                    if done[j] == 0.0:
                        following = j
            for j in range(n + 1):
                if done[j] > 0.0:
                    u[row_of[j]] += delta
                    v[j] -= delta
                elif j < n:
                    shortest[j] -= delta
            column = following
        while column != n:
            row_of[column] = row_of[before[column]]
            column = before[column]
    columns = np.zeros(n, np.int64)
    for j in range(n):
        columns[row_of[j]] = j
    return columns


@problem
class Polytope(NamedTuple):
    """The convex hull of finitely many points.

    Parameters
    ----------
    vertices : numpy.ndarray, shape (m, d)
        One point per row; points inside the hull of the others do no harm.

    Raises
    ------
    ValueError
        If the vertices are not the rows of a matrix.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> triangle = oe.problems.Polytope([[0.0, 0.0], [2.0, 0.0], [0.0, 2.0]])
    >>> triangle.linear_minimizer(np.array([-1.0, 0.5]))
    array([2., 0.])
    >>> triangle.project(np.array([2.0, 2.0])).round(6)
    array([1., 1.])
    """

    vertices: np.ndarray

    def check(self):
        """Refuse anything but a matrix."""
        if self.vertices.ndim != 2:
            raise ValueError(
                f"Polytope: vertices must be a matrix (m, d), one vertex per row, got shape "
                f"{self.vertices.shape}"
            )

    def project(self, x):
        return nearest_in_hull(self.vertices, x)

    def linear_minimizer(self, g):
        return self.vertices[np.argmin(self.vertices @ g)].copy()

    @property
    def shape(self):
        """Shape of an iterate."""
        return self.vertices.shape[1:]

    @property
    def diameter(self):
        """The largest distance of two vertices."""
        V = self.vertices
        return float(max(np.sqrt(((V - v) ** 2).sum(axis=1)).max() for v in V))


@problem
class Birkhoff(NamedTuple):
    """The doubly stochastic matrices: entries >= 0, rows and columns that sum to 1.

    Its vertices are the permutation matrices (Birkhoff's theorem), n! of them, and
    ``linear_minimizer`` is the assignment problem. A projection would be a quadratic program;
    there is none here.

    Parameters
    ----------
    size : int
        n, the number of rows and of columns.

    Raises
    ------
    ValueError
        If the size is not positive.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> oe.problems.Birkhoff(2).linear_minimizer(np.array([[1.0, 0.0], [0.0, 3.0]]))
    array([[0., 1.],
           [1., 0.]])
    """

    size: int

    def check(self):
        """Refuse a size that is not positive."""
        if self.size < 1:
            raise ValueError(f"Birkhoff: size must be at least 1, got {self.size}")

    def linear_minimizer(self, g):
        columns = assignment(g)
        vertex = np.zeros(g.shape)
        for i in range(columns.size):
            vertex[i, columns[i]] = 1.0
        return vertex

    @property
    def shape(self):
        """Shape of an iterate."""
        return (self.size, self.size)

    @property
    def diameter(self):
        """sqrt(2 n), the distance of two permutations that agree nowhere; 0 for n = 1."""
        return float(np.sqrt(2 * self.size)) if self.size > 1 else 0.0
