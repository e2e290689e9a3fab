"""Low-rank transport: a plan that passes through r relay stations."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class LowRankPlan(NamedTuple):
    """A plan Q diag(1 / g) R', and how it was reached.

    Parameters
    ----------
    Q : numpy.ndarray, shape (n, r)
        From the sources to the relays; row sums a, column sums g.
    R : numpy.ndarray, shape (m, r)
        From the targets to the relays; row sums b, column sums g.
    g : numpy.ndarray, shape (r,)
        Mass that passes each relay.
    costs : numpy.ndarray
        <C, Q diag(1 / g) R'> after each step, and at last with all sums at full accuracy.
    """

    Q: np.ndarray
    R: np.ndarray
    g: np.ndarray
    costs: np.ndarray

    @property
    def plan(self) -> np.ndarray:
        """The whole matrix, shape (n, m)."""
        return (self.Q / self.g) @ self.R.T


def low_rank_transport(
    C, a, b, rank, *, step_size=10.0, steps=500, floor=1e-10, accuracy=1e-10, tol=1e-9, seed=0
) -> LowRankPlan:
    """Minimize <C, P> over the plans P = Q diag(1 / g) R' of rank r, by mirror descent.

    Each step multiplies Q, R and g by exp(-step gradient), and projects them, in the
    Kullback-Leibler divergence, onto Q 1 = a, R 1 = b, Q'1 = R'1 = g >= floor, by Dykstra's
    algorithm: two of the three sets are affine and need no correction. The problem is not convex:
    different seeds may end at different plans, each a plan with the wanted sums.

    Parameters
    ----------
    C : array_like, shape (n, m)
        The cost.
    a : array_like, shape (n,)
        Mass of the sources, positive.
    b : array_like, shape (m,)
        Mass of the targets, positive, of the same total.
    rank : int
        r, the number of relays, from 1 to min(n, m).
    step_size : float
        Step, in units of 1 / (largest entry of the gradients)^2, which no unit of the cost changes.
    steps : int
        Steps at the most.
    floor : float
        Least mass of a relay, below total / r.
    accuracy : float
        Error of the sums, in all, that the last projection may leave; those on the way stop
        after 100 rounds.
    tol : float
        Relative change of the cost, five times in a row, that ends the steps.
    seed : int
        Of the start, which is random since equal relays would stay equal.

    Returns
    -------
    LowRankPlan

    Raises
    ------
    ValueError
        If shapes do not fit, masses are not positive and balanced, or the rank is out of range.

    References
    ----------
    scetbon2021.

    Examples
    --------
    >>> import numpy as np
    >>> from optedu.transport.low_rank import low_rank_transport
    >>> found = low_rank_transport([[0.0, 2.0], [1.0, 0.0]], [0.5, 0.5], [0.5, 0.5], rank=1)
    >>> float(found.costs[-1].round(6))
    0.75
    """
    C, a, b = (np.asarray(array, dtype=float) for array in (C, a, b))
    n, m, r = a.size, b.size, int(rank)
    if C.shape != (n, m) or a.ndim != 1 or b.ndim != 1:
        raise ValueError(
            f"low_rank_transport: shapes {C.shape}, {a.shape} and {b.shape} do not fit"
        )
    if not (a > 0).all() or not (b > 0).all() or abs(a.sum() - b.sum()) > 1e-10 * a.sum():
        raise ValueError("low_rank_transport: a and b must be positive, of the same total")
    if not 1 <= r <= min(n, m):
        raise ValueError(f"low_rank_transport: rank must be from 1 to {min(n, m)}, got {rank}")
    rng = np.random.default_rng(seed)
    start = (np.log(rng.uniform(0.5, 1.5, (size, r))) for size in (n, m))
    Q, R, g = project(*start, np.zeros(r), a, b, floor, accuracy, 100)
    costs = [float(np.sum((C @ R) * Q / g))]
    for _ in range(steps):
        towards_Q, towards_R = (C @ R) / g, (C.T @ Q) / g
        towards_g = -np.sum(Q * towards_Q, axis=0) / g
        largest = max(np.abs(part).max() for part in (towards_Q, towards_R, towards_g))
        t = step_size / max(largest, 1e-300) ** 2
        Q, R, g = project(
            np.log(Q) - t * towards_Q, np.log(R) - t * towards_R, np.log(g) - t * towards_g,
            a, b, floor, accuracy, 100,
        )  # fmt: skip
        costs.append(float(np.sum((C @ R) * Q / g)))
        if len(costs) > 5 and np.ptp(costs[-6:]) <= tol * max(abs(costs[-1]), 1e-300):
            break
    Q, R, g = project(np.log(Q), np.log(R), np.log(g), a, b, floor, accuracy, 100_000)
    costs.append(float(np.sum((C @ R) * Q / g)))
    return LowRankPlan(Q, R, g, np.array(costs))


def project(log_Q, log_R, log_g, a, b, floor, accuracy, rounds):
    """Return the nearest Q, R, g, in the Kullback-Leibler divergence, with the wanted sums.

    Parameters
    ----------
    log_Q : numpy.ndarray, shape (n, r)
        Logarithms of the point that is projected.
    log_R : numpy.ndarray, shape (m, r)
        The same for the targets.
    log_g : numpy.ndarray, shape (r,)
        The same for the relays.
    a : numpy.ndarray, shape (n,)
        Row sums of Q.
    b : numpy.ndarray, shape (m,)
        Row sums of R.
    floor : float
        g is at least this.
    accuracy : float
        Largest error of the row sums, in all.
    rounds : int
        At the most.

    Returns
    -------
    tuple of numpy.ndarray
        Q, R and g, all positive; the column sums of Q and R are g up to rounding.
    """
    Q = np.exp(log_Q - log_Q.max(axis=1, keepdims=True))  # a factor per row changes nothing
    R = np.exp(log_R - log_R.max(axis=1, keepdims=True))
    Q, R = np.maximum(Q, 1e-250), np.maximum(R, 1e-250)
    log_g = log_g - log_g.max()
    u, v, correction = np.ones(log_g.size), np.ones(log_g.size), np.zeros(log_g.size)
    for _ in range(rounds):
        up, down = a / (Q @ u), b / (R @ v)
        in_Q, in_R = Q.T @ up, R.T @ down
        raised = np.maximum(np.log(floor), log_g + correction)
        correction = log_g + correction - raised
        log_g = (raised + np.log(u * in_Q) + np.log(v * in_R)) / 3
        u, v = np.exp(log_g) / in_Q, np.exp(log_g) / in_R
        error = np.abs(up * (Q @ u) - a).sum() + np.abs(down * (R @ v) - b).sum()
        if error <= accuracy:
            break
    return up[:, None] * Q * u, down[:, None] * R * v, np.exp(log_g)
