"""What the chapter on curvature displays."""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np

import optedu as oe
from optedu.curvature import infinite_width as wide
from optedu.curvature.ada_hessian import AdaHessianState
from optedu.curvature.empirical_fisher import (
    fisher_directions,
    inverse_fisher_product,
    pruning_scores,
    window_coefficients,
    window_product,
)
from optedu.curvature.filtered_stochastic_newton import filtered
from optedu.curvature.inverse_root import inverse_root
from optedu.curvature.kfac import kronecker_solve
from optedu.curvature.lie_group import fit_diagonal, fit_general, fit_triangular
from optedu.landscape.hutchinson import hutchinson_diagonal
from optedu.problems.generators import quadratic_with_spectrum, random_logistic, random_rotation
from tests.book.identities.statements import check_of, equal, increasing, true


def tiny_network(rng, n=4, softmax=None):
    """Return a network with two inputs, two tanh units and two outputs, and a point."""
    A, Y = rng.standard_normal((n, 2)), rng.standard_normal((n, 2))
    softmax = bool(rng.integers(2)) if softmax is None else softmax
    if softmax:
        Y = np.exp(Y) / np.exp(Y).sum(axis=1, keepdims=True)
    net = oe.problems.MultilayerPerceptron(A, Y, hidden=(2,), softmax=softmax)
    return net, rng.standard_normal(net.shape)


def covariance(rng, d):
    root = rng.standard_normal((d, d + 2))
    return root @ root.T / d


@check_of("eq-hessian-split")
def hessian_split(rng):
    net, x = tiny_network(rng)
    J, Q, r = net.jacobian(x), net.output_hessian(x), net.residual(x)

    def curved(h=1e-3):
        """sum_i r_i Hessian of z_i: the derivative of J'r with r held, fourth order."""
        columns = [
            (8 * (net.jacobian(x + e) - net.jacobian(x - e))
             - net.jacobian(x + 2 * e) + net.jacobian(x - 2 * e)).T @ r / (12 * h)
            for e in h * np.eye(x.size)
        ]  # fmt: skip
        return np.array(columns)

    yield equal(net.hessian(x), J.T @ Q @ J + curved(), rtol=1e-7)
    yield equal(net.gauss_newton(x), J.T @ Q @ J)


@check_of("eq-fisher")
def fisher(rng):
    net, x = tiny_network(rng, n=3, softmax=True)
    J, Q, total = net.jacobian(x), net.output_hessian(x), np.zeros((x.size, x.size))
    Z = np.exp(net.outputs(x))
    for i in range(3):
        for k in range(2):
            one = net._replace(A=net.A[i : i + 1], Y=np.eye(2)[[k]])
            s = one.gradient(x)
            total = total + Z[i, k] / Z[i].sum() * np.outer(s, s) / 3
    yield equal(total, J.T @ Q @ J)
    yield equal(net.fisher(x), J.T @ Q @ J)


@check_of("eq-natural-gradient")
def natural_gradient(rng):
    net = random_logistic(12, 3, rng, 0.1)
    x, h = rng.standard_normal(3), float(rng.uniform(0.1, 1.0))
    method = oe.NaturalGradient(h)
    new = method.step(net, method.init(net, x)).x
    yield equal(new, x - h * np.linalg.inv(net.fisher(x)) @ net.gradient(x))


class Bent(NamedTuple):
    """A model in the coordinates y of x = S y + bend y^2 / 2."""

    inner: object
    S: np.ndarray
    bend: float

    def map(self, y):
        return self.S @ y + 0.5 * self.bend * y**2

    def slope(self, y):
        return self.S + self.bend * np.diag(y)

    def gradient(self, y):
        return self.slope(y).T @ self.inner.gradient(self.map(y))

    def fisher(self, y):
        return self.slope(y).T @ self.inner.fisher(self.map(y)) @ self.slope(y)


def natural_step(problem, x, h):
    method = oe.NaturalGradient(h)
    return method.step(problem, method.init(problem, x)).x


@check_of("thm-natural-invariance")
def natural_invariance(rng):
    model, y = random_logistic(12, 3, rng, 0.1), 0.3 * rng.standard_normal(3)
    S = np.eye(3) + 0.2 * rng.standard_normal((3, 3))
    for bend in (0.0, 0.5):
        other = Bent(model, S, bend)

        def apart(h, other=other):
            return other.map(natural_step(other, y, h)) - natural_step(model, other.map(y), h)

        if bend == 0.0:
            yield true(np.abs(apart(0.7)).max() < 1e-9)
        else:
            yield equal(apart(2e-3), 4 * apart(1e-3), rtol=1e-6)
            yield true(np.abs(apart(2e-3)).max() > 1e-9)


