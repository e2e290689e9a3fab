"""ADMM for convex networks without a factorization: random blocks instead of a linear solve."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.convex_networks.pieces import signed_sum, with_data
from optedu.parameters import require_positive
from optedu.protocol import method, portable
from optedu.splitting.residuals import saddle_residual


class RandomBlockADMMState(NamedTuple):
    x: np.ndarray  # v, the copy that the norms see
    u: np.ndarray  # the copy that the loss sees
    s: np.ndarray  # the copy of G u that the cones see
    lam: np.ndarray  # multiplier of u = v, over the penalty
    nu: np.ndarray  # multiplier of G u = s, over the penalty
    right: np.ndarray  # F'y
    gram: np.ndarray  # X'X


@portable
def random_descent(X, D, gram, u, z, right, target, rho, updates, rng):
    """Return u and z = F u after exact steepest descent along random pairs of rows.

    A pair (u_i, u_i+P) belongs to one pattern. What falls is ||z - y||^2 / 2 +
    rho <u, (I + G'G) u> / 2 - rho <target, u>, right = F'y.
    """
    P, d = D.shape[1], X.shape[1]
    pairs = u.copy().reshape((2, P, d))
    targets = target.reshape((2, P, d))
    outputs = z.copy()
    for _ in range(updates):
        i = rng.integers(0, P)
        active, pair = np.ascontiguousarray(D[:, i]), np.ascontiguousarray(pairs[:, i])
        g = X.T @ (active * outputs) - right[i]
        slope = rho * (pair + pair @ gram - targets[:, i])
        slope[0] += g
        slope[1] -= g
        change = active * (X @ (slope[0] - slope[1]))
        square = np.sum(slope * slope)
        curvature = np.sum(change * change) + rho * (square + np.sum(slope * (slope @ gram)))
        t = square / max(curvature, 1e-300)
        pairs[:, i] = pair - t * slope
        outputs = outputs - t * change
    return pairs.reshape((2 * P, d)), outputs


@method
class RandomBlockADMM(NamedTuple):
    """ADMM for two-layer ReLU networks with u found by randomized block coordinate descent.

    Problem      that of `ConvexNetworkADMM`: minimize ||F x - y||^2 / 2 + beta sum_i ||x_i||
                 subject to G x >= 0, a `ConvexReLU` with the squared error.
    Update       `updates` times: draw a pattern i; move u_i and u_(i+P) down the gradient of
                 ||F u - y||^2 / 2 + rho ||u - v + lam||^2 / 2 + rho ||G u - s + nu||^2 / 2, by the
                 step that is best along it
                 then v, s, lam, nu as in `ConvexNetworkADMM`, without over-relaxation
    Guarantee    none known for a fixed number of updates; with u found to errors that can be
                 summed it is ADMM (eckstein1992, Theorem 8).
    Cost         per step `updates` times O(n d), and one product with G, one with G', one with F:
                 O(n P d) where updates is in the order of P, quadratic in the numbers of data and
                 of units; no factorization.
    Use when     n is so large that the n x n matrix of `ConvexNetworkADMM` is too much.
    Fails when   many digits are wanted: the steps are cheaper, and more are needed.

    The step length is exact since the blocks see a quadratic; bai2023 search for it by
    backtracking, and go on until the decrease is small.

    Parameters
    ----------
    penalty : float
        rho.
    updates : int, optional
        Blocks moved per step; by default twice as many as there are patterns.
    X : numpy.ndarray, shape (n, d), optional
        Data; by default problem.X.
    patterns : numpy.ndarray, shape (n, P), optional
        Activation patterns; by default problem.patterns.

    References
    ----------
    bai2023, whose practical version of ADMM it follows.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> from optedu.problems.activation_patterns import all_patterns
    >>> X, y = np.array([[1.0, 1.0], [0.0, 1.0], [-1.0, 1.0]]), np.array([1.0, 0.0, 1.0])
    >>> problem = oe.problems.ConvexReLU(X, y, all_patterns(X).active, 0.1)
    >>> oe.run(oe.RandomBlockADMM(), problem, tol=1e-6, max_iter=2000).success
    True
    """

    penalty: float = 1.0
    updates: int | None = None
    X: np.ndarray | None = None
    patterns: np.ndarray | None = None

    certificate_name = "saddle point residual"
    may_rest = True

    def check(self):
        """Refuse a penalty or a number of updates that is not positive."""
        require_positive(self, "penalty", "updates")

    def resolve(self, problem):
        """Take data and patterns from the problem, and two updates for each pattern."""
        method = with_data(self, problem)
        if method.updates is None:
            method = method._replace(updates=2 * method.patterns.shape[1])
        return method

    def init(self, problem, x, rng):
        s = np.maximum(problem.linear_map(x), 0.0)
        right = -problem.gradient(0.0 * x)
        gram = np.ascontiguousarray(self.X.T @ self.X)
        return RandomBlockADMMState(x, x, s, 0.0 * x, 0.0 * s, right, gram)

    def step(self, problem, state, rng):
        v, u, s, lam, nu, right, gram = state
        X, D, rho = self.X, self.patterns, self.penalty
        target = v - lam + problem.adjoint(s - nu).reshape(v.shape)
        z = signed_sum(X, D, u)
        u_new, _ = random_descent(X, D, gram, u, z, right, target, rho, self.updates, rng)
        v_new = problem.prox(u_new + lam, 1.0 / rho)
        w = problem.linear_map(u_new) + nu
        nu_new = problem.dual_prox(rho * w, rho) / rho
        lam_new = lam + u_new - v_new
        return RandomBlockADMMState(v_new, u_new, w - nu_new, lam_new, nu_new, right, gram)

    def certificate(self, problem, state):
        """Residual of the optimality conditions at v and the multipliers rho nu of the cones."""
        x = state.x
        return saddle_residual(problem, x, self.penalty * state.nu, problem.gradient(x))
