"""What the chapter on problems, oracles and certificates displays."""

from __future__ import annotations

import numpy as np

import optedu as oe
from optedu.foundations.center_of_gravity import centroid, clip
from optedu.foundations.ellipsoid_method import EllipsoidMethodState, volume_ratio
from optedu.foundations.gram_iteration import gram_iteration
from optedu.foundations.lojasiewicz import gap_bound, least_squares_constant, length_bound
from optedu.foundations.reverse_mode import call, unary_form, value_and_pullback
from optedu.problems.generators import random_rotation
from tests.book.identities.instances import (
    height,
    lifted,
    norm,
    smooth_convex,
    square,
    stated,
    states,
    strongly_convex,
)
from tests.book.identities.statements import check_of, equal, increasing


@check_of("eq-convex")
def convex(rng):
    affine = lifted(oe.problems.MaxLinear(rng.standard_normal((1, 3)), [0.0]), height(rng))
    kinks = lifted(oe.problems.MaxLinear(rng.standard_normal((5, 3)), np.zeros(5)), height(rng))
    for f in [affine, kinks, *smooth_convex(rng)]:
        compare = equal if f is affine else increasing
        x, y = 2 * rng.standard_normal((2, 3))
        theta = rng.uniform()
        chord = f.value((1 - theta) * x + theta * y)
        yield compare(chord, (1 - theta) * f.value(x) + theta * f.value(y))
        yield equal(chord, f.value((1 - theta) * x + theta * y))


@check_of("eq-sandwich")
def sandwich(rng):
    bowl, *others = strongly_convex(rng)
    for f in [bowl, *others]:
        mu, L = f.strong_convexity, f.smoothness
        x, y = rng.standard_normal((2, 3))

        def remainder(f=f, x=x, y=y):
            return f.value(y) - f.value(x) - f.gradient(x) @ (y - x)

        yield increasing(mu / 2 * square(y - x), remainder(), L / 2 * square(y - x))


@check_of("thm-certificate")
def small_gradient(rng):
    for i, f in enumerate(strongly_convex(rng)):
        x, mu = 2 * rng.standard_normal(3), f.strong_convexity
        compare = increasing if i else equal  # the bowl attains both
        yield compare(f.value(x) - f.minimum, square(f.gradient(x)) / (2 * mu))
        yield compare(norm(x - f.minimizer), norm(f.gradient(x)) / mu)


@check_of("eq-ellipsoid")
def ellipsoid(rng):
    d = int(rng.integers(2, 7))
    B, g, x = rng.standard_normal((d, d)), rng.standard_normal(d), rng.standard_normal(d)
    linear = oe.Problem.from_functions(lambda z: g @ z, gradient=lambda z: g)
    new = oe.EllipsoidMethod(1.0).step(linear, EllipsoidMethodState(x, B, g))
    P = B @ B.T
    yield equal(new.x, x - 1 / (d + 1) * P @ g / np.sqrt(g @ P @ g))
    cut = np.outer(P @ g, g @ P) / (g @ P @ g)
    yield equal(new.B @ new.B.T, d**2 / (d**2 - 1) * (P - 2 / (d + 1) * cut))


def peak(rng, d):
    """Return a rotated maximum norm plus a constant, and the function of its largest values."""
    Q, center, c = random_rotation(d, rng), rng.standard_normal(d), height(rng)
    rows = np.vstack([Q, -Q])
    norm_ = oe.problems.MaxLinear(rows, -rows @ center)
    f = oe.Problem.from_functions(
        lambda x: norm_.value(x) + c, gradient=norm_.gradient, minimizer=center, minimum=c
    )
    return f, lambda x, r: norm_.value(x) + r + c


