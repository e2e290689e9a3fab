"""What the chapter on adaptive methods displays."""

from __future__ import annotations

import itertools

import numpy as np

import optedu as oe
from optedu.adaptive.adadagrad import mean_and_variance
from optedu.adaptive.adagrad import AdaGradState
from optedu.adaptive.adam import AdamState
from optedu.adaptive.diffgrad import DiffGradState
from optedu.adaptive.normalized_spider import NormalizedSPIDERState
from optedu.adaptive.oasis import OASISState
from optedu.adaptive.optimistic_amsgrad import OptimisticAMSGradState
from optedu.adaptive.sharpness import largest_decrease
from optedu.landscape.hutchinson import hutchinson_diagonal
from optedu.minibatch import minibatch_gradient
from optedu.problems.generators import random_quadratic
from tests.book.identities.statements import check_of, equal, increasing

P = oe.problems


def bowl(rng, d=3):
    """Return a quadratic and a point."""
    return random_quadratic(d, 20.0, seed=int(rng.integers(1000))), rng.standard_normal(d)


def walk(method, G, x0):
    """Return the states of a method whose gradients are the rows of G."""
    rows = iter(G)
    problem = oe.Problem.from_functions(value=lambda x: 0.0, gradient=lambda x: next(rows))
    states = [method.init(problem, x0)]
    for _ in G:
        states.append(method.step(problem, states[-1]))
    return states


@check_of("eq-adagrad")
def adagrad(rng):
    f, x = bowl(rng)
    s, h, g = rng.uniform(0.1, 3.0, 3), float(rng.uniform(0.1, 2.0)), f.gradient(x)
    new = oe.AdaGrad(h, offset=0.0).step(f, AdaGradState(x, s))
    yield equal(new.s, s + g**2)
    yield equal(new.x, x - h * g / np.sqrt(new.s))


@check_of("thm-adagrad")
def adagrad_regret(rng):
    n, h = int(rng.integers(1, 30)), float(rng.uniform(0.1, 3.0))
    for count in (1, n):
        G = rng.standard_normal((count, 3))
        x = np.array([state.x for state in walk(oe.AdaGrad(h, offset=0.0), G, np.zeros(3))])[:-1]
        u = -h * np.sign(G.sum(axis=0)) * rng.uniform(0.8, 1.2, 3)
        regret, D, s = np.sum(G * (x - u)), np.abs(x - u).max(), np.sum(G**2, axis=0)
        yield increasing(regret, (D**2 / (2 * h) + h) * np.sum(np.sqrt(s)))


@check_of("proof of thm-adagrad")
def adagrad_step(rng):
    h, u = float(rng.uniform(0.1, 3.0)), float(rng.standard_normal())
    g, x, s = rng.standard_normal(), rng.standard_normal(), float(rng.uniform(0.1, 3.0))
    new = x - h * g / np.sqrt(s)
    yield equal(
        g * (x - u),
        np.sqrt(s) / (2 * h) * ((x - u) ** 2 - (new - u) ** 2) + h * g**2 / (2 * np.sqrt(s)),
    )


@check_of("thm-adagrad-norm")
def adagrad_norm(rng):
    f, x0 = bowl(rng)
    h, b, k = *rng.uniform(0.1, 3.0, 2), int(rng.integers(1, 40))
    method, L, gap = oe.AdaGradNorm(float(h), float(b)), f.smoothness, f.value(x0) - f.minimum
    trace = oe.run(method, f, x0, max_iter=k, tol=0.0, execution="python")
    B = method.scale_bound(L, gap)
    yield equal(B, 2 * b + 2 / h * gap + 2 * h * L * (np.log(2 * h * L / b) - 1))
    yield equal(method.guarantee(f, k, x0).bound ** 2, B**2 / (k + 1))
    yield increasing(np.min(trace.gradient_norms) ** 2, method.guarantee(f, k, x0).bound ** 2)


@check_of("proof of thm-adagrad-norm")
def scale_growth(rng):
    L, h = rng.uniform(0.3, 3.0, 2)
    f, b, k = P.Quadratic([[L]], [0.0]), float(L * h), int(rng.integers(1, 4))
    x0 = np.array([h * np.sqrt(2 * np.log(2))])
    method = oe.AdaGradNorm(float(h), b)
    state = method.init(f, x0)
    for _ in range(k):
        state = method.step(f, state)
    r, gap = np.sqrt(state.s), f.value(x0) - f.minimum
    yield increasing(r - b, gap / h + h * L * np.log(r / b))


