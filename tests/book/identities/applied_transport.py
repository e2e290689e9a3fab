"""What the chapter on transport at work displays."""

from __future__ import annotations

import itertools

import numpy as np

import optedu as oe
from optedu.applied_transport import rebasin
from optedu.applied_transport import wasserstein_dictionary as wd
from optedu.applied_transport.light_bridge import conditional_plan, drift
from optedu.applied_transport.self_labelling import equal_labels, log_softmax
from optedu.applied_transport.sum_pooling import fixed_point, logistic, partial_plan
from optedu.problems.wasserstein_flows import best_critic, quadratic_features
from tests.book.identities.instances import norm, square
from tests.book.identities.statements import check_of, equal, increasing, true

P = oe.problems


def slope(f, x, u, h=1e-5):
    """Return the derivative of f at x along u, by differences."""
    return (f(x + h * u) - f(x - h * u)) / (2 * h)


def directions_of(rng, m, d):
    v = rng.standard_normal((m, d))
    return v / np.linalg.norm(v, axis=1, keepdims=True)


@check_of("eq-entropic-map")
def entropic_map(rng):
    m, t = 5, float(rng.uniform(0.2, 1.0))
    y, g = rng.standard_normal((m, 2)), rng.standard_normal(m)
    problem, x, u = P.EntropicPotential(y, g, t), rng.standard_normal(2), rng.standard_normal(2)

    def exponents(x):
        return (g - 1 / 2 * np.sum((x - y) ** 2, axis=1)) / t

    def f(x):
        return -t * np.log(np.sum(np.exp(exponents(x))))

    p = np.exp(exponents(x)) / np.sum(np.exp(exponents(x)))
    yield equal(problem.value(x), f(x))
    yield equal(x - problem.gradient(x), p @ y)
    yield equal(slope(f, x, u), problem.gradient(x) @ u, rtol=1e-6, atol=1e-8)
    source, masses = rng.standard_normal((4, 2)), rng.uniform(0.5, 1.0, 4)
    cost = np.sum((source[:, None] - y) ** 2, axis=2) / 2
    plan = P.EntropicTransport(cost, masses / masses.sum(), np.full(m, 1 / m), t)
    potentials = plan.soft_transform(0, np.concatenate([np.zeros(4), g]), t)
    rows = plan.plan(potentials)
    yield equal(rows @ y / rows.sum(axis=1)[:, None], problem.transport(source))


@check_of("eq-entropic-hessian")
def entropic_hessian(rng):
    t = float(rng.uniform(0.2, 1.0))
    y, g = rng.standard_normal((5, 2)), rng.standard_normal(5)
    problem, x, u = P.EntropicPotential(y, g, t), rng.standard_normal(2), rng.standard_normal(2)
    p = np.exp((g - np.sum((x - y) ** 2, axis=1) / 2) / t)
    p = p / p.sum()
    mean, identity = p @ y, np.eye(2)
    H = problem.hessian(x)
    gaps = y - mean
    yield equal(H, identity - (gaps.T * p) @ gaps / t)
    yield equal(slope(problem.gradient, x, u), H @ u, rtol=1e-6, atol=1e-8)
    yield increasing(np.max(np.linalg.eigvalsh(H)), 1.0)


@check_of("eq-sliced")
def sliced(rng):
    n, m, d = 6, 4, 3
    x, y, theta = rng.standard_normal((n, d)), rng.standard_normal((n, d)), directions_of(rng, m, d)
    total = 0.0
    for k in range(m):
        p, q = np.sort(x @ theta[k]), np.sort(y @ theta[k])
        total = total + square(p - q) / n
    yield equal(P.SlicedWasserstein(y, theta).value(x), total / m)
    p, q = x @ theta[0], y @ theta[0]
    least = min(square(p - q[list(order)]) for order in itertools.permutations(range(n)))
    yield equal(least / n, P.SlicedWasserstein(y, theta[:1]).value(x))


@check_of("eq-sliced-gradient")
def sliced_gradient(rng):
    n, m, d = 6, 4, 3
    x, y, theta = rng.standard_normal((n, d)), rng.standard_normal((n, d)), directions_of(rng, m, d)
    found = P.SlicedWasserstein(y, theta).gradient(x)
    for i in range(n):
        terms = np.zeros(d)
        for k in range(m):
            p = x @ theta[k]
            j = np.argsort(y @ theta[k])[np.sum(p < p[i])]
            gap = x[i] - y[j]
            terms = terms + (gap @ theta[k]) * theta[k]
        yield equal(found[i], 2 / (m * n) * terms)


