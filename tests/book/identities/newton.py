"""What the chapter on Newton's method displays."""

from __future__ import annotations

import numpy as np

import optedu as oe
from optedu.newton.bfgs import bfgs_update
from optedu.newton.levenberg_marquardt import LevenbergMarquardtState
from optedu.newton.shifted_newton import shifted_newton
from optedu.newton.sr1 import sr1_update
from optedu.newton.truncated_conjugate_gradient import next_forcing, truncated_conjugate_gradient
from optedu.newton.trust_radius import gain_at
from optedu.newton.trust_region_subproblem import trust_region_step
from optedu.problems.generators import random_logistic, random_quadratic, random_rotation
from tests.book.identities.instances import after, norm, square
from tests.book.identities.statements import check_of, equal, increasing, true


def smooth(rng):
    """Return a function that is not a quadratic, a point, its gradient and Hessian there."""
    f, x = random_logistic(20, 4, rng, 0.1), rng.standard_normal(4)
    return f, x, f.gradient(x), f.hessian(x)


def symmetric(spectrum, rng):
    Q = random_rotation(len(spectrum), rng)
    H = (Q * np.asarray(spectrum)) @ Q.T
    return (H + H.T) / 2


def indefinite(rng, d=4):
    """Return a matrix with a negative eigenvalue, a gradient, a radius that binds, and p, lam."""
    H = symmetric(np.concatenate([[-rng.uniform(0.5, 2.0)], rng.uniform(-1, 3, d - 1)]), rng)
    g, R = rng.standard_normal(d), float(rng.uniform(0.5, 2.0))
    p, lam = trust_region_step(*np.linalg.eigh(H), g, R)
    return H, g, R, p, lam


@check_of("eq-newton-model")
def model(rng):
    f, x, g, H = smooth(rng)
    direction = rng.standard_normal(4)

    def error(t):
        p = t * direction
        return f.value(x + p) - (f.value(x) + g @ p + 1 / 2 * p @ H @ p)

    bound = f.hessian_lipschitz / 6 * norm(direction) ** 3
    for t in (1e-2, 1e-1, 1.0):
        yield increasing(abs(error(t)), bound * t**3)
    quadratic = random_quadratic(4, 10.0, rng)
    p = rng.standard_normal(4)
    g, H = quadratic.gradient(x), quadratic.hessian(x)
    yield equal(quadratic.value(x + p), quadratic.value(x) + g @ p + 1 / 2 * p @ H @ p)


@check_of("eq-newton")
def newton(rng):
    f, x, _, _ = smooth(rng)
    new = after(oe.NewtonMethod(), f, x, 1)
    yield equal(new, x - np.linalg.inv(f.hessian(x)) @ f.gradient(x))


@check_of("eq-affine")
def affine(rng):
    f, _, _, _ = smooth(rng)
    A, b, y0 = symmetric(rng.uniform(0.5, 2.0, 4), rng), rng.standard_normal(4), np.zeros(4)
    other = oe.Problem.from_functions(
        lambda y: f.value(A @ y + b),
        gradient=lambda y: A.T @ f.gradient(A @ y + b),
        hessian=lambda y: A.T @ f.hessian(A @ y + b) @ A,
    )
    for k in (1, 2):
        y = after(oe.NewtonMethod(), other, y0, k)
        yield equal(after(oe.NewtonMethod(), f, A @ y0 + b, k), A @ y + b, rtol=1e-7)


def strongly_convex(rng):
    """Return logistic regression with a ridge and its constants mu and M."""
    f = random_logistic(20, 3, rng, float(rng.uniform(0.05, 1.0)))
    return f, f.strong_convexity, f.hessian_lipschitz


