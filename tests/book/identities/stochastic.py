"""What the chapter on stochastic methods displays."""

from __future__ import annotations

import itertools

import numpy as np
from scipy.optimize import brentq

import optedu as oe
from optedu.minibatch import minibatch_gradient
from optedu.problems.generators import random_logistic, random_rotation
from optedu.stochastic.ai_sarah import implicit_step
from optedu.stochastic.last_iterate import (
    last_iterate_bound,
    steps_from_weights,
    weighted_bound,
)
from optedu.stochastic.refinement import refined_schedule
from optedu.stochastic.schedules import linear_decay
from tests.book.identities.instances import after, at_distance, norm, square
from tests.book.identities.statements import check_of, equal, increasing, true
from tests.stochastic.examples import states as drawn

P = oe.problems
E = np.e


def small_sum(rng, n, d=2):
    """Return least squares of n terms with its L, the mu of its terms, and a point."""
    A = rng.standard_normal((n, d))
    f = P.LeastSquares(A / np.sqrt(n), rng.standard_normal(n), l2=rng.uniform(0.1, 1.0))
    return f, f.component_smoothness, f.l2, f.minimizer + rng.standard_normal(d)


class Draws:
    """A source of randomness whose draws are given."""

    def __init__(self, draws):
        self.draws = list(draws)

    def integers(self, low, high, size=None):
        draw = self.draws.pop(0)
        return draw if size is None else np.full(size, draw)


def end_of(method, f, x, draws, steps=1):
    method, rng = method.resolve(f), Draws(draws)
    state = method.init(f, x, rng)
    for _ in range(steps):
        state = method.step(f, state, rng)
    return state.x


@check_of("eq-vr-svrg")
def snapshot_estimate(rng):
    f, L, _, snapshot = small_sum(rng, 5)
    t, n = 0.2 / L, 5
    x = snapshot - t * f.gradient(snapshot)

    def v(i):
        return f.component_gradient(i, x) - f.component_gradient(i, snapshot) + f.gradient(snapshot)

    yield equal(np.mean([v(i) for i in range(n)], axis=0), f.gradient(x))
    i = int(rng.integers(n))
    yield equal(end_of(oe.SVRG(t, 2), f, snapshot, [0, i]), x - t * v(i))


@check_of("eq-vr-noise")
def snapshot_noise(rng):
    n, a = 4, rng.standard_normal(2)
    rows = np.vstack([a, np.zeros((n - 1, 2))])
    f = P.LeastSquares(rows, np.zeros(n))  # one term only, of smoothness L, and three that are 0
    L, x = f.component_smoothness, a * rng.uniform(0.5, 2.0)

    def v(i, snapshot):
        return f.component_gradient(i, x) - f.component_gradient(i, snapshot) + f.gradient(snapshot)

    for snapshot in (rng.standard_normal(2), -0.9 * x, 0.0 * x):
        noise = np.mean([square(v(i, snapshot) - f.gradient(x)) for i in range(n)])
        yield equal(np.mean([v(i, snapshot) for i in range(n)], axis=0), f.gradient(x))
        yield increasing(noise, L**2 * square(x - snapshot))
    yield equal(noise, 3 / 16 * L**2 * square(x))


@check_of("eq-vr-table")
def table_estimates(rng):
    f, L, _, x = small_sum(rng, 5)
    t, n = 0.2 / L, 5
    first, i = int(rng.integers(n)), int(rng.integers(n))
    g = [f.component_gradient(j, x) for j in range(n)]

    def sag(i, y, g):
        return (f.component_gradient(i, y) - g[i]) / n + np.mean(g, axis=0)

    def saga(i, y, g):
        return f.component_gradient(i, y) - g[i] + np.mean(g, axis=0)

    for method, v in ((oe.SAG(t, draws=1), sag), (oe.SAGA(t, draws=1), saga)):
        y = x - t * v(first, x, g)
        yield equal(end_of(method, f, x, [first]), y)
        yield equal(end_of(method, f, x, [first, i], 2), y - t * v(i, y, g))
    yield equal(np.mean([saga(j, y, g) for j in range(n)], axis=0), f.gradient(y))


