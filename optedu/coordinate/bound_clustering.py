"""Clustering by block-coordinate bounds: K-means with a term that keeps neighbours together."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Clustering(NamedTuple):
    """The energy of soft assignments S, rows on the simplex, and prototypes M.

    E(S, M) = sum_pq S_pq ||x_p - m_q||^2 - weight/2 <S, W S> + temperature sum_pq S_pq log S_pq.

    Parameters
    ----------
    X : numpy.ndarray, shape (n, d)
        One point per row.
    W : numpy.ndarray, shape (n, n), optional
        Affinities, symmetric and positive semidefinite; needed where weight > 0.
    weight : float
        0 or more.
    temperature : float
        0 gives hard assignments; with weight = 0 this is K-means.
    labels : numpy.ndarray of int, shape (n,), optional
        Known clusters, counted from 0, which are held; -1 where unknown.

    Examples
    --------
    >>> import numpy as np
    >>> from optedu.coordinate.bound_clustering import Clustering, bound_clustering
    >>> energy = Clustering(np.array([[0.0], [1.0], [9.0], [10.0]]), temperature=0.0)
    >>> S, M, energies = bound_clustering(energy, [[0.0], [1.0]])
    >>> M.ravel()
    array([0.5, 9.5])
    """

    X: np.ndarray
    W: np.ndarray | None = None
    weight: float = 0.0
    temperature: float = 1.0
    labels: np.ndarray | None = None

    def distances(self, M: np.ndarray) -> np.ndarray:
        """Return the squared distances of points to prototypes, shape (n, k)."""
        return ((self.X[:, None, :] - M[None, :, :]) ** 2).sum(axis=2)

    def entropy(self, S: np.ndarray) -> float:
        """Return sum_pq S_pq log S_pq."""
        return float(np.sum(S * np.log(np.maximum(S, 1e-300))))

    def pull(self, S: np.ndarray) -> np.ndarray:
        """Return weight W S, what the neighbours of each point say."""
        return np.zeros_like(S) if self.W is None else self.weight * (self.W @ S)

    def energy(self, S: np.ndarray, M: np.ndarray) -> float:
        """Return E(S, M)."""
        linear = np.sum(S * self.distances(M))
        return float(linear - np.sum(S * self.pull(S)) / 2 + self.temperature * self.entropy(S))

    def bound(self, S: np.ndarray, M: np.ndarray, at: np.ndarray) -> float:
        """Return the bound on E(S, M) that is linear in S but for the entropy; equal at S = at."""
        linear = np.sum(S * (self.distances(M) - self.pull(at))) + np.sum(at * self.pull(at)) / 2
        return float(linear + self.temperature * self.entropy(S))

    def assign(self, S: np.ndarray, M: np.ndarray) -> np.ndarray:
        """Return the minimizer of the bound: for each point by itself, a softmax."""
        height = self.pull(S) - self.distances(M)
        if self.temperature == 0:
            soft = np.eye(M.shape[0])[height.argmax(axis=1)]
        else:
            height = (height - height.max(axis=1, keepdims=True)) / self.temperature
            soft = np.exp(height) / np.exp(height).sum(axis=1, keepdims=True)
        if self.labels is not None:
            known = self.labels >= 0
            soft[known] = np.eye(M.shape[0])[self.labels[known]]
        return soft

    def prototypes(self, S: np.ndarray, M: np.ndarray) -> np.ndarray:
        """Return the weighted means; a prototype without a point stays where it is."""
        total = S.sum(axis=0)[:, None]
        return np.where(total > 0, S.T @ self.X / np.where(total > 0, total, 1.0), M)


def bound_clustering(
    problem: Clustering, M, sweeps: int = 100, S: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return assignments, prototypes and the energies after each block.

    Parameters
    ----------
    problem : Clustering
    M : array_like, shape (k, d)
        The first prototypes.
    sweeps : int
        Of assigning all points in parallel, then moving the prototypes.
    S : numpy.ndarray, shape (n, k), optional
        The first assignments; by default those of the distances alone.

    Raises
    ------
    ValueError
        If W is missing, not symmetric, or not positive semidefinite: then the bound is none.

    References
    ----------
    ziko2021.
    """
    M, W = np.array(M, dtype=float), problem.W
    if problem.weight > 0:
        if W is None:
            raise ValueError("bound_clustering: weight is positive and W is missing")
        if not np.allclose(W, W.T) or np.linalg.eigvalsh(W)[0] < -1e-9:
            raise ValueError("bound_clustering: W must be symmetric and positive semidefinite")
    if S is None:
        S = problem._replace(weight=0.0).assign(np.zeros((len(problem.X), len(M))), M)
    energies = [problem.energy(S, M)]
    for _ in range(sweeps):
        S = problem.assign(S, M)
        energies.append(problem.energy(S, M))
        M = problem.prototypes(S, M)
        energies.append(problem.energy(S, M))
    return S, M, np.array(energies)


def neighbour_affinity(X: np.ndarray, neighbours: int = 5) -> np.ndarray:
    """Return (I + D^-1/2 A D^-1/2) / 2, positive semidefinite, A the graph of nearest neighbours.

    Parameters
    ----------
    X : numpy.ndarray, shape (n, d)
    neighbours : int
        Each point is joined with so many others, in both directions.
    """
    distances = ((X[:, None, :] - X[None, :, :]) ** 2).sum(axis=2)
    np.fill_diagonal(distances, np.inf)
    nearest = np.argsort(distances, axis=1)[:, :neighbours]
    A = np.zeros_like(distances)
    A[np.arange(len(X))[:, None], nearest] = 1.0
    A = np.maximum(A, A.T)
    root = np.sqrt(A.sum(axis=1))
    return (np.eye(len(X)) + A / np.outer(root, root)) / 2
