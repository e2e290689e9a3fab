"""Nonnegative factorization of a matrix, with exact minimization over each factor."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.protocol import portable, problem


@portable
def nonnegative_minimizer(G, b):
    """Return the minimizer of <u, G u> / 2 - <b, u> over u >= 0, G positive definite.

    The active-set method of Lawson and Hanson: a coordinate is set free where the slope is
    steepest; the free ones are solved for, and walk to the first wall in between.
    """
    n = b.size
    u, free = np.zeros(n), np.zeros(n, np.bool_)
    tolerance = 1e-14 * (1e-300 + np.max(np.abs(b)))
    for _ in range(3 * n + 3):
        slope = np.where(free, -np.inf, b - G @ u)
        if np.max(slope) <= tolerance:
            break
        free[np.argmax(slope)] = True
        for _ in range(n):
            H, right = np.eye(n), np.where(free, b, 0.0)
            for i in range(n):
                for j in range(n):
                    if free[i] and free[j]:
                        H[i, j] = G[i, j]
            s = np.linalg.solve(H, right)
            share, wall = 1.0, -1
            for i in range(n):
                if free[i] and s[i] <= 0.0 and u[i] < share * (u[i] - s[i]):
                    share, wall = u[i] / (u[i] - s[i]), i
            u = np.maximum(u + share * (s - u), 0.0)
            if wall < 0:
                break
            u[wall] = 0.0
            free = free & (u > 0.0)
    return u


@problem
class NonnegativeFactorization(NamedTuple):
    """Minimize f(U, V) = ||U V' - M||_F^2 / 2 over U >= 0 of shape (m, r), V >= 0 of (n, r).

    The iterate X is U on top of V, of shape (m + n, r); they are the two blocks. Block minimization
    with t = inf is alternating nonnegative least squares; where its minimizer is not unique, a
    proximal term of relative weight 1e-12 picks one.

    Parameters
    ----------
    M : numpy.ndarray, shape (m, n)
        Entries 0 or more.
    rank : int
        r, at least 1.
    seed : int
        For ``start``.

    Raises
    ------
    ValueError
        If M is not a matrix or has negative entries, or the rank is below 1.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> problem = oe.problems.NonnegativeFactorization(np.outer([1.0, 2.0], [3.0, 0.0, 1.0]))
    >>> x = problem.block_prox(0, problem.start, np.inf)
    >>> bool(problem.value(problem.block_prox(1, x, np.inf)) < 1e-20)
    True
    """

    M: np.ndarray
    rank: int = 1
    seed: int = 0

    convex = False

    def check(self):
        """Refuse what is not a nonnegative matrix, and ranks below 1."""
        if self.M.ndim != 2:
            raise ValueError(
                f"NonnegativeFactorization: M must be a matrix (m, n), got shape {self.M.shape}"
            )
        if self.M.min() < 0:
            raise ValueError(
                f"NonnegativeFactorization: M must be nonnegative, got {self.M.min()} in it"
            )
        if self.rank < 1:
            raise ValueError(f"NonnegativeFactorization: rank must be at least 1, got {self.rank}")

    def factors(self, x):
        """Return U and V."""
        m = self.M.shape[0]
        return x[:m], x[m:]

    def value(self, x):
        U, V = self.factors(x)
        return 0.5 * np.sum((U @ V.T - self.M) ** 2)

    def gradient(self, x):
        U, V = self.factors(x)
        E = U @ V.T - self.M
        return np.concatenate((E @ V, E.T @ U))

    def project(self, x):
        return np.maximum(x, 0.0)

    def block_prox(self, i, x, t):
        U, V = self.factors(x)
        old, other = (U, V) if i == 0 else (V, U)
        B = self.M @ V if i == 0 else self.M.T @ U
        G = other.T @ other
        c = max(1.0 / t, 1e-12 * np.trace(G) + 1e-300)
        G = G + c * np.eye(G.shape[0])
        new = np.empty_like(old)
        for row in range(old.shape[0]):
            new[row] = nonnegative_minimizer(G, B[row] + c * old[row])
        return np.concatenate((new, V)) if i == 0 else np.concatenate((U, new))

    @property
    def blocks(self):
        """2, the factors."""
        return 2

    @property
    def groups(self):
        """The block of each coordinate: 0 for U, 1 for V."""
        m, n = self.M.shape
        return np.repeat([0, 1], [m, n])[:, None] * np.ones((1, self.rank), dtype=np.int64)

    @property
    def shape(self):
        """Shape (m + n, r) of an iterate."""
        return (sum(self.M.shape), self.rank)

    @property
    def start(self):
        """Random magnitudes, scaled so that U V' has entries of the size of those of M."""
        drawn = np.abs(np.random.default_rng(self.seed).standard_normal(self.shape))
        return np.sqrt(self.M.mean() / self.rank) * drawn