@check_of("eq-adam")
def adam(rng):
    f, x = bowl(rng)
    h, b1, b2, eps = (*rng.uniform(0.1, 0.9, 3), 0.01)
    m, v, k, g = rng.standard_normal(3), rng.uniform(0.1, 2.0, 3), 4, f.gradient(x)
    new = oe.Adam(float(h), float(b1), float(b2), eps).step(f, AdamState(x, m, v, k - 1))
    yield equal(new.m, b1 * m + (1 - b1) * g)
    yield equal(new.v, b2 * v + (1 - b2) * g**2)
    yield equal(new.x, x - h * (new.m / (1 - b1**k)) / (np.sqrt(new.v / (1 - b2**k)) + eps))


@check_of("eq-adam-sums")
def adam_sums(rng):
    k, b1 = int(rng.integers(2, 12)), float(rng.uniform(0.3, 0.95))
    G = rng.standard_normal((k, 3))
    m = walk(oe.Adam(0.1, b1), G, np.zeros(3))[-1].m
    yield equal(m, (1 - b1) * sum(b1 ** (k - j) * G[j - 1] for j in range(1, k + 1)))
    yield equal((1 - b1) * sum(b1 ** (k - j) for j in range(1, k + 1)), 1 - b1**k)


@check_of("thm-three-rounds")
def three_rounds(rng):
    C, h, cycles = float(rng.uniform(2.01, 9.0)), float(rng.uniform(0.1, 2.0)), 8
    G = np.tile([[C], [-1.0], [-1.0]], (cycles, 1))
    method = oe.RMSProp(h, 1 / (1 + C**2), 0.0)
    ends = np.array([state.x[0] for state in walk(method, G, np.zeros(1))])[::3]
    yield increasing((np.sqrt(2) - 1) * h * np.sqrt(1 + C**2) / C, np.diff(ends).min())


@check_of("eq-optimistic-amsgrad")
def optimistic(rng):
    f, x = bowl(rng)
    h, b1, b2 = rng.uniform(0.1, 0.9, 3)
    z, m, guess = rng.standard_normal((3, 3))
    v, w = rng.uniform(0.1, 1.0, (2, 3))
    method, g = oe.OptimisticAMSGrad(float(h), float(b1), float(b2), 0.0), f.gradient(x)
    new = method.step(f, OptimisticAMSGradState(x, z, m, v, w, guess))
    yield equal(new.v, b2 * v + (1 - b2) * (g - guess) ** 2)
    yield equal(new.top, np.maximum(w, new.v))
    yield equal(new.z, z - h * new.m / np.sqrt(new.top))
    yield equal(new.x, new.z - h * (b1 * m + (1 - b1) * new.guess) / np.sqrt(new.top))


@check_of("eq-diffgrad")
def diffgrad(rng):
    f, x = bowl(rng)
    m, v, old, g = *rng.standard_normal((3, 3)), f.gradient(x)
    plain = oe.Adam(0.1).step(f, AdamState(x, m, v**2, 4)).x
    new = oe.DiffGrad(0.1).step(f, DiffGradState(x, m, v**2, old, 4)).x
    ratio = (new - x) / (plain - x)
    yield equal(ratio, 1 / (1 + np.exp(-np.abs(old - g))))


@check_of("eq-second-order")
def second_order(rng):
    f, x = bowl(rng)
    v, t, g, H = rng.standard_normal(3), float(rng.uniform(0.1, 2.0)), f.gradient(x), f.hessian(x)
    yield equal(f.value(x - t * v), f.value(x) - t * g @ v + t**2 / 2 * v @ H @ v)
    best = g @ v / (v @ H @ v)
    gained = f.value(x) - f.value(x - best * v)
    yield equal(largest_decrease(f, x, v), gained)
    yield equal(gained, (g @ v) ** 2 / (2 * v @ H @ v))


def cosines(rng):
    """Return two terms per coordinate, scales a, spread delta, a point, and its slopes."""
    a, c, delta = rng.uniform(0.5, 1.5, 3), rng.standard_normal(3), float(rng.uniform(0.2, 1.0))
    rows, b = np.vstack([np.diag(a), np.diag(a)]), np.append(a * c - delta, a * c + delta)
    f, x = P.HyperbolicCosine(rows, b), c + 2 * rng.standard_normal(3)
    return f, a, delta, x, f.gradient(x)


def mean_squares(f, x):
    return np.mean([f.component_gradient(i, x) ** 2 for i in range(f.components)], axis=0)


