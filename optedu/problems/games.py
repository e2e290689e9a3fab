"""Matrix games: two players, or one against his own kind, on probability simplices."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.mirror_maps import TINY
from optedu.problems.simplex import project_simplex
from optedu.protocol import portable, problem


@portable
def strategy_step(x, g, t, entropic):
    """One player's mirror step: multiplicative, or projected."""
    if entropic:
        theta = np.log(np.maximum(x, TINY)) - t * g
        u = np.exp(theta - np.max(theta))
        return u / np.sum(u)
    return project_simplex(x - t * g, 1.0)


def farthest(x: np.ndarray, entropic: bool) -> float:
    """Return the largest divergence D(u, x) of a point of the simplex: that of a corner."""
    if entropic:
        return float(-np.log(max(x.min(), TINY)))
    return float(0.5 * (x @ x) + 0.5 - x.min())


@problem
class MatrixGame(NamedTuple):
    """The zero-sum game min over x, max over y of <x, A y>, x and y on probability simplices.

    The iterate is (x, y), one vector of n + m numbers. ``vector_field`` is (A y, -A'x), monotone;
    ``value`` and ``duality_gap`` are both the gap max_j (A'x)_j - min_i (A y)_i: what the two
    players could gain by answering each other, 0 exactly at the solutions.

    Parameters
    ----------
    A : numpy.ndarray, shape (n, m)
        What the first player pays to the second.
    entropic : bool
        Mirror steps of the entropy (multiplicative), else of the Euclidean norm (projected).

    Raises
    ------
    ValueError
        If A is not a matrix.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> game = oe.problems.MatrixGame([[0.0, 1.0], [1.0, 0.0]])
    >>> game.start, float(game.duality_gap(game.start))
    (array([0.5, 0.5, 0.5, 0.5]), 0.0)
    """

    A: np.ndarray
    entropic: bool = True

    def check(self):
        """Refuse payments that are no matrix."""
        if self.A.ndim != 2:
            raise ValueError(f"MatrixGame: A must be a matrix (n, m), got shape {self.A.shape}")

    def value(self, x):
        return self.duality_gap(x)

    def duality_gap(self, x):
        n = self.A.shape[0]
        return np.max(self.A.T @ x[:n]) - np.min(self.A @ x[n:])

    def vector_field(self, x):
        n = self.A.shape[0]
        return np.concatenate((self.A @ x[n:], -(self.A.T @ x[:n])))

    def mirror_step(self, x, g, t):
        n = self.A.shape[0]
        first = strategy_step(x[:n], g[:n], t, self.entropic)
        return np.concatenate((first, strategy_step(x[n:], g[n:], t, self.entropic)))

    def largest_divergence(self, x):
        """Return the largest D(u, x) of a pair of strategies u; log n + log m from the start."""
        n = self.A.shape[0]
        return sum(farthest(part, self.entropic) for part in (x[:n], x[n:]))

    @property
    def shape(self):
        """Shape of an iterate."""
        return (sum(self.A.shape),)

    @property
    def start(self):
        """Both players choose evenly."""
        n, m = self.A.shape
        return np.concatenate((np.full(n, 1 / n), np.full(m, 1 / m)))

    @property
    def relative_smoothness(self):
        """Lipschitz constant of the field: max |A_ij| for the entropy, else ||A||."""
        return float(np.abs(self.A).max() if self.entropic else np.linalg.norm(self.A, 2))

    @property
    def minimum(self):
        """0, the gap of a solution."""
        return 0.0


@problem
class SymmetricGame(NamedTuple):
    """A zero-sum game that is the same for both players, A = -A', played against oneself.

    ``vector_field`` is A x; ``value`` and ``duality_gap`` are -min_i (A x)_i: what an answer to x
    would win. With three strategies the iterate is a point of a triangle.

    Parameters
    ----------
    A : numpy.ndarray, shape (d, d)
        A_ij is what strategy i loses against strategy j; skew-symmetric.
    entropic : bool
        Mirror steps of the entropy (multiplicative), else of the Euclidean norm (projected).

    Raises
    ------
    ValueError
        If A is not skew-symmetric.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> game = oe.problems.SymmetricGame.rock_paper_scissors()
    >>> float(game.duality_gap(np.array([1.0, 0.0, 0.0])))
    1.0
    """

    A: np.ndarray
    entropic: bool = True

    @classmethod
    def rock_paper_scissors(cls, stone: float = 1.0) -> SymmetricGame:
        """Return the game in which a win of the rock over the scissors counts `stone`."""
        return cls(np.array([[0.0, 1.0, -stone], [-1.0, 0.0, 1.0], [stone, -1.0, 0.0]]))

    def check(self):
        """Refuse a matrix that is not skew-symmetric."""
        square = self.A.ndim == 2 and self.A.shape[0] == self.A.shape[1]
        if not square or np.abs(self.A + self.A.T).max() > 0:
            raise ValueError("SymmetricGame: A must be a square matrix with A = -A'")

    def value(self, x):
        return self.duality_gap(x)

    def duality_gap(self, x):
        return -np.min(self.A @ x)

    def vector_field(self, x):
        return self.A @ x

    def mirror_step(self, x, g, t):
        return strategy_step(x, g, t, self.entropic)

    def largest_divergence(self, x):
        """Return the largest D(u, x) of a strategy u."""
        return farthest(x, self.entropic)

    @property
    def shape(self):
        """Shape of an iterate."""
        return self.A.shape[:1]

    @property
    def start(self):
        """Mostly the first strategy."""
        x = np.full(self.shape, 0.4 / self.A.shape[0])
        x[0] += 0.6
        return x

    @property
    def relative_smoothness(self):
        """Lipschitz constant of the field: max |A_ij| for the entropy, else ||A||."""
        return float(np.abs(self.A).max() if self.entropic else np.linalg.norm(self.A, 2))

    @property
    def minimum(self):
        """0, the gap of a solution."""
        return 0.0
