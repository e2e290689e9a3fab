"""An active-set method for quadratic programs over a simplex, some variables outside its sum."""

from __future__ import annotations

import numpy as np

from optedu.protocol import portable

TOLERANCE = 1e-12


@portable
def bordered(Q, a, chosen):
    """Return [[Q_SS, a_S], [a_S', 0]] for the chosen indices S."""
    s = chosen.size
    K = np.zeros((s + 1, s + 1))
    for i in range(s):
        for j in range(s):
            K[i, j] = Q[chosen[i], chosen[j]]
        K[i, s] = K[s, i] = a[chosen[i]]
    return K


@portable
def simplex_quadratic(Q, q, a, first, limit):
    """Minimize <z, Q z> / 2 + <q, z> subject to z >= 0 and <a, z> = 1.

    Q is positive semidefinite, and the entries of a are 0 or 1. It begins at the vertex `first`.
    A variable enters when its reduced cost is negative, and grows along the direction that keeps
    the chosen ones stationary; those that reach 0 on the way leave. The bordered matrix of the
    chosen variables never becomes singular, so the method is finite, and at its end exact but for
    rounding.

    Parameters
    ----------
    Q, q, a : numpy.ndarray, shapes (n, n), (n,), (n,)
    first : int
        An index with a = 1.
    limit : int
        Largest number of variables that enter.

    Returns
    -------
    numpy.ndarray, shape (n,)
    """
    n = q.size
    z, chosen = np.zeros(n), np.array([first])
    z[first] = 1.0
    scale = 1.0 + np.max(np.abs(Q)) + np.max(np.abs(q))
    for _ in range(limit):
        s = chosen.size
        solved = np.linalg.solve(bordered(Q, a, chosen), np.append(-q[chosen], 1.0))
        z = np.zeros(n)
        z[chosen] = np.maximum(solved[:s], 0.0)
        reduced = Q @ z + q + solved[s] * a
        reduced[chosen] = 0.0
        j = int(np.argmin(reduced))
        if not reduced[j] < -TOLERANCE * scale:
            break
        slope = reduced[j]
        while True:
            s = chosen.size
            right = np.append(-Q[chosen, j], -a[j])
            solved = np.linalg.solve(bordered(Q, a, chosen), right)
            d = np.zeros(n)
            d[chosen] = solved[:s]
            d[j] = 1.0
            bend = d @ (Q @ d)
            full = -slope / bend if bend > TOLERANCE * scale else np.inf
            blocking, t = -1, full
            for i in range(s):
                if d[chosen[i]] < -TOLERANCE and z[chosen[i]] / -d[chosen[i]] < t:
                    blocking, t = i, z[chosen[i]] / -d[chosen[i]]
            if not t < np.inf:
                return np.nan * z
            z = np.maximum(z + t * d, 0.0)
            if blocking < 0:
                break
            slope += t * bend
            z[chosen[blocking]] = 0.0
            chosen = np.append(chosen[:blocking], chosen[blocking + 1 :])
            if np.sum(a[chosen]) == 0.0:
                break
        chosen = np.append(chosen, j)
    return z