@check_of("eq-affine-noise")
def affine(rng):
    f, a, delta, x, slope = cosines(rng)
    y = x + rng.uniform(-0.2, 0.2, 3)
    moved, distance = np.abs(slope - f.gradient(y)), np.linalg.norm(x - y)
    room = np.exp(a * distance)  # by which a cosine can grow on the way
    L0, L1 = room * a**2 * np.cosh(delta) / 3, room * a
    D0, D1 = (a * np.sinh(delta)) ** 2 / 3, 3 * (1 + np.tanh(delta) ** 2)
    for i in range(3):
        yield increasing(moved[i], (L0[i] + L1[i] * abs(slope[i])) * distance)
    yield equal(mean_squares(f, x), D0 + D1 * slope**2)


@check_of("eq-cosh-constants")
def cosh_constants(rng):
    f, a, delta, x, slope = cosines(rng)
    d, curvature = 3, np.diag(f.hessian(x))
    for i in range(3):
        yield increasing(curvature[i], a[i] ** 2 * np.cosh(delta) / d + a[i] * abs(slope[i]))
    yield equal(
        mean_squares(f, x),
        a**2 * np.sinh(delta) ** 2 / d + d * (1 + np.tanh(delta) ** 2) * slope**2,
    )


def terms(rng, n=12, d=3, noise=1.0):
    """Return least squares with n terms, and a point."""
    A = rng.standard_normal((n, d))
    b = A @ rng.standard_normal(d) + noise * rng.standard_normal(n)
    return P.LeastSquares(A, b), rng.standard_normal(d)


def same_draws(rng):
    """Return a generator that will draw what this one will."""
    other = np.random.default_rng()
    other.bit_generator.state = rng.bit_generator.state
    return other


@check_of("eq-batch-error")
def batch_error(rng):
    f, x = terms(rng, n=4)
    n, b, g = 4, 3, f.gradient(x)
    each = np.array([f.component_gradient(i, x) for i in range(n)])
    batches = list(itertools.product(range(n), repeat=b))
    errors = [np.sum((each[list(B)].mean(axis=0) - g) ** 2) for B in batches]
    spread = np.mean(((each - g) ** 2).sum(axis=1))
    yield equal(np.mean(errors), 1 / b * spread)
    estimates = [mean_and_variance(f, np.array(B), x)[1].sum() for B in batches]
    yield equal(np.mean(estimates), spread)


@check_of("eq-norm-test")
def norm_test(rng):
    f, x = terms(rng, n=5000, noise=5.0)
    theta, b = float(rng.uniform(0.7, 1.5)), int(rng.integers(2, 6))
    method = oe.AdAdaGrad(0.1, theta, per_coordinate=False).resolve(f)
    batch = same_draws(rng).integers(0, 5000, b)
    new = method.step(f, method.init(f, x, rng)._replace(size=b), rng)
    each = np.array([f.component_gradient(i, x) for i in batch])
    g = each.mean(axis=0)
    V = np.sum((each - g) ** 2) / (b - 1)
    asked = max(b, np.ceil(V / (theta**2 * np.sum(g**2))))
    yield equal(new.size, min(asked, 5000))


@check_of("eq-dog")
def dog(rng):
    f, x = terms(rng)
    method = oe.DoG(0.1, offset=0.0)
    states = [method.init(f, x)]
    for _ in range(6):
        states.append(method.step(f, states[-1]))
    z = np.array([s.z for s in states])
    g = np.array([f.gradient(point) for point in z])
    r = np.maximum.accumulate(np.linalg.norm(z - x, axis=1))
    for k in range(2, 6):
        yield equal(z[k + 1], z[k] - r[k] / np.sqrt(np.sum(g[: k + 1] ** 2)) * g[k])


def dog_regret(rng, k):
    """Return the sum of the theorem, r_k, D and the sum of squares, on noisy gradients.

    For k = 1 the first movement is long and the gradient leads away from x*: nearly tight.
    """
    star, z0 = rng.standard_normal((2, 3))
    r = 1.5 * np.linalg.norm(z0 - star) if k == 1 else 0.1
    method = oe.DoG(r / (1 + np.linalg.norm(z0)), offset=0.0)
    A = np.eye(3) + (k > 1) * 0.5 * np.diag(rng.random(3))
    f = P.NoisyQuadratic(A, np.tile(A @ star, (5, 1)) + (k > 1) * rng.standard_normal((5, 3)))
    whole = oe.Minibatch(method, 1).resolve(f)
    state, z, total = whole.init(f, z0, rng), [z0], 0.0
    for _ in range(k):
        new = whole.step(f, state, rng)
        g = (state.z - new.z) * np.sqrt(new.squares) / new.distance
        total += new.distance * g @ (state.z - star)
        z.append(new.z)
        state = new
    z = np.array(z)
    r = max(state.distance, np.linalg.norm(z - z0, axis=1).max())
    return total, r, np.linalg.norm(z - star, axis=1).max(), state.squares