@check_of("thm-sliced")
def sliced_step(rng):
    n, m, d = 5, 3, 2
    x, y, theta = rng.standard_normal((n, d)), rng.standard_normal((n, d)), directions_of(rng, m, d)
    problem = P.SlicedWasserstein(y, theta)
    lam = np.linalg.eigvalsh(theta.T @ theta / m)[-1]
    h, f, g = n / (2 * lam), problem.value, problem.gradient(x)
    yield equal(problem.longest_step, h)
    for scale in (0.1, 1.0, 10.0):
        u = scale * rng.standard_normal((n, d))
        yield increasing(f(x + u), f(x) + np.sum(g * u) + square(u) / (2 * h))

    def fallen(f, x, g, h):
        return f(x) - h / 2 * square(g)

    yield increasing(f(x - h * g), fallen(f, x, g, h))
    one = P.SlicedWasserstein(y[:1], theta[:1])  # attained: one point, one direction
    x, u, g = x[:1], theta[:1], one.gradient(x[:1])
    yield equal(one.value(x + u), one.value(x) + np.sum(g * u) + square(u))
    yield equal(one.value(x - g / 2), fallen(one.value, x, g, 1 / 2))


@check_of("eq-max-sliced")
def max_sliced(rng):
    x, y, v = rng.standard_normal((6, 3)), rng.standard_normal((6, 3)), rng.standard_normal(3)
    problem = P.MaxSlicedWasserstein(x, y)

    def f(v):
        gap = np.sort(x @ v / norm(v)) - np.sort(y @ v / norm(v))
        return -square(gap) / 6

    yield equal(problem.value(v), f(v))
    yield equal(problem.gradient(v) @ v, 0.0)
    u = rng.standard_normal(3)
    yield equal(slope(f, v, u, 1e-7), problem.gradient(v) @ u, rtol=1e-4, atol=1e-6)


@check_of("eq-augmented-sliced")
def augmented(rng):
    x, y, lam = rng.standard_normal((6, 2)), rng.standard_normal((6, 2)), float(rng.uniform(0.1, 1))
    theta = directions_of(rng, 5, 4)
    problem = P.AugmentedSliced(x, y, theta, 3, lam, int(rng.integers(100)))
    w = problem.start
    X, Y = problem.lift(x, w), problem.lift(y, w)
    yield equal(X[:, :2], x)
    distance = np.sqrt(P.SlicedWasserstein(Y, theta).value(X))
    lengths = sum(norm(a) + norm(b) for a, b in zip(X, Y, strict=True))
    yield equal(problem.value(w), lam / 6 * lengths - distance)
    flat = np.hstack([directions_of(rng, 5, 2), np.zeros((5, 2))])
    none = problem._replace(directions=flat, weight=0.0)
    sliced = np.sqrt(P.SlicedWasserstein(y, flat[:, :2].copy()).value(x))
    yield equal(none.value(0 * w), -sliced)


@check_of("eq-jko")
def scheme(rng):
    problem, a = P.QuantileDivergence(5), float(rng.uniform(0.1, 2.0))
    x = np.sort(rng.standard_normal(5))
    new = problem.prox(x, a)

    def objective(z):
        return problem.value(z) / 5 + 1 / (2 * a) * square(z - x) / 5

    for _ in range(20):
        z = new + 10 ** rng.uniform(-2, 0) * rng.standard_normal(5)
        yield true(objective(new) <= objective(np.sort(z)))
    u = rng.standard_normal(5)
    yield equal(slope(objective, new, u, 1e-6), 0.0, atol=1e-6)


@check_of("eq-bell-divergence")
def bell_divergence(rng):
    m, s = rng.normal(), float(rng.uniform(0.3, 2.0))
    u = np.linspace(m - 12 * s, m + 12 * s, 20_001)
    p = np.exp(-((u - m) ** 2) / (2 * s**2)) / (s * np.sqrt(2 * np.pi))
    log_p = -((u - m) ** 2) / (2 * s**2) - np.log(s)
    log_q = -(u**2) / 2
    divergence = np.trapezoid(p * (log_p - log_q), u)
    yield equal(divergence, 1 / 2 * (m**2 + s**2 - 1) - np.log(s), rtol=1e-7)
    yield equal(P.GaussianDivergence().value(np.array([m, s])), divergence, rtol=1e-7)


@check_of("thm-jko")
def jko_step(rng):
    m, s, a = rng.normal(), float(rng.uniform(0.1, 3.0)), float(10 ** rng.uniform(-2, 1))
    problem = P.GaussianDivergence()
    m_new, s_new = problem.prox(np.array([m, s]), a)
    yield equal(m_new, m / (1 + a))
    yield equal(s_new, (s + np.sqrt(s**2 + 4 * a * (1 + a))) / (2 * (1 + a)))
    pull = m_new - m
    yield equal(a * m_new, -pull)
    widen = s_new - s
    yield equal(a * (s_new - 1 / s_new), -widen)
    target = np.array([0.0, 1.0])
    after, before = norm([m_new, s_new] - target), norm([m, s] - target)
    yield increasing(after, before / (1 + a))
    if before > 1e-3:
        m_only = problem.prox(np.array([m, 1.0]), a)
        yield equal(norm(m_only - target), abs(m) / (1 + a))


