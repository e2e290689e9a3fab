"""What the chapter on cubic regularization displays."""

from __future__ import annotations

import itertools

import numpy as np

import optedu as oe
from optedu.cubic.cubic_subproblem import cubic_step, decompose, model_value
from optedu.cubic.gradient_normalized_search import gradient_normalized_step
from optedu.problems.generators import random_rotation
from tests.book.identities.instances import height, norm, square, states
from tests.book.identities.statements import check_of, equal, increasing, true
from tests.cubic.examples import cube, logistic, waves


class Raised:
    """A problem plus a constant, so that its minimum is not zero."""

    def __init__(self, problem, height):
        self.problem, self.height = problem, height
        self.minimum = problem.minimum + height

    def __getattr__(self, name):
        return getattr(self.problem, name)

    def value(self, x):
        return self.problem.value(x) + self.height


def functions(rng):
    """Return functions whose Hessian has a known Lipschitz constant; the last is not convex."""
    seed = int(rng.integers(1000))
    return [Raised(f, height(rng)) for f in (cube(seed), logistic(seed), waves(seed))]


def start(rng, f):
    return 3 * rng.standard_normal(f.shape[0])


def model(rng, d=4):
    """Return a rotated indefinite H, a gradient, and M."""
    Q = random_rotation(d, rng)
    H = (Q * rng.normal(size=d)) @ Q.T
    return (H + H.T) / 2, rng.normal(size=d), 10 ** rng.uniform(-1, 1)


@check_of("eq-lipschitz-hessian")
def lipschitz_hessian(rng):
    for f in functions(rng):
        x, y = start(rng, f), start(rng, f)
        L, apart = f.hessian_lipschitz, norm(x - y)
        yield increasing(np.linalg.norm(f.hessian(x) - f.hessian(y), 2), L * apart)
    f = cube(int(rng.integers(1000)))  # attained along a ray from the center
    v = rng.standard_normal(3)
    x, y = f.minimizer + v, f.minimizer + 2 * v
    yield equal(np.linalg.norm(f.hessian(x) - f.hessian(y), 2), 2 * np.linalg.norm(x - y))


@check_of("eq-cubic-model")
def cubic_model(rng):
    H, g, M = model(rng)

    def total(h):
        return g @ h + 1 / 2 * h @ H @ h + M / 6 * norm(h) ** 3

    h = cubic_step(*decompose(H), g, M)
    yield equal(model_value(*decompose(H), g, h, M), total(h))
    for other in h + rng.standard_normal((20, 4)) * 10 ** rng.uniform(-3, 1, (20, 1)):
        yield true(total(h) <= total(other))
    for f in functions(rng):
        x, L = start(rng, f), f.hessian_lipschitz
        h = rng.standard_normal(x.size)
        above = model_value(*decompose(f.hessian(x)), f.gradient(x), h, L)
        yield increasing(f.value(x + h), f.value(x) + above)
        yield true(f.value(x + h) > f.value(x) + above - L / 2.9 * norm(h) ** 3)


@check_of("eq-cubic-optimality")
def cubic_optimality(rng):
    H, g, M = model(rng)
    h = cubic_step(*decompose(H), g, M)
    r, identity = norm(h), np.eye(4)
    yield equal((H + M * r / 2 * identity) @ h, -g)
    least = np.linalg.eigvalsh(H)[0]
    needed = -least
    yield increasing(needed, M * r / 2)
    if least < -0.5:
        zero = cubic_step(*decompose(H), 0 * g, M)
        yield equal(norm(zero), -2 * least / M)


@check_of("eq-cubic-secular")
def secular(rng):
    H, g, M = model(rng)
    eigenvalues, Q = np.linalg.eigh(H)
    b, r = Q.T @ g, norm(cubic_step(*decompose(H), g, M))
    yield equal(norm(b / (eigenvalues + M * r / 2)), r)
    left = max(0.0, -2 * eigenvalues[0] / M)
    if eigenvalues[0] < 0:
        yield increasing(left, r)
    inverse_length = [
        1 / norm(b / (eigenvalues + M * u / 2)) - 1 / u for u in left + 1e-2 + np.arange(1, 60) / 10
    ]
    yield true((np.diff(inverse_length) > 0).all())
    yield true((np.diff(inverse_length, 2) < 1e-9).all())


@check_of("thm-cubic-step")
def cubic_newton_step(rng):
    scale = float(rng.uniform(1.0, 3.0))

    def fall(M, L, r):
        return (M / 4 - L / 6) * r**3

    def slope(M, L, r):
        return (L + M) / 2 * r**2

    for f in functions(rng):
        x, L = start(rng, f), f.hessian_lipschitz
        M = scale * L
        h = cubic_step(*decompose(f.hessian(x)), f.gradient(x), M)
        yield increasing(fall(M, L, norm(h)), f.value(x) - f.value(x + h))
        yield increasing(norm(f.gradient(x + h)), slope(M, L, norm(h)))
    a, L = rng.uniform(0.5, 2.0, 2)
    M = scale * L
    r = norm(cubic_step(np.array([-a]), np.eye(1), np.zeros(1), M))
    yield equal(a * r**2 / 2 - L * r**3 / 6, fall(M, L, r))
    yield equal(a * r + L * r**2 / 2, slope(M, L, r))


@check_of("eq-cubic-gradient")
def cubic_gradient(rng):
    for f in functions(rng):
        if (getattr(f, "strong_convexity", None) or 0) > 0:
            continue
        x0, L = start(rng, f), f.hessian_lipschitz
        path = list(states(oe.CubicNewton(), f, x0, 15))[1:]
        smallest = np.inf
        for k, state in enumerate(path, 1):
            smallest = min(smallest, norm(f.gradient(state.x)))
            yield increasing(smallest, (12 * np.sqrt(L) * (f.value(x0) - f.minimum) / k) ** (2 / 3))
            said = oe.CubicNewton(L).guarantee(f, k, x0).bound
            yield equal(said, (12 * np.sqrt(L) * (f.value(x0) - f.minimum) / k) ** (2 / 3))


