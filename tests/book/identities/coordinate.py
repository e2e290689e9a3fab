"""What the chapter on coordinate and block methods displays."""

from __future__ import annotations

import itertools

import numpy as np

import optedu as oe
from optedu.coordinate.acoder import accelerated_weight
from optedu.coordinate.bound_clustering import Clustering
from optedu.coordinate.forests import forest_solve
from optedu.coordinate.fractional import Ratio, best_step
from optedu.problems.generators import (
    quadratic_with_spectrum,
    random_lasso,
    random_logistic,
    random_quadratic,
)
from tests.book.identities.instances import norm, square
from tests.book.identities.statements import check_of, equal, increasing, true


def losses(rng, d=5):
    """Return a quadratic and a logistic regression with a point for each."""
    return [
        (f, 2 * rng.standard_normal(d))
        for f in (random_quadratic(d, 20.0, rng, 2.0), random_logistic(20, d, rng, 0.1))
    ]


def after(method, f, x, k=1):
    return oe.run(method, f, x, max_iter=k, tol=0.0, execution="python", progress=False).x


@check_of("eq-cd-step")
def coordinate_step(rng):
    for f, x in losses(rng):
        g, L = f.gradient(x), f.coordinate_smoothness
        moved = after(oe.CyclicCoordinateDescent(), f, x)
        yield equal(moved[0], x[0] - g[0] / L[0])
        yield equal(moved[1:], x[1:])


@check_of("eq-cd-decrease")
def coordinate_decrease(rng):
    for f, x in losses(rng):
        g, L = f.gradient(x), f.coordinate_smoothness
        moved = after(oe.CyclicCoordinateDescent(), f, x)
        promised = g[0] ** 2 / (2 * L[0])
        yield increasing(promised, f.value(x) - f.value(moved))
        if isinstance(f, oe.problems.Quadratic):
            yield equal(f.value(x) - f.value(moved), promised)


def expected(f, x, p, k):
    """Return E f(x_k) - f* of random steps on a quadratic, from the second moment of the error."""
    d, e = x.size, x - f.minimizer
    second, axes = np.outer(e, e), np.eye(d)
    steps = [np.eye(d) - np.outer(axes[i], f.A[i]) / f.A[i, i] for i in range(d)]
    for _ in range(k):
        second = sum(q * M @ second @ M.T for q, M in zip(p, steps, strict=True))
    return 0.5 * np.sum(f.A * second)


@check_of("eq-cd-random")
def random_rate(rng):
    k = int(rng.integers(1, 20))

    def bound(mu, L, first):
        return (1 - mu / np.sum(L)) ** k * first

    f = random_quadratic(5, 20.0, rng, 2.0)
    x, L = rng.standard_normal(5), f.coordinate_smoothness
    first = f.value(x) - f.minimum
    yield increasing(expected(f, x, L / L.sum(), k), bound(f.strong_convexity, L, first))
    sphere = quadratic_with_spectrum(np.full(5, 0.7), rng)
    e = x - sphere.minimizer
    yield equal(
        expected(sphere, x, np.full(5, 0.2), k),
        bound(0.7, sphere.coordinate_smoothness, 0.35 * square(e)),
    )


def one_norm_constant(A):
    """Return mu_1 by a search over the faces of the ball, apart from the formula with signs."""
    best = np.inf
    d = A.shape[0]
    for size in range(1, d + 1):  # on each face minimize <x, A x> with <s, x> = 1
        for face in itertools.combinations(range(d), size):
            for s in itertools.product((-1.0, 1.0), repeat=size):
                part, s = A[np.ix_(face, face)], np.array(s)
                u = np.linalg.solve(part, s)
                x = u / (s @ u)
                if (x * s >= 0).all():
                    best = min(best, x @ part @ x)
    return best


@check_of("eq-cd-greedy")
def greedy_rate(rng):
    k = int(rng.integers(1, 20))

    def bound(mu_1, L, first):
        return (1 - mu_1 / L) ** k * first

    f = random_quadratic(4, 20.0, rng, 2.0)
    x, L = rng.standard_normal(4), f.coordinate_smoothness.max()
    mu, mu_1 = f.strong_convexity, one_norm_constant(f.A)
    yield increasing(mu / 4, mu_1, mu)
    reached = f.value(after(oe.GreedyCoordinateDescent(False), f, x, k))
    first, gap = f.value(x) - f.minimum, reached - f.minimum
    yield increasing(gap, bound(mu_1, L, first))
    k = 1
    sphere = oe.problems.Quadratic(0.7 * np.eye(4), rng.standard_normal(4))
    x = sphere.minimizer + 1.3
    reached, least = (
        sphere.value(after(oe.GreedyCoordinateDescent(False), sphere, x)),
        sphere.minimum,
    )
    first, gap = sphere.value(x) - least, reached - least
    yield equal(gap, bound(0.7 / 4, 0.7, first))


@check_of("eq-cd-one-norm")
def one_norm(rng):
    A = random_quadratic(4, 20.0, rng, 2.0).A
    signs = np.array(list(itertools.product((1.0, -1.0), repeat=4)))
    yield equal(1 / one_norm_constant(A), max(s @ np.linalg.solve(A, s) for s in signs))
    curvatures = rng.uniform(0.5, 2.0, 4)
    yield equal(one_norm_constant(np.diag(curvatures)), 1 / np.sum(1 / curvatures))


