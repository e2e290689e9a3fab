"""What the chapter on proximal methods and sparsity displays."""

from __future__ import annotations

import itertools

import numpy as np
from scipy.optimize import minimize_scalar

import optedu as oe
from optedu.proximal import flops
from optedu.proximal.matching_pursuit import count_gains, lasso_gains, square_root_gains
from optedu.proximal.proximal_newton import coordinate_descent
from tests.book.identities.instances import norm, square, states
from tests.book.identities.statements import check_of, equal, increasing, true

P = oe.problems


def regression(rng, n=12, d=5):
    """Return A, b and a weight with a solution that is sparse and not zero."""
    A, b = rng.standard_normal((n, d)), 2 * rng.standard_normal(n)
    return A, b, float(rng.uniform(0.2, 0.7)) * np.abs(A.T @ b).max()


def solved(A, b, weight):
    problem = P.Composite(P.LeastSquares(A, b), P.L1(weight))
    method = oe.ProximalNewton(5000, 1e-10)
    return problem, oe.run(method, problem, np.zeros(A.shape[1]), max_iter=20, tol=1e-12).x


@check_of("eq-sparse-lasso")
def lasso(rng):
    A, b, weight = regression(rng)
    problem, best = solved(A, b, weight)
    for x in best + rng.standard_normal((5, 5)):
        yield equal(problem.value(x), 1 / 2 * square(A @ x - b) + weight * np.sum(np.abs(x)))
        yield increasing(problem.value(best), problem.value(x))


@check_of("eq-sparse-soft")
def soft(rng):
    weight, t = rng.uniform(0.1, 2.0, 2)
    x = 2 * rng.standard_normal(6)
    p = P.L1(weight).prox(x, t)
    yield equal(np.sign(x) * np.maximum(np.abs(x) - t * weight, 0), p)
    best = weight * np.sum(np.abs(p)) + square(p - x) / (2 * t)
    for u in p + rng.standard_normal((10, 6)):
        other = weight * np.sum(np.abs(u)) + square(u - x) / (2 * t)
        yield true(best <= other)


@check_of("eq-sparse-kkt")
def optimality(rng):
    A, b, weight = regression(rng)
    x = solved(A, b, weight)[1]
    r = b - A @ x
    for j in range(5):
        if x[j] != 0:
            yield equal(A[:, j] @ r, weight * np.sign(x[j]), rtol=1e-7)
        yield increasing(abs(A[:, j] @ r), weight, rtol=1e-7)


@check_of("eq-sparse-largest")
def largest(rng):
    A, b, _ = regression(rng)
    weight = max(abs(A[:, j] @ b) for j in range(5))
    yield true(not solved(A, b, weight * (1 + 1e-9))[1].any())
    yield true(np.count_nonzero(solved(A, b, weight * (1 - 1e-4))[1]) == 1)


@check_of("eq-sparse-newton")
def newton(rng):
    A = rng.standard_normal((30, 4))
    y = np.where(rng.random(30) < 0.5, 1.0, -1.0)
    f, phi = P.LogisticRegression(A, y, 0.05), P.L1(0.03)
    problem, method = P.Composite(f, phi), oe.ProximalNewton(5000, 1e-12)
    x = 3 * rng.standard_normal(4)
    new = list(states(method, problem, x, 1))[1].x
    g, H = f.gradient(x), f.hessian(x)

    def model(v):
        return g @ (v - x) + 1 / 2 * (v - x) @ H @ (v - x) + phi.value(v)

    u = coordinate_descent(problem, x, g, H, 5000, 1e-12)
    t, c = (new - x) @ (u - x) / square(u - x), method.decrease
    for v in u + rng.standard_normal((20, 4)) * 10 ** rng.uniform(-2, 0, (20, 1)):
        expanded = v @ H @ v / 2 - v @ H @ x + x @ H @ x / 2 + g @ v - g @ x
        yield equal(model(v), expanded + phi.value(v))
        yield increasing(model(u), model(v))
    promised = c * t / 2 * (u - x) @ H @ (u - x)
    fall = problem.value(x) - problem.value(x + t * (u - x))
    yield increasing(promised, fall)
    yield equal(x + t * (u - x), new)


