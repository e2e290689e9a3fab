"""What the chapter on mirrors and regret displays."""

from __future__ import annotations

import numpy as np
from scipy.integrate import quad

import optedu as oe
from optedu.mirror.averaged_iteration import averaged_path
from optedu.mirror.regret import play, regret
from optedu.problems.generators import random_quadratic
from tests.book.identities.instances import after, height, lifted, norm
from tests.book.identities.statements import check_of, equal, increasing, true

P = oe.problems
E = np.e


def simplex_point(rng, d=5):
    return 0.9 * rng.dirichlet(np.ones(d)) + 0.1 / d


def logs(x):
    return np.sum(x * np.log(x))


@check_of("eq-bregman")
def bregman(rng):
    u, x = simplex_point(rng), simplex_point(rng)
    slope = np.log(x) + 1
    yield equal(P.EntropyGeometry().divergence(u, x), logs(u) - logs(x) - slope @ (u - x))
    psi, slope = P.PNormGeometry(1.5, 9.0), np.sign(x - 0.2) * np.sqrt(np.abs(x - 0.2))
    x, u = x - 0.2, u - 0.2
    slope = slope * np.sum(np.abs(x) ** 1.5) ** (1 / 3)

    def half(v):
        return np.sum(np.abs(v) ** 1.5) ** (4 / 3) / 2

    yield equal(psi.divergence(u, x), half(u) - half(x) - slope @ (u - x))


@check_of("eq-mirror-step")
def mirror_step(rng):
    geometry, x, g = P.EntropyGeometry(), simplex_point(rng), rng.standard_normal(5)
    h = float(rng.uniform(0.1, 2.0))

    def model(u):
        return g @ u + geometry.divergence(u, x) / h

    best = geometry.mirror_step(x, g, h)
    for _ in range(20):
        yield true(model(best) <= model(simplex_point(rng)))
    f = P.LinearRounds(g[None])
    yield equal(after(oe.MirrorDescent(h), P.Mirrored(f, geometry), x, 1), best)


@check_of("eq-entropy-step")
def entropy_step(rng):
    x, g, h = simplex_point(rng), rng.standard_normal(5), float(rng.uniform(0.1, 2.0))
    new = P.EntropyGeometry().mirror_step(x, g, h)
    yield equal(new, x * np.exp(-h * g) / np.sum(x * np.exp(-h * g)))


@check_of("thm-mirror")
def mirror_theorem(rng):
    """Attained by a linear function on a ball whose border the last step meets."""
    n, r = int(rng.integers(1, 30)), float(rng.uniform(0.3, 3.0))
    c = rng.standard_normal(4)
    c, h, lift, start = c / norm(c), r / n, height(rng), rng.standard_normal(4)
    ball = P.EuclideanGeometry(P.L2Ball(start, r))
    problem = P.Mirrored(P.LinearRounds(c[None]), ball)
    average = after(oe.MirrorDescent(h, average=True), problem, start, n - 1)
    D, M, rho = r**2 / 2, norm(c), ball.modulus
    value, least = c @ average + lift, c @ (start - r * c) + lift
    yield equal(value - least, D / (h * n) + h * M**2 / (2 * rho))
    longer = 1.7 * h
    average = after(oe.MirrorDescent(longer, average=True), problem, start, n - 1)
    bound = D / (longer * n) + longer * M**2 / (2 * rho)
    value = c @ average + lift
    yield increasing(value - least, bound)


@check_of("eq-mirror-dimension")
def mirror_dimension(rng):
    d, n = int(rng.integers(2, 40)), int(rng.integers(1, 60))
    c = rng.uniform(-1, 1, (1, d))
    M, f_star = float(np.abs(c).max()), float(c.min())
    h = np.sqrt(2 * np.log(d) / n) / M
    problem = P.Mirrored(P.LinearRounds(c), P.EntropyGeometry(), np.eye(d)[c[0].argmin()], M)
    method = oe.MirrorDescent(h, average=True)
    gap = c[0] @ after(method, problem, np.full(d, 1 / d), n - 1) - f_star
    yield increasing(gap, M * np.sqrt(2 * np.log(d) / n))
    stated = method.guarantee(problem, n - 1, np.full(d, 1 / d)).bound
    yield equal(stated, M * np.sqrt(2 * np.log(d) / n))


