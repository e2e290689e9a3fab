"""What the chapter on projection-free methods displays."""

from __future__ import annotations

import numpy as np

import optedu as oe
from optedu.problems.generators import random_quadratic
from optedu.projection_free.averaging import averaged_step
from tests.book.identities.instances import norm, square
from tests.book.identities.statements import check_of, equal, increasing

P = oe.problems


def over_polytope(rng, d=3):
    """Return a quadratic over a random polytope, its vertices, and a point inside."""
    V = rng.standard_normal((7, d)) + rng.standard_normal(d)
    f = random_quadratic(d, 8.0, rng, smoothness=float(rng.uniform(0.5, 3.0)))
    x = rng.dirichlet(np.ones(7)) @ V
    return P.Constrained(f, P.Polytope(V)), V, x


def best(problem):
    """Return the minimum, by the fully corrective method."""
    start = problem.feasible.vertices[0]
    trace = oe.run(oe.FullyCorrectiveFrankWolfe(1e-6), problem, start, max_iter=100, tol=1e-12,
                   execution="python", progress=False)  # fmt: skip
    return float(trace.values[-1])


@check_of("eq-fw-gap")
def gap(rng):
    problem, V, x = over_polytope(rng)
    g, f_star = problem.gradient(x), best(problem)
    largest = max(g @ (x - s) for s in V)
    yield increasing(problem.value(x) - f_star, largest)
    yield equal(g @ x - g @ problem.linear_minimizer(g), largest)
    flat = P.Constrained(P.Quadratic(1e-12 * np.eye(3), rng.standard_normal(3)), problem.feasible)
    g = flat.gradient(x)  # attained where f is linear
    lowest = min(flat.value(v) for v in V)
    yield equal(flat.value(x) - lowest, max(g @ (x - s) for s in V), rtol=1e-9)


@check_of("eq-fw-step")
def step(rng):
    problem, V, x = over_polytope(rng)
    k = int(rng.integers(1, 50))
    state = oe.FrankWolfe().init(problem, x)._replace(k=k)
    s = V[np.argmin(V @ problem.gradient(x))]
    t = 2 / (k + 2)
    yield equal(oe.FrankWolfe().step(problem, state).x, (1 - t) * x + t * s)
    yield equal(t, 2 / (k + 2))


@check_of("eq-fw-short")
def short(rng):
    problem, V, x = over_polytope(rng)
    L, g = problem.smoothness, problem.gradient(x)
    s = V[np.argmin(V @ g)]
    method = oe.ShortStepFrankWolfe().resolve(problem)
    new = method.step(problem, method.init(problem, x)._replace(k=3)).x
    t = min(1, g @ (x - s) / (L * square(s - x)))
    yield equal(new, x + t * (s - x))
    yield equal(norm(new - x), min(1, g @ (x - s) / (L * square(s - x))) * norm(s - x))


@check_of("thm-fw")
def rate(rng):
    problem, _, x = over_polytope(rng)
    L, D, f_star = problem.smoothness, problem.feasible.diameter, best(problem)
    for method in (oe.FrankWolfe(), oe.ShortStepFrankWolfe(), oe.LineSearchFrankWolfe()):
        values = oe.run(method, problem, x, max_iter=20, tol=0, execution="python").values
        for k in (1, 2, 5, 20):
            reached = values[min(k, len(values) - 1)]
            yield increasing(reached - f_star, 2 * L * D**2 / (k + 2))
    line = P.Constrained(P.Quadratic([[L]], [0.0]), P.Box([0.0], [D]), np.zeros(1))
    first = oe.FrankWolfe().step(line, oe.FrankWolfe().init(line, np.zeros(1))).x
    yield equal(line.value(first), 3 / 4 * (2 * L * D**2 / (1 + 2)))


