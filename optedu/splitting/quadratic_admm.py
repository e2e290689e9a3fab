"""ADMM for quadratics behind a linear map: one factorization, then cheap steps."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.parameters import require_positive
from optedu.protocol import method, portable
from optedu.splitting.residuals import balanced, norm, require_relaxation
from optedu.statuses import INFEASIBLE, UNBOUNDED


class QuadraticADMMState(NamedTuple):
    x: np.ndarray  # the primal iterate
    z: np.ndarray  # the copy of K x that g sees
    y: np.ndarray  # the multiplier
    dx: np.ndarray  # last change of x
    dy: np.ndarray  # last change of y
    q: np.ndarray  # gradient of f at 0
    H: np.ndarray  # Hessian of f plus regularization I
    G: np.ndarray  # K'K
    inverse: np.ndarray  # of H + rho K'K
    rho: float  # the penalty
    k: int  # steps taken


@portable
def gram_of_map(problem, x):
    """K'K, column by column."""
    G = np.zeros((x.size, x.size))
    for j in range(x.size):
        e = np.zeros(x.size)
        e[j] = 1.0
        G[:, j] = problem.adjoint(problem.linear_map(e))
    return G


@method
class QuadraticADMM(NamedTuple):
    """ADMM with a cached inverse for a convex quadratic and a term behind a map, as in OSQP.

    Problem      minimize f(x) + g(K x), f(x) = <P x, x> / 2 + <q, x> convex, g with a dual prox;
                 a quadratic program, where g is the indicator of a box.
    Update       s = (P + regularization I + rho K'K)^-1 (regularization x - q + K'(rho z - y))
                 x+ = a s + (1 - a) x;  v = a K s + (1 - a) z,  a the relaxation
                 y+ = dual_prox(y + rho v, rho);  z+ = v + (y - y+) / rho
                 in the first `balance` steps then rho doubled when ||K x+ - z+|| > 10 times
                 ||P x+ + q + K' y+||, halved when it is 10 times less
    Guarantee    it converges to a primal-dual solution when there is one. When there is none, the
                 steps x+ - x and y+ - y converge, to vectors that show why (banjac2019, Theorems
                 1 and 2): see the verdict.
    Verdict      For g the indicator of a set C. "infeasible": the unit vector w along y+ - y is
                 normal to C at z+, so that <w, c> <= <w, z+> for all c in C, and
                 <w, z+> < -radius ||K' w||: no x of norm below `radius` has K x in C. "unbounded":
                 along the unit vector d of x+ - x the quadratic falls, <q, d> < 0, without
                 curvature, and z+ + radius K d is in C; each up to the relative accuracy.
    Cost         one inverse at the start, d^3 operations (and one for each change of rho), then
                 d^2 operations, a product with K and one with K' and a dual prox per step.
    Use when     many steps, or many programs, share one matrix.
    Fails when   d is in the tens of thousands; when rho is badly chosen it is slow, not wrong.

    Parameters
    ----------
    penalty : float, default 1.0
        rho, the first one where it is balanced.
    relaxation : float, default 1.6
        In (0, 2].
    regularization : float, default 1e-6
        Positive; keeps the matrix invertible.
    balance : int, default 0
        Number of steps after which rho may still be changed.
    radius : float, default 1e6
        See the verdict; infinity switches it off.
    accuracy : float, default 1e-8
        Of the verdict "unbounded".

    References
    ----------
    stellato2020, Algorithm 1; banjac2019, Theorems 1 and 2; boyd2011, Section 3.4.1.

    Examples
    --------
    >>> import optedu as oe
    >>> zero, q = [[0.0]], [1.0]
    >>> program = oe.problems.BoxProgram(zero, q, [[1.0], [1.0]], [2.0, -5.0], [3.0, 1.0])
    >>> oe.run(oe.QuadraticADMM(), program).status.value
    'infeasible'
    """

    penalty: float = 1.0
    relaxation: float = 1.6
    regularization: float = 1e-6
    balance: int = 0
    radius: float = 1e6
    accuracy: float = 1e-8

    certificate_name = "KKT residual"
    may_rest = True

    def check(self):
        """Refuse numbers that are not positive and a relaxation out of range."""
        require_positive(self, "penalty", "regularization", "radius", "accuracy")
        require_relaxation(self)

    def init(self, problem, x):
        z = problem.linear_map(x)
        q = problem.gradient(0.0 * x)
        H = problem.hessian(x) + self.regularization * np.eye(x.size)
        G = gram_of_map(problem, x)
        inverse = np.ascontiguousarray(np.linalg.inv(H + self.penalty * G))
        y, dx = 0.0 * z, 0.0 * x
        return QuadraticADMMState(x, z, y, dx, y, q, H, G, inverse, self.penalty, 0)

    def step(self, problem, state):
        x, z, y, _, _, q, H, G, inverse, rho, k = state
        a = self.relaxation
        right = self.regularization * x - q + problem.adjoint(rho * z - y)
        s = inverse @ right
        x_new = a * s + (1.0 - a) * x
        v = a * problem.linear_map(s) + (1.0 - a) * z
        y_new = problem.dual_prox(y + rho * v, rho)
        z_new = v + (y - y_new) / rho
        if k < self.balance:
            primal = norm(problem.linear_map(x_new) - z_new)
            slope = H @ x_new - self.regularization * x_new + q
            rho_new = balanced(rho, primal, norm(slope + problem.adjoint(y_new)))
            if rho_new != rho:
                rho = rho_new
                inverse = np.ascontiguousarray(np.linalg.inv(H + rho * G))
        return QuadraticADMMState(
            x_new, z_new, y_new, x_new - x, y_new - y, q, H, G, inverse, rho, k + 1
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
        if size > 0.0:
            w = state.dy / size
            gain = -np.sum(w * z)
            normal = norm(problem.dual_prox(z + w, 1.0) - w) <= 1e-12 * (1.0 + norm(z))
            if normal and gain > max(
                self.radius * norm(problem.adjoint(w)), 1e-9 * (1.0 + norm(z))
            ):
                return INFEASIBLE
        size = norm(state.dx)
        if size > 0.0:
            d = state.dx / size
            flat = norm(state.H @ d - self.regularization * d)
            outside = norm(problem.dual_prox(z + self.radius * problem.linear_map(d), 1.0))
            if (
                np.sum(state.q * d) < -1e-6 * norm(state.q)
                and flat <= self.accuracy * norm(state.q)
                and outside <= self.accuracy * self.radius
                and norm(state.dx) > 1e-9 * (1.0 + norm(x) / (1.0 + state.k))
            ):
                return UNBOUNDED
        return 0
