"""Fair densities by boosting: multiplicative weights from a fair start, with a bounded tilt.

Q_t is proportional to Q_{t-1} exp(theta_t c_t), where c_t, with |c_t| <= 1, tells the data P from
Q_{t-1}. The leverages theta_t = -log(tau) / 2^(t+1), t = 1, 2, ..., sum to -log(tau) / 2 at most.
So the odds of two groups never change by more than the factor tau, and if the groups are equally
likely under Q_0, the representation rate stays above tau (soen2023). A group's rate of good
outcomes is a ratio of two such probabilities, each within sqrt(tau) up to one common factor, and
so the statistical rate stays above tau^2 times its first value.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def tilt(Q: np.ndarray, c: np.ndarray, theta: float) -> np.ndarray:
    """Return the distribution proportional to Q exp(theta c)."""
    w = Q * np.exp(theta * (c - np.max(c)))
    return w / np.sum(w)


def log_partition(Q: np.ndarray, c: np.ndarray, theta: float) -> float:
    """Return log sum Q exp(theta c); its derivative is the mean of c under the tilted Q."""
    return float(np.log(np.sum(Q * np.exp(theta * c))))


def divergence(P: np.ndarray, Q: np.ndarray) -> float:
    """Return KL(P, Q)."""
    kept = P > 0
    return float(np.sum(P[kept] * np.log(P[kept] / Q[kept])))


def best_stump(P: np.ndarray, Q: np.ndarray, features: np.ndarray) -> np.ndarray:
    """Return the +1/-1 stump with the largest difference of means under P and Q.

    Parameters
    ----------
    P, Q : numpy.ndarray, shape (n,)
        Probabilities of the n points of the domain.
    features : numpy.ndarray, shape (n, f)
        A stump is the sign of one feature minus a threshold, or the contrary.
    """
    stumps = [
        s * np.where(column > cut, 1.0, -1.0)
        for column in features.T
        for cut in np.unique(column)[:-1]
        for s in (1, -1)
    ]
    return max(stumps, key=lambda c: float((P - Q) @ c))


def leverage(t: int, tau: float) -> float:
    """Return theta_t, t = 1, 2, ..."""
    return -np.log(tau) / 2 ** (t + 1)


def boost(P: Any, Q: Any, features: Any, tau: float | None, steps: int) -> list[np.ndarray]:
    """Return Q_0, ..., Q_steps.

    Parameters
    ----------
    P, Q : numpy.ndarray, shape (n,)
        The data's distribution, and a fair one to begin with.
    features : numpy.ndarray, shape (n, f)
    tau : float, optional
        In (0, 1); without it each leverage is the best one for its stump,
        log((1 + p)(1 - q) / ((1 - p)(1 + q))) / 2 with p and q the means of c, and nothing is fair.
    steps : int
    """
    found = [np.asarray(Q, dtype=float)]
    for t in range(1, steps + 1):
        c = best_stump(P, found[-1], features)
        p, q = P @ c, found[-1] @ c
        if tau is None:
            inside = np.clip([p, q], -1 + 1e-12, 1 - 1e-12)
            theta = float(np.arctanh(inside[0]) - np.arctanh(inside[1]))
        else:
            theta = leverage(t, tau)
        found.append(tilt(found[-1], c, theta))
    return found


def representation_rate(Q: np.ndarray, groups: np.ndarray) -> float:
    """Return the smallest ratio of two groups' probabilities."""
    sizes = np.array([Q[groups == a].sum() for a in np.unique(groups)])
    return float(sizes.min() / sizes.max())


def statistical_rate(Q: np.ndarray, groups: np.ndarray, good: np.ndarray) -> float:
    """Return the smallest ratio of two groups' chances of a good outcome."""
    rates = np.array(
        [Q[(groups == a) & good].sum() / Q[groups == a].sum() for a in np.unique(groups)]
    )
    return float(rates.min() / rates.max())
