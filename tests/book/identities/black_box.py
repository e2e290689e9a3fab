"""What the chapter on black boxes displays."""

from __future__ import annotations

import itertools

import numpy as np

import optedu as oe
from optedu.black_box.cmaes import CMAESState, next_generation, roots_of, weights_of
from optedu.black_box.compass_search import CompassSearchState
from optedu.black_box.consensus import consensus
from optedu.black_box.gaussian_smoothing import GaussianSmoothingState
from optedu.black_box.local_guesses import along, cosine
from optedu.black_box.nelder_mead import NelderMeadState
from optedu.black_box.rank_descent import rank_estimate
from optedu.problems.generators import quadratic_with_spectrum
from tests.book.identities.instances import bowl, square
from tests.book.identities.statements import check_of, equal, increasing, true


def cloud(d, nodes):
    """Return points and weights that integrate polynomials over a normal cloud exactly."""
    u, w = np.polynomial.hermite_e.hermegauss(nodes)
    points = np.array(list(itertools.product(u, repeat=d)))
    weights = np.array([np.prod(row) for row in itertools.product(w, repeat=d)])
    return points, weights / weights.sum()


@check_of("eq-bb-difference-errors")
def difference_errors(rng):
    L, M, c, eps = rng.uniform(0.5, 3.0, 4)
    x, (e1, e2, e3, e4) = rng.standard_normal(), rng.uniform(-eps, eps, 4)

    def forward():
        return L * c / 2 + 2 * eps / c

    def central(third):
        return third * c**2 / 6 + eps / c

    # attained, by the two functions of the text at 0 with the errors at their worst
    yield equal(((L * c**2 / 2 + eps) - (0 - eps)) / c, forward())
    yield equal(((M * c**3 / 6 + eps) - (-M * c**3 / 6 - eps)) / (2 * c), central(M))
    # and never exceeded, by a wave whose derivatives are at most L
    quotient = (L * np.sin(x + c) + e1 - L * np.sin(x) - e2) / c
    slope = L * np.cos(x)
    error = abs(quotient - slope)
    yield increasing(error, forward())
    quotient = (L * np.sin(x + c) + e3 - L * np.sin(x - c) - e4) / (2 * c)
    error = abs(quotient - slope)
    yield increasing(error, central(L))


@check_of("eq-bb-best-lengths")
def best_lengths(rng):
    L, M, eps = rng.uniform(0.5, 3.0, 3)
    forward, central = 2 * np.sqrt(eps / L), np.cbrt(3 * eps / M)

    def forward_error(c):
        return L * c / 2 + 2 * eps / c

    def central_error(c):
        return M * c**2 / 6 + eps / c

    yield equal(forward_error(forward), 2 * np.sqrt(eps * L))
    yield equal(central_error(central), 3 / 2 * np.cbrt(eps**2 * M / 3))
    for factor in (0.7, 0.9, 1.1, 1.5):
        yield increasing(2 * np.sqrt(eps * L), forward_error(factor * forward))
        yield increasing(3 / 2 * np.cbrt(eps**2 * M / 3), central_error(factor * central))


@check_of("eq-bb-two-point")
def two_point(rng):
    f, x = oe.problems.Rosenbrock(), rng.standard_normal(2)
    h, c = rng.uniform(0.1, 0.5, 2)
    seed = int(rng.integers(1000))
    u = np.random.default_rng(seed).standard_normal(2)
    method = oe.GaussianSmoothing(h, c)
    new = method.step(f, GaussianSmoothingState(x), np.random.default_rng(seed)).x
    yield equal(new, x - h * (f.value(x + c * u) - f.value(x - c * u)) / (2 * c) * u)


@check_of("eq-bb-smoothing")
def smoothing(rng):
    f, x, c = oe.problems.Rosenbrock(1.0, 2.0), rng.standard_normal(2), rng.uniform(0.2, 1.0)
    U, w = cloud(2, 8)

    def blurred(z):
        values = [f.value(z + c * u) for u in U]
        return w @ np.array(values)

    step = 1e-4 * np.eye(2)
    gradient = np.array([(blurred(x + e) - blurred(x - e)) / 2e-4 for e in step])
    estimates = [(f.value(x + c * u) - f.value(x - c * u)) / (2 * c) * u for u in U]
    yield equal(w @ np.array(estimates), gradient, rtol=1e-5, atol=1e-6)


@check_of("eq-bb-second-moment")
def second_moment(rng):
    d = 3
    g = rng.standard_normal(d)
    U, w = cloud(d, 4)
    yield equal(w @ np.array([(g @ u) * u for u in U]), g)
    yield equal(w @ np.array([square((g @ u) * u) for u in U]), (d + 2) * square(g))
    signs = np.array(list(itertools.product((-1.0, 1.0), repeat=d)))
    yield equal(np.mean([square((g @ u) * u) for u in signs]), d * square(g))


