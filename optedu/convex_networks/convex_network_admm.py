"""ADMM for the convex program of a two-layer ReLU network."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.convex_networks.pieces import (
    inner_inverse,
    outer_spectrum,
    with_data,
    woodbury_solve,
)
from optedu.parameters import require_between, require_positive
from optedu.protocol import method
from optedu.splitting.residuals import balanced, norm, require_relaxation, saddle_residual


class ConvexNetworkADMMState(NamedTuple):
    x: np.ndarray  # v, the copy that the norms see: rows of zeros are exactly zero
    s: np.ndarray  # the copy of G x that the cones see
    lam: np.ndarray  # multiplier of u = v, over rho
    nu: np.ndarray  # multiplier of G u = s, over rho
    right: np.ndarray  # F'y
    C: np.ndarray  # (I + X'X)^-1
    e: np.ndarray  # eigenvalues of F B^-1 F'
    Q: np.ndarray  # its eigenvectors
    rho: float  # the penalty
    k: int  # steps taken


@method
class ConvexNetworkADMM(NamedTuple):
    """ADMM for two-layer ReLU networks, the three parts of the program apart.

    Problem      minimize ||F x - y||^2 / 2 + beta sum_i ||x_i|| subject to G x >= 0: a
                 `ConvexReLU` with the squared error. F x are the outputs of the network, G x all
                 (2 D_i - I) X x_i.
    Update       u = (I + F'F / rho + G'G)^-1 (F'y / rho + v - lam + G'(s - nu))
                 p = relaxation u + (1 - relaxation) v;  q = relaxation G u + (1 - relaxation) s
                 v+ = prox(p + lam, 1 / rho), each row shortened by beta / rho;  x = v
                 s+ = max(q + nu, 0)
                 lam+ = lam + dual_step (p - v+);  nu+ = nu + dual_step (q - s+)
                 every tenth step, up to `balance`, rho is doubled when the primal residual
                 ||(p - v+, q - s+)|| is over 10 times the dual one, halved when it is 10 times
                 less; lam and nu are scaled along
    Guarantee    rho constant from some step on, dual_step = 1, relaxation in (0, 2): u - v and
                 G u - s tend to 0 and the value to the minimum (boyd2011, Section 3.2;
                 eckstein1992, Theorem 8). bai2023 states linear convergence for a dual_step that
                 is small enough.
    Cost         per step one product with G, one with G', one with F and one with F', one prox,
                 one dual prox: O(n P d), and 2 n^2; at the start one gradient, d^3, and n^3 for
                 the eigenvalues of an n x n matrix, after which rho is free to change. (2 P d)^2
                 numbers, as in the factorization of bai2023, are never stored: see
                 `woodbury_solve`, which is ours.
    Use when     the loss is the squared error, n is a few thousands at most, and two or three
                 digits are enough, or the data are so few that thousands of steps cost nothing.
    Fails when   rho is off by orders of magnitude, or many cones are narrow: slow, not wrong.

    Parameters
    ----------
    penalty : float
        rho, the first one where it is balanced.
    dual_step : float
        gamma / rho in the letters of bai2023, below (1 + sqrt 5) / 2.
    relaxation : float
        In (0, 2].
    balance : int
        Number of steps after which rho may still be changed; 0 keeps the first one.
    X : numpy.ndarray, shape (n, d), optional
        Data; by default problem.X.
    patterns : numpy.ndarray, shape (n, P), optional
        Activation patterns; by default problem.patterns.

    References
    ----------
    bai2023, Algorithm 3.1; boyd2011, Section 3.4.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> from optedu.problems.activation_patterns import all_patterns
    >>> X, y = np.array([[1.0, 1.0], [0.0, 1.0], [-1.0, 1.0]]), np.array([1.0, 0.0, 1.0])
    >>> problem = oe.problems.ConvexReLU(X, y, all_patterns(X).active, 0.1)
    >>> trace = oe.run(oe.ConvexNetworkADMM(), problem, tol=1e-9, max_iter=2000)
    >>> trace.success, round(float(trace.values[-1]), 4)
    (True, 0.185)
    """

    penalty: float = 1.0
    dual_step: float = 1.0
    relaxation: float = 1.6
    balance: int = 1000
    X: np.ndarray | None = None
    patterns: np.ndarray | None = None

    certificate_name = "saddle point residual"
    may_rest = True

    def check(self):
        """Refuse a penalty that is not positive, and steps out of range."""
        require_positive(self, "penalty", "dual_step")
        require_between(self, "dual_step", 0.0, 0.5 * (1.0 + np.sqrt(5.0)))
        require_between(self, "balance", 0, np.inf)
        require_relaxation(self)

    def resolve(self, problem):
        """Take data and patterns from the problem."""
        return with_data(self, problem)

    def init(self, problem, x):
        C = inner_inverse(self.X)
        e, Q = outer_spectrum(self.X, self.patterns, C)
        s = np.maximum(problem.linear_map(x), 0.0)
        right = -problem.gradient(0.0 * x)
        return ConvexNetworkADMMState(x, s, 0.0 * x, 0.0 * s, right, C, e, Q, self.penalty, 0)

    def step(self, problem, state):
        v, s, lam, nu, right, C, e, Q, rho, k = state
        a = self.relaxation
        R = right / rho + v - lam + problem.adjoint(s - nu).reshape(v.shape)
        u = woodbury_solve(self.X, self.patterns, C, e, Q, R, rho)
        p = a * u + (1.0 - a) * v
        q = a * problem.linear_map(u) + (1.0 - a) * s
        v_new = problem.prox(p + lam, 1.0 / rho)
        y_new = problem.dual_prox(rho * (q + nu), rho) / rho
        s_new = q + nu - y_new
        lam, nu = lam + self.dual_step * (p - v_new), nu + self.dual_step * (q - s_new)
        k = k + 1
        if k % 10 == 0 and k <= self.balance:
            primal = np.sqrt(np.sum((p - v_new) ** 2) + np.sum((q - s_new) ** 2))
            back = problem.adjoint(s_new - s).reshape(v.shape)
            old, rho = rho, balanced(rho, primal, rho * norm(v_new - v + back))
            lam, nu = old / rho * lam, old / rho * nu
        return ConvexNetworkADMMState(v_new, s_new, lam, nu, right, C, e, Q, rho, k)

    def certificate(self, problem, state):
        """Residual of the optimality conditions at v and the multipliers rho nu of the cones."""
        x = state.x
        return saddle_residual(problem, x, state.rho * state.nu, problem.gradient(x))