@check_of("eq-vr-sarah")
def recursive_estimate(rng):
    f, L, _, x = small_sum(rng, 5)
    t, draws = 0.2 / L, rng.integers(0, 5, 2)
    xs, v = [x, x - t * f.gradient(x)], f.gradient(x)
    for i in draws:
        v = f.component_gradient(i, xs[-1]) - f.component_gradient(i, xs[-2]) + v
        xs.append(xs[-1] - t * v)
    yield equal(end_of(oe.SARAH(t, 3), f, x, draws), xs[-1])


@check_of("thm-vr-svrg")
def svrg_theorem(rng):
    f, L, _, x = small_sum(rng, 2)
    t, mu, least = rng.uniform(0.05, 0.12) / L, f.strong_convexity, f.minimum

    def bound(m, k):
        rho = 1 / (mu * t * (1 - 2 * L * t) * m) + 2 * L * t / (1 - 2 * L * t)
        return rho**k * (f.value(x) - least)

    m = int(np.ceil(rng.uniform(40.0, 80.0) * L / mu))
    method = oe.SVRG(t, m, average=True).resolve(f)
    for k in (1, 3):
        yield equal(method.guarantee(f, k, x).bound, bound(m, k))
    m = 4
    ends = [
        f.value(end_of(oe.SVRG(t, m, average=True), f, x, draws))
        for draws in itertools.product(range(2), repeat=m)
    ]
    yield increasing(np.mean(ends), least + bound(m, 1))


@check_of("thm-vr-saga")
def saga_theorem(rng):
    f, L, mu, x = small_sum(rng, 2)
    n, k = 2, 4
    method = oe.SAGA(strong_convexity=mu, draws=1)
    ends = [
        square(end_of(method, f, x, draws, k) - f.minimizer)
        for draws in itertools.product(range(n), repeat=k)
    ]
    t = 1 / (2 * (mu * n + L))
    gap = f.value(x) - f.minimum
    bound = (1 - mu * t) ** k * (square(x - f.minimizer) + n / (mu * n + L) * gap)
    yield increasing(np.mean(ends), bound)
    yield equal(method.resolve(f).guarantee(f, k, x).bound ** 2, bound)


@check_of("thm-vr-sarah")
def sarah_theorem(rng):
    mu = rng.uniform(0.1, 1.0)
    L = mu + rng.uniform(0.5, 5.0)
    Q = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    H = Q @ np.diag([mu, L, rng.uniform(mu, L)]) @ Q.T  # of the term that is drawn

    def longest():
        return 2 / (mu + L)

    def factor(t):
        return 1 - 2 * mu * L * t / (mu + L)

    def following(v, t):
        return v - t * (H @ v)

    for t in (longest(), rng.uniform(0.1, 1.0) * longest()):
        v = rng.standard_normal(3)
        yield increasing(square(following(v, t)), factor(t) * square(v))
    for v in (Q[:, 0], Q[:, 1]):
        yield equal(square(following(v, longest())), factor(longest()))


@check_of("eq-vr-implicit")
def implicit_step_size(rng):
    f, w, v = random_logistic(8, 3, rng, 0.1), 0.5 * rng.standard_normal(3), rng.standard_normal(3)
    H, p, n = f.hessian(w), 1 / (1 + np.exp(-f.A @ w)), 8
    c = f.A.T @ (p * (1 - p) * (1 - 2 * p) * (f.A @ v) ** 2) / n
    found = implicit_step(f, np.arange(n), w, v, f.gradient(w))
    a = v @ H @ v / abs(square(H @ v) + v @ c)
    yield equal(1 / found, 1 / a, rtol=1e-4, atol=1e-4)


def finite_sum(rng, n=5, d=3):
    """Return least squares with a ridge as a finite sum: terms of different curvature."""
    A, b = rng.standard_normal((n, d)), rng.standard_normal(n)
    return P.LeastSquares(A / np.sqrt(n), b / np.sqrt(n), 0.1)


def all_gradients(problem, x):
    return np.array([problem.component_gradient(i, x) for i in range(problem.components)])


@check_of("eq-finite-sum")
def mean_of_terms(rng):
    problem, x = finite_sum(rng), rng.standard_normal(3)
    n = problem.components
    yield equal(problem.value(x), sum(problem.component_value(i, x) for i in range(n)) / n)


