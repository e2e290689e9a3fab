"""What the chapter on the shape of the landscape displays."""

from __future__ import annotations

import itertools

import numpy as np

import optedu as oe
from optedu.landscape.gaussian_field import GaussianField
from optedu.landscape.lanczos import lanczos, tridiagonal
from optedu.landscape.saddle_free_newton import SaddleFreeNewtonState
from optedu.newton.newton_method import NewtonMethodState
from optedu.problems.generators import quadratic_with_spectrum, random_rotation
from tests.book.identities.statements import check_of, equal, increasing


def saddle(rng, d=5):
    """Return an indefinite quadratic, its eigenvalues and eigenvectors."""
    spectrum = rng.uniform(0.3, 3.0, d) * np.array([1.0, -1.0] * d)[:d]
    f = quadratic_with_spectrum(spectrum, rng)
    return f, *np.linalg.eigh(f.A)


@check_of("eq-three-factors")
def three_factors(rng):
    f, lam, Q = saddle(rng)
    center = np.linalg.solve(f.A, f.b)
    e, h = rng.standard_normal(5), float(rng.uniform(0.1, 0.9))
    x = center + Q @ e
    after_gradient = x - h * f.gradient(x)
    after_newton = oe.NewtonMethod(h).step(f, NewtonMethodState(x)).x
    method = oe.SaddleFreeNewton(h, 0.0)
    after_free = method.step(f, SaddleFreeNewtonState(x)).x
    yield equal(Q.T @ (after_gradient - center), (1 - h * lam) * e)
    yield equal(Q.T @ (after_newton - center), (1 - h) * e)
    yield equal(Q.T @ (after_free - center), (1 - h * np.sign(lam)) * e)


@check_of("eq-saddle-free")
def saddle_free(rng):
    f, lam, Q = saddle(rng)
    x, h, delta = rng.standard_normal(5), float(rng.uniform(0.1, 1.0)), float(rng.uniform(0.1, 1))
    H = f.hessian(x)
    absolute = Q @ np.diag(np.abs(lam)) @ Q.T
    yield equal(H, Q @ np.diag(lam) @ Q.T)
    new = oe.SaddleFreeNewton(h, delta).step(f, SaddleFreeNewtonState(x)).x
    yield equal(new, x - h * np.linalg.solve(absolute + delta * np.eye(5), f.gradient(x)))


@check_of("eq-first-order-ball")
def first_order_ball(rng):
    _, lam, Q = saddle(rng)
    absolute = Q @ np.diag(np.abs(lam)) @ Q.T
    g, r = rng.standard_normal(5), float(rng.uniform(0.3, 2.0))
    direction = np.linalg.solve(absolute, g)

    def least():
        return -r * (g @ np.linalg.solve(absolute, g)) ** (1 / 2)

    best = least()
    s = -direction * (r / np.sqrt(direction @ absolute @ direction))
    yield equal(g @ s, best)
    for _ in range(20):
        u = rng.standard_normal(5)
        u = u * (r / np.sqrt(u @ absolute @ u))
        yield increasing(best, g @ u)


@check_of("eq-euler")
def euler(rng):
    w, x, p = rng.standard_normal((4, 3)), rng.standard_normal(3), int(rng.integers(3, 6))
    inner = w @ x
    gradient = w.T @ (p * inner ** (p - 1))
    hessian = w.T @ np.diag(p * (p - 1) * inner ** (p - 2)) @ w
    yield equal(hessian @ x, (p - 1) * gradient)
    newton = x - np.linalg.solve(hessian, gradient)
    yield equal(newton, (p - 2) / (p - 1) * x, rtol=1e-6)


@check_of("eq-field-shift")
def field_shift(rng):
    n, d = 30, 3
    v, x = rng.standard_normal((n, d)), rng.standard_normal((1, d))
    covariance, variance = np.zeros((d, d)), 0.0
    for row in np.eye(2 * n):  # one coefficient at a time: they are independent, of variance 1 / n
        field = GaussianField(v, row[:n] / np.sqrt(n), row[n:] / np.sqrt(n))
        covariance += field.value(x)[0] * field.hessian(x)[0]
        variance += field.value(x)[0] ** 2
    f = float(rng.standard_normal())
    yield equal(variance, 1.0)
    yield equal(f * covariance / variance, -f * (v.T @ v) / n)


@check_of("eq-ritz-residual")
def ritz_residual(rng):
    f, _, _ = saddle(rng, 9)
    k = int(rng.integers(2, 8))
    alpha, beta, V = lanczos(f, np.zeros(9), rng.standard_normal(9), k)
    T = tridiagonal(alpha, beta)
    yield equal(T, V @ f.A @ V.T)
    for theta, y in _pairs(T):
        residual = np.linalg.norm(f.A @ V.T @ y - theta * V.T @ y)
        yield equal(residual, beta[-1] * np.abs(y[-1]), atol=1e-10)


def _pairs(T):
    theta, Y = np.linalg.eigh(T)
    return zip(theta, Y.T, strict=True)


@check_of("eq-quadrature")
def quadrature(rng):
    f, lam, Q = saddle(rng, 9)
    k = int(rng.integers(1, 5))
    v = rng.standard_normal(9)
    v = v / np.linalg.norm(v)
    alpha, beta, _ = lanczos(f, np.zeros(9), v, k)
    theta, Y = np.linalg.eigh(tridiagonal(alpha, beta))
    for degree in range(2 * k):
        yield equal(v @ (Q @ (lam**degree * (Q.T @ v))), np.sum(Y[0] ** 2 * theta**degree))


@check_of("eq-hutchinson")
def hutchinson(rng):
    d = 5
    Q = random_rotation(d, rng)
    H = (Q * rng.standard_normal(d)) @ Q.T
    signs = np.array(list(itertools.product((1.0, -1.0), repeat=d)))
    draws = signs * (signs @ H)
    yield equal(draws.mean(axis=0), np.diag(H))
    for i in range(d):
        yield equal(draws[:, i].var(), sum(H[i, j] ** 2 for j in range(d) if j != i))


@check_of("eq-two-parts")
def two_parts(rng):
    n = 4
    A, Y = rng.standard_normal((n, 2)), np.eye(3)[rng.integers(0, 3, n)]
    f = oe.problems.MultilayerPerceptron(A, Y, (3,), seed=int(rng.integers(100)))
    x = f.start + 0.1 * rng.standard_normal(f.start.size)
    J, Q, r = f.jacobian(x), f.output_hessian(x), f.residual(x)

    def curved():
        step, columns = 1e-5, []
        for u in np.eye(x.size):
            slope = (f.jacobian(x + step * u) - f.jacobian(x - step * u)) / (2 * step)
            columns.append(slope.T @ r)
        return np.array(columns)

    second = curved()
    yield equal(f.hessian(x), J.T @ Q @ J + second, rtol=1e-6)


@check_of("eq-sam-factor")
def sam_factor(rng):
    f, eigenvalues, Q = saddle(rng)
    x, rho = rng.standard_normal(5), float(rng.uniform(0.1, 3.0))
    g = f.gradient(x)
    h = 0.5
    method = oe.SharpnessAwareMinimization(rho, h)
    moved = (x - method.step(f, method.init(f, x)).x) / h
    for lam, v in zip(eigenvalues, Q.T, strict=True):
        uphill = f.gradient(x + rho * g / np.linalg.norm(g))
        yield equal(v @ uphill, (1 + rho * lam / np.linalg.norm(g)) * (v @ g))
        yield equal(v @ moved, v @ uphill)
