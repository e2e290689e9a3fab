"""The Lanczos process: eigenvalues of a Hessian of which only products are known.

From a start v, `lanczos` builds orthonormal rows V of the Krylov space span{v, Hv, H^2 v, ...} in
which H is tridiagonal: H V' = V' T + (a last column), so T = V H V'. Rounding errors destroy the
orthogonality as soon as an eigenvalue has converged, and converged eigenvalues then appear twice;
each new row is therefore made orthogonal to all the rows before it, twice.

The eigenvalues of T (Ritz values) are Gauss quadrature nodes for the spectral measure of v, the
squares of the first entries of its eigenvectors the weights. The mean over random v is the density
of the spectrum: stochastic Lanczos quadrature (ubaru2017, ghorbani2019).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.protocol import portable

BREAKDOWN = 1e-12
"""Length of the next direction, relative to that of H v, at which the Krylov space is complete."""


@portable
def lanczos(problem, x, v, order):
    """Return the Lanczos tridiagonalization of the Hessian at x, started at v.

    Parameters
    ----------
    problem : problem
        Has ``hessian_product``.
    x : numpy.ndarray
        Where; of any shape, d entries.
    v : numpy.ndarray
        The start, d entries; its length does not matter.
    order : int
        Number of Hessian products at the most; more than d are never needed.

    Returns
    -------
    alpha : numpy.ndarray, shape (k,)
        The diagonal of T. k < order where the Krylov space is invariant before; 0 where v is zero.
    beta : numpy.ndarray, shape (k,)
        Next to the diagonal of T, and, last, what is left over: an eigenvector y of T gives a
        vector V'y with ||H V'y - theta V'y|| = beta[k - 1] * abs(y[k - 1]).
    V : numpy.ndarray, shape (k, d)
        Orthonormal rows, the first along v.
    """
    order = min(order, x.size)
    alpha, beta, V = np.zeros(order), np.zeros(order), np.zeros((order, x.size))
    w = v.ravel() + 0.0
    length = np.sqrt(np.sum(w * w))
    scale, k = 0.0, 0
    while k < order and length > BREAKDOWN * scale:
        V[k] = w / length
        w = problem.hessian_product(x, V[k].reshape(x.shape)).ravel() + 0.0
        scale = max(scale, np.sqrt(np.sum(w * w)))
        alpha[k] = np.sum(V[k] * w)
        for _ in range(2):
            w = w - (V[: k + 1] @ w) @ V[: k + 1]
        length = np.sqrt(np.sum(w * w))
        beta[k] = length
        k += 1
    return alpha[:k].copy(), beta[:k].copy(), V[:k].copy()


@portable
def tridiagonal(alpha, beta):
    """Return the symmetric matrix with this diagonal and, next to it, all of beta but the last."""
    k = alpha.size
    T = np.zeros((k, k))
    for i in range(k):
        T[i, i] = alpha[i]
        if i + 1 < k:
            T[i, i + 1] = beta[i]
            T[i + 1, i] = beta[i]
    return T


@portable
def ritz_pairs(problem, x, v, order):
    """Return the Ritz values, ascending, and the Ritz vectors as orthonormal rows.

    Parameters
    ----------
    problem, x, v, order
        As in `lanczos`.

    Returns
    -------
    values : numpy.ndarray, shape (k,)
    vectors : numpy.ndarray, shape (k, d)
    """
    alpha, beta, V = lanczos(problem, x, v, order)
    values, Y = np.linalg.eigh(tridiagonal(alpha, beta))
    return values, np.ascontiguousarray(Y.T) @ V


@portable
def extreme_eigenpairs(problem, x, v, order, smallest, largest):
    """Return approximate eigenpairs at both ends of the Hessian's spectrum.

    Parameters
    ----------
    problem, x, v, order
        As in `lanczos`; the ends converge first, from a random v, at an order of two to five times
        the number of pairs when they stand apart. An eigenvalue that occurs several times is
        found once.
    smallest, largest : int
        How many of the smallest and of the largest.

    Returns
    -------
    values : numpy.ndarray, shape (smallest + largest,)
        Ascending; all k Ritz values where there are fewer than were asked for.
    vectors : numpy.ndarray, shape (smallest + largest, d)
        Orthonormal rows.
    """
    values, vectors = ritz_pairs(problem, x, v, order)
    k = values.size
    if smallest + largest >= k:
        return values, vectors
    kept = np.concatenate((np.arange(smallest), np.arange(k - largest, k)))
    return values[kept], vectors[kept]


def spectral_measure(
    problem: Any, x: Any, order: int = 40, samples: int = 10, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Return points and weights that stand for the eigenvalues of the Hessian at x.

    Parameters
    ----------
    problem : problem
        Has ``hessian_product``.
    x : array_like
    order : int
        Points for each start; polynomials up to degree 2 order - 1 are integrated exactly.
    samples : int
        Number of random starts, Gaussian; the error due to chance falls like 1 / sqrt(samples).
    seed : int

    Returns
    -------
    nodes, weights : numpy.ndarray, shape (n,)
        Weights are positive and sum to 1: sum(weights * h(nodes)) estimates trace(h(H)) / d.
    """
    x, rng = np.asarray(x, dtype=float), np.random.default_rng(seed)
    nodes, weights = [], []
    for _ in range(samples):
        alpha, beta, _ = lanczos(problem, x, rng.standard_normal(x.size), order)
        values, Y = np.linalg.eigh(tridiagonal(alpha, beta))
        nodes.append(values)
        weights.append(Y[0] ** 2 / samples)
    return np.concatenate(nodes), np.concatenate(weights)


def spectral_density(
    problem: Any,
    x: Any,
    grid: Any,
    width: float,
    order: int = 40,
    samples: int = 10,
    seed: int = 0,
) -> np.ndarray:
    """Return the density of the Hessian's eigenvalues, seen through a Gaussian of some width.

    Parameters
    ----------
    problem, x, order, samples, seed
        As in `spectral_measure`.
    grid : array_like, shape (n,)
        Where to evaluate the density.
    width : float
        Standard deviation of the Gaussian that replaces each point.

    Returns
    -------
    numpy.ndarray, shape (n,)

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic(np.diag([1.0, 1.0, 5.0]), np.zeros(3))
    >>> grid = np.linspace(-1.0, 7.0, 801)
    >>> density = spectral_density(problem, np.zeros(3), grid, 0.2, order=2, samples=400)
    >>> np.round([density.sum() * 0.01, density[grid > 3].sum() * 0.01], 1)
    array([1. , 0.3])
    """
    nodes, weights = spectral_measure(problem, x, order, samples, seed)
    return broadened(nodes, weights, grid, width)


def broadened(nodes: Any, weights: Any, grid: Any, width: float) -> np.ndarray:
    """Return the density of weighted points, each replaced by a Gaussian of this width.

    Parameters
    ----------
    nodes, weights : array_like, shape (n,)
    grid : array_like, shape (m,)
    width : float

    Returns
    -------
    numpy.ndarray, shape (m,)
    """
    u = (np.asarray(grid)[:, None] - np.asarray(nodes)[None, :]) / width
    return np.exp(-0.5 * u * u) @ np.asarray(weights) / (np.sqrt(2.0 * np.pi) * width)