@check_of("eq-batch-variance")
def batch_variance(rng):
    problem, x = finite_sum(rng), rng.standard_normal(3)
    grads, full, b = all_gradients(problem, x), problem.gradient(x), int(rng.integers(1, 4))
    batches = list(itertools.product(range(problem.components), repeat=b))
    yield equal(np.mean([grads[list(batch)].mean(axis=0) for batch in batches], axis=0), full)
    spread = [square(minibatch_gradient(problem, batch, x) - full) for batch in batches]
    yield equal(np.mean(spread), (np.mean(np.sum(grads**2, axis=1)) - square(full)) / b)


@check_of("eq-noise")
def noise(rng):
    """The mean square at the minimizer is the variance there, and vanishes with the residuals."""
    problem = finite_sum(rng)
    grads = all_gradients(problem, problem.minimizer)
    yield equal(np.mean(np.sum(grads**2, axis=1)), np.sum(grads.var(axis=0)))
    consistent = P.LeastSquares(problem.A, problem.A @ problem.minimizer)
    yield equal(all_gradients(consistent, consistent.minimizer), 0.0 * grads)
    yield true(np.mean(np.sum(grads**2, axis=1)) > 0)


@check_of("eq-sgd")
def sgd_step(rng):
    problem, x, seed = finite_sum(rng), rng.standard_normal(3), int(rng.integers(1000))
    h, b = float(rng.uniform(0.1, 0.5)), int(rng.integers(1, 5))
    batch = np.random.default_rng(seed).integers(0, problem.components, b)
    grads = all_gradients(problem, x)
    *_, state = drawn(oe.StochasticGradient(h, [1.0], b), problem, x, 1, seed)
    yield equal(state.x, x - h * grads[batch].mean(axis=0))


@check_of("thm-sgd")
def sgd_theorem(rng):
    """By enumeration of all draws; at x* the mean is half of the bound."""
    problem, b = finite_sum(rng), int(rng.integers(1, 3))
    n, best, mu = problem.components, problem.minimizer, problem.strong_convexity
    M = problem.component_smoothness / b + (1 - 1 / b) * problem.smoothness
    h = float(rng.uniform(0.05, 1.0)) / (2 * M)
    sigma2 = np.mean(np.sum(all_gradients(problem, best) ** 2, axis=1))

    def mean_square(x):
        batches = itertools.product(range(n), repeat=b)
        ends = [square(x - h * minibatch_gradient(problem, batch, x) - best) for batch in batches]
        return np.mean(ends)

    def bound(x):
        return (1 - h * mu) * square(x - best) + 2 * h**2 * sigma2 / b

    for size in (0.0, 0.1, 1.0, 10.0, 1000.0):
        x = at_distance(rng, best, size)
        yield increasing(mean_square(x), bound(x))
    yield equal(mean_square(best), bound(best) / 2)
    method = oe.StochasticGradient(h, batch_size=b).resolve(problem)
    x = at_distance(rng, best, 2.0)
    yield equal(method.guarantee(problem, 1, x).bound ** 2, bound(x))


@check_of("eq-ball")
def ball(rng):
    """A fixed point of the variance's recursion, and where the recursion leads."""
    lam, s2 = float(rng.uniform(0.5, 2.0)), float(rng.uniform(0.1, 3.0))
    h = float(rng.uniform(0.1, 0.9)) / lam
    B = np.sqrt(s2) * np.array([[1.0], [-1.0]])
    problem = P.NoisyQuadratic([[lam]], B)

    def settled():
        return h * s2 / (lam * (2 - h * lam))

    def after_a_step(variance):
        ends = [
            x - h * problem.component_gradient(i, x)
            for x in (np.array([np.sqrt(variance)]), np.array([-np.sqrt(variance)]))
            for i in range(2)
        ]
        return np.mean(np.square(ends))

    yield equal(after_a_step(settled()), settled())
    yield true(abs(after_a_step(2 * settled()) / settled() - 1) < 1)


@check_of("eq-average")
def average(rng):
    problem, x, seed = finite_sum(rng), rng.standard_normal(3), int(rng.integers(1000))
    h, k = float(rng.uniform(0.01, 0.1)), int(rng.integers(1, 20))
    *_, state = drawn(oe.AveragedStochasticGradient(h), problem, x, k, seed)
    draws = np.random.default_rng(seed)
    z, total = x, 0.0 * x
    for _ in range(k):
        step = h * problem.component_gradient(int(draws.integers(0, 5, 1)[0]), z)
        z = z - step
        total = total + z
    yield equal(state.x, total / k)
    yield equal(state.z, z)