@check_of("eq-fw-lower")
def lower(rng):
    d = int(rng.integers(5, 12))
    k = int(rng.integers(1, d))
    w = rng.dirichlet(np.ones(k))
    x = np.concatenate((w, np.zeros(d - k)))
    f_star = square(np.full(d, 1 / d))
    yield increasing(1 / k, square(x))
    even = np.concatenate((np.full(k, 1 / k), np.zeros(d - k)))
    yield equal(square(even) - f_star, 1 / k - 1 / d)
    yield equal(f_star, 1 / d)


@check_of("eq-fw-pairwise")
def pairwise(rng):
    problem, V, x = over_polytope(rng)
    g = problem.gradient(x)
    a, s = V[np.argmax(V @ g)], V[np.argmin(V @ g)]
    yield equal(g @ (a - s), g @ (x - s) + g @ (a - x))


@check_of("eq-fw-sliding")
def sliding(rng):
    problem, _, x = over_polytope(rng)
    L, D, f_star = problem.smoothness, problem.feasible.diameter, best(problem)
    values = oe.run(oe.ConditionalGradientSliding(), problem, x, max_iter=20, tol=0,
                    execution="python").values  # fmt: skip
    method = oe.ConditionalGradientSliding().resolve(problem)
    for k in (1, 2, 5, 20):
        reached = values[min(k, len(values) - 1)]
        yield increasing(reached - f_star, 15 * L * D**2 / (2 * (k + 1) * (k + 2)))
        yield equal(method.guarantee(problem, k, x).bound, 15 * L * D**2 / (2 * (k + 1) * (k + 2)))


@check_of("eq-fw-random")
def random_direction(rng):
    from optedu.projection_free.random_direction_frank_wolfe import direction_differences

    base = random_quadratic(3, 5.0, rng)
    f = P.NoisyQuadratic(base.A, rng.standard_normal((2, 3)))
    x, c, seed = rng.standard_normal(3), float(rng.uniform(0.1, 1.0)), int(rng.integers(1000))
    z = np.random.default_rng(seed).standard_normal(3)
    found = direction_differences(f, 1, x, c, 1, np.random.default_rng(seed))
    yield equal(found, (f.component_value(1, x + c * z) - f.component_value(1, x)) / c * z)
    # the mean over z = +-sqrt(3) e_j, which has the moments of a normal z up to the third
    mean = np.zeros(3)
    for j in range(3):
        for sign in (1.0, -1.0):
            z = sign * np.sqrt(3) * np.eye(3)[j]
            mean += (f.component_value(1, x + c * z) - f.component_value(1, x)) / c * z / 6
    yield equal(mean, f.component_gradient(1, x))


@check_of("eq-fw-average")
def average(rng):
    problem, V, x = over_polytope(rng)
    d, k, n = 3, int(rng.integers(0, 100)), 1
    f = P.NoisyQuadratic(problem.objective.A, rng.standard_normal((n, d)))
    noisy = P.Constrained(f, problem.feasible)
    y, g = rng.standard_normal(d), rng.standard_normal(d)
    rho = min(1, 4 / (d ** (1 / 3) * (k + 8) ** (2 / 3)))
    t = 2 / (k + 8)
    new, averaged = averaged_step(noisy, x, y, g, k, rho)
    yield equal(averaged, (1 - rho) * y + rho * g)
    s = V[np.argmin(V @ averaged)]
    yield equal(new, (1 - t) * x + t * s)
    method, draw = oe.RandomDirectionFrankWolfe(components=1), np.random.default_rng
    state = method.init(noisy, x, draw(0))._replace(k=k, d=y)
    from optedu.projection_free.random_direction_frank_wolfe import direction_differences

    source = draw(0)
    source.integers(0, 1)
    g = direction_differences(f, 0, x, 2 / (d**1.5 * (k + 8) ** (1 / 3)), 1, source)
    rho_k = min(1, 4 / (d ** (1 / 3) * (k + 8) ** (2 / 3)))
    yield equal(method.step(noisy, state, draw(0)).d, (1 - rho_k) * y + rho_k * g)