@check_of("eq-kronecker-solve")
def kronecker(rng):
    A, G, D = covariance(rng, 4), covariance(rng, 3), rng.standard_normal((3, 4))
    left = np.linalg.inv(np.kron(G, A)) @ D.ravel()
    yield equal(left, (np.linalg.inv(G) @ D @ np.linalg.inv(A)).ravel(), rtol=1e-7)


@check_of("eq-kfac")
def kfac(rng):
    net, x = tiny_network(rng, n=6)
    h, lam = (float(v) for v in rng.uniform(0.1, 1.0, 2))
    method = oe.KFAC(h, lam)
    new, first = method.step(net, method.init(net, x)).x, 0
    factors = net.kronecker_factors(x)
    for A, G in zip(factors[::2], factors[1::2], strict=True):
        m, n = len(A), len(G)
        W, D, W_new = (v[first : first + m * n].reshape(n, m) for v in (x, net.gradient(x), new))
        rho = np.sqrt(np.trace(A) / m / (np.trace(G) / n))

        def damped(M, weight):
            return np.linalg.inv(M + weight * np.sqrt(lam) * np.eye(len(M)))

        yield equal(W_new, W - h * damped(G, 1 / rho) @ D @ damped(A, rho), rtol=1e-7)
        yield equal(kronecker_solve(A, G, D, lam), damped(G, 1 / rho) @ D @ damped(A, rho), 1e-7)
        first = first + m * n


def power(A, exponent):
    w, V = np.linalg.eigh(A)
    return (V * w**exponent) @ V.T


@check_of("eq-shampoo")
def shampoo(rng):
    A, B, C = (rng.standard_normal(shape) for shape in ((4, 3), (2, 3), (4, 3)))
    problem, h = oe.problems.MatrixRegression(A, B, C), float(rng.uniform(0.1, 1.0))
    method, X = oe.Shampoo(h, 0.1), rng.standard_normal((3, 2))
    state = method.init(problem, X)
    for _ in range(3):
        new, G = method.step(problem, state), problem.gradient(state.x)
        yield equal(new.L, state.L + G @ G.T)
        yield equal(new.R, state.R + G.T @ G)
        move = power(new.L, -0.25) @ G @ power(new.R, -1 / 4)
        yield equal(new.x, state.x - h * move, rtol=1e-8)
        state = new


@check_of("thm-shampoo")
def domination(rng):
    eps, q = float(rng.uniform(0.01, 0.1)), int(rng.integers(1, 3))
    random = [rng.standard_normal((3, q)) @ rng.standard_normal((q, 4)) for _ in range(3)]
    attaining = [2 * random_rotation(3, rng)]  # where both sides agree along g
    for rank, gradients in ((q, random), (3, attaining)):
        m, n = gradients[0].shape
        L, R, total = eps * np.eye(m), eps * np.eye(n), np.zeros((m * n, m * n))
        for G in gradients:
            L, R, g = L + G @ G.T, R + G.T @ G, G.ravel()
            total = total + np.outer(g, g)
        below = eps * np.eye(m * n) + total / rank

        def least(L=L, R=R, below=below):
            return np.linalg.eigvalsh(np.kron(power(L, 1 / 2), power(R, 1 / 2)) - below)[0]

        yield true(least() >= 0.0 - 1e-12)
        if rank == 3:
            yield equal(least(), 0.0, atol=1e-10)


@check_of("eq-coupled-newton")
def coupled_newton(rng):
    A, p = covariance(rng, 3), int(rng.integers(1, 5))
    c, eye = 0.5 * (p + 1) / np.linalg.norm(A), np.eye(3)
    X, M = c ** (1 / p) * eye, c * A

    def factor(M):
        return (1 + 1 / p) * eye - M / p

    for _ in range(60):
        yield equal(M, np.linalg.matrix_power(X, p) @ A, rtol=1e-7)
        X, M = X @ factor(M), np.linalg.matrix_power(factor(M), p) @ M
        if np.abs(M - eye).max() < 1e-12:
            break
    yield equal(M, eye, rtol=1e-9)
    yield equal(X, inverse_root(A, p), rtol=1e-7)


@check_of("eq-egn")
def exact_gauss_newton(rng):
    net, x = tiny_network(rng)
    J, Q, r = net.jacobian(x), net.output_hessian(x), net.residual(x)
    b, lam = len(r), float(rng.uniform(0.1, 1.0))

    def left():
        return np.linalg.inv(J.T @ Q @ J / b + lam * np.eye(x.size)) @ J.T @ r / b

    right = J.T @ np.linalg.inv(Q @ J @ J.T + b * lam * np.eye(b)) @ r
    yield equal(left(), right)
    yield equal(J.T @ np.linalg.inv(Q @ J @ J.T + b * lam * np.eye(b)) @ r, left())
    method = oe.ExactGaussNewton(b * lam).resolve(net)
    yield equal(method.step(net, method.init(net, x, rng), rng).x, x - left())