@check_of("eq-cd-cyclic")
def cyclic_rate(rng):
    c, d = int(rng.integers(1, 5)), 3

    def factor(mu, L, most, least):
        return mu / (2 * most * (1 + d * L**2 / least**2))

    f = random_quadratic(d, 5.0, rng, 2.0)
    x, L_i = rng.standard_normal(d), f.coordinate_smoothness
    share = factor(f.strong_convexity, f.smoothness, L_i.max(), L_i.min())
    first = f.value(x) - f.minimum
    last = f.value(after(oe.CyclicCoordinateDescent(), f, x, c * d)) - f.minimum
    bound = (1 - share) ** c * first
    yield increasing(last, bound)
    yield true(0 < share < f.strong_convexity / (2 * L_i.max()))
    # the two inequalities of the proof
    y, derivatives = x.copy(), []
    for i in range(d):
        derivatives.append(f.coordinate_gradient(i, y))
        y = y - derivatives[i] / L_i[i] * np.eye(d)[i]
    used, room = np.array(derivatives), 1 + d * f.smoothness**2 / L_i.min() ** 2
    yield increasing(square(f.gradient(x)), 2 * room * square(used))
    yield increasing(square(used) / (2 * L_i.max()), f.value(x) - f.value(y))
    yield equal(share, f.strong_convexity / (2 * L_i.max() * room))


def one_block(rng, f, x, update):
    """Return the block that a greedy step takes, its part of g, H and L_b, and where it goes."""
    method = oe.GreedyBlockDescent(2, "GSD", update).resolve(f)
    state = method.step(f, method.init(f, x))
    b = state.block
    H_b = f.hessian_bound[np.ix_(b, b)]
    return b, f.gradient(x)[b], H_b, np.linalg.eigvalsh(H_b)[-1], state.x


@check_of("eq-cd-block")
def block_updates(rng):
    for f, x in losses(rng):
        b, g, H, L, moved = one_block(rng, f, x, "scalar")
        yield equal(moved[b], x[b] - g / L)
        yield equal(np.delete(moved, b), np.delete(x, b))
        b, g, H, L, moved = one_block(rng, f, x, "matrix")
        yield equal(moved[b], x[b] - np.linalg.solve(H, g))


@check_of("eq-cd-block-decrease")
def block_decrease(rng):
    for f, x in losses(rng):
        _, g, H, L, moved = one_block(rng, f, x, "scalar")
        by_number, by_matrix = square(g) / (2 * L), 1 / 2 * g @ np.linalg.solve(H, g)
        yield increasing(by_number, by_matrix)
        yield increasing(by_number, f.value(x) - f.value(moved))
        _, g, H, L, moved = one_block(rng, f, x, "matrix")
        yield increasing(by_matrix, f.value(x) - f.value(moved))
        if isinstance(f, oe.problems.Quadratic):
            yield equal(f.value(x) - f.value(moved), 1 / 2 * g @ np.linalg.solve(H, g))


@check_of("eq-cd-message")
def message(rng):
    d = 4  # a star: three leaves send to node 0
    H = np.diag(rng.uniform(3.0, 5.0, d))
    H[0, 1:] = H[1:, 0] = rng.standard_normal(d - 1)
    g = rng.standard_normal(d)

    def pivot(leaves):
        return H[0, 0] - sum(H[i, 0] ** 2 / H[i, i] for i in leaves)

    def right(leaves):
        return g[0] - sum(H[i, 0] / H[i, i] * g[i] for i in leaves)

    u = np.linalg.solve(H, g)
    leaves = range(1, d)
    yield equal(u[0], right(leaves) / pivot(leaves))
    yield equal(u[1:], [(g[i] - H[i, 0] * u[0]) / H[i, i] for i in leaves])
    parent = np.array([-1, 0, 0, 0])
    yield equal(forest_solve(H, np.arange(d), parent, g), u)


@check_of("eq-cd-prox")
def prox_step(rng):
    problem = random_lasso(5, 20.0, rng, weight=0.5)
    x = 2 * rng.standard_normal(5)
    g, L = problem.gradient(x), problem.coordinate_smoothness
    moved = after(oe.ProximalCoordinateDescent(), problem, x)
    z = x[0] - g[0] / L[0]
    soft = np.sign(z) * max(abs(z) - 0.5 / L[0], 0.0)
    yield equal(moved[0], soft)
    yield equal(moved[1:], x[1:])
    axis = np.eye(5)[0]
    for other in moved + rng.normal(size=(10, 1)) * axis:
        yield increasing(problem.value(moved), problem.value(other))