@check_of("eq-average-covariance")
def average_covariance(rng):
    """The linear recursion's covariance, exactly: k times it tends to H^-1 S H^-1."""
    Q = random_rotation(2, rng)
    H = Q @ np.diag(rng.uniform(0.5, 2.0, 2)) @ Q.T
    S = np.cov(rng.standard_normal((2, 9)))
    h, k = 0.3, 20000
    inverse, shrink = np.linalg.inv(H), np.eye(2) - h * H
    # from x*: the error of the mean is H^-1 sum over j of (I - (I - h H)^(k - j)) noise_j / k
    powers = [np.eye(2)]
    for _ in range(200):
        powers.append(powers[-1] @ shrink)
    late = sum((np.eye(2) - p) @ S @ (np.eye(2) - p).T - S for p in powers[1:])
    covariance = inverse @ (k * S + late) @ inverse / k**2

    def limit():
        return inverse @ S @ inverse

    yield equal(k * covariance, limit(), rtol=1e-2)


@check_of("eq-epoch")
def epoch(rng):
    problem, x, h = finite_sum(rng), rng.standard_normal(3), 1e-4
    n = problem.components
    g = all_gradients(problem, x)
    H = [problem.component_hessian(i, x) for i in range(n)]
    end = after(oe.IncrementalGradient(h), problem, x, 1)
    drift = sum(H[i] @ g[:i].sum(axis=0) for i in range(n))
    first = sum(g)
    yield equal((end - x) / h, -first + h * drift, rtol=1e-6)
    yield equal((end - x + h * first) / h**2, drift, rtol=2e-2, atol=1e-3)


def kinks(rng):
    """Return a maximum of linear functions with minimum 0 at 0, and a start at distance D."""
    rows = rng.standard_normal((6, 3))
    D = float(rng.uniform(0.5, 3.0))
    return P.MaxLinear(np.vstack([rows, -rows]), np.zeros(12)), at_distance(rng, np.zeros(3), D), D


def subgradient_path(problem, x, steps):
    """Return the points before each step, and the subgradients there."""
    points, slopes = [], []
    for h in steps:
        points.append(x)
        slopes.append(problem.gradient(x))
        x = x - h * slopes[-1]
    return points, slopes


@check_of("thm-last-iterate")
def last_iterate(rng):
    """On kinks; the proof's identities; and on a ramp, where one sees what each part is for."""
    T = int(rng.integers(2, 30))
    w = rng.uniform(0.05, 0.5, T)
    tail = np.append(np.cumsum(w[::-1])[::-1], 0.0)
    steps = w * tail[1:] / tail[0]
    yield equal(steps_from_weights(w), steps)
    problem, x, D = kinks(rng)
    points, slopes = subgradient_path(problem, x, steps)
    G2 = np.array([square(g) for g in slopes])

    def bound():
        return (D**2 + np.sum(w**2 * G2)) / (2 * np.sum(w))

    yield increasing(problem.value(points[-1]), bound())
    yield equal(weighted_bound(w, D, np.sqrt(G2)), bound())
    z = points[0]
    for t in range(T):
        moved = sum((1 / tail[k + 1] - 1 / tail[k]) * (points[t] - points[k]) for k in range(t))
        yield equal(z, points[t] + tail[0] * moved)
        z = z - w[t] * slopes[t]


@check_of("eq-linear-decay")
def linear_decay_bound(rng):
    T, (problem, x, D) = int(rng.integers(2, 40)), kinks(rng)
    G = problem.lipschitz

    def step(t):
        return D / (G * np.sqrt(T)) * (1 - t / T)

    steps = np.array([step(t) for t in range(1, T + 1)])
    weights = np.full(T, D / (G * np.sqrt(T)))
    yield equal(steps_from_weights(weights), steps)
    line = np.append(linear_decay(T)[1:], 0.0)
    yield equal(steps, weights * line)
    yield equal(weighted_bound(weights, D, G), D * G / np.sqrt(T))
    points, _ = subgradient_path(problem, x, steps)
    yield increasing(problem.value(points[-1]), D * G / np.sqrt(T))