@check_of("eq-sparse-slopes")
def slopes(rng):
    weight, a, gamma = rng.uniform(0.3, 2.0), rng.uniform(2.1, 5.0), rng.uniform(1.1, 5.0)
    for x in rng.uniform(0, 8 * weight, 10):
        scad = P.SCAD(weight, a).gradient(np.array([x]))[0]
        yield equal(min(weight, max(a * weight - x, 0) / (a - 1)), scad)
        yield equal(max(weight - x / gamma, 0), P.MCP(weight, gamma).gradient(np.array([x]))[0])


@check_of("eq-sparse-mcp")
def mcp(rng):
    weight, gamma = rng.uniform(0.3, 2.0), rng.uniform(1.1, 5.0)
    t = gamma * rng.uniform(0.1, 0.9)
    for x in rng.uniform(-2, 2, 10) * gamma * weight:
        p = P.MCP(weight, gamma).prox(np.array([x]), t)[0]
        if abs(x) <= gamma * weight:
            yield equal(np.sign(x) * max(abs(x) - t * weight, 0) / (1 - t / gamma), p)
        else:
            yield equal(x, p)


@check_of("eq-sparse-tangent")
def tangent(rng):
    lam, eps = rng.uniform(0.1, 2.0, 2)
    penalty = P.LogSum(lam, eps)
    for x, u in rng.normal(0, 2, (20, 2)):
        w = lam / (eps + abs(x))

        def above(u, x=x, w=w):
            return lam * np.log(1 + abs(x) / eps) + w * (abs(u) - abs(x))

        near = x * (1 + 1e-5)
        change = penalty.value(np.array([near])) - penalty.value(np.array([x]))
        yield equal(lam * np.log(1 + abs(u) / eps), penalty.value(np.array([u])))
        yield increasing(penalty.value(np.array([u])), above(u))
        yield equal(above(x), penalty.value(np.array([x])))
        rise = above(near) - above(x)
        yield equal(rise, change, rtol=1e-4)


@check_of("eq-sparse-weights")
def weights(rng):
    problem = P.Composite(P.Quadratic(np.eye(2), np.ones(2)), P.L1(0.1))
    path = states(oe.NonconvexAcceleratedGradient(), problem, rng.standard_normal(2), 30)
    for old, new in itertools.pairwise(state.a for state in path):
        yield equal(2 / (1 + np.sqrt(1 + 4 / old**2)), new)
        yield equal((1 - new) / new**2, 1 / old**2)


@check_of("eq-sparse-envelope")
def envelope(rng):
    groups, costs = np.array([0, 1, 1, 2, 2, 2]), rng.uniform(0.5, 2.0, 3)
    k = float(rng.uniform(0.3, 0.95)) * costs.sum()
    x = rng.standard_normal(6)
    value = P.GroupSparseEnvelope(groups, costs, k).value(x)
    sizes = np.array([norm(x[groups == j]) for j in range(3)])
    best = np.inf
    for _ in range(40):
        u = rng.uniform(0.05, 1.0, 3)
        u = u * min(1.0, k / (costs @ u))
        yield increasing(value, 1 / 2 * np.sum(sizes**2 / u))
    shares = np.ones(3)
    low, high = 0.0, 1e6
    for _ in range(200):
        tau = (low + high) / 2
        shares = np.minimum(tau * sizes / np.sqrt(costs), 1.0)
        low, high = (tau, high) if costs @ shares < k else (low, tau)
    best = min(best, 1 / 2 * np.sum(sizes**2 / shares))
    yield equal(value, best)