@check_of("thm-newton")
def quadratic_rate(rng):
    f, mu, M = strongly_convex(rng)
    for x in rng.standard_normal((5, 3)):
        before, now = norm(f.gradient(x)), norm(f.gradient(after(oe.NewtonMethod(), f, x, 1)))
        yield increasing(M / (2 * mu**2) * now, (M / (2 * mu**2) * before) ** 2)
    bend = float(rng.uniform(0.5, 2.0))  # curvature mu + M |x|: equality from 0
    lean = float(rng.uniform(0.1, 0.9)) * 2 * mu**2 / bend
    g = lean + mu * (-lean / mu) - bend * (lean / mu) ** 2 / 2
    yield equal(bend / (2 * mu**2) * abs(g), (bend / (2 * mu**2) * lean) ** 2)
    x = along_gradient(f, ridge_point(f), rng.uniform(0.1, 0.9) * 2 * mu**2 / M, rng)
    q = M / (2 * mu**2) * norm(f.gradient(x))
    for k in (1, 2, 3):
        reached = norm(f.gradient(after(oe.NewtonMethod(), f, x, k)))
        yield increasing(reached, 2 * mu**2 / M * q ** (2**k), atol=1e-14)
        yield equal(oe.NewtonMethod().guarantee(f, k, x).bound, 2 * mu**2 / M * q ** (2**k))


def ridge_point(f):
    x = np.zeros(f.shape)
    for _ in range(50):
        x = x - np.linalg.solve(f.hessian(x), f.gradient(x))
    return x


def along_gradient(f, star, wanted, rng):
    """Return a point whose gradient norm is at most the wanted one, and not much less."""
    direction, t = rng.standard_normal(star.shape), 10.0
    while norm(f.gradient(star + t * direction)) > wanted:
        t = t / 1.2
    return star + t * direction


@check_of("proof of thm-newton")
def newton_remainder(rng):
    f, mu, M = strongly_convex(rng)
    x = rng.standard_normal(3)
    g, H = f.gradient(x), f.hessian(x)
    p = np.linalg.solve(H, -g)
    nodes, weights = np.polynomial.legendre.leggauss(40)
    nodes, weights = (nodes + 1) / 2, weights / 2

    def change():
        mean = sum(w * (f.hessian(x + t * p) - H) for t, w in zip(nodes, weights, strict=True))
        return mean @ p

    yield equal(f.gradient(x + p), change(), rtol=1e-7, atol=1e-10)
    yield increasing(norm(f.gradient(x + p)), M / 2 * square(p))
    yield increasing(norm(p), norm(g) / mu)


@check_of("eq-newton-cube")
def cube(rng):
    x = float(rng.normal(0.0, 2.0))
    slope, curvature = x / np.sqrt(1 + x**2), (1 + x**2) ** -1.5
    yield equal(x - slope / curvature, -(x**3), rtol=1e-8)


@check_of("eq-shift")
def shift(rng):
    H, g, _, _, _ = indefinite(rng)
    w = np.linalg.eigvalsh(H)
    tau = -w[0] + float(rng.uniform(0.01, 3.0))
    p = np.linalg.solve(H + tau * np.eye(4), -g)
    yield equal((H + tau * np.eye(4)) @ p, -g)
    yield true(g @ p < 0)
    own = shifted_newton(H, g, 1e-2)
    tau = 1e-2 * np.abs(w).max() - w[0]
    yield equal((H + tau * np.eye(4)) @ own, -g, rtol=1e-8)


@check_of("eq-decrement")
def decrement(rng):
    f, x, g, H = smooth(rng)
    p = np.linalg.solve(H, -g)
    squared = g @ np.linalg.inv(H) @ g
    yield equal(squared, -g @ p)
    yield equal(f.value(x) - (f.value(x) + g @ p + 1 / 2 * p @ H @ p), squared / 2)
    for other in p + rng.standard_normal((5, 4)):
        yield increasing(-squared / 2, g @ other + 1 / 2 * other @ H @ other)