def area(vertices, count):
    x, y = vertices[:count].T
    return (x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


def polygon(rng):
    """Return a triangle or a hexagon, in a random position: vertices and their number."""
    count = int(rng.choice([3, 6]))
    angles = 2 * np.pi * (np.arange(count) + rng.uniform(0, 0.5, count)) / count
    vertices = np.zeros((20, 2))
    corners = np.column_stack([np.cos(angles), np.sin(angles)])
    skew = np.array([[1.0, rng.normal()], [0.0, rng.uniform(0.2, 2.0)]])
    vertices[:count] = corners @ skew.T + rng.standard_normal(2)
    return vertices, count


@check_of("thm-cuts")
def cuts(rng):
    d = int(rng.integers(2, 6))
    f, largest = peak(rng, d)
    start, radius = f.minimizer + 0.5 * rng.standard_normal(d), 4.0

    def ratio(d):
        return d / (d + 1) * (d**2 / (d**2 - 1)) ** ((d - 1) / 2)

    q = ratio(d)
    yield equal(q, volume_ratio(d))
    yield increasing(q, np.exp(-1 / (2 * d)), 1.0)

    best, volume = np.inf, None
    for k, state in enumerate(states(oe.EllipsoidMethod(radius), f, start, 25)):
        if volume is not None:
            yield equal(np.linalg.det(state.B) / volume, q)
        best, volume = min(best, f.value(state.x)), np.linalg.det(state.B)
        yield increasing(best - f.minimum, q ** (k / d) * (largest(start, radius) - f.minimum))

    vertices, count = polygon(rng)
    x = centroid(vertices, count)
    side = vertices[1] - vertices[0]
    inwards = np.array([-side[1], side[0]])
    attained = equal if count == 3 else increasing
    yield attained(area(*clip(vertices, count, x, inwards)) / area(vertices, count), 5 / 9)
    for g in rng.standard_normal((5, 2)):
        yield increasing(area(*clip(vertices, count, x, g)) / area(vertices, count), 5 / 9, 1.0)
    cone = (d / (d + 1)) ** d  # a simplex, cut through its centroid and parallel to a face
    yield increasing(cone, 1 - cone, 1 - 1 / np.e, 1.0)

    f, _ = peak(rng, 2)
    start = f.minimizer + rng.uniform(-1, 1, 2)
    corners = start + 2.0 * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])
    top, best = max(map(f.value, corners)), np.inf
    for k, state in enumerate(states(oe.CenterOfGravity(2.0), f, start, 20)):
        best = min(best, f.value(state.x))
        yield increasing(best - f.minimum, (5 / 9) ** (k / 2) * (top - f.minimum))


def program_with_center(rng, t):
    """Return a linear program, and the point of its central path for t."""
    m, d = int(rng.integers(6, 14)), int(rng.integers(2, 4))
    A, x = rng.standard_normal((m, d)), rng.standard_normal(d)
    slack = rng.uniform(0.2, 2.0, m)
    return oe.problems.LinearProgram(-A.T @ (1 / slack) / t, A, A @ x + slack), x


@check_of("eq-barrier")
def barrier(rng):
    """The barrier; and what the text says of the numbers y on the central path."""
    t = float(rng.uniform(0.1, 10.0))
    program, center = program_with_center(rng, t)
    A, b, c = program.A, program.b, program.c

    def F(x):
        return -np.sum(np.log(b - A @ x))

    for x in center + 0.01 * rng.standard_normal((3, center.size)):
        yield equal(program.barrier(x), F(x))
    y = 1 / (t * (b - A @ center))
    yield equal(A.T @ y, -c)
    yield equal(c @ center + b @ y, len(b) / t)


@check_of("eq-barrier-rate")
def barrier_rate(rng):
    t = float(rng.uniform(0.1, 10.0))
    program, x0 = program_with_center(rng, t)
    nu, best, method = program.b.size, program.minimum, oe.BarrierMethod(t=t)
    for k, state in enumerate(states(method, program, x0, 60)):
        if k % 10 == 0:
            bound = 2 * nu / t * (1 + 1 / (13 * np.sqrt(nu))) ** -k
            yield increasing(program.c @ state.x - best, bound)
            said = stated(method, program, x0, k)
            yield equal(said, 2 * nu / t * (1 + 1 / (13 * np.sqrt(nu))) ** -k)