@check_of("eq-quantile-energy")
def quantile_energy(rng):
    n, c, e = 6, float(rng.normal()), float(rng.uniform(0.1, 1.0))
    x = np.sort(rng.standard_normal(n))

    def V(u):
        return c * u**2 / 2 + e * u**4

    gaps = np.log(n * np.diff(x))
    yield equal(P.QuantileDivergence(n, c, e).value(x), np.sum(V(x)) - np.sum(gaps))


@check_of("eq-variational")
def variational(rng):
    m, s = float(rng.uniform(-0.5, 0.5)), float(rng.uniform(0.7, 1.2))
    u = np.linspace(-14, 14, 4001)

    p, q, g = bell(u, m, s**2), bell(u, 0.0, 1.0), bell(u, 0.2, 2.0)
    divergence = np.trapezoid(p * np.log(p / q), u)

    def game(h):
        ratio = np.log(g / q)
        return 1 + np.trapezoid(p * (h + ratio), u) - np.trapezoid(g * np.exp(h), u)

    best = np.log(p / g)
    yield equal(divergence, game(best))
    for c in rng.standard_normal((5, 3)) * 0.1:
        other = best + c[0] + c[1] * u + c[2] * u**2 / 20
        yield increasing(game(other), divergence)
    z = rng.standard_normal((300, 1))
    w, value = best_critic(quadratic_features(0.8 * z + 0.2).mean(axis=0), quadratic_features(z))
    h = quadratic_features(z) @ w
    moved = quadratic_features(0.8 * z + 0.2) @ w
    yield equal(value, 1 + np.mean(moved) - np.mean(np.exp(h)))


def light(rng):
    x, y = rng.standard_normal((5, 1)), rng.standard_normal((6, 1))
    bridge = P.LightBridge(x, y, float(rng.uniform(0.4, 1.0)), 2)
    w = bridge.start + 0.3 * rng.standard_normal(bridge.shape)
    return (
        bridge,
        w,
        np.exp(bridge.log_weights(w)),
        bridge.centers(w)[:, 0],
        bridge.spreads(w)[:, 0],
    )


def bell(y, center, variance):
    return np.exp(-np.square(y - center) / (2 * variance)) / np.sqrt(2 * np.pi * variance)


@check_of("eq-light-bridge")
def light_bridge(rng):
    bridge, w, a, r, S = light(rng)
    eps = bridge.eps

    def C(x):
        return np.sum(a * np.exp((x * S * x + 2 * r * x) / (2 * eps)))

    def v(y):
        return sum(a[k] * bell(y, r[k], eps * S[k]) for k in range(2))

    forward = np.mean([np.log(C(x)) for x in bridge.x[:, 0]])
    target = np.mean([np.log(v(y)) for y in bridge.y[:, 0]])
    yield equal(bridge.value(w), forward - target)
    x, y = rng.normal(), np.linspace(-25, 25, 20_001)
    yield equal(np.trapezoid(np.exp(x * y / eps) * v(y), y), C(x), rtol=1e-8)


@check_of("eq-light-plan")
def light_plan(rng):
    bridge, w, a, r, S = light(rng)
    eps, x, y = bridge.eps, rng.normal(), np.linspace(-25, 25, 20_001)
    weights, means, variances = conditional_plan(bridge, w, np.array([[x]]))
    heights = a * np.exp((x * S * x + 2 * r * x) / (2 * eps))
    density = sum(heights[k] * bell(y, r[k] + S[k] * x, eps * S[k]) for k in range(2))
    yield equal(weights[0], heights / heights.sum())
    yield equal(means[0, :, 0], r + S * x)
    yield equal(variances[:, 0], eps * S)
    v = sum(a[k] * bell(y, r[k], eps * S[k]) for k in range(2))
    yield equal(density, np.exp(x * y / eps) * v, rtol=1e-8)


@check_of("eq-light-drift")
def light_drift(rng):
    bridge, w, a, r, S = light(rng)
    eps, x, t = bridge.eps, rng.normal(), float(rng.uniform(0.05, 0.9))
    y = np.linspace(-25, 25, 20_001)
    v = sum(a[k] * bell(y, r[k], eps * S[k]) for k in range(2))
    # the law of the end, given x at time t: Brownian motion onwards, times exp(y^2 / (2 eps)) v
    exponent = y**2 / (2 * eps) + np.log(v + 1e-300) - (y - x) ** 2 / (2 * eps * (1 - t))
    law = np.exp(exponent - exponent.max())
    end = np.trapezoid(y * law, y) / np.trapezoid(law, y)
    yield equal(drift(bridge, w, np.array([[x]]), t)[0, 0], (end - x) / (1 - t), rtol=1e-6)