@check_of("eq-trust")
def trust(rng):
    H, g, R, p, _ = indefinite(rng)

    def value(z):
        return g @ z + 1 / 2 * z @ H @ z

    yield increasing(norm(p), R)
    for z in rng.standard_normal((20, 4)):
        yield increasing(value(p), value(R * z / norm(z)))
        yield increasing(value(p), value(R * float(rng.uniform()) * z / norm(z)))
    near = p + 1e-3 * rng.standard_normal(4)
    yield increasing(value(p), value(R * near / norm(near)))
    yield equal(-value(p), -(g @ p + 1 / 2 * p @ H @ p))


@check_of("eq-gain")
def gain(rng):
    f, x, g, H = smooth(rng)
    p = rng.standard_normal(4)
    predicted = -(g @ p) - 1 / 2 * p @ H @ p
    rho = gain_at(f, x + p, f.value(x), f.value(x + p), g, p, predicted)
    yield equal(rho, (f.value(x) - f.value(x + p)) / (-(g @ p) - 1 / 2 * p @ H @ p))


@check_of("thm-more-sorensen")
def more_sorensen(rng):
    H, g, R, p, lam = indefinite(rng)
    for matrix, radius in ((H, R), (H + 3 * np.eye(4), 50.0), (H + 3 * np.eye(4), R / 9)):
        p, lam = trust_region_step(*np.linalg.eigh(matrix), g, radius)
        yield equal((matrix + lam * np.eye(4)) @ p, -g)
        yield increasing(0.0, np.linalg.eigvalsh(matrix + lam * np.eye(4))[0])
        yield equal(lam * (radius - norm(p)), 0.0, atol=1e-10)
        yield increasing(0.0, lam)


@check_of("proof of thm-more-sorensen")
def sufficiency(rng):
    H, g, _, p, lam = indefinite(rng)

    def m(z):
        return g @ z + 1 / 2 * z @ H @ z

    for z in rng.standard_normal((5, 4)):
        second = (z - p) @ (H + lam * np.eye(4)) @ (z - p)
        yield equal(m(z), m(p) + 1 / 2 * second + lam / 2 * (square(p) - square(z)))


@check_of("eq-secular")
def secular(rng):
    H, g, _, _, _ = indefinite(rng)
    sigma, Q = np.linalg.eigh(H)
    a, lam = Q.T @ g, float(rng.uniform(0.1, 2.0)) - sigma[0]
    p = np.linalg.solve(H + lam * np.eye(4), -g)
    yield equal(square(p), sum(a[i] ** 2 / (sigma[i] + lam) ** 2 for i in range(4)))


@check_of("eq-forcing")
def forcing(rng):
    f, x, g, H = smooth(rng)
    eta = float(rng.uniform(0.01, 0.5))
    p, _, _ = truncated_conjugate_gradient(f, x, g, eta * norm(g), np.inf)
    yield increasing(norm(H @ p + g), eta * norm(g))
    yield true(norm(p) > 0)
    old, new = sorted(rng.uniform(0.1, 1.0, 2), reverse=True)
    wanted = 0.9 * (new / old) ** 2
    yield equal(next_forcing(0.1, old, new), min(wanted, 0.5))


def curved_residuals(rng, bend=0.1):
    """Return residuals with their Jacobian and second derivatives: A x + c x^2 - b."""
    A, c, b = rng.standard_normal((7, 3)), bend * rng.standard_normal((7, 3)), np.ones(7)

    def r(x):
        return A @ x + c @ x**2 - b

    def J(x):
        return A + 2 * c * x

    return r, J, [np.diag(2 * row) for row in c]


@check_of("eq-least-squares")
def least_squares(rng):
    r, J, second = curved_residuals(rng)
    x, direction, t = rng.standard_normal(3), rng.standard_normal(3), 1e-4

    def gradient(z):
        return J(z).T @ r(z)

    def hessian(z):
        return J(z).T @ J(z) + sum(r(z)[i] * second[i] for i in range(7))

    slope = (square(r(x + t * direction)) - square(r(x - t * direction))) / (4 * t)
    yield equal(slope, gradient(x) @ direction, rtol=1e-6, atol=1e-6)
    bend = (gradient(x + t * direction) - gradient(x - t * direction)) / (2 * t)
    yield equal(bend, hessian(x) @ direction, rtol=1e-6, atol=1e-6)


