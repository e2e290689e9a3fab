"""What the chapter on transport displays."""

from __future__ import annotations

import numpy as np

import optedu as oe
from optedu.problems.transport_plans import optimal_plan
from optedu.transport.gaussian import gaussian_distance
from optedu.transport.greedy_sinkhorn import GreedySinkhorn
from optedu.transport.one_dimensional import wasserstein_1d
from tests.book.identities.statements import check_of, equal, increasing, true
from tests.transport.instances import dense, diameter, hilbert, solve


def instance(rng, t=0.3):
    return dense(5, 4, t, int(rng.integers(1000)))


def plans(problem):
    cost = oe.problems.LinearCost(problem.cost)
    return oe.problems.TransportPolytope(cost, problem.a, problem.b)


def solution(problem):
    return solve(oe.Sinkhorn(), problem, 1e-14, 3000).x


def dual_prices(problem):
    """Prices of the linear program, by SciPy."""
    from scipy.optimize import linprog

    n, m = problem.cost.shape
    pairs = np.array([np.r_[np.eye(n)[i], np.eye(m)[j]] for i in range(n) for j in range(m)])
    found = linprog(-problem.marginals, pairs, problem.cost.ravel(), bounds=(None, None))
    return found.x[:n], found.x[n:]


def best_plan(problem):
    return optimal_plan(problem.cost, problem.a, problem.b)


def entropy(p):
    p = p[p > 0]
    return float(np.sum(p * np.log(1 / p)))


@check_of("eq-kantorovich")
def kantorovich(rng):
    problem = instance(rng)
    best = best_plan(problem)
    yield equal(best.sum(axis=1), problem.a)
    yield equal(best.sum(axis=0), problem.b)
    yield true(best.min() >= 0)
    other = problem.plan(solution(problem))
    yield increasing(np.sum(problem.cost * best), np.sum(problem.cost * other))


@check_of("eq-kantorovich-dual")
def kantorovich_dual(rng):
    problem = instance(rng)
    f, g = dual_prices(problem)
    P, C = best_plan(problem), problem.cost
    yield equal(problem.a @ f + problem.b @ g, np.sum(C * P), atol=1e-8)
    x, y = rng.normal(size=5), rng.normal(size=4)
    Q = problem.plan(solution(problem))
    yield equal(
        np.sum(C * Q) - problem.a @ x - problem.b @ y,
        np.sum((C - x[:, None] - y) * Q), atol=1e-9,
    )  # fmt: skip
    slack = C - f[:, None] - g
    yield true(slack.min() >= -1e-8)


@check_of("eq-slackness")
def slackness(rng):
    problem = instance(rng)
    f, g = dual_prices(problem)
    used = best_plan(problem) > 1e-9
    yield equal((f[:, None] + g)[used], problem.cost[used], atol=1e-8)
    yield true(used.sum() <= 8)


@check_of("eq-entropic")
def entropic(rng):
    problem = instance(rng)
    t, P = problem.regularization, problem.plan(solution(problem))

    def objective(Q):
        return np.sum(problem.cost * Q) + t * np.sum(Q * (np.log(Q) - 1))

    others = [P * np.exp(0.1 * rng.normal(size=P.shape)) for _ in range(3)]
    others = [project(plans(problem), Q) for Q in others]
    for Q in others:
        yield increasing(objective(P), objective(Q))
    yield equal(objective(P), entropic_value(problem, P))


def entropic_value(problem, P):
    """The entropic objective, by its dual: at the solution the two are opposite numbers."""
    return -problem.value(solution(problem))


def project(sets, Q):
    for _ in range(300):
        Q = sets.bregman_project(1, sets.bregman_project(0, Q))
    return Q


@check_of("eq-entropic-plan")
def entropic_plan(rng):
    problem = instance(rng)
    x, t = rng.normal(size=9), problem.regularization
    f, g = x[:5], x[5:]
    yield equal(np.exp((f[:, None] + g - problem.cost) / t), problem.plan(x))


@check_of("eq-entropic-dual")
def entropic_dual(rng):
    problem = instance(rng)
    x, t, a, b = rng.normal(size=9), problem.regularization, problem.a, problem.b
    f, g, P = x[:5], x[5:], problem.plan(x)
    yield equal(t * P.sum() - a @ f - b @ g, problem.value(x))
    yield equal(P.sum(axis=1) - a, problem.gradient(x)[:5])
    yield equal(P.sum(axis=0) - b, problem.gradient(x)[5:])


@check_of("eq-entropic-bias")
def entropic_bias(rng):
    problem = instance(rng, t=0.1)
    t, P, best = problem.regularization, problem.plan(solution(problem)), best_plan(problem)
    cost, least = np.sum(problem.cost * P), np.sum(problem.cost * best)
    most = min(entropy(problem.a), entropy(problem.b))
    yield increasing(least, cost)
    gain = entropy(P) - entropy(best)
    yield increasing(cost - least, t * gain)
    yield increasing(gain, most)
    yield equal(entropy(np.outer(problem.a, problem.b)), entropy(problem.a) + entropy(problem.b))