@check_of("eq-width")
def width(rng):
    M, h, seed = int(rng.integers(3, 20)), float(rng.uniform(0.1, 1.0)), int(rng.integers(99))
    for optimizer, exponents in wide.MAXIMAL.items():
        (X, Y), weights = wide.teacher(seed), wide.network(M, exponents, seed)
        moves = wide.directions(optimizer, weights, X, Y)
        new = wide.step(optimizer, weights, X, Y, exponents, M, h)
        for W, P, c, W_new in zip(weights, moves, exponents.c, new, strict=True):
            yield equal(W_new, W - h * M ** (-c) * P)


@check_of("eq-empirical-fisher")
def empirical_fisher(rng):
    G, lam, x = rng.standard_normal((4, 6)), float(rng.uniform(0.1, 2.0)), rng.standard_normal(6)
    B, pivots = window_coefficients(G @ G.T, lam)

    def fisher():
        return lam * np.eye(6) + sum(np.outer(g, g) for g in G) / 4

    yield equal(fisher() @ window_product(G, B, pivots, lam, x, G @ x), x)


@check_of("eq-mfac-recursion")
def mfac_recursion(rng):
    G, lam, x = rng.standard_normal((4, 6)), float(rng.uniform(0.1, 2.0)), rng.standard_normal(6)
    V, _ = fisher_directions(G, lam)
    F = lam * np.eye(6)
    yield equal(np.linalg.solve(F, x), x / lam)
    for g, v in zip(G, V, strict=True):
        yield equal(v, np.linalg.solve(F, g))
        before = np.linalg.solve(F, x)
        F = F + np.outer(g, g) / 4
        yield equal(np.linalg.solve(F, x), before - v * (v @ x) / (4 + g @ v))
    yield equal(inverse_fisher_product(*fisher_directions(G, lam), lam, x), np.linalg.solve(F, x))


@check_of("eq-pruning-score")
def pruning_score(rng):
    G, w = rng.standard_normal((8, 5)), rng.standard_normal(5)
    F = 0.3 * np.eye(5) + G.T @ G / 8
    inverse = np.linalg.inv(F)
    scores = pruning_scores(w, np.diag(inverse))
    for i in range(5):
        others = np.delete(np.arange(5), i)
        u = np.zeros(5)
        u[i] = w[i]  # the removed weight's change, and the best change of the others
        u[others] = -np.linalg.solve(F[np.ix_(others, others)], F[others, i] * w[i])
        yield equal(u @ F @ u / 2, w[i] ** 2 / (2 * inverse[i, i]))
        yield equal(scores[i], w[i] ** 2 / (2 * inverse[i, i]))


@check_of("eq-ada-hessian")
def ada_hessian(rng):
    f = quadratic_with_spectrum(rng.uniform(0.5, 4.0, 4), rng)
    b1, b2, h, eps = rng.uniform(0.1, 0.9, 4)
    p, t, x, u = float(rng.uniform(0.2, 1.0)), 3, rng.standard_normal(4), rng.standard_normal(4)
    v = rng.uniform(0.1, 1.0, 4)
    seed = int(rng.integers(1000))
    method = oe.AdaHessian(h, b1, b2, p, offset=eps)
    new = method.step(f, AdaHessianState(x, u, v, t - 1), np.random.default_rng(seed))
    s = np.abs(hutchinson_diagonal(f, x, np.random.default_rng(seed), 1))
    g = f.gradient(x)
    yield equal(new.u, b1 * u + (1 - b1) * g)
    yield equal(new.v, b2 * v + (1 - b2) * s**2)
    scale = (new.v / (1 - b2**t)) ** (p / 2)
    yield equal((new.v / (1 - b2**t)) ** (p / 2), scale)
    yield equal(new.x, x - h * (new.u / (1 - b1**t)) / ((new.v / (1 - b2**t)) ** (p / 2) + eps))


@check_of("eq-hutchinson-square")
def hutchinson_square(rng):
    H = rng.standard_normal((4, 4))
    H = H @ H.T
    signs = np.array(list(itertools.product([1.0, -1.0], repeat=4)))
    D = signs * (signs @ H)  # all sixteen vectors of signs, each as likely
    for i in range(4):
        rest = np.delete(H[i], i)
        yield equal(np.mean(D[:, i] ** 2), H[i, i] ** 2 + np.sum(rest**2))