@check_of("thm-bb-random")
def random_direction(rng):
    d, L, mu = 2, float(rng.uniform(1.0, 3.0)), float(rng.uniform(0.1, 0.9))
    U, w = cloud(d, 6)
    round_bowl, valley = bowl(rng, d, L), quadratic_with_spectrum(np.array([mu, L]), rng)
    x = rng.standard_normal(d)
    h = 1 / ((d + 2) * L)

    def mean_after(f):
        g = f.gradient(x)
        values = [f.value(x - h * (g @ u) * u) for u in U]
        return w @ np.array(values)

    def bound(f):
        return f.value(x) - square(f.gradient(x)) / (2 * (d + 2) * L)

    def factor(m):
        return 1 - m / ((d + 2) * L)

    for f, m in ((round_bowl, L), (valley, mu)):
        after, gap = mean_after(f), f.value(x) - f.minimum
        yield increasing(after, bound(f))
        after = after - f.minimum
        yield increasing(after, factor(m) * gap)
    after, gap = mean_after(round_bowl), round_bowl.value(x) - round_bowl.minimum
    yield equal(after, bound(round_bowl))
    after = after - round_bowl.minimum
    yield equal(after, factor(L) * gap)


@check_of("thm-bb-compass")
def failed_poll(rng):
    d, L, gamma, s = 4, *rng.uniform(0.5, 2.0, 3)
    f = oe.problems.Quadratic(L * np.eye(d), np.zeros(d))

    def largest():
        return (L / 2 + gamma) * s

    method = oe.CompassSearch(s, gamma)
    for factor, fails in ((1 - 1e-9, True), (1 + 1e-6, False)):
        x = np.full(d, factor * largest() / L)
        after = method.step(f, CompassSearchState(x, f.value(x), s, False))
        yield true(after.failed == fails)
    x = np.full(d, largest() / L)
    yield equal(np.linalg.norm(f.gradient(x)), np.sqrt(d) * (L / 2 + gamma) * s)


class Scripted:
    """A problem that answers what it was told to, in turn."""

    def __init__(self, answers):
        self.answers = list(answers)

    def value(self, x):
        return self.answers.pop(0)


@check_of("eq-bb-simplex")
def simplex(rng):
    d = 3
    V, values = rng.standard_normal((d + 1, d)), np.arange(1.0, d + 2)  # f: 1, 2, 3, 4
    m, worst = V[:-1].mean(axis=0), V[-1]

    def reflected():
        return 2 * m - worst

    def expanded():
        return 3 * m - 2 * worst

    def outside():
        return (m + reflected()) / 2

    def inside():
        return (m + worst) / 2

    def new_vertex(*answers):
        state = oe.NelderMead().step(Scripted(answers), NelderMeadState(V[0], V, values))
        fresh = [row for row in state.simplex if not any(np.array_equal(row, v) for v in V)]
        return fresh[0]

    yield equal(new_vertex(2.5), reflected())
    yield equal(new_vertex(0.5, 0.2), expanded())
    yield equal(new_vertex(3.5, 3.2), outside())
    yield equal(new_vertex(5.0, 3.9), inside())


@check_of("eq-bb-mckinnon")
def mckinnon(rng):
    f = oe.problems.McKinnon()
    x, y = abs(rng.standard_normal()), rng.standard_normal()
    yield equal(f.value(np.array([x, y])), 6 * x**3 + y + y**2)
    x = -x
    yield equal(f.value(np.array([x, y])), 2400 * abs(x) ** 3 + y + y**2)


@check_of("eq-bb-one-fifth")
def one_fifth(rng):
    a = rng.uniform(1.1, 3.0)

    def drift(q):
        return q * np.log(a) - (1 - q) * np.log(a) / 4

    yield equal(drift(1 / 5), 0.0)
    yield true(drift(0.3) > 0 > drift(0.1))
    f = oe.problems.Quadratic(np.eye(2), np.zeros(2))
    sizes, success = [], []
    method, stream = oe.OnePlusOne(0.5, a), np.random.default_rng(int(rng.integers(1000)))
    state = method.init(f, np.ones(2), stream)
    for _ in range(20):
        new = method.step(f, state, stream)
        sizes.append(np.log(new.size / state.size))
        success.append(new.f != state.f)
        state = new
    yield equal(np.mean(sizes), drift(np.mean(success)))


