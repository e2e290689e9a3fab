"""Activation patterns: which rows of the data a ReLU neuron lets through."""

from __future__ import annotations

from itertools import combinations
from math import comb
from typing import NamedTuple

import numpy as np

MOST_PATTERNS = 2_000_000


class Patterns(NamedTuple):
    """Activation patterns of data, and a gate for each.

    Parameters
    ----------
    active : numpy.ndarray, shape (n, P)
        The patterns, column by column: 1 where the row is let through, else 0.
    gates : numpy.ndarray, shape (P, d)
        For each pattern a vector u with active = 1[X u >= 0].
    """

    active: np.ndarray
    gates: np.ndarray


def count_patterns(n: int, rank: int) -> int:
    """Return the number of activation patterns of n rows in general position.

    It is the number of regions into which n hyperplanes through the origin cut the space of this
    dimension: 2 sum_{k < rank} C(n - 1, k).

    Parameters
    ----------
    n : int
        Rows, none of which is zero.
    rank : int
        Of the data, at least 1.

    References
    ----------
    cover1965.

    Examples
    --------
    >>> from optedu.problems.activation_patterns import count_patterns
    >>> count_patterns(5, 2), count_patterns(40, 4)
    (10, 19840)
    """
    return 2 * sum(comb(n - 1, k) for k in range(min(rank, n)))


def sampled_patterns(X: np.ndarray, number: int, seed: int = 0) -> Patterns:
    """Return the distinct patterns of Gaussian gates, in the order in which they came.

    A pattern is found the sooner, the wider the cone of its gates is. The empty pattern, which
    lets nothing through, is dropped.

    Parameters
    ----------
    X : numpy.ndarray, shape (n, d)
        Data; for neurons with a bias, with a column of ones.
    number : int
        Of gates drawn, at least 1; so many patterns or fewer are returned.
    seed : int

    Returns
    -------
    Patterns

    Raises
    ------
    ValueError
        If X is no matrix with entries, or the number is not positive.
    """
    X = _data(X)
    if number < 1:
        raise ValueError(f"sampled_patterns: number must be at least 1, got {number}")
    gates = np.random.default_rng(seed).standard_normal((number, X.shape[1]))
    return _distinct(X @ gates.T >= 0, gates)


def all_patterns(X: np.ndarray) -> Patterns:
    """Return every pattern of a cone of gates with an interior, in order, the empty one excepted.

    A cone of gates has an edge, and on an edge rank - 1 independent rows vanish. So each choice of
    so many rows gives an edge and its opposite; what the rows that vanish there do beside it, they
    do as rows in a space of one dimension less. The number of choices is C(n, rank - 1).

    Parameters
    ----------
    X : numpy.ndarray, shape (n, d)
        Data, of small rank; in any position, duplicates and zero rows included.

    Returns
    -------
    Patterns

    Raises
    ------
    ValueError
        If X is no matrix with entries, or has too many patterns.

    References
    ----------
    The bound on the number is that of cover1965; the enumeration is ours.

    Examples
    --------
    >>> import numpy as np
    >>> from optedu.problems.activation_patterns import all_patterns
    >>> found = all_patterns(np.array([[1.0, 0.0], [0.0, 1.0]])).active.T
    >>> sorted(found.astype(int).tolist())
    [[0, 1], [1, 0], [1, 1]]
    """
    X = _data(X)
    size = np.linalg.norm(X, axis=1)
    rows = X / np.where(size > 0, size, 1.0)[:, None]
    basis = _row_space(rows)
    rank = len(basis)
    if count_patterns(len(X), rank) > MOST_PATTERNS:
        raise ValueError(
            f"all_patterns: {len(X)} rows of rank {rank} may have "
            f"{count_patterns(len(X), rank)} patterns; draw some of them by sampled_patterns"
        )
    gates = _cell_points(rows @ basis.T) @ basis if rank else np.zeros((1, X.shape[1]))
    gates = gates[np.lexsort(gates.round(9).T)]  # not as a decomposition chose its signs
    active, gates = _distinct(rows @ gates.T >= -1e-12, gates)
    order = np.lexsort(active[::-1])[::-1]
    return Patterns(active[:, order], gates[order])


def _data(X: np.ndarray) -> np.ndarray:
    X = np.asarray(X, dtype=float)
    if X.ndim != 2 or X.size == 0 or not np.isfinite(X).all():
        raise ValueError(f"X must be a matrix of finite numbers, got shape {X.shape}")
    return X


def _distinct(active: np.ndarray, gates: np.ndarray) -> Patterns:
    """Keep the first gate of each pattern, without the empty one."""
    _, first = np.unique(active, axis=1, return_index=True)
    kept = np.sort(first)
    kept = kept[active[:, kept].any(axis=0)]
    return Patterns(active[:, kept].astype(float), gates[kept])


def _row_space(rows: np.ndarray) -> np.ndarray:
    """Return an orthonormal basis of the row space, row by row."""
    _, sizes, basis = np.linalg.svd(rows, full_matrices=False)
    return basis[sizes > 1e-10 * max(sizes[0], 1e-300)]


def _distinct_lines(rows: np.ndarray) -> np.ndarray:
    """Return one of each set of parallel unit rows, zero rows left out."""
    rows = rows[np.linalg.norm(rows, axis=1) > 0.5]
    lead = np.argmax(np.abs(rows) > 1e-9, axis=1)
    rows = rows * np.sign(rows[np.arange(len(rows)), lead])[:, None]
    return rows[np.unique(rows.round(9), axis=0, return_index=True)[1]]


def _cell_points(rows: np.ndarray) -> np.ndarray:
    """Return a point of every cell of the hyperplanes normal to unit rows of full rank."""
    rank = rows.shape[1]
    if rank == 1:
        return np.array([[1.0], [-1.0]])
    lines, points, seen = _distinct_lines(rows), [], set()
    for chosen in combinations(range(len(lines)), rank - 1):
        _, sizes, basis = np.linalg.svd(lines[list(chosen)])
        if sizes[-1] <= 1e-10:
            continue
        edge, beside = basis[-1], basis[:-1]
        heights = lines @ edge
        vanish = np.abs(heights) <= 1e-9
        if (key := vanish.tobytes()) in seen:
            continue
        seen.add(key)
        around = lines[vanish] @ beside.T
        if len(around) == rank - 1:
            signs = 1 - 2 * ((np.arange(2 ** (rank - 1))[:, None] >> np.arange(rank - 1)) & 1)
            near = np.linalg.solve(around, signs.T).T @ beside
        else:
            around /= np.linalg.norm(around, axis=1)[:, None]
            near = _cell_points(around) @ beside
        if not vanish.all():
            slopes = np.maximum(np.abs(near @ lines[~vanish].T), 1.0)
            near = near * (0.5 * np.min(np.abs(heights[~vanish]) / slopes, axis=1))[:, None]
        points += [edge + near, near - edge]
    return np.concatenate(points)
