"""Entropic transport between masses that need not agree, by its dual."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.kernels.transport import column_log_sums, plan_of, row_log_sums
from optedu.problems.transport import require_masses
from optedu.protocol import problem


@problem
class UnbalancedTransport(NamedTuple):
    """The dual of entropic transport whose marginals are only asked to be near a and b.

    Among all P >= 0 the minimizer of <C, P> + t sum_ij P_ij (log P_ij - 1) + rho KL(P 1, a)
    + rho KL(P'1, b), with KL(p, a) = sum_i p_i log(p_i / a_i) - p_i + a_i, is the plan
    P_ij = exp((f_i + g_j - C_ij) / t) of the minimizer x = (f, g) of
        t sum_ij P_ij + rho sum_i a_i (exp(-f_i / rho) - 1) + rho sum_j b_j (exp(-g_j / rho) - 1).
    As rho grows, this becomes `EntropicTransport`. It is strictly convex: no direction is flat.

    Parameters
    ----------
    cost : numpy.ndarray, shape (n, m)
        C, of any sign.
    a : numpy.ndarray, shape (n,)
        Mass of the sources, positive.
    b : numpy.ndarray, shape (m,)
        Mass of the targets, positive; its total may differ from that of a.
    regularization : float
        t, positive, in the unit of the cost.
    penalty : float
        rho, positive, the price of mass made or destroyed, in the unit of the cost.

    Raises
    ------
    ValueError
        If shapes do not fit, a mass is not positive, or t or rho is not.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> C = np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> problem = oe.problems.UnbalancedTransport(C, [0.5, 0.5], [0.2, 1.0], 0.1, penalty=1.0)
    >>> problem.plan(oe.run(oe.Sinkhorn(), problem, tol=1e-9).x).round(3)
    array([[0.319, 0.033],
           [0.   , 0.703]])
    """

    cost: np.ndarray
    a: np.ndarray
    b: np.ndarray
    regularization: float = 0.1
    penalty: float = 1.0

    def check(self):
        """Refuse masses, a regularization or a penalty that are not positive."""
        require_masses("UnbalancedTransport", self.cost, self.a, self.b)
        for name in ("regularization", "penalty"):
            if not getattr(self, name) > 0:
                raise ValueError(
                    f"UnbalancedTransport: {name} must be positive, got {getattr(self, name)}"
                )

    def value(self, x):
        n, rho = self.a.size, self.penalty
        kept = np.sum(self.a * np.expm1(-x[:n] / rho)) + np.sum(self.b * np.expm1(-x[n:] / rho))
        return self.regularization * np.sum(self.plan(x)) + rho * kept

    def gradient(self, x):
        P, wanted = self.plan(x), self.kept(x)
        return np.concatenate((np.sum(P, axis=1), np.sum(P, axis=0))) - wanted

    def hessian(self, x):
        n, t, P = self.a.size, self.regularization, self.plan(x)
        sums = np.concatenate((np.sum(P, axis=1), np.sum(P, axis=0)))
        H = np.diag(sums / t + self.kept(x) / self.penalty)
        H[:n, n:] = P / t
        H[n:, :n] = P.T / t
        return H

    def hessian_product(self, x, v):
        n, P = self.a.size, self.plan(x)
        u, w = np.ascontiguousarray(v[:n]), np.ascontiguousarray(v[n:])
        rows = np.sum(P, axis=1) * u + P @ w
        product = np.concatenate((rows, np.sum(P, axis=0) * w + u @ P))
        return product / self.regularization + self.kept(x) * v / self.penalty

    def kept(self, x):
        """Return a_i exp(-f_i / rho), b_j exp(-g_j / rho): the sums that the plan shall have."""
        return np.concatenate((self.a, self.b)) * np.exp(-x / self.penalty)

    def plan(self, x):
        n = self.a.size
        return plan_of(self.cost, x[:n], x[n:], self.regularization)

    def soft_transform(self, i, x, t):
        n, damped = self.a.size, self.penalty / (self.penalty + t)
        if i == 0:
            f = damped * (t * np.log(self.a) - row_log_sums(self.cost, x[n:], t))
            return np.concatenate((f, x[n:]))
        g = damped * (t * np.log(self.b) - column_log_sums(self.cost, x[:n], t))
        return np.concatenate((x[:n], g))

    @property
    def blocks(self):
        """Two: the potentials of the rows, and those of the columns."""
        return 2

    @property
    def shape(self):
        """Shape (n + m,) of x."""
        return (self.a.size + self.b.size,)

    @property
    def start(self):
        """Zeros."""
        return np.zeros(self.shape)