@check_of("thm-dog")
def regret_gives_a_gap(rng):
    f, x = terms(rng)
    method = oe.DoG(0.01)
    state, weights = method.init(f, x), 0.0
    z = [x]
    for _ in range(40):
        state = method.step(f, state)
        z.append(state.z)
        weights += state.distance
    D = np.linalg.norm(np.array(z) - f.minimizer, axis=1).max()
    r = max(state.distance, np.linalg.norm(state.z - x))
    gap = f.value(state.x) - f.minimum
    yield increasing(0.0, weights * gap, r * 3 * D * np.sqrt(state.squares))


@check_of("eq-dog-regret")
def dog_regret_bound(rng):
    for k in (1, 30):
        regret, r, D, G = dog_regret(rng, k)
        yield increasing(regret, r * (2 * D + r) * np.sqrt(G))


@check_of("eq-udog")
def udog(rng):
    f, x0 = terms(rng)
    method = oe.UDoG(0.1)
    states = [method.init(f, x0)]
    for _ in range(8):
        states.append(method.step(f, states[-1]))
    r = np.array([s.distance for s in states[::2]])
    z, y = [s.z for s in states[1::2]], [s.y for s in states[::2]]
    w, S = np.cumsum(r), None
    for k in range(4):
        m = f.gradient(np.average([*z[:k], y[k]], axis=0, weights=w[: k + 1]))
        g = f.gradient(np.average(z[: k + 1], axis=0, weights=w[: k + 1]))
        S = m @ m if S is None else S
        yield equal(z[k], y[k] - w[k] * m / np.sqrt(S))
        S = S + (w[k] / r[k]) ** 2 * np.sum((g - m) ** 2)
        yield equal(y[k + 1], y[k] - w[k] * g / np.sqrt(S))


@check_of("eq-sps")
def sps(rng):
    f, x = terms(rng)
    ell, c, g = -float(rng.random()), float(rng.uniform(0.5, 1.0)), f.gradient(x)
    for h in (0.01, np.inf):
        method = oe.StochasticPolyak(c, h, ell)
        new = method.step(f, method.init(f, x)).x
        yield equal(new, x - min((f.value(x) - ell) / (c * g @ g), h) * g)


@check_of("thm-sps")
def sps_contracts(rng):
    def factor(mu, L):
        return 1 - mu / L

    for d in (1, 3):
        f = random_quadratic(d, 1.0 if d == 1 else 10.0, rng)
        method, star = oe.StochasticPolyak(lower=f.minimum), f.minimizer
        x = star + rng.standard_normal(d)
        before = np.sum((x - star) ** 2)
        after = np.sum((method.step(f, method.init(f, x)).x - star) ** 2)
        left = factor(f.strong_convexity, f.smoothness) * before
        yield increasing(after, left)
        yield increasing(left, before)


@check_of("eq-kaczmarz")
def kaczmarz(rng):
    f, x = terms(rng)
    i = int(same_draws(rng).integers(0, 12, 1)[0])
    method = oe.Minibatch(oe.StochasticPolyak(0.5)).resolve(f)
    other = same_draws(rng)
    state = method.init(f, x, np.random.default_rng(0))
    a, b = f.A[i], f.b[i]
    yield equal(method.step(f, state, other).x, x - (a @ x - b) / (a @ a) * a)


@check_of("eq-sania")
def sania(rng):
    f, _ = terms(rng, noise=0.0)
    x = f.minimizer + 0.1 * rng.standard_normal(3)
    g, B = f.gradient(x), rng.random(3) + f.gradient(x) ** 2
    method = oe.SaniaAdaGradSQR()
    new = method.step(f, method.init(f, x)._replace(v=B - g**2)).x
    value, q = f.value(x), np.sum(g**2 / B)
    t = 1.0

    def falls_to_zero():
        return 1 - np.sqrt(1 - 2 * value / q)

    if 2 * value < q:
        t = falls_to_zero()
    yield equal(new, x - t * g / B)


@check_of("eq-sania-invariance")
def sania_invariance(rng):
    S, B = np.diag(10.0 ** rng.uniform(-2, 2, 3)), np.diag(rng.uniform(0.1, 2.0, 3))
    g, inv = rng.standard_normal(3), np.linalg.inv
    yield equal(inv(S @ B @ S) @ S @ g, inv(S) @ inv(B) @ g)
    yield equal((S @ g) @ inv(S @ B @ S) @ S @ g, g @ inv(B) @ g)