@check_of("eq-relative")
def relative(rng):
    f = random_quadratic(4, 20.0, int(rng.integers(1000)), smoothness=2.0)
    inside = simplex_point(rng, 4)
    f = lifted(P.Quadratic(f.A, f.A @ inside), height(rng))  # its minimizer is on the simplex
    problem, x0 = P.Mirrored(f, P.EntropyGeometry(), inside), simplex_point(rng, 4)
    h, D = 1 / problem.relative_smoothness, problem.divergence(inside, x0)
    for k in (1, 3, 20):
        x = after(oe.MirrorDescent(), problem, x0, k)
        yield increasing(f.value(x) - f.minimum, D / (h * k))


def game(rng, n=4, m=5):
    return P.MatrixGame(rng.uniform(-1, 1, (n, m)))


@check_of("eq-game-gap")
def game_gap(rng):
    problem, x, y = game(rng), simplex_point(rng, 4), simplex_point(rng, 5)
    A = problem.A
    yield equal(problem.duality_gap(np.append(x, y)), np.max(A.T @ x) - np.min(A @ y))
    yield increasing(np.min(A @ y), x @ A @ y, np.max(A.T @ x))


@check_of("eq-mirror-prox")
def mirror_prox(rng):
    problem = game(rng)
    z = np.append(simplex_point(rng, 4), simplex_point(rng, 5))
    h, step = float(rng.uniform(0.1, 1.0)), problem.mirror_step
    state = oe.MirrorProx(h).step(problem, oe.MirrorProx(h).init(problem, z))
    entropy = P.EntropyGeometry()

    def look(u):
        D = entropy.divergence(u[:4], z[:4]) + entropy.divergence(u[4:], z[4:])
        return problem.vector_field(z) @ u + D / h

    def move(u):
        D = entropy.divergence(u[:4], z[:4]) + entropy.divergence(u[4:], z[4:])
        return problem.vector_field(w) @ u + D / h

    w = step(z, problem.vector_field(z), h)
    yield equal(state.x, w)
    for _ in range(20):
        other = np.append(simplex_point(rng, 4), simplex_point(rng, 5))
        yield true(look(state.x) <= look(other))
        yield true(move(state.z) <= move(other))


@check_of("eq-prox-rate")
def prox_rate(rng):
    n = int(rng.integers(2, 6))
    problem = game(rng, n, n)
    L = np.abs(problem.A).max()
    for k in (1, 5, 50):
        x = after(oe.MirrorProx(), problem, problem.start, k)
        yield increasing(problem.duality_gap(x), L * (np.log(n) + np.log(n)) / k)


@check_of("eq-regret")
def regret_of(rng):
    costs = rng.uniform(0.2, 1, (20, 4))
    problem, u = P.Mirrored(P.LinearRounds(costs), P.EntropyGeometry()), simplex_point(rng, 4)
    xs = play(oe.ExponentiatedGradient(0.3), problem)
    found = regret(problem, xs, u)[-1]
    yield equal(found, sum(c @ x - c @ u for c, x in zip(costs, xs, strict=True)))


@check_of("eq-hedge")
def hedge(rng):
    n, d, h = int(rng.integers(5, 60)), int(rng.integers(2, 8)), float(rng.uniform(0.05, 2.0))
    costs = rng.uniform(0, 1, (n, d))
    if rng.random() < 0.5:
        costs = np.where((np.arange(n)[:, None] + np.arange(d)) % 2, 1.0, 0.0)
    problem = P.Mirrored(P.LinearRounds(costs), P.EntropyGeometry())
    xs = play(oe.ExponentiatedGradient(h), problem)
    worst = max(regret(problem, xs, u)[-1] for u in np.eye(d))
    yield increasing(worst, np.log(d) / h + h * n / 8)
    yield equal(oe.ExponentiatedGradient(h).regret_bound(d, n), np.log(d) / h + h * n / 8)


def market(rng, n=6):
    returns = np.exp(rng.normal(0.0, 0.2, (n, 3)))
    return P.Constrained(P.Portfolio(returns), P.Simplex()), returns


