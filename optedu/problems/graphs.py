"""Projections onto the graphs of a network's primitives, and training as a feasibility problem."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.checks import require_positive_data, require_rows
from optedu.protocol import portable, problem


@portable
def project_linear_graph(w, u, a):
    """Nearest (w, u) with u = <w, a>, a given."""
    excess = (w @ a - u) / (a @ a + 1.0)
    return w - excess * a, u + excess


@portable
def project_relu_graph(r, h):
    """Nearest (r, h) with h = max(r, 0): the nearer of two half-lines."""
    off, on = min(r, 0.0), max(0.5 * (r + h), 0.0)
    if (r - off) ** 2 + h * h <= (r - on) ** 2 + (h - on) ** 2:
        return off, 0.0
    return on, on


@portable
def dot_graph_slope(m, plus, minus, c):
    """<w, v> + b - u along the multiplier m; plus = ||w + v||^2, minus = ||w - v||^2, c = b - u."""
    return 0.25 * plus / (1.0 + m) ** 2 - 0.25 * minus / (1.0 - m) ** 2 + c - 2.0 * m


@portable
def direction(v):
    """Return v / ||v||, and e_1 for the zero vector."""
    length = np.sqrt(v @ v)
    if length > 0.0:
        return v / length
    e = np.zeros(v.size)
    e[0] = 1.0
    return e


@portable
def project_dot_graph(w, v, b, u):
    """Nearest (w, v, b, u) with u = <w, v> + b, all four variable.

    With a multiplier m the sum w + v is divided by 1 + m and the difference w - v by 1 - m. For
    |m| < 1 the Lagrangian is convex, and its slope in m falls from one infinity to the other:
    bisection finds m. Of the sum and the difference, the one divided by less then gets the length
    that the equation asks for, also where w = v or w = -v and m ends at 1 or -1.
    """
    s, t, c = w + v, w - v, b - u
    plus, minus = s @ s, t @ t
    low, high = -1.0, 1.0
    for _ in range(50):
        m = 0.5 * (low + high)
        if dot_graph_slope(m, plus, minus, c) > 0.0:
            low = m
        else:
            high = m
    m = 0.5 * (low + high)
    if m > 0.0:
        s_new = s / (1.0 + m)
        t_new = np.sqrt(max(s_new @ s_new + 4.0 * (c - 2.0 * m), 0.0)) * direction(t)
    else:
        t_new = t / (1.0 - m)
        s_new = np.sqrt(max(t_new @ t_new - 4.0 * (c - 2.0 * m), 0.0)) * direction(s)
    return 0.5 * (s_new + t_new), 0.5 * (s_new - t_new), b - m, u + m


@problem
class NetworkFeasibility(NamedTuple):
    """Train a network with one hidden layer of ReLUs as a search for a point of two sets.

    Each node of the computation has its own copies of what it reads and writes, for each sample.
    Set 0 is consensus: copies of one weight, over samples, and the two ends of an edge are equal.
    Set 1 is local: each node's copies lie on the graph of its primitive (dot product, ReLU), and
    the outputs on the level set label * output >= margin. A point of both is a network that
    classifies all samples with that margin. Set 1 is not convex. ``value`` is the mean of
    max(0, margin - label * output)^2 / 2 for the network of the averaged weights.

    Parameters
    ----------
    A : numpy.ndarray, shape (n, p)
        One row per sample.
    y : numpy.ndarray, shape (n,)
        Labels -1 and +1.
    hidden : int
        Number of hidden units.
    margin : float
        Positive.

    Raises
    ------
    ValueError
        If the shapes do not fit, a label is another number, or a number is not positive.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.NetworkFeasibility([[1.0], [-1.0]], [1.0, -1.0], 2)
    >>> problem.shape
    (34,)
    """

    A: np.ndarray
    y: np.ndarray
    hidden: int = 4
    margin: float = 1.0

    convex = False

    def check(self):
        """Refuse data of the wrong shape, other labels, and numbers that are not positive."""
        require_rows(self, "A", "y")
        require_positive_data(self, "hidden", "margin")
        if not np.isin(self.y, (-1.0, 1.0)).all():
            raise ValueError("NetworkFeasibility: y must hold the labels -1 and +1")

    def weights(self, x):
        """Return the averaged weights: W of shape (hidden, p + 1), c of shape (hidden + 1,)."""
        n, H, p = self.A.shape[0], self.hidden, self.A.shape[1]
        mean = x.reshape(n, -1).sum(axis=0) / n
        first = H * (p + 1)
        return mean[:first].copy().reshape(H, p + 1), mean[first + 4 * H : first + 5 * H + 1]

    def outputs(self, x, A):
        """Return the outputs of the network with the averaged weights at the rows of A."""
        W, c = self.weights(x)
        H, p = self.hidden, self.A.shape[1]
        hidden = np.maximum(A @ W[:, :p].T.copy() + W[:, p], 0.0)
        return hidden @ c[:H] + c[H]

    def value(self, x):
        short = np.maximum(self.margin - self.y * self.outputs(x, self.A), 0.0)
        return 0.5 * np.mean(short * short)

    def consensus(self, x):
        """Return the projection onto set 0."""
        n, H, p = self.A.shape[0], self.hidden, self.A.shape[1]
        first, block = H * (p + 1), x.size // n
        X = x.copy().reshape(n, block)
        mean = X.sum(axis=0) / n
        for s in range(n):
            X[s, :first] = mean[:first]
            X[s, first + 4 * H : first + 5 * H + 1] = mean[first + 4 * H : first + 5 * H + 1]
            for j in range(H):
                u, h = first + j, first + 2 * H + j
                for left in (u, h):
                    half = 0.5 * (X[s, left] + X[s, left + H])
                    X[s, left] = half
                    X[s, left + H] = half
            half = 0.5 * (X[s, block - 2] + X[s, block - 1])
            X[s, block - 2] = half
            X[s, block - 1] = half
        return X.reshape(x.size)

    def local(self, x):
        """Return the nearest point of set 1."""
        n, H, p = self.A.shape[0], self.hidden, self.A.shape[1]
        first, block = H * (p + 1), x.size // n
        X = x.copy().reshape(n, block)
        a = np.ones(p + 1)
        for s in range(n):
            a[:p] = self.A[s]
            for j in range(H):
                row, u = j * (p + 1), first + j
                w, u_new = project_linear_graph(X[s, row : row + p + 1].copy(), X[s, u], a)
                X[s, row : row + p + 1] = w
                r, h = project_relu_graph(X[s, u + H], X[s, u + 2 * H])
                X[s, u], X[s, u + H], X[s, u + 2 * H] = u_new, r, h
            at = first + 3 * H
            v, c = X[s, at : at + H].copy(), X[s, at + H : at + 2 * H].copy()
            c, v, b, o = project_dot_graph(c, v, X[s, block - 3], X[s, block - 2])
            X[s, at : at + H], X[s, at + H : at + 2 * H] = v, c
            X[s, block - 3], X[s, block - 2] = b, o
            X[s, block - 1] = self.y[s] * max(self.y[s] * X[s, block - 1], self.margin)
        return X.reshape(x.size)

    def component_project(self, i, x):
        return self.consensus(x) if i == 0 else self.local(x)

    def component_prox(self, i, x, t):
        return self.component_project(i, x)

    @property
    def components(self):
        """2."""
        return 2

    @property
    def shape(self):
        """Shape of an iterate: all copies, sample after sample."""
        n, p = self.A.shape
        return (n * (self.hidden * (p + 6) + 3),)