@check_of("eq-oasis")
def oasis(rng):
    f, x = bowl(rng)
    old, D = x + rng.standard_normal(x.size), rng.standard_normal(x.size)
    h0, theta = float(rng.uniform(0.01, 1.0)), float(rng.uniform(0.2, 2.0))
    method, other = oe.OASIS(0.5, 0.1), same_draws(rng)
    g, before = f.gradient(x), f.gradient(old)
    new = method.step(f, OASISState(x, g, old, before, D, h0, theta), rng)
    S = np.maximum(np.abs(0.5 * D + 0.5 * hutchinson_diagonal(f, x, other, 1)), 0.1)
    s, u = x - old, g - before
    h = min(np.sqrt(1 + theta) * h0, np.sqrt(s @ (S * s)) / (2 * np.sqrt(u @ (u / S))))
    yield equal(new.step_size, h)
    yield equal(new.x, x - h * g / S)


@check_of("eq-oasis-half")
def oasis_half(rng):
    H, s = np.diag(10.0 ** rng.uniform(-4, 4, 3)), rng.standard_normal(3)
    u = H @ s
    yield equal(np.sqrt(s @ H @ s) / (2 * np.sqrt(u @ np.linalg.inv(H) @ u)), 0.5)


@check_of("eq-generalized-smoothness")
def generalized_smoothness(rng):
    f = P.HyperbolicCosine(rng.standard_normal((2, 3)), rng.standard_normal(2))
    x, (L0, L1) = 3 * rng.standard_normal(3), f.generalized_smoothness
    g = np.linalg.norm(f.gradient(x))
    yield increasing(np.linalg.norm(f.hessian(x), 2), L0 + L1 * g)
    t = float(rng.standard_normal())
    yield equal(12 * t**2, 12 / 4 ** (2 / 3) * abs(4 * t**3) ** (2 / 3))
    yield increasing(np.cosh(t), 1 + abs(np.sinh(t)))


@check_of("eq-beta-gd")
def beta_gd(rng):
    f, x = bowl(rng)
    h, beta, g = float(rng.uniform(0.1, 1.0)), float(rng.random()), f.gradient(x)
    method = oe.PowerNormalizedGradient(h, beta)
    yield equal(method.step(f, method.init(f, x)).x, x - h / np.linalg.norm(g) ** beta * g)


@check_of("eq-quartic-step")
def quartic_step(rng):
    f = oe.Problem.from_functions(lambda x: float(x[0] ** 4), gradient=lambda x: 4 * x**3)
    h, x = float(rng.uniform(0.1, 1.0)), rng.standard_normal(1)
    method = oe.PowerNormalizedGradient(h, 2 / 3)
    yield equal(method.step(f, method.init(f, x)).x, (1 - 4 ** (1 / 3) * h) * x)


def normalized_run(rng, k=400):
    """Return f(x_0) - f*, the smallest gradient norm of k points, the step, L0 and L1."""
    f = P.HyperbolicCosine(np.eye(1), rng.standard_normal(1))
    x, h = f.minimizer + rng.standard_normal(1), float(rng.uniform(0.1, 0.5))
    method = oe.PowerNormalizedGradient(h)
    gap, state, best = f.value(x) - f.minimum, method.init(f, x), np.inf
    for _ in range(k):
        best = min(best, np.linalg.norm(f.gradient(state.x)))
        state = method.step(f, state)
    return (gap, best, h, *f.generalized_smoothness)


@check_of("thm-normalized")
def normalized_descends(rng):
    k = 400
    gap, best, h, L0, L1 = normalized_run(rng, k)
    yield increasing(h * k * best, 2 * gap + k * h**2 * L0 * np.exp(L1 * h))


@check_of("eq-normalized-bound")
def normalized_bound(rng):
    k = 400
    gap, best, h, L0, L1 = normalized_run(rng, k)
    yield increasing(best, 2 * gap / (h * k) + h * L0 * np.exp(L1 * h))


@check_of("eq-spider")
def spider(rng):
    f, x = terms(rng)
    old, v, h = *rng.standard_normal((2, 3)), 0.2
    method = oe.NormalizedSPIDER(h, 5, 4).resolve(f)
    batch = same_draws(rng).integers(0, 12, 4)
    now, then = (minibatch_gradient(f, batch, point) for point in (x, old))
    new = method.step(f, NormalizedSPIDERState(x, old, v, 3), rng)
    yield equal(new.v, v + now - then)
    yield equal(new.x, x - h * new.v / np.linalg.norm(new.v))