@check_of("eq-sinkhorn")
def sinkhorn(rng):
    problem = instance(rng)
    x, t, C = rng.normal(size=9), problem.regularization, problem.cost
    method = oe.Sinkhorn(t)
    new = method.step(problem, method.init(problem, x)).x

    def rows(g):
        return t * np.log(problem.a) - t * np.log(np.exp((g - C) / t).sum(axis=1))

    def columns(f):
        return t * np.log(problem.b) - t * np.log(np.exp((f[:, None] - C) / t).sum(axis=0))

    yield equal(rows(x[5:]), new[:5])
    yield equal(columns(new[:5]), new[5:])


@check_of("eq-pythagoras")
def pythagoras(rng):
    problem = instance(rng)
    sets, P = plans(problem), rng.uniform(0.5, 1.5, (5, 4))
    star = problem.plan(solution(problem))

    def kl(A, B):
        return np.sum(A * np.log(A / B) - A + B)

    yield equal(kl(star, P), sets.divergence(star, P))
    for i in range(2):
        Q = sets.bregman_project(i, P)
        yield equal(kl(star, P), kl(star, Q) + kl(Q, P))


@check_of("thm-hilbert")
def hilbert_contraction(rng):
    problem = instance(rng)
    t, C = problem.regularization, problem.cost
    method = oe.Sinkhorn(t)
    x, y = rng.normal(size=(2, 9))
    new_x, new_y = (method.step(problem, method.init(problem, z)).x for z in (x, y))
    D = diameter(C, t)
    before, after = hilbert((x - y)[5:]), hilbert((new_x - new_y)[5:])
    yield increasing(after, np.tanh(D / 4) ** 2 * before)
    swap = oe.problems.EntropicTransport(np.eye(2), [0.5, 0.5], [0.5, 0.5], 0.5)
    z = method._replace(regularization=0.5).step(swap, oe.Sinkhorn(0.5).init(swap, SMALL)).x
    yield equal(np.tanh(1.0) ** 2 * hilbert(SMALL[2:]), hilbert(z[2:]), rtol=1e-5)


SMALL = np.array([0.0, 0.0, 1e-3, 0.0])


@check_of("eq-over-relaxed")
def over_relaxed(rng):
    problem = instance(rng)
    t, x, omega = problem.regularization, rng.normal(size=9), rng.uniform(0.5, 1.5)
    method = oe.OverRelaxedSinkhorn(omega, t)

    def far(i, z):
        return z + omega * (problem.soft_transform(i, z, t) - z)

    yield equal(far(1, far(0, x)), method.step(problem, method.init(problem, x)).x)
    r = rng.uniform(0.1, 0.95)
    best = 2 / (1 + np.sqrt(1 - r))
    yield equal(spectral_radius(r, best), best - 1, rtol=1e-6)


def spectral_radius(r, omega):
    """Of over-relaxation on two unknowns that are coupled by the square root of r."""
    s = np.sqrt(r)
    first = np.array([[1 - omega, omega * s], [0, 1]])
    second = np.array([[1, 0], [omega * s, 1 - omega]])
    return np.sqrt(abs(np.linalg.det(second @ first)))


@check_of("eq-greedy")
def greedy(rng):
    problem = instance(rng)
    method = GreedySinkhorn().resolve(problem)
    state = method.init(problem, np.zeros(9))
    x, p, t = state.x, method.marginals, problem.regularization
    s = problem.gradient(x) + p
    new = method.step(problem, state).x
    i = int(np.flatnonzero(new != x)[0])
    yield equal(
        t * (s[i] - p[i] + p[i] * np.log(p[i] / s[i])), problem.value(x) - problem.value(new)
    )


@check_of("eq-line")
def line(rng):
    x, y, p = rng.normal(size=6), rng.normal(size=6), rng.uniform(1, 3)
    costs = np.abs(np.sort(x) - np.sort(y)) ** p
    yield equal(costs.mean(), wasserstein_1d(x, y, p=p) ** p)
    equal_masses = np.full(6, 1 / 6)
    cost = np.abs(np.subtract.outer(x, y)) ** p
    yield equal(costs.mean(), np.sum(cost * optimal_plan(cost, equal_masses, equal_masses)))


@check_of("eq-bures")
def bures(rng):
    from scipy.linalg import sqrtm

    m, n = rng.normal(size=(2, 3))
    S, T = (A @ A.T for A in rng.normal(size=(2, 3, 3)))
    R = sqrtm(S).real
    middle = sqrtm(R @ T @ R).real
    yield equal(
        np.sum((m - n) ** 2) + np.trace(S + T - 2 * middle), gaussian_distance(m, S, n, T) ** 2,
        rtol=1e-7,
    )  # fmt: skip
