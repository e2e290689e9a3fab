"""ADMM for quadratics behind a linear map: one factorization, then cheap steps."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.line_search import ratio
from optedu.parameters import require_between, require_positive
from optedu.protocol import method, portable
from optedu.splitting.residuals import norm, require_relaxation
from optedu.statuses import INFEASIBLE, UNBOUNDED


class QuadraticADMMState(NamedTuple):
    x: np.ndarray  # the primal iterate
    z: np.ndarray  # the copy of K x that g sees
    y: np.ndarray  # the multiplier
    dx: np.ndarray  # last change of x
    dy: np.ndarray  # last change of y
    q: np.ndarray  # gradient of f at 0
    H: np.ndarray  # P + e I
    e: float  # what keeps the matrix invertible
    G: np.ndarray  # K'K
    inverse: np.ndarray  # of P + e I + rho K'K
    rho: float  # the penalty
    first: float  # the first penalty
    k: int  # steps taken


EVERY = 25
"""Steps between two looks at the penalty, as in OSQP."""


@portable
def gram_of_map(problem, x):
    """K'K, from the columns of K."""
    K = np.zeros((problem.linear_map(x).size, x.size))
    for j in range(x.size):
        e = np.zeros(x.size)
        e[j] = 1.0
        K[:, j] = problem.linear_map(e).ravel()
    return K.T @ K


@portable
def curvature_ratio(P, G):
    """Return trace P / trace G, and 1 where one of the traces is 0."""
    of_P, of_G = np.sum(np.diag(P)), np.sum(np.diag(G))
    return of_P / of_G if of_P > 0.0 and of_G > 0.0 else 1.0


@portable
def relative_residuals(problem, x, z, y, Px, q):
    """Return ||K x - z|| and ||P x + q + K'y||, each over the largest of its terms."""
    Kx, Ky = problem.linear_map(x), problem.adjoint(y)
    primal = ratio(norm(Kx - z), max(norm(Kx), norm(z)))
    return primal, ratio(norm(Px + q + Ky), max(norm(Px), norm(q), norm(Ky)))


@portable
def rescaled(rho, first, primal, dual):
    """Return rho sqrt(primal / dual) if it is twice rho, or half of it, or beyond; else rho.

    The residuals are relative. Never a millionth, never a million times of the first rho.
    """
    if primal <= 0.0 or dual <= 0.0:
        return rho
    new = rho * np.sqrt(primal / dual)
    new = min(max(new, 1e-6 * first), 1e6 * first)
    return new if new >= 2.0 * rho or new <= 0.5 * rho else rho


