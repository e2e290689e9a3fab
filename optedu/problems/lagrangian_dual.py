"""Lagrangian duals of combinatorial problems, as convex functions to minimize."""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np

from optedu.problems.checks import require_rows
from optedu.protocol import portable, problem


@problem
class BinaryDual(NamedTuple):
    """Minimize -q(y) over y >= 0, q the Lagrangian dual of a binary linear program.

    The program is: minimize <c, x> subject to A x <= b, x in {0, 1}^d. Its dual function
    q(y) = min over binary x of <c, x> + <y, A x - b> = -<b, y> + sum_j min(0, (c + A'y)_j) is a
    lower bound of the program for every y >= 0. The minimum over the box [0, 1]^d is the same,
    so the best bound is that of the linear relaxation, whatever the program (the integrality
    property).

    Parameters
    ----------
    c : numpy.ndarray, shape (d,)
        Cost; minus the profit of a knapsack.
    A : numpy.ndarray, shape (m, d)
    b : numpy.ndarray, shape (m,)

    Raises
    ------
    ValueError
        If the shapes do not fit.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> dual = oe.problems.BinaryDual([-3.0, -2.0], [[2.0, 2.0]], [3.0])
    >>> dual.minimum, dual.primal(np.array([1.2]))
    (4.0, array([1., 0.]))
    """

    c: np.ndarray
    A: np.ndarray
    b: np.ndarray

    differentiable = False
    nonnegative = True

    def check(self):
        """Refuse shapes that do not fit."""
        require_rows(self, "A", "b")
        if self.c.shape != self.A.shape[1:]:
            raise ValueError(
                f"BinaryDual: c of shape {self.c.shape} does not fit A of shape {self.A.shape}"
            )

    def primal(self, y):
        """Return the binary x that minimizes the Lagrangian at y."""
        return np.where(self.c + self.A.T @ y < 0.0, 1.0, 0.0)

    def value(self, y):
        return self.b @ y - np.sum(np.minimum(self.c + self.A.T @ y, 0.0))

    def gradient(self, y):
        return self.b - self.A @ self.primal(y)

    def project(self, y):
        return np.maximum(y, 0.0)

    @property
    def shape(self):
        """Shape of the multipliers."""
        return self.b.shape

    @property
    def start(self):
        """Zeros: all constraints are free."""
        return np.zeros(self.shape)

    @property
    def ceiling(self):
        """The largest <c, x> over all binary x: a dual value above it proves infeasibility."""
        return float(np.maximum(self.c, 0.0).sum())

    @property
    def lipschitz(self):
        """A bound on the norms of the subgradients b - A x over all binary x."""
        low = self.b - np.maximum(self.A, 0.0).sum(axis=1)
        high = self.b - np.minimum(self.A, 0.0).sum(axis=1)
        return float(np.linalg.norm(np.maximum(np.abs(low), np.abs(high))))

    @property
    def strong_convexity(self):
        """0."""
        return 0.0

    @property
    def minimizer(self):
        """Multipliers of the linear relaxation by HiGHS, None where it is infeasible."""
        return _relaxation(self.c.tobytes(), self.A.tobytes(), self.b.tobytes())

    @property
    def minimum(self):
        """Minus the optimum of the linear relaxation, None where that is infeasible."""
        y = self.minimizer
        return None if y is None else float(self.value(y))


@functools.lru_cache(maxsize=64)
def _relaxation(c: bytes, A: bytes, b: bytes) -> np.ndarray | None:
    from scipy.optimize import linprog

    cost, bound = np.frombuffer(c), np.frombuffer(b)
    rows = np.frombuffer(A).reshape(bound.size, cost.size)
    found = linprog(cost, A_ub=rows, b_ub=bound, bounds=(0, 1), method="highs")
    if found.status != 0:
        return None
    y = np.maximum(-found.ineqlin.marginals, 0.0)
    y.flags.writeable = False
    return y


@portable
def one_tree(D, y):
    """Return weight and degrees of the cheapest 1-tree with weights d_ij + y_i + y_j.

    A 1-tree is a spanning tree of the nodes 1, ..., n - 1 (Prim's algorithm) and the two cheapest
    edges at node 0.
    """
    n = y.size
    degrees, total = np.zeros(n), 0.0
    near, link, inside = np.full(n, np.inf), np.ones(n, np.int64), np.zeros(n)
    inside[0] = inside[1] = 1.0
    for j in range(2, n):
        near[j] = D[1, j] + y[1] + y[j]
    for _ in range(n - 2):
        best = -1
        for j in range(2, n):
            if inside[j] == 0.0 and (best < 0 or near[j] < near[best]):
                best = j
        total += near[best]
        degrees[best] += 1.0
        degrees[link[best]] += 1.0
        inside[best] = 1.0
        for j in range(2, n):
            weight = D[best, j] + y[best] + y[j]
            if inside[j] == 0.0 and weight < near[j]:
                near[j], link[j] = weight, best
    edges = D[0] + y[0] + y
    edges[0] = np.inf
    for _ in range(2):
        j = int(np.argmin(edges))
        total += edges[j]
        degrees[j] += 1.0
        degrees[0] += 1.0
        edges[j] = np.inf
    return total, degrees


@problem
class HeldKarp(NamedTuple):
    """Minimize -q(y), q Held and Karp's bound for the travelling salesman.

    q(y) is the weight of the cheapest 1-tree under d_ij + y_i + y_j, minus 2 sum_i y_i. Every tour
    is a 1-tree all of whose degrees are 2, so that q(y) is a lower bound of the shortest tour for
    every y.

    Parameters
    ----------
    D : numpy.ndarray, shape (n, n)
        Symmetric distances of n >= 3 places.

    Raises
    ------
    ValueError
        If D is not square and symmetric, or has fewer than three rows.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> triangle = oe.problems.HeldKarp([[0.0, 3.0, 4.0], [3.0, 0.0, 5.0], [4.0, 5.0, 0.0]])
    >>> float(triangle.value(np.zeros(3)))
    -12.0
    """

    D: np.ndarray

    differentiable = False
    nonnegative = False

    def check(self):
        """Refuse a matrix that is not one of distances."""
        if self.D.ndim != 2 or self.D.shape[0] != self.D.shape[1] or self.D.shape[0] < 3:
            raise ValueError(
                f"HeldKarp: D must be square with 3 rows or more, got shape {self.D.shape}"
            )
        if not np.array_equal(self.D, self.D.T):
            raise ValueError("HeldKarp: D must be symmetric; pass (D + D.T) / 2")

    def value(self, y):
        return 2.0 * np.sum(y) - one_tree(self.D, y)[0]

    def gradient(self, y):
        return 2.0 - one_tree(self.D, y)[1]

    def project(self, y):
        return y.copy()

    @property
    def shape(self):
        """Shape of the multipliers."""
        return self.D.shape[:1]

    @property
    def start(self):
        """Zeros: the plain 1-tree."""
        return np.zeros(self.shape)

    @property
    def strong_convexity(self):
        """0."""
        return 0.0