@check_of("eq-fosi")
def fosi(rng):
    f = quadratic_with_spectrum([-2.0, 0.5, 1.0, 4.0, 9.0], rng)
    alpha, h = float(rng.uniform(0.1, 1.0)), float(rng.uniform(0.01, 0.2))
    method = oe.FOSI(h, 0.0, alpha, 1, 1, largest_scaling=1.0)
    x = rng.standard_normal(5)
    new = method.step(f, method.init(f, x, rng), np.random.default_rng(0)).x
    values, U = np.linalg.eigh(f.A)
    V, curvatures, g = U[:, [0, 4]].T, np.abs(values[[0, 4]]), f.gradient(x)
    yield equal(new, x - alpha * V.T @ (V @ g / curvatures) - h * (g - V.T @ V @ g), rtol=1e-7)


@check_of("eq-psgd-criterion")
def psgd_criterion(rng):
    H = rng.standard_normal((3, 3))
    H = (H + H.T) / 2
    values, U = np.linalg.eigh(H)
    best = (U / np.abs(values)) @ U.T

    def criterion(P):
        return np.trace(H @ P @ H) + np.trace(np.linalg.inv(P))

    Q = rng.standard_normal((3, 3))
    P = Q.T @ Q
    # the rule with the six points +- sqrt(3) e_i is exact for the mean of a quadratic in v
    mean = np.mean([3 * (e @ H @ P @ H @ e + e @ np.linalg.solve(P, e)) for e in np.eye(3)])
    yield equal(mean, criterion(P), rtol=1e-7)
    yield equal(criterion(best), 2 * np.abs(values).sum())
    yield increasing(criterion(best), criterion(P))
    yield equal(H @ H, np.linalg.inv(best) @ np.linalg.inv(best))


@check_of("eq-psgd-update")
def psgd_update(rng):
    full, v, h = rng.standard_normal((4, 4)), rng.standard_normal(4), rng.standard_normal(4)
    upper = np.triu(full) + 2 * np.eye(4)
    A = np.tril(full) + 2 * np.eye(4)
    mu = float(rng.uniform(0.1, 1.0))
    for fit, Q, part in ((fit_general, full, np.asarray), (fit_triangular, upper, np.triu)):
        a, b = Q @ h, np.linalg.solve(Q.T, v)
        move = part((np.outer(a, a) - np.outer(b, b)) / (a @ a + b @ b))
        yield equal(move, part((np.outer(a, a) - np.outer(b, b)) / (a @ a + b @ b)))
        yield equal(fit(Q, v, h, mu), Q - mu * move @ Q, rtol=1e-7)
        moved = fit(Q @ np.linalg.inv(A).T, np.linalg.solve(A, v), A.T @ h, mu)
        yield equal(moved, fit(Q, v, h, mu) @ np.linalg.inv(A).T, rtol=1e-6)


@check_of("eq-psgd-diagonal")
def psgd_diagonal(rng):
    H = rng.standard_normal((3, 3))
    H = H + H.T
    # over the points +- sqrt(3) e_i the means of v_i^2 and h_i^2 are those of the normal law
    pairs = [(np.sqrt(3) * e, np.sqrt(3) * H @ e) for e in np.eye(3)]
    v2, h2 = np.mean([v**2 for v, _ in pairs], axis=0), np.mean([h**2 for _, h in pairs], axis=0)
    q = (v2 / h2) ** 0.25
    yield equal(q**4, 1 / np.sum(H**2, axis=1))
    moves = [(q * h) ** 2 - (v / q) ** 2 for v, h in pairs]
    yield equal(np.mean(moves, axis=0), np.zeros(3))
    v, h = rng.standard_normal((2, 3))
    a2, b2, mu = (q * h) ** 2, (v / q) ** 2, float(rng.uniform(0.1, 1.0))
    yield equal(fit_diagonal(q, v, h, mu), q - mu * (a2 - b2) * q / (a2 + b2).max())


@check_of("eq-filter")
def newton_filter(rng):
    d, a, b = 3, float(rng.uniform(0.1, 0.95)), float(rng.uniform(3.0, 6.0))
    Sigma, Q = (np.eye(d) + 0.2 * M @ M.T for M in rng.uniform(-1.0, 1.0, (2, d, d)))
    m, f = rng.standard_normal((2, d))
    inv = np.linalg.inv

    def prior():
        return a**2 * Sigma + b * np.eye(d)

    def stationary():
        return b / (1 - a**2) * np.eye(d)

    M, S = prior(), stationary()
    yield equal(S, a**2 * S + b * np.eye(d))
    new_m, new, p = filtered(m, Sigma, f, Q, a, b)
    yield equal(inv(new), inv(M) + inv(Q) - inv(S))
    yield equal(inv(new) @ new_m, inv(M) @ (a * m) + inv(Q) @ f)
    yield equal(p, inv(M) @ (a * m) + inv(Q) @ f)