@check_of("eq-bb-cma")
def cma(rng):
    d, count = 4, 8
    A = rng.standard_normal((d, d))
    C, x, p, sigma = A @ A.T + np.eye(d), rng.standard_normal(d), rng.standard_normal(d), 0.7
    w, Y = weights_of(count), rng.standard_normal((count // 2, d))
    state = CMAESState(x, sigma, C, np.zeros(d), p, 50)  # a short path: no halt of p
    new = next_generation(state, 0.1 * Y, w, roots_of(C)[1])
    Y, m = 0.1 * Y, 1 / np.sum(w**2)
    c = (4 + m / d) / (d + 4 + 2 * m / d)
    c_1 = 2 / ((d + 1.3) ** 2 + m)
    c_2 = 2 * (m - 2 + 1 / m) / ((d + 2) ** 2 + m)
    y = sum(w[i] * Y[i] for i in range(len(w)))
    path = (1 - c) * p + np.sqrt(c * (2 - c) * m) * y
    yield equal(np.sum(w), 1.0)
    yield equal(new.x, x + sigma * y)
    yield equal(new.path_C, (1 - c) * p + np.sqrt(c * (2 - c) * m) * y)
    steps = sum(w[i] * np.outer(Y[i], Y[i]) for i in range(len(w)))
    yield equal(new.C, (1 - c_1 - c_2) * C + c_1 * np.outer(path, path) + c_2 * steps)


@check_of("eq-bb-consensus")
def weighted_mean(rng):
    V, values, alpha = rng.standard_normal((6, 2)), rng.standard_normal(6), rng.uniform(0.2, 3)

    def weights():
        return np.exp(-alpha * values)

    yield equal(consensus(V, values, alpha), sum(weights()[:, None] * V) / sum(weights()))


def ripples(z):
    return np.sin(2 * z) + z**2


@check_of("eq-bb-hopping")
def hopping(rng):
    alpha, sigma, x = rng.uniform(0.5, 1.0), rng.uniform(0.2, 0.5), rng.uniform(-0.5, 0.5, 1)
    U, w = cloud(1, 60)

    def soft(z):
        values = ripples(z + sigma * U[:, 0])
        return -np.log(w @ np.exp(-alpha * values)) / alpha

    def slope():
        high, low = soft(x + 1e-5), soft(x - 1e-5)
        return (high - low) / 2e-5

    V = x + sigma * U
    weights = w * np.exp(-alpha * ripples(V[:, 0]))
    yield equal(weights @ V / sum(weights), x - alpha * sigma**2 * slope(), rtol=1e-7, atol=1e-8)


@check_of("eq-bb-hopping-limits")
def hopping_limits(rng):
    alpha, sigma, d = rng.uniform(0.3, 1.0), rng.uniform(0.2, 0.6), 2
    f = quadratic_with_spectrum(rng.uniform(0.3, 2.0, d), rng)
    H, x, b = f.A, rng.standard_normal(d), rng.standard_normal(d)
    U, w = cloud(d, 40)
    V, tau = x + sigma * U, alpha * sigma**2

    def mean(values):
        weights = w * np.exp(-alpha * (values - values.min()))
        return weights @ V / np.sum(weights)

    yield equal(mean(V @ b), x - tau * b, rtol=1e-7)
    values = np.sum(V * (V @ H), axis=1) / 2 - V @ b
    yield equal(mean(values), np.linalg.solve(np.eye(d) + tau * H, x + tau * b), rtol=1e-7)
    prox = mean(values)  # where f(v) + ||v - x||^2 / (2 tau) has no slope
    yield equal(prox + tau * (H @ prox - b), x, rtol=1e-7)


@check_of("eq-bb-rank")
def ranked(rng):
    m, k = 6, int(rng.integers(1, 7))
    u, values = rng.standard_normal((m, 3)), rng.standard_normal(m)
    order = np.argsort(values)
    E = [(i, j) for a, i in enumerate(order) for j in order[a + 1 :] if a < k]
    yield equal(rank_estimate(u, order, k), sum(u[j] - u[i] for i, j in E) / len(E))
    f, x, h = oe.problems.Rosenbrock(), rng.standard_normal(2), rng.uniform(0.1, 1.0)
    seed = int(rng.integers(1000))
    new = oe.run(oe.RankDescent(h, 0.1, 4), f, x, max_iter=1, tol=0.0, seed=seed).x
    u = np.random.default_rng(seed).standard_normal((4, 2))
    order = np.argsort([f.value(x + 0.1 * row) for row in u])
    g = rank_estimate(u, order, 4)
    yield equal(new, x - h * g)


@check_of("eq-bb-projection")
def projection(rng):
    g, u = rng.standard_normal(4), rng.standard_normal(4)
    yield equal(along(g, u), (g @ u) / square(u) * u)
    left = square(g - along(g, u))
    yield equal(left, square(g) * (1 - cosine(g, u) ** 2))
    yield equal(square(g - (g @ u) / square(u) * u), square(g) * (1 - cosine(g, u) ** 2))
