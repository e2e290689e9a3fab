"""A Schroedinger bridge whose potential is a mixture of Gaussian bells."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.checks import require_positive_data
from optedu.protocol import portable, problem


@portable
def log_sums(Z):
    """Return the logarithm of the sum of exp over each row, shape (n,)."""
    top = Z[:, 0].copy()
    for k in range(1, Z.shape[1]):
        top = np.maximum(top, Z[:, k])
    total = np.zeros(Z.shape[0])
    for k in range(Z.shape[1]):
        total += np.exp(Z[:, k] - top)
    return top + np.log(total)


@portable
def shares(Z):
    """Return exp(Z) with each row divided by its sum."""
    return np.exp(Z - log_sums(Z).reshape(-1, 1))


@problem
class LightBridge(NamedTuple):
    """Fit the bridge of LightSB between two clouds of samples, by one smooth objective.

    With v(z) = sum_k a_k N(z; r_k, eps S_k), S_k diagonal, and
    C(u) = sum_k a_k exp((u' S_k u + 2 r_k' u) / (2 eps)) minimized is

    f = mean_i log C(x_i) - mean_j log v(y_j),

    whose value at the bridge is the smallest: up to a constant, f is the divergence of the
    bridge's plan from the one sought. Unknown are the log a_k, then the r_k, row by row, then the
    logarithms of the diagonals of the S_k: one vector of K + 2 K d numbers. f is not convex, and
    does not change when a number is added to all log a_k.

    Parameters
    ----------
    x : numpy.ndarray, shape (n, d)
        Samples at time 0.
    y : numpy.ndarray, shape (m, d)
        Samples at time 1.
    eps : float
        Variance of the Brownian motion over the time from 0 to 1, positive.
    bells : int
        K, at least 1.

    Raises
    ------
    ValueError
        If the clouds do not fit, eps is not positive, or there are fewer samples than bells.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> problem = oe.problems.LightBridge([[0.0], [1.0]], [[2.0], [3.0]], eps=1.0, bells=1)
    >>> problem.shape, round(float(problem.value(np.zeros(3))), 6)
    ((3,), 4.418939)
    """

    x: np.ndarray
    y: np.ndarray
    eps: float = 0.1
    bells: int = 5

    convex = False

    def check(self):
        """Refuse clouds that do not fit, a wrong eps, and too many bells."""
        require_positive_data(self, "eps")
        if self.x.ndim != 2 or self.y.ndim != 2 or self.x.shape[1] != self.y.shape[1]:
            raise ValueError(
                "LightBridge: x and y must have shapes (n, d) and (m, d), got "
                f"{self.x.shape} and {self.y.shape}"
            )
        if not 1 <= self.bells <= len(self.y):
            raise ValueError(
                f"LightBridge: bells must be at least 1 and at most the {len(self.y)} samples y, "
                f"got {self.bells}"
            )

    def log_weights(self, x):
        """Return log a_k, shape (K,)."""
        return x[: self.bells]

    def centers(self, x):
        """Return r_k, shape (K, d)."""
        K, d = self.bells, self.y.shape[1]
        return x[K : K + K * d].reshape(K, d)

    def spreads(self, x):
        """Return the diagonals of S_k, shape (K, d)."""
        K, d = self.bells, self.y.shape[1]
        return np.exp(x[K + K * d :]).reshape(K, d)

    def forward_terms(self, x, points):
        """Return the logarithms of the terms of C at the points, shape (n, K)."""
        R, S = self.centers(x), self.spreads(x)
        quadratic = (points * points) @ S.T + 2.0 * (points @ R.T)
        return self.log_weights(x) + quadratic / (2.0 * self.eps)

    def target_terms(self, x, points):
        """Return the logarithms of the terms of v at the points, shape (n, K)."""
        R, S = self.centers(x), self.spreads(x)
        Z = np.empty((points.shape[0], self.bells))
        for k in range(self.bells):
            gap = points - R[k]
            height = -0.5 * np.sum(np.log(2.0 * np.pi * self.eps * S[k]))
            Z[:, k] = height - np.sum(gap * gap / S[k], axis=1) / (2.0 * self.eps)
        return self.log_weights(x) + Z

    def value(self, x):
        forward, target = self.forward_terms(x, self.x), self.target_terms(x, self.y)
        return np.mean(log_sums(forward)) - np.mean(log_sums(target))

    def gradient(self, x):
        W = shares(self.forward_terms(x, self.x)) / self.x.shape[0]
        U = shares(self.target_terms(x, self.y)) / self.y.shape[0]
        R, S = self.centers(x), self.spreads(x)
        heights = np.sum(W, axis=0) - np.sum(U, axis=0)
        centers, spreads = W.T @ self.x, 0.5 * S * (W.T @ (self.x * self.x))
        for k in range(self.bells):
            gap = self.y - R[k]
            centers[k] -= U[:, k].copy() @ (gap / S[k])
            spreads[k] -= U[:, k].copy() @ (0.5 * (gap * gap / S[k] - self.eps))
        return np.concatenate((heights, centers.ravel() / self.eps, spreads.ravel() / self.eps))

    @property
    def shape(self):
        """Shape (K + 2 K d,) of the unknowns."""
        return (self.bells * (1 + 2 * self.y.shape[1]),)

    @property
    def start(self):
        """Equal weights, centers at samples y, and S_k = 1/10."""
        K, d = self.bells, self.y.shape[1]
        rows = np.arange(K) * len(self.y) // K
        return np.concatenate((np.zeros(K), self.y[rows].ravel(), np.full(K * d, np.log(0.1))))