@method
class QuadraticADMM(NamedTuple):
    """ADMM with a cached inverse for a convex quadratic and a term behind a map, as in OSQP.

    Problem      minimize f(x) + g(K x), f(x) = <P x, x> / 2 + <q, x> convex, g with a dual prox;
                 a quadratic program, where g is the indicator of a box.
    Update       s = (P + e I + rho K'K)^-1 (e x - q + K'(rho z - y)), e small
                 x+ = a s + (1 - a) x;  v = a K s + (1 - a) z,  a the relaxation
                 y+ = dual_prox(y + rho v, rho);  z+ = v + (y - y+) / rho
                 every 25 steps, up to `balance`, rho is multiplied by the root of
                 (||K x+ - z+|| / p) / (||P x+ + q + K' y+|| / d), p = max(||K x+||, ||z+||),
                 d = max(||P x+||, ||q||, ||K' y+||), where that is 2 or more or 1/2 or less
    Guarantee    it converges to a primal-dual solution when there is one. When there is none, the
                 steps x+ - x and y+ - y converge, to vectors that show why (banjac2019, Theorem
                 5.1): see the verdict.
    Verdict      For g the indicator of a set C. "infeasible": the unit vector w along y+ - y is
                 normal to C at z+, so that <w, c> <= <w, z+> for all c in C, and
                 <w, z+> < -radius ||K' w||: no x of norm below `radius` has K x in C. "unbounded":
                 along the unit vector d of x+ - x the quadratic falls, <q, d> < 0, without
                 curvature, and z+ + radius K d is in C; each up to the relative accuracy.
    Cost         d products with K and one inverse at the start, d^3 operations (and one for each
                 change of rho), then d^2 operations, a product with K and one with K' and a dual
                 prox per step.
    Use when     many steps, or many programs, share one matrix.
    Fails when   d is in the tens of thousands; when rho is badly chosen it is slow, not wrong.

    The rule for rho is OSQP's, whose threshold is 5 where ours is 2. The first rho is ours: the
    mean curvature of f over that of ||K x||^2 / 2. So a multiple of f + g has the same path, and
    so has the problem in other units of x or K x.

    Parameters
    ----------
    penalty : float, default 0.0
        rho, the first one where it is balanced; 0 stands for trace P / trace K'K, 1 where P = 0.
    relaxation : float, default 1.6
        In (0, 2].
    regularization : float, default 1e-6
        e over the mean diagonal entry of P + rho K'K with the first rho; positive.
    balance : int, default 1000
        Number of steps after which rho may still be changed; 0 keeps the first one.
    radius : float, default 1e6
        See the verdict; infinity switches it off.
    accuracy : float, default 1e-8
        Of the verdict "unbounded".

    References
    ----------
    stellato2020, Algorithm 1; banjac2019, Theorem 5.1.

    Examples
    --------
    >>> import optedu as oe
    >>> zero, q = [[0.0]], [1.0]
    >>> program = oe.problems.BoxProgram(zero, q, [[1.0], [1.0]], [2.0, -5.0], [3.0, 1.0])
    >>> oe.run(oe.QuadraticADMM(), program).status.value
    'infeasible'
    """

    penalty: float = 0.0
    relaxation: float = 1.6
    regularization: float = 1e-6
    balance: int = 1000
    radius: float = 1e6
    accuracy: float = 1e-8

    certificate_name = "KKT residual"
    may_rest = True

    def check(self):
        """Refuse negative numbers and a relaxation out of range."""
        require_between(self, "penalty", 0.0, np.inf)
        require_between(self, "balance", 0, np.inf)
        require_positive(self, "regularization", "radius", "accuracy")
        require_relaxation(self)

    def init(self, problem, x):
        z = problem.linear_map(x)
        q = problem.gradient(0.0 * x)
        P, G = problem.hessian(x), gram_of_map(problem, x)
        rho = self.penalty if self.penalty > 0.0 else curvature_ratio(P, G)
        e = self.regularization * np.sum(np.diag(P + rho * G)) / x.size
        H = P + e * np.eye(x.size)
        inverse = np.ascontiguousarray(np.linalg.inv(H + rho * G))
        y, dx = 0.0 * z, 0.0 * x
        return QuadraticADMMState(x, z, y, dx, y, q, H, e, G, inverse, rho, rho, 0)

    def step(self, problem, state):
        x, z, y, _, _, q, H, e, G, inverse, rho, first, k = state
        a = self.relaxation
        right = e * x - q + problem.adjoint(rho * z - y)
        s = inverse @ right
        x_new = a * s + (1.0 - a) * x
        v = a * problem.linear_map(s) + (1.0 - a) * z
        y_new = problem.dual_prox(y + rho * v, rho)
        z_new = v + (y - y_new) / rho
        k = k + 1
        if k % EVERY == 0 and k <= self.balance:
            Px = H @ x_new - e * x_new
            primal, dual = relative_residuals(problem, x_new, z_new, y_new, Px, q)
            if rescaled(rho, first, primal, dual) != rho:
                rho = rescaled(rho, first, primal, dual)
                inverse = np.ascontiguousarray(np.linalg.inv(H + rho * G))
        return QuadraticADMMState(
            x_new, z_new, y_new, x_new - x, y_new - y, q, H, e, G, inverse, rho, first, k
        )

    def certificate(self, problem, state):
        """||(grad f(x) + K'y, y - dual_prox(y + K x, 1))||, zero exactly at a solution."""
        x, y = state.x, state.y
        r = norm(problem.gradient(x) + problem.adjoint(y))
        s = norm(y - problem.dual_prox(y + problem.linear_map(x), 1.0))
        return np.sqrt(r * r + s * s)

    def verdict(self, problem, state):
        """Say that there is no solution, once the last changes of x and y prove it."""
        x, z = state.x, state.z
        size = norm(state.dy)
        gain = -np.sum(state.dy * z)
        if size > 0.0 and gain > 1e-9 * (1.0 + norm(z)) * size:
            w = state.dy / size
            normal = norm(problem.dual_prox(z + w, 1.0) - w) <= 1e-12 * (1.0 + norm(z))
            if normal and gain > self.radius * norm(problem.adjoint(w)) * size:
                return INFEASIBLE
        size = norm(state.dx)
        if size > 1e-9 * (1.0 + norm(x) / (1.0 + state.k)):
            d = state.dx / size
            if np.sum(state.q * d) < -1e-6 * norm(state.q):
                flat = norm(state.H @ d - state.e * d)
                outside = norm(problem.dual_prox(z + self.radius * problem.linear_map(d), 1.0))
                straight = flat <= self.accuracy * norm(state.q)
                if straight and outside <= self.accuracy * self.radius:
                    return UNBOUNDED
        return 0