@check_of("thm-cd-support")
def support(rng):
    weight = 0.5
    problem = random_lasso(8, 20.0, rng, weight=weight)
    solution, L = problem.solution, problem.smoothness
    zero = np.flatnonzero(solution == 0)
    if zero.size == 0:
        yield true(True)
        return
    slope = np.abs(problem.gradient(solution))[zero]
    delta = (weight - slope).min()
    v = rng.standard_normal(8)
    x = solution + delta / (2 * L) * v / norm(v)
    L_i = problem.coordinate_smoothness
    for i in zero:
        z = x.copy()
        z[i] = x[i] - problem.coordinate_gradient(i, x) / L_i[i]
        before = abs(L_i[i] * z[i])
        yield equal(problem.coordinate_prox(i, z, 1 / L_i[i]), 0.0)
        yield increasing(before, weight)


def cycled(method, problem, x):
    """Return the point after one cycle."""
    method = oe.run(method, problem, x, max_iter=0).method
    return method.step(problem, method.init(problem, x)).x


@check_of("eq-cb-decrease")
def cycle_decrease(rng):
    f, x = random_quadratic(5, 20.0, rng), 2 * rng.standard_normal(5)
    L = f.coordinate_smoothness
    new = cycled(oe.CyclicProximalBlockDescent(), oe.problems.Composite(f, oe.problems.L1(0.0)), x)
    yield equal(f.value(x) - f.value(new), np.sum(L / 2 * (new - x) ** 2))
    F = oe.problems.Composite(f, oe.problems.L1(0.3))
    L = oe.CyclicProximalBlockDescent(block_size=2).resolve(F).block_smoothness
    new = cycled(oe.CyclicProximalBlockDescent(block_size=2), F, x)
    moved = np.add.reduceat(np.square(np.subtract(new, x)), [0, 2, 4])
    yield increasing(np.sum(L / 2 * moved), np.subtract(F.value(x), F.value(new)))


@check_of("eq-cb-weight")
def dual_averaging_weight(rng):
    A, L, gamma = rng.uniform(0, 5), 10 ** rng.uniform(-1, 1), rng.uniform(0, 2)
    a = accelerated_weight(A, L, gamma)
    A_new = np.add(A, a)
    yield equal(a**2, 2 * (1 + gamma * A) / (5 * L) * A_new)
    yield equal(A_new, A + a)


@check_of("eq-cb-spring")
def spring(rng):
    F, weight = oe.problems.PowellCycle(), rng.uniform(0.1, 3)
    x = rng.uniform(-2, 2, 3)

    def total(u):
        return F.value(u) + weight / 2 * square(u - x)

    new = F.block_prox(1, x, 1 / weight)
    for u in rng.uniform(-2, 2, 40):
        yield true(total(new) <= total(np.array([x[0], u, x[2]])))


@check_of("eq-cb-spring-decrease")
def spring_decrease(rng):
    F, weight = oe.problems.PowellCycle(), rng.uniform(0.1, 3)
    x = rng.uniform(1, 2, 3)
    new = cycled(oe.ProximalBlockMinimization(weight), F, x)
    yield increasing(weight / 2 * square(new - x), F.value(x) - F.value(new))


@check_of("eq-cb-ratio")
def fractional_step(rng):
    R, C = rng.standard_normal((2, 4, 4))
    problem = Ratio(R @ R.T / 9 + np.eye(4), C @ C.T / 900, l1=0.5, alpha=1.0, beta=1.0)
    x, i, theta = rng.standard_normal(4), int(rng.integers(4)), rng.uniform(0, 3)
    e, slope, curvature = np.eye(4)[i], 2 * problem.A[i] @ x, 2 * problem.A[i, i]
    f, h, g = problem.smooth(x), lambda u: 0.5 * np.abs(u).sum(), problem.denominator

    def height(s):
        return (f + s * slope + (curvature + theta) / 2 * s**2 + h(x + s * e)) / g(x + s * e)

    top, bottom = problem.on_a_line(x, i, theta)
    best = best_step(top, bottom, x[i], 0.5)
    yield equal(
        height(0.7),
        (np.polyval(top[::-1], 0.7) + 0.5 * abs(np.add(x[i], 0.7))) / np.polyval(bottom[::-1], 0.7),
    )
    for s in 3 * rng.standard_normal(30):
        yield increasing(height(best), height(s))


def clusters(rng):
    """Return a clustering problem, assignments, prototypes and squared distances."""
    X, C = rng.standard_normal((8, 2)), rng.standard_normal((8, 8))
    problem = Clustering(X, C @ C.T, rng.uniform(0.1, 2), 1.0)
    S, M = rng.dirichlet(np.ones(3), 8), rng.standard_normal((3, 2))
    return problem, S, M, problem.distances(M)


@check_of("eq-cb-clusters")
def clustering_energy(rng):
    problem, S, M, D = clusters(rng)
    W, weight = problem.W, problem.weight
    energy = problem.energy(S, M)
    yield equal(np.sum(S * D) - weight / 2 * np.sum(S * (W @ S)) + np.sum(S * np.log(S)), energy)


@check_of("eq-cb-softmax")
def clustering_assignment(rng):
    problem, S, M, D = clusters(rng)
    W, weight = problem.W, problem.weight

    def softmax(height):
        weights = np.exp(height)
        return weights / weights.sum(axis=1, keepdims=True)

    yield equal(softmax(-D + weight * (W @ S)), problem.assign(S, M))