@check_of("eq-gauss-newton-rate")
def gauss_newton_rate(rng):
    r, J, second = curved_residuals(rng)
    star = np.linalg.lstsq(J(np.zeros(3)), -r(np.zeros(3)), rcond=None)[0]
    for _ in range(100):
        H = J(star).T @ J(star) + sum(r(star)[i] * second[i] for i in range(7))
        star = star - np.linalg.solve(H, J(star).T @ r(star))
    H = J(star).T @ J(star) + sum(r(star)[i] * second[i] for i in range(7))
    problem = oe.Problem.from_functions(
        lambda x: square(r(x)) / 2,
        gradient=lambda x: J(x).T @ r(x),
        residual=r,
        jacobian=J,
    )
    e = 1e-5 * rng.standard_normal(3)
    new = after(oe.GaussNewton(), problem, star + e, 1)
    JJ = J(star).T @ J(star)
    yield equal((new - star) / 1e-5, np.linalg.inv(JJ) @ (JJ - H) @ e / 1e-5, rtol=1e-3, atol=1e-4)


@check_of("eq-levenberg-marquardt")
def levenberg_marquardt(rng):
    r, J, _ = curved_residuals(rng, bend=1.0)
    method = oe.LevenbergMarquardt(scaled=False)
    x, D, lam = rng.standard_normal(3), np.diag(rng.uniform(1.0, 4.0, 3)), 0.1

    def fall(p):
        return (square(r(x)) - square(r(x + p))) / 2

    while fall(np.linalg.solve(J(x).T @ J(x) + lam * D**2, -J(x).T @ r(x))) <= 0:
        lam = 2 * lam  # so that the first trial is taken

    def step(first):
        """Take a step, its first trial made to look `first` times as long."""
        calls = []

        def residual(z):
            calls.append(z)
            return r(z) * (first if len(calls) == 1 else 1.0)

        problem = oe.Problem.from_functions(
            lambda z: square(r(z)) / 2,
            gradient=lambda z: J(z).T @ r(z),
            residual=residual,
            jacobian=J,
        )
        return method.step(problem, LevenbergMarquardtState(x, r(x), np.diag(D), lam, 2.0))

    new, nu = step(1.0), 2
    p = new.x - x
    yield equal((J(x).T @ J(x) + lam * D**2) @ p, -J(x).T @ r(x), rtol=1e-8)
    rho = fall(p) / (-(r(x) @ J(x) @ p) - 1 / 2 * square(J(x) @ p))
    yield equal(new.lam, lam * max(1 / 3, 1 - (2 * min(rho, 1) - 1) ** 3), rtol=1e-6)
    p = step(100.0).x - x
    yield equal((J(x).T @ J(x) + lam * nu * D**2) @ p, -J(x).T @ r(x), rtol=1e-8)


def pair(rng):
    """Return s and y = A s of a positive definite A, and another such matrix."""
    A, H = (symmetric(rng.uniform(0.5, 3.0, 4), rng) for _ in range(2))
    s = rng.standard_normal(4)
    return s, A @ s, H


@check_of("eq-secant")
def secant(rng):
    s, y, M = pair(rng)
    yield equal(sr1_update(M, s, y, 1e-12) @ s, y, rtol=1e-6)
    yield equal(bfgs_update(M, s, y) @ y, s)


@check_of("eq-bfgs")
def bfgs(rng):
    s, y, H = pair(rng)
    identity, sy = np.eye(4), s @ y

    def update():
        left = identity - np.outer(s, y) / sy
        right = identity - np.outer(y, s) / sy
        return left @ H @ right + np.outer(s, s) / sy

    yield equal(bfgs_update(H, s, y), update())


@check_of("eq-sr1")
def sr1(rng):
    s, y, B = pair(rng)

    def update():
        v = y - B @ s
        return B + np.outer(v, v) / (v @ s)

    yield equal(sr1_update(B, s, y, 1e-12), update())