@check_of("eq-chain")
def chain_rule(rng):
    A, B = rng.standard_normal((4, 3)), rng.standard_normal((2, 4))
    x, u = rng.standard_normal(3), rng.standard_normal(2)
    f = unary_form(lambda z: call("tanh", A @ z))
    g = unary_form(lambda z: call("sin", B @ z))
    h = unary_form(lambda z: call("sin", B @ call("tanh", A @ z)))
    y, back_f = value_and_pullback(f, x)
    _, back_g = value_and_pullback(g, y)
    _, back_h = value_and_pullback(h, x)
    J_f, J_g = (1 - np.tanh(A @ x) ** 2)[:, None] * A, np.cos(B @ y)[:, None] * B
    yield equal(back_h(u), back_f(back_g(u)))
    yield equal(back_h(u), J_f.T @ (J_g.T @ u))


@check_of("eq-gram")
def gram(rng):
    A = rng.standard_normal((int(rng.integers(2, 7)), int(rng.integers(2, 7))))
    sigma = np.linalg.svd(A, compute_uv=False)
    A_t = A
    for t in range(5):
        frobenius = np.sqrt(np.sum(A_t**2))
        p = 2 ** (t + 1)
        yield increasing(sigma[0], frobenius ** (1 / 2**t))
        yield equal(frobenius ** (1 / 2**t), np.sum(sigma**p) ** (1 / p))
        yield equal(gram_iteration(A, t)[t], np.sum(sigma**p) ** (1 / p))
        A_t = A_t.T @ A_t


@check_of("eq-loja")
def lojasiewicz(rng):
    c = p = float(rng.uniform(2.0, 6.0))
    theta, x, lift = 1 - 1 / p, float(rng.normal()), float(rng.normal())
    f = lift + abs(x) ** p
    yield equal(abs(p * abs(x) ** (p - 1)), c * (f - lift) ** theta)

    A = rng.standard_normal((6, 2)) @ rng.standard_normal((2, 4))  # of rank two
    problem = oe.problems.LeastSquares(A, rng.standard_normal(6))
    solution = np.linalg.lstsq(A, problem.b, rcond=1e-10)[0]
    lowest, c = problem.value(solution), least_squares_constant(A)
    positive = np.linalg.eigvalsh(A.T @ A)[-2]
    yield equal(c**2, 2 * positive)
    flattest = solution + np.linalg.svd(A)[2][1]
    for z, compare in ((solution + rng.standard_normal(4), increasing), (flattest, equal)):
        yield compare(c * (problem.value(z) - lowest) ** 0.5, norm(problem.gradient(z)))


@check_of("eq-loja-rate")
def lojasiewicz_rate(rng):
    """On sum |x_i|^p the flow has a closed form; on the diagonal it attains both bounds."""
    p, d = float(rng.uniform(2.2, 6.0)), int(rng.integers(1, 5))
    theta, c = 1 - 1 / p, p * d ** (1 / p - 1 / 2)
    for compare, x0 in (
        (equal, np.full(d, rng.uniform(0.5, 2.0))),
        (increasing, rng.uniform(0.1, 2.0, d)),
    ):
        r_0 = np.sum(x0**p)

        def flow(t, x0=x0):
            return (x0 ** (2 - p) + p * (p - 2) * t) ** (-1 / (p - 2))

        t = float(rng.uniform(0.1, 20.0))
        yield compare(
            np.sum(flow(t) ** p),
            (r_0 ** (1 - 2 * theta) + (2 * theta - 1) * c**2 * t) ** (-1 / (2 * theta - 1)),
        )
        way = np.array([flow(t) for t in np.append(0.0, np.geomspace(1e-4, 1e60, 400))])
        length = np.linalg.norm(np.diff(way, axis=0), axis=1).sum()
        yield compare(length, r_0 ** (1 - theta) / (c * (1 - theta)), rtol=1e-4)
        bound = (r_0 ** (1 - 2 * theta) + (2 * theta - 1) * c**2 * t) ** (-1 / (2 * theta - 1))
        yield equal(gap_bound(r_0, c, theta, t), bound)
        yield equal(length_bound(r_0, c, theta), r_0 ** (1 - theta) / (c * (1 - theta)))
