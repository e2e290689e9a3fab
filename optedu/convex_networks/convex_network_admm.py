"""ADMM for the convex program of a two-layer ReLU network."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.convex_networks.pieces import (
    inner_inverse,
    outer_spectrum,
    travelled,
    with_data,
    woodbury_solve,
)
from optedu.parameters import require_between, require_positive
from optedu.protocol import method
from optedu.splitting.residuals import require_relaxation, saddle_residual

FIRST_LOOK = 10
"""Steps before the penalty is changed for the first time."""


class ConvexNetworkADMMState(NamedTuple):
    x: np.ndarray  # v, the copy that the norms see: rows of zeros are exactly zero
    s: np.ndarray  # the copy of G x that the cones see
    lam: np.ndarray  # multiplier of u = v, over weight rho
    nu: np.ndarray  # multiplier of G u = s, over rho
    right: np.ndarray  # F'y
    C: np.ndarray  # (weight I + X'X)^-1
    e: np.ndarray  # eigenvalues of F B^-1 F'
    Q: np.ndarray  # its eigenvectors
    rho: float  # the penalty
    k: int  # steps taken
    look: int  # the step after which the penalty is changed next
    x_then: np.ndarray  # v, s and rho times the multipliers when it was changed last
    s_then: np.ndarray
    lam_then: np.ndarray
    nu_then: np.ndarray


@method
class ConvexNetworkADMM(NamedTuple):
    """ADMM for two-layer ReLU networks, the three parts of the program apart.

    Problem      minimize ||F x - y||^2 / 2 + beta sum_i ||x_i|| subject to G x >= 0: a
                 `ConvexReLU` with the squared error. F x are the outputs of the network, G x all
                 (2 D_i - I) X x_i.
    Update       u = (w I + F'F / rho + G'G)^-1 (F'y / rho + w (v - lam) + G'(s - nu)), w the weight
                 p = relaxation u + (1 - relaxation) v;  q = relaxation G u + (1 - relaxation) s
                 v+ = prox(p + lam, 1 / (w rho)), each row shortened by beta / (w rho);  x = v
                 s+ = max(q + nu, 0)
                 lam+ = lam + dual_step (p - v+);  nu+ = nu + dual_step (q - s+)
                 after steps 10, 20, 40, ..., up to `balance`, rho becomes the distance that the
                 multipliers rho (sqrt(w) lam, nu) have moved since the last change, over that of
                 (sqrt(w) v, s), by a factor of 10 at most; lam and nu are scaled along
    Guarantee    rho constant from some step on, dual_step = 1, relaxation in (0, 2): u - v and
                 G u - s tend to 0 and the value to the minimum (boyd2011, Section 3.2;
                 eckstein1992, Theorem 8). bai2023 states linear convergence for a dual_step that
                 is small enough.
    Cost         per step one product with G, one with G', one with F and one with F', one prox,
                 one dual prox: O(n P d), and 2 n^2; at the start one gradient, d^3, and n^3 for
                 the eigenvalues of an n x n matrix, after which rho is free to change. (2 P d)^2
                 numbers, as in the factorization of bai2023, are never stored: see
                 `woodbury_solve`, which is ours.
    Use when     the loss is the squared error, n is a few thousands at most, and two to four
                 digits are enough, or the data are so few that thousands of steps cost nothing.
    Fails when   many cones are narrow: slow, not wrong.

    The rule for rho and the weight are ours. What falls from step to step is rho D^2 + M^2 / rho, D
    and M the distances of the copies and of the multipliers to a solution (boyd2011, Appendix A):
    for a given start it is least at rho = M / D. These are not known; the distances covered since
    the last change stand for them, as in the primal weight of PDLP (applegate2021). With the weight
    the size of u - v is told in the units of G u - s: data or targets in other units, with beta
    scaled along, give the same path. bai2023 has weight 1 and one rho.

    Parameters
    ----------
    penalty : float
        rho, the first one where it is changed.
    dual_step : float
        gamma / rho in the letters of bai2023, below (1 + sqrt 5) / 2.
    relaxation : float
        In (0, 2].
    balance : int
        Number of steps after which rho may still be changed; 0 keeps the first one.
    weight : float, optional
        Of u = v beside G u = s; by default a tenth of the mean eigenvalue of X'X.
    X : numpy.ndarray, shape (n, d), optional
        Data; by default problem.X.
    patterns : numpy.ndarray, shape (n, P), optional
        Activation patterns; by default problem.patterns.

    References
    ----------
    bai2023, Algorithm 3.1; boyd2011; applegate2021.

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
    relaxation: float = 1.8
    balance: int = 1000
    weight: float | None = None
    X: np.ndarray | None = None
    patterns: np.ndarray | None = None

    certificate_name = "saddle point residual"
    may_rest = True

    def check(self):
        """Refuse a penalty that is not positive, and steps out of range."""
        require_positive(self, "penalty", "dual_step", "weight")
        require_between(self, "dual_step", 0.0, 0.5 * (1.0 + np.sqrt(5.0)))
        require_between(self, "balance", 0, np.inf)
        require_relaxation(self)

    def resolve(self, problem):
        """Take data and patterns from the problem, and the weight from the data."""
        method = with_data(self, problem)
        if method.weight is None:
            mean = float(np.sum(method.X**2)) / method.X.shape[1]
            method = method._replace(weight=0.1 * mean if mean > 0.0 else 1.0)
        return method

    def init(self, problem, x):
        C = inner_inverse(self.X, self.weight)
        e, Q = outer_spectrum(self.X, self.patterns, C)
        s = np.maximum(problem.linear_map(x), 0.0)
        lam, nu, right = 0.0 * x, 0.0 * s, -problem.gradient(0.0 * x)
        rho, k = self.penalty, 0
        return ConvexNetworkADMMState(
            x, s, lam, nu, right, C, e, Q, rho, k, FIRST_LOOK, x, s, lam, nu
        )

    def step(self, problem, state):
        v, s, lam, nu, right, C, e, Q, rho, k, look, v_then, s_then, lam_then, nu_then = state
        a, w = self.relaxation, self.weight
        R = right / rho + w * (v - lam) + problem.adjoint(s - nu).reshape(v.shape)
        u = woodbury_solve(self.X, self.patterns, C, e, Q, R, rho)
        p = a * u + (1.0 - a) * v
        q = a * problem.linear_map(u) + (1.0 - a) * s
        v_new = problem.prox(p + lam, 1.0 / (w * rho))
        y_new = problem.dual_prox(rho * (q + nu), rho) / rho
        s_new = q + nu - y_new
        lam, nu = lam + self.dual_step * (p - v_new), nu + self.dual_step * (q - s_new)
        k = k + 1
        if k == look and k <= self.balance:
            old, look = rho, 2 * look
            moved = travelled(w, v_new - v_then, s_new - s_then)
            pulled = travelled(w, old * lam - lam_then, old * nu - nu_then)
            if moved > 0.0 and pulled > 0.0:
                rho = min(max(pulled / moved, 0.1 * old), 10.0 * old)
            v_then, s_then, lam_then, nu_then = v_new, s_new, old * lam, old * nu
            lam, nu = old / rho * lam, old / rho * nu
        return ConvexNetworkADMMState(
            v_new, s_new, lam, nu, right, C, e, Q, rho, k, look, v_then, s_then, lam_then, nu_then
        )

    def certificate(self, problem, state):
        """Residual of the optimality conditions at v and the multipliers rho nu of the cones."""
        x = state.x
        return saddle_residual(problem, x, state.rho * state.nu, problem.gradient(x))
