"""Transport on a line: what lies to the left goes to the left."""

from __future__ import annotations

import numpy as np

from optedu.protocol import portable


@portable
def quantile_coupling(x, y, a, b):
    """Return the plan on a line that crosses nothing, as at most n + m - 1 pieces of mass.

    Both clouds are sorted; the least source feeds the least target until one of the two is done.
    It is optimal for every convex function of the distance.

    Parameters
    ----------
    x : numpy.ndarray, shape (n,)
        Sources, in any order.
    y : numpy.ndarray, shape (m,)
        Targets.
    a : numpy.ndarray, shape (n,)
        Mass of the sources, 0 or more.
    b : numpy.ndarray, shape (m,)
        Mass of the targets, of the same total.

    Returns
    -------
    tuple of numpy.ndarray
        Index of the source, index of the target, and mass, of each piece.

    Examples
    --------
    >>> import numpy as np
    >>> from optedu.transport.one_dimensional import quantile_coupling
    >>> x, y = np.array([2.0, 0.0]), np.array([1.0, 3.0, 5.0])
    >>> i, j, mass = quantile_coupling(x, y, np.array([0.5, 0.5]), np.array([0.25, 0.5, 0.25]))
    >>> i, j, mass
    (array([1, 1, 0, 0]), array([0, 1, 1, 2]), array([0.25, 0.25, 0.25, 0.25]))
    """
    rows, columns = np.argsort(x), np.argsort(y)
    n, m = x.size, y.size
    i, j, mass = np.empty(n + m, np.int64), np.empty(n + m, np.int64), np.empty(n + m)
    p, q, count = 0, 0, 0
    have, want = a[rows[0]], b[columns[0]]
    while p < n and q < m:
        i[count], j[count], mass[count] = rows[p], columns[q], min(have, want)
        count += 1
        if have <= want:
            p, want = p + 1, want - have
            have = a[rows[p]] if p < n else 0.0
        else:
            q, have = q + 1, have - want
            want = b[columns[q]] if q < m else 0.0
    some = mass[:count] > 0
    return i[:count][some], j[:count][some], mass[:count][some]


def wasserstein_1d(x, y, a=None, b=None, p=1.0):
    """Return the p-Wasserstein distance between two clouds on a line.

    It is the p-th root of the integral over the level s in (0, 1) of |F^-1(s) - G^-1(s)|^p, with
    F^-1 and G^-1 the quantile functions. The cost is that of sorting.

    Parameters
    ----------
    x : array_like, shape (n,)
        Points of the first cloud.
    y : array_like, shape (m,)
        Points of the second.
    a, b : array_like, optional
        Their masses, 0 or more; scaled to the total 1; by default all equal.
    p : float
        Power of the distance, 1 or more.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If p is below 1, or masses are negative, all 0, or not as many as points.

    Examples
    --------
    >>> from optedu.transport.one_dimensional import wasserstein_1d
    >>> wasserstein_1d([0.0, 1.0], [3.0, 5.0])
    3.5
    """
    if not p >= 1:
        raise ValueError(f"wasserstein_1d: p must be 1 or more, got {p}")
    clouds = [np.asarray(points, dtype=float) for points in (x, y)]
    masses = []
    for letter, points, given in zip("ab", clouds, (a, b), strict=True):
        mass = np.ones(points.shape) if given is None else np.asarray(given, dtype=float)
        if points.ndim != 1 or mass.shape != points.shape:
            raise ValueError(
                f"wasserstein_1d: {letter} must be one mass per point of a list of points, got "
                f"shapes {mass.shape} and {points.shape}"
            )
        if not (mass >= 0).all() or not mass.sum() > 0:
            raise ValueError(f"wasserstein_1d: {letter} must be 0 or more and not all 0")
        masses.append(mass / mass.sum())
    i, j, mass = quantile_coupling(*clouds, *masses)
    return float(np.sum(mass * np.abs(clouds[0][i] - clouds[1][j]) ** p) ** (1 / p))