@check_of("eq-last-bound")
def any_schedule(rng):
    T, (problem, x, D) = int(rng.integers(2, 30)), kinks(rng)
    h = rng.uniform(0.01, 0.5, T)
    points, slopes = subgradient_path(problem, x, h)
    G = np.array([norm(g) for g in slopes])
    S = np.cumsum(h[::-1])[::-1]
    A = np.cumsum((h * G)[::-1] ** 2)[::-1]

    def bound():
        late = np.sum(h[:-1] / S[1:] * A[:-1] / (2 * S[:-1]))
        return (D**2 + A[0]) / (2 * S[0]) + late

    yield increasing(problem.value(points[-1]), bound())
    yield equal(last_iterate_bound(h, D, G), bound())


@check_of("eq-refined")
def refined(rng):
    T, D = int(rng.integers(2, 30)), float(rng.uniform(0.5, 3.0))
    G = np.exp(rng.standard_normal(T))

    def weights():
        return D * G ** (-2) / np.sqrt(np.sum(G ** (-2)))

    least = D / np.sqrt(np.sum(G ** (-2)))
    yield equal(weighted_bound(weights(), D, G), least)
    for _ in range(5):
        yield increasing(least, weighted_bound(weights() * np.exp(rng.normal(0, 0.5, T)), D, G))
    steps = steps_from_weights(weights())
    yield equal(refined_schedule(G, smoothing=0.0), steps / steps.max())


def shifted_terms(*rows):
    """Return f = x^2 / 2 whose terms have the gradients x + shift, each so many times."""
    shifts = np.concatenate([np.full(count, shift) for shift, count in rows])
    return P.NoisyQuadratic([[1.0]], -shifts[:, None])


def rest_of_clipping(f, c):
    """Return where the mean of the clipped steps is zero, from the method's own steps."""
    values, first, counts = np.unique(f.B, return_index=True, return_counts=True)

    def drift(x):
        ends = [end_of(oe.ClippedStochasticGradient(1.0, c), f, np.array([x]), [i]) for i in first]
        return np.dot(counts, np.ravel(ends) - x)

    far = np.abs(values).max() + 1.0
    return brentq(drift, -far, far, xtol=1e-13, rtol=1e-14)


@check_of("eq-clip")
def clipped_step(rng):
    f, L, _, x = small_sum(rng, 4)
    h, c = 0.3 / L, norm(f.gradient(x)) * rng.uniform(0.2, 2.0)
    for i in range(4):
        g = f.component_gradient(i, x)
        end = end_of(oe.ClippedStochasticGradient(h, c), f, x, [i])
        yield equal(end, x - h * min(1, c / norm(g)) * g)


@check_of("eq-clip-rest")
def clipping_rest(rng):
    n, k, a = 20, int(rng.integers(1, 9)), rng.uniform(0.3, 3.0)
    p = k / n
    c = rng.uniform(0.1, 1.0) * a * (1 - p) / p
    f = shifted_terms((-a, n - k), (a * (1 - p) / p, k))
    yield equal(rest_of_clipping(f, c), a - p / (1 - p) * c)


@check_of("thm-clip-bias")
def clipping_bias(rng):
    """The odds k / (n - k) are the worst for one threshold; others stay below."""
    n, k, sigma = 20, int(rng.integers(1, 9)), rng.uniform(0.3, 3.0)
    c = sigma / 2 * np.sqrt((n - k) / k)
    for rare in range(1, 10):
        s = np.sqrt(rare / (n - rare))
        f = shifted_terms((-sigma * s, n - rare), (sigma / s, rare))
        if rare == k:
            yield equal(rest_of_clipping(f, c), sigma**2 / (4 * c))
        else:
            yield increasing(rest_of_clipping(f, c), sigma**2 / (4 * c))


def estimate_after(method, rng):
    """Return an estimate, a gradient, and the estimate after one step."""
    f = P.NoisyQuadratic(np.eye(3), rng.standard_normal((1, 3)))
    x, m = rng.standard_normal(3), rng.standard_normal(3)
    state = method.resolve(f).init(f, x, None)._replace(m=m)
    return m, f.gradient(x), method.resolve(f).step(f, state, Draws([0])).m


@check_of("eq-mean-step")
def mean_step(rng):
    w = rng.uniform(0.1, 2.0)
    m, g, new = estimate_after(oe.MeanGradient(0.1, w), rng)

    def pull(u):
        return w / 2 * square(u - g) + square(u - m) / 2

    yield equal(new, m + w / (1 + w) * (g - m))
    for u in new + 0.3 * rng.standard_normal((10, 3)):
        yield increasing(pull(new), pull(u))