@check_of("eq-light-bell")
def light_bell(rng):
    m, other = rng.normal(size=2)
    s, wide, eps = rng.uniform(0.5, 1.5, 3)
    z = np.array([-1.0, 1.0])[:, None]
    bridge = P.LightBridge(m + s * z, other + wide * z, eps, 1)

    def spread(sign):
        return (-eps + np.sqrt(eps**2 + 4 * s**2 * wide**2)) / (2 * s**2)

    S = spread(1)
    r = other - S * m
    w = np.array([0.0, r, np.log(S)])
    yield equal(bridge.gradient(w), np.zeros(3), atol=1e-10)
    yield equal(bridge.centers(w)[0, 0], other - S * m)


@check_of("eq-sum-pooling")
def sum_pooling(rng):
    n, mass, eps = 6, float(rng.uniform(0.1, 0.9)), float(rng.uniform(1.0, 9.0))
    cost = rng.uniform(-1.0, 1.0, (n, 3))
    found = partial_plan(cost, mass, eps)
    weight = found.multiplier

    def s(u):
        return 1 / (1 + np.exp(-u))

    def z(i):
        return np.log(sum(np.exp(-eps * c) for c in cost[i]))

    for i in range(n):
        yield equal(np.sum(found.plan[i]), 1 / n * s(weight + z(i)))
    yield equal(1 / n * sum(s(weight + z(i)) for i in range(n)), mass)


@check_of("eq-sum-pooling-rate")
def sum_pooling_rate(rng):
    z, mass, x = rng.standard_normal(5), float(rng.uniform(0.1, 0.9)), float(rng.uniform(-1, 1))
    yield equal(fixed_point(z, mass, 1, x), x + np.log(mass) - np.log(np.mean(logistic(x + z))))
    h = 1e-5
    fast = (fixed_point(z, mass, 1, x + h) - fixed_point(z, mass, 1, x - h)) / (2 * h)
    yield equal(fast, np.sum(logistic(x + z) ** 2) / np.sum(logistic(x + z)), rtol=1e-7)


@check_of("eq-equal-labels")
def equal_label_plan(rng):
    sharpness = float(rng.uniform(0.5, 3.0))
    logs = log_softmax(rng.standard_normal((6, 3)))
    Q = equal_labels(logs, sharpness) / 6

    def goal(Q):
        return np.sum(Q * logs) - 1 / sharpness * np.sum(Q * np.log(Q))

    away = rng.standard_normal((6, 3))
    rows, columns = away.mean(axis=1, keepdims=True), away.mean(axis=0)
    step = 0.01 * Q.min() * (away - rows - columns + away.mean())
    others = [Q + sign * step for sign in (1, -1)]
    for other in others:
        yield true(goal(Q) >= goal(other))
    powers = np.log(Q) - sharpness * logs
    both = powers[:, :1] + powers[:1]
    yield equal(powers, both - powers[0, 0], atol=1e-8)


@check_of("eq-permuted-network")
def permuted_network(rng):
    shapes = (4, 3), (5, 5), (2, 6)  # biases in the last columns
    W = [rng.standard_normal(shape) for shape in shapes]
    p, q = rng.permutation(4), rng.permutation(5)
    one, two = np.eye(4)[p], np.eye(5)[q]
    A, V = rng.standard_normal((7, 2)), rebasin.permuted(W, p, q)
    yield equal(V[0], one @ W[0])
    yield equal(V[1][:, :4], two @ W[1][:, :4] @ one.T)
    yield equal(V[2][:, :5], W[2][:, :5] @ two.T)
    yield equal(rebasin.outputs(V, A), rebasin.outputs(W, A))


@check_of("eq-semi-dual")
def semi_dual(rng):
    C, t = wd.grid_cost(2, 2), float(rng.uniform(0.2, 0.6))
    a, b = rng.dirichlet(np.full(4, 3.0)), rng.dirichlet(np.full(4, 3.0))

    def height(g):
        inner = np.log(np.sum(np.exp((g - C) / t), axis=1))
        return g @ b - t * np.sum(a * inner) + t * np.sum(a * (np.log(a) - 1))

    plan = P.EntropicTransport(C, a, b, t)
    best = oe.run(oe.Sinkhorn(), plan, tol=1e-13, max_iter=5000, execution="python").x[4:]
    yield equal(height(best), wd.transport_costs(a[None], b[None], C, t)[0])
    others = best + rng.standard_normal((5, 4))
    for other in others:
        yield true(height(best) > height(other))
