"""The histogram that is nearest to several others in entropic transport, by the dual."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.kernels.transport import column_log_sums, plan_of, row_log_sums
from optedu.protocol import problem


@problem
class EntropicBarycenter(NamedTuple):
    """The dual of sum_k w_k (<C, P_k> + t sum P_k (log P_k - 1)), all P_k with equal row sums.

    The k-th of K couplings, P_k = exp((f_k,i + g_k,j - C_ij) / t), has the k-th histogram as its
    column sums, and the row sums, the same for all k, are the barycenter. The dual asks for
    sum_k w_k f_k = 0. Instead, value and gradient first take the average sum_l w_l f_l from each
    f_k. The iterate is x = (g_1, ..., g_K, f_1, ..., f_K); block 0 is all g_k, and its best values
    fit the histograms; block 1 is all f_k, and its best values give all couplings the weighted
    geometric mean of their row sums.

    Parameters
    ----------
    histograms : numpy.ndarray, shape (K, m)
        Positive, one per row, each of total 1.
    cost : numpy.ndarray, shape (n, m)
        From the points of the barycenter to those of the histograms; they may be the same.
    weights : numpy.ndarray, shape (K,)
        Positive, of total 1.
    regularization : float
        t, positive, in the unit of the cost.

    Raises
    ------
    ValueError
        If shapes do not fit, or the numbers are not positive with total 1.

    Notes
    -----
    Alternating the two blocks is the iterative Bregman projection of benamou2015.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> C = np.subtract.outer(np.arange(3.0), np.arange(3.0)) ** 2
    >>> ends = np.array([[0.98, 0.01, 0.01], [0.01, 0.01, 0.98]])
    >>> problem = oe.problems.EntropicBarycenter(ends, C, [0.5, 0.5], 0.2)
    >>> problem.barycenter(oe.run(oe.Sinkhorn(), problem, tol=1e-9).x).round(2)
    array([0.02, 0.96, 0.02])
    """

    histograms: np.ndarray
    cost: np.ndarray
    weights: np.ndarray
    regularization: float = 0.1

    def check(self):
        """Refuse shapes that do not fit, and numbers that are not positive with total 1."""
        B, C, w, t = self
        if B.ndim != 2 or w.shape != B.shape[:1] or C.ndim != 2 or C.shape[1:] != B.shape[1:]:
            raise ValueError(
                "EntropicBarycenter: cost must have one column per column of histograms, and there "
                f"must be one weight per row, got shapes {C.shape}, {B.shape} and {w.shape}"
            )
        for name, numbers in (("weights", w[None]), ("each row of histograms", B)):
            if not (numbers > 0).all() or abs(numbers.sum(axis=1) - 1).max() > 1e-9:
                raise ValueError(
                    f"EntropicBarycenter: {name} must be positive with total 1, got least "
                    f"{numbers.min():.6g} and totals {numbers.sum(axis=1)}"
                )
        if not t > 0:
            raise ValueError(f"EntropicBarycenter: regularization must be positive, got {t}")

    def value(self, x):
        t, w, (g, f) = self.regularization, self.weights, self.potentials(x)
        total = 0.0
        for k in range(w.size):
            P = plan_of(self.cost, f[k], g[k], t)
            total += w[k] * (t * np.sum(P) - np.sum(self.histograms[k] * g[k]))
        return total

    def gradient(self, x):
        w, (g, f) = self.weights, self.potentials(x)
        columns, rows = np.empty(g.shape), np.empty(f.shape)
        for k in range(w.size):
            P = plan_of(self.cost, f[k], g[k], self.regularization)
            columns[k] = w[k] * (np.sum(P, axis=0) - self.histograms[k])
            rows[k] = np.sum(P, axis=1)
        rows = w.reshape((-1, 1)) * (rows - w @ rows)
        return np.concatenate((columns.ravel(), rows.ravel()))

    def soft_transform(self, i, x, t):
        w, (g, f) = self.weights, self.potentials(x)
        if i == 0:
            for k in range(w.size):
                g[k] = t * np.log(self.histograms[k]) - column_log_sums(self.cost, f[k], t)
            return np.concatenate((g.ravel(), x[g.size :]))
        for k in range(w.size):
            f[k] = -row_log_sums(self.cost, g[k], t)
        f = f - w @ f
        return np.concatenate((x[: g.size], f.ravel()))

    def potentials(self, x):
        """Return g and f with sum_k w_k f_k = 0, shapes (K, m) and (K, n)."""
        K, m = self.histograms.shape
        g, f = x[: K * m].copy().reshape((K, m)), x[K * m :].copy().reshape((K, -1))
        return g, f - self.weights @ f

    def coupling(self, k, x):
        """Return the k-th coupling, shape (n, m): barycenter in the rows, k-th histogram across."""
        g, f = self.potentials(x)
        return plan_of(self.cost, f[k], g[k], self.regularization)

    def barycenter(self, x):
        """Return the weighted geometric mean of the couplings' row sums, shape (n,)."""
        t, (g, f) = self.regularization, self.potentials(x)
        logs = np.empty(f.shape)
        for k in range(self.weights.size):
            logs[k] = f[k] / t + row_log_sums(self.cost, g[k], t) / t
        return np.exp(self.weights @ logs)

    @property
    def blocks(self):
        """Two: all potentials of the histograms, and all those of the barycenter."""
        return 2

    @property
    def shape(self):
        """Shape (K (m + n),) of x."""
        K = self.weights.size
        return (K * (self.cost.shape[0] + self.cost.shape[1]),)

    @property
    def start(self):
        """Zeros."""
        return np.zeros(self.shape)