@check_of("eq-median-step")
def median_step(rng):
    tau = rng.uniform(0.1, 4.0)
    m, g, new = estimate_after(oe.MedianGradient(0.1, tau), rng)

    def pull(u):
        return tau * norm(u - g) + square(u - m) / 2

    yield equal(new, m + min(1, tau / norm(g - m)) * (g - m))
    for u in new + 0.3 * rng.standard_normal((10, 3)):
        yield increasing(pull(new), pull(u))


def phases(rng, n=3, d=2):
    return P.RobustPhaseRetrieval(rng.standard_normal((n, d)), rng.uniform(0.2, 3.0, n))


@check_of("eq-phase")
def phase_retrieval(rng):
    f, x = phases(rng), rng.standard_normal(2)
    A, b = f.A, f.b
    yield equal(f.value(x), np.sum(np.abs((A @ x) ** 2 - b)) / 3)


@check_of("eq-model-step")
def model_step(rng):
    f, x, i, t = phases(rng), rng.standard_normal(2), 1, rng.uniform(0.05, 2.0)
    g = f.component_gradient(i, x)

    def tangent(u):
        return f.component_value(i, x) + g @ (u - x)

    def cut(u):
        return max(tangent(u), 0)

    def term(u):
        return f.component_value(i, u)

    def model(phi, u):
        return phi(u) + square(u - x) / (2 * t)

    for phi, method in (
        (tangent, oe.StochasticProxLinear(t, lower_bound=-np.inf)),
        (cut, oe.StochasticProxLinear(t)),
        (term, oe.StochasticProximalPoint(t)),
    ):
        best = end_of(method, f, x, [i])
        scales = np.array([0.1, 0.1, 1.0, 1.0, 9.0, 9.0])
        for u in best + scales[:, None] * rng.standard_normal((6, 2)):
            yield increasing(model(phi, best), model(phi, u))


@check_of("eq-truncated-step")
def truncated_step(rng):
    f, x, t = phases(rng), rng.standard_normal(2), rng.uniform(0.05, 2.0)
    for i in range(3):
        g, height = f.component_gradient(i, x), f.component_value(i, x)
        end = end_of(oe.StochasticProxLinear(t), f, x, [i])
        yield equal(end, x - min(t, height / square(g)) * g)


@check_of("eq-envelope-slope")
def envelope_slope(rng):
    f, x, u = phases(rng, 1), rng.standard_normal(2), rng.standard_normal(2)
    lam = rng.uniform(0.2, 0.8) / f.weak_convexity

    def envelope(x):
        nearest = f.component_prox(0, x, lam)
        return f.value(nearest) + square(nearest - x) / (2 * lam)

    prox = f.component_prox(0, x, lam)
    numerical = (envelope(x + 1e-6 * u) - envelope(x - 1e-6 * u)) / 2e-6
    yield equal(numerical, u @ (x - prox) / lam, rtol=1e-4, atol=1e-6)


@check_of("eq-surrogate")
def surrogate(rng):
    f, x = random_logistic(9, 2, rng, 0.0), rng.standard_normal(2)
    eta, g = rng.uniform(0.5, 4.0), f.gradient(x)

    def q(u):
        return g @ (u - x) + np.sum((f.A @ (u - x)) ** 2) / 9 / (2 * eta)

    yield equal(q(x), 0.0)
    best = end_of(oe.TargetSurrogate(eta, 2000), f, x, [])
    for u in best + 0.3 * rng.standard_normal((10, 2)):
        yield increasing(q(best), q(u))


@check_of("thm-surrogate")
def surrogate_theorem(rng):
    """Least squares attain it: their losses are quadratics of curvature n."""
    x, u = rng.standard_normal(2), rng.standard_normal(2)
    squares = P.LeastSquares(rng.standard_normal((9, 2)), rng.standard_normal(9))
    logistic = random_logistic(9, 2, rng, 0.0)

    def q(f, u, L):
        s = u - x
        return f.gradient(x) @ s + L * np.sum((f.A @ s) ** 2) / 9 / 2

    yield equal(squares.value(u), squares.value(x) + q(squares, u, 9.0))
    yield increasing(logistic.value(u), logistic.value(x) + q(logistic, u, 0.25))