@check_of("eq-newton-step")
def newton_step(rng):
    """Where the projection is idle, in all of space."""
    problem, _ = market(rng)
    free = P.Constrained(problem.objective, P.L2Ball(np.zeros(3), 100.0))
    gamma, eps, x = (
        float(rng.uniform(2.0, 9.0)),
        float(rng.uniform(1.0, 3.0)),
        simplex_point(rng, 3),
    )
    g = free.component_gradient(0, x)

    def moved(A):
        return x - np.linalg.solve(A, g) / gamma

    def matrix(A):
        return A + np.outer(g, g)

    method = oe.OnlineNewtonStep(1 / gamma, eps, 6)
    state = method.step(free, method.init(free, x))
    yield equal(state.A, matrix(eps * np.eye(3)))
    yield equal(state.x, moved(matrix(eps * np.eye(3))), rtol=1e-8)


@check_of("eq-newton-bound")
def newton_bound(rng):
    problem, returns = market(rng)
    R, M = np.sqrt(2), (np.linalg.norm(returns, axis=1) / returns.min(axis=1)).max()
    gamma = min(1 / (4 * M * R), 1.0) / 2
    eps = float(rng.uniform(1.0, 3.0)) / (gamma * R) ** 2
    method, A = oe.OnlineNewtonStep(1 / gamma, eps), eps * np.eye(3)
    xs = play(method, problem, np.full(3, 1 / 3))
    for i, x in enumerate(xs):
        g = problem.component_gradient(i, x)
        A = A + np.outer(g, g)
    grown = np.linalg.slogdet(A / eps)[1]
    worst = max(regret(problem, xs, u)[-1] for u in np.eye(3))
    yield increasing(max(worst, 0.0), grown / (2 * gamma) + gamma * eps * R**2 / 2)
    yield equal(method.regret_bound(A, R), grown / (2 * gamma) + gamma * eps * R**2 / 2)


@check_of("eq-optimistic")
def optimistic(rng):
    costs, h = rng.standard_normal((4, 5)), float(rng.uniform(0.1, 1.0))
    geometry, z = P.EntropyGeometry(), simplex_point(rng)
    problem = P.Mirrored(P.LinearRounds(costs), geometry)
    method = oe.OptimisticMirrorDescent(h, adaptive=False, components=4)
    state = method.step(problem, method.init(problem, z))

    def settled(u):
        return costs[0] @ u + geometry.divergence(u, z) / h

    def hoped(u):
        return costs[0] @ u + geometry.divergence(u, state.z) / h

    for _ in range(20):
        other = simplex_point(rng)
        yield true(settled(state.z) <= settled(other))
        yield true(hoped(state.x) <= hoped(other))


@check_of("eq-optimistic-bound")
def optimistic_bound(rng):
    n, h = int(rng.integers(2, 40)), float(rng.uniform(0.5, 3.0))
    costs = rng.uniform(-1, 1, (n, 4))
    problem = P.Mirrored(P.LinearRounds(costs), P.EntropyGeometry())
    method = oe.OptimisticMirrorDescent(h, adaptive=False)
    xs = play(method, problem)
    S = np.sum(np.abs(np.diff(costs, axis=0, prepend=0.0)).max(axis=1) ** 2)
    for u in np.eye(4):
        D, found = problem.divergence(u, np.full(4, 0.25)), regret(problem, xs, u)[-1]
        yield increasing(found, D / h + h / 2 * S)
    said = method.regret_bound(problem, S, np.full(4, 0.25), np.eye(4)[0])
    yield equal(said, np.log(4) / h + h / 2 * S)


@check_of("eq-rent")
def rent(rng):
    t = float(rng.uniform(0.05, 1.0))

    def buyers(z):
        return (z + 1) * np.exp(z) / (E - 1)

    def renters(z):
        return t * np.exp(z) / (E - 1)

    yield equal(quad(buyers, 0, t)[0] + quad(renters, t, 1)[0], E / (E - 1) * t)


@check_of("eq-clock")
def clock(rng):
    s = float(rng.uniform(0, 1))
    f, F = np.exp(s) / (E - 1), quad(lambda z: np.exp(z) / (E - 1), 0, s)[0]
    yield equal(1 - F + f, E / (E - 1))


@check_of("eq-averaged")
def averaged(rng):
    m, k = float(rng.uniform(-0.9, 0.95)), int(rng.integers(1, 60))
    fixed, start = float(rng.standard_normal()), float(rng.standard_normal())
    path = averaged_path(lambda s: fixed + m * (s - fixed), start, k)
    factor = float(path[-1] - fixed) / (start - fixed)
    yield equal(factor, np.prod([1 - 2 * (1 - m) / (i + 2) for i in range(k)]), atol=1e-10)