@check_of("eq-sparse-shares")
def shares(rng):
    d, t = 5, float(rng.uniform(0.1, 2.0))
    costs, y = rng.uniform(0.5, 2.0, d), rng.standard_normal(d)
    k = float(rng.uniform(0.2, 0.9)) * costs.sum()
    x = P.GroupSparseEnvelope(np.arange(d), costs, k).prox(y, t)
    u = t * x / (y - x)  # from the first formula
    yield equal(u / (t + u) * y, x)
    yield equal(costs @ u, k)
    inside = (u > 1e-9) & (u < 1 - 1e-9)
    if inside.any():
        j = int(np.flatnonzero(inside)[0])
        tau = (u[j] + t) * np.sqrt(costs[j]) / abs(y[j])
        yield equal(np.minimum(np.maximum(tau * np.abs(y) / np.sqrt(costs) - t, 0), 1), u)


def unit_columns(rng):
    A = rng.standard_normal((9, 4))
    return A / np.linalg.norm(A, axis=0), rng.standard_normal(9)


def least(G):
    """Return the minimum over t of a convex function, or its value at 0."""
    found = minimize_scalar(G, bracket=(-1.0, 1.0), options={"xtol": 1e-13})
    return min(found.fun, G(0.0))


@check_of("eq-sparse-gains")
def gains(rng):
    A, r = unit_columns(rng)
    lam, w = rng.uniform(0.05, 0.5), rng.uniform(0.5, 1.5, 4)
    counted, summed = count_gains(A, r, lam * w**2), lasso_gains(A, r, lam * w)
    for j in range(4):
        rho = abs(A[:, j] @ r)
        yield equal(max(rho**2 - lam * w[j] ** 2, 0), counted[j])
        yield equal(max(rho - lam * w[j] / 2, 0) ** 2, summed[j])
        left = square(r - A[:, j] * (A[:, j] @ r)) + lam * w[j] ** 2
        yield equal(counted[j], square(r) - min(square(r), left))
        fall = square(r) - least(lambda t, j=j: square(r - t * A[:, j]) + lam * w[j] * abs(t))
        yield equal(summed[j], fall, atol=1e-8)


@check_of("eq-sparse-root-gain")
def root_gain(rng):
    A, r = unit_columns(rng)
    lam, w = rng.uniform(0.02, 0.2), rng.uniform(0.5, 1.5, 4)
    found = square_root_gains(A, r, lam * w)
    yield true((found > 0).any() or np.all(np.abs(A.T @ r) <= lam * w * norm(r)))
    for j in range(4):
        rho = abs(A[:, j] @ r)
        fall = norm(r) - least(lambda t, j=j: norm(r - t * A[:, j]) + lam * w[j] * abs(t))
        yield equal(found[j], fall, atol=1e-8)
        if rho >= lam * w[j] * norm(r):
            rest = np.sqrt(1 - lam**2 * w[j] ** 2) * np.sqrt(square(r) - rho**2)
            yield equal(norm(r) - lam * w[j] * rho - rest, found[j])


@check_of("thm-sparse-iht")
def hard_thresholding(rng):
    k, h = 1, 1.0
    A = rng.standard_normal((60, 6)) / np.sqrt(60)
    G = np.eye(6) - h * A.T @ A
    triples = itertools.combinations(range(6), 3 * k)
    delta = max(norm_of(G[np.ix_(S, S)]) for S in triples)
    x_star = np.zeros(6)
    x_star[rng.integers(6)] = rng.uniform(1, 2)
    problem = P.Constrained(P.LeastSquares(A, A @ x_star), P.L0Ball(k))
    x0 = P.L0Ball(k).project(rng.standard_normal(6))
    path = [s.x for s in states(oe.ProjectedGradientDescent(h), problem, x0, 8)]
    for old, new in itertools.pairwise(path):
        before = norm(old - x_star)
        yield increasing(norm(new - x_star), 2 * delta * before)
        u = old - h * A.T @ (A @ old - A @ x_star)
        yield equal(P.L0Ball(k).project(u), new)


def norm_of(matrix):
    return float(np.abs(np.linalg.eigvalsh(matrix)).max())


@check_of("eq-sparse-flops")
def cost(rng):
    n = 20
    codes = rng.standard_normal((n, 6)) * (rng.random((n, 6)) < rng.random(6))
    p = flops.usage(codes)
    yield equal(n**2 * np.sum(p**2), flops.multiplications(codes))