@check_of("eq-cubic-convex")
def cubic_convex(rng):
    f = functions(rng)[0]
    x0 = start(rng, f)
    L, R = f.hessian_lipschitz, norm(x0 - f.minimizer)
    for k, state in enumerate(states(oe.CubicNewton(), f, x0, 20)):
        if k:
            yield increasing(f.value(state.x) - f.minimum, 9 * L * R**3 / k**2)
    for k in range(1, 50):
        following = k + 1
        yield increasing(following**3 - k**3, 3 * following**2)


@check_of("eq-lazy-step")
def lazy_step(rng):
    m = int(rng.integers(1, 5))
    for f in functions(rng):
        L, path = (
            f.hessian_lipschitz,
            list(states(oe.LazyCubicNewton(None, m), f, start(rng, f), 9)),
        )
        for k in range(9):
            x, new = path[k].x, path[k + 1].x
            H, g, h = f.hessian(path[k - k % m].x), f.gradient(x), new - x
            yield equal(H @ h + 6 * m * L * norm(h) / 2 * h, -g, rtol=1e-6, atol=1e-9)


@check_of("thm-lazy")
def lazy_bound(rng):
    m = int(rng.integers(1, 6))
    for f in functions(rng):
        x0, L, total = start(rng, f), f.hessian_lipschitz, 0.0
        for state in list(states(oe.LazyCubicNewton(None, m), f, x0, 20))[1:]:
            total = total + norm(f.gradient(state.x)) ** 1.5
            yield increasing(total, 6.3 * np.sqrt(m * L) * (f.value(x0) - f.minimum))


@check_of("eq-refresh")
def refresh(rng):
    c = float(rng.uniform(1.0, 500.0))

    def work(m):
        return np.sqrt(m) * (1 + c / m)

    for m in np.append(rng.uniform(1.0, 1000.0, 5), c):
        yield equal(work(m), np.sqrt(m) + c / np.sqrt(m))
        yield increasing(work(c), np.sqrt(m) + c / np.sqrt(m))
    yield equal(work(c), 2 * np.sqrt(c))
    yield equal(work(4 * c), 1.25 * 2 * np.sqrt(c))
    yield equal(work(1.0), 1 + c)


@check_of("eq-adaptive-test")
def adaptive_test(rng):
    m = int(rng.integers(1, 6))
    for f in functions(rng):
        M = 6 * m * f.hessian_lipschitz * float(rng.uniform(1.0, 4.0))
        z, total = start(rng, f), 0.0
        spectrum, vectors = decompose(f.hessian(z))
        x = z
        for _ in range(m):
            x = x + cubic_step(spectrum, vectors, f.gradient(x), M)
            total = total + norm(f.gradient(x)) ** 1.5
            yield increasing(1 / (3 * np.sqrt(M)) * total, f.value(z) - f.value(x))


@check_of("eq-regularized")
def regularized(rng):
    M = float(rng.uniform(0.1, 3.0))
    for f in functions(rng)[:2]:
        x = start(rng, f)
        g, H, identity = f.gradient(x), f.hessian(x), np.eye(x.size)
        lam = np.sqrt(M * norm(g))
        new = list(states(oe.RegularizedNewton(M), f, x, 1))[1].x
        yield equal(new, x - np.linalg.solve(H + lam * identity, g))
        yield increasing(M * norm(new - x), lam)


@check_of("thm-regularized")
def regularized_bound(rng):
    m = int(rng.integers(1, 6))
    for f in functions(rng)[:2]:
        L, x0 = f.hessian_lipschitz, start(rng, f)
        M, total = 3 * m * L, 0.0
        path = [s.x for s in states(oe.LazyRegularizedNewton(None, m), f, x0, 10)]
        for x, new in itertools.pairwise(path):
            lam = np.sqrt(M * norm(f.gradient(x)))
            if lam < 1e-5:
                break
            total = total + square(f.gradient(new)) / lam
            yield increasing(1 / 2 * total, f.value(x0) - f.value(new))


@check_of("eq-super-universal")
def super_universal(rng):
    for f in functions(rng)[:2]:
        x = start(rng, f)
        method = oe.SuperUniversalNewton(float(10 ** rng.uniform(-3, 1)))
        old, new = list(states(method, f, x, 1))
        lam, h, g_new = 4 * new.H * norm(old.g), new.x - x, f.gradient(new.x)
        if new.H > 1e-5 and norm(g_new) > 1e-9:
            gain = g_new @ -h
            yield increasing(square(g_new) / (4 * lam), g_new @ -h)
            yield increasing(gain, f.value(x) - f.value(new.x))


@check_of("eq-gns")
def gradient_normalized(rng):
    for f in functions(rng)[:2]:
        x = start(rng, f)
        method = oe.GradientNormalizedNewton(float(10 ** rng.uniform(-1, 3)))
        old, new = list(states(method, f, x, 1))
        gamma, g, H, identity = new.accepted, old.g, f.hessian(x), np.eye(x.size)
        h = new.x - x
        yield equal(h, -np.linalg.solve(H + norm(g) / gamma * identity, g))
        yield increasing(norm(h), gamma)
        yield increasing(
            gamma * square(f.gradient(x + h)) / (8 * norm(g)), f.value(x) - f.value(x + h)
        )
        same = gradient_normalized_step(f, old._replace(radius=gamma), 0 * H)
        yield equal(same.x, x - same.accepted / norm(g) * g)
