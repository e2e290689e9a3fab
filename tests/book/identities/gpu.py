"""What the chapter on GPUs displays."""

from __future__ import annotations

import math

import numpy as np

import optedu as oe
from tests.book.identities.instances import norm
from tests.book.identities.statements import check_of, equal, increasing, true


def whole(rng, low, high):
    return int(rng.integers(low, high + 1))


@check_of("eq-gpu-divergence")
def divergence(rng):
    k = rng.integers(1, 40, (whole(rng, 1, 5), 32))
    busy = useful = 0
    for warp in k:  # in lockstep: a lane that is done waits for the others
        left = warp.copy()
        while (left > 0).any():
            busy += left.size
            useful += np.count_nonzero(left > 0)
            left = left - 1
    yield equal(useful / busy, k.sum() / (32 * k.max(axis=1).sum()))


@check_of("eq-gpu-sectors")
def sectors(rng):
    def touched(s, b):
        return min(32, (31 * s + b - 1) // 32 + 1)

    for b in (1, 2, 4, 8, 16):
        for s in {b, b * whole(rng, 1, 8), b * whole(rng, 1, 300)}:
            bytes_ = {lane * s + k for lane in range(32) for k in range(b)}
            yield equal(touched(s, b), len({byte // 32 for byte in bytes_}))


class Term:
    """A number that knows how many additions one after the other made it."""

    def __init__(self, depth=0):
        self.depth = depth

    def __add__(self, other):
        return Term(1 + max(self.depth, other.depth))


def tree_of(n, p):
    """Return the depth of a sum of n numbers by p threads."""
    shares = []
    for thread in range(p):
        total, *rest = [Term() for _ in range(thread, n, p)]
        for term in rest:
            total = total + term
        shares.append(total)
    while len(shares) > 1:
        pairs = [a + b for a, b in zip(shares[0::2], shares[1::2], strict=False)]
        shares = pairs + ([shares[-1]] if len(shares) % 2 else [])
    return shares[0].depth


@check_of("eq-gpu-tree")
def tree(rng):
    for p in (1, 2, 32, whole(rng, 3, 60)):
        n = p * whole(rng, 1, 6)
        yield equal(tree_of(n, p), -(-n // p) - 1 + math.ceil(math.log2(p)))
    p = 2 ** whole(rng, 0, 5)
    n = p * whole(rng, 1, 6) + whole(rng, 0, p - 1)
    yield equal(tree_of(n, p), math.ceil(n / p) - 1 + math.ceil(math.log2(p)))
    n = whole(rng, 2, 50)
    yield equal(tree_of(n, 1), n - 1)


@check_of("eq-gpu-roofline")
def roofline(rng):
    F, B, r_F, r_B = 10 ** rng.uniform(-2, 2, 4)
    intensity = F / B
    for overlap in (0.0, rng.uniform(), 1.0):  # how much of the shorter part is hidden
        first, second = sorted((F / r_F, B / r_B))
        T = second + (1 - overlap) * first
        yield increasing(max(F / r_F, B / r_B), T)
        yield increasing(F / T, min(r_F, intensity * r_B))
    yield equal(F / max(F / r_F, B / r_B), min(r_F, intensity * r_B))


@check_of("eq-gpu-intensity-gradient")
def intensity_of_a_gradient(rng):
    n, d, N, b = whole(rng, 1, 9), whole(rng, 1, 9), whole(rng, 1, 9), 8
    flops = moved = 0
    moved += N * d  # the iterates come
    for _row in range(n):
        moved += d  # a row of A comes
        for _run in range(N):
            flops += 2 * d  # its product with x
            flops += 2 * d  # and its part of the gradient
    moved += N * d  # the new iterates go
    yield equal(flops / (b * moved), 4 * n * d * N / (b * (n * d + 2 * N * d)))
    yield equal(flops / (b * moved), 4 * n * N / (b * (n + 2 * N)))


@check_of("eq-gpu-intensity-sinkhorn")
def intensity_of_sinkhorn(rng):
    q, tiles, m, d, b = whole(rng, 1, 9), whole(rng, 1, 5), whole(rng, 1, 30), whole(rng, 1, 4), 8
    n = q * tiles
    exps = moved = 0
    for _tile in range(tiles):
        for _row in range(q):
            moved += d + 2  # its point and its mass come, its potential goes
        for _column in range(m):
            moved += d + 1  # its point and its potential come
            exps += q
    rate = exps / (b * moved)
    yield equal(rate, n * m / (b * ((d + 1) * m * n / q + (d + 2) * n)))
    yield equal(rate, q * m / (b * ((d + 1) * m + (d + 2) * q)))


def newton_step(A, g):
    """Solve A h = g by Cholesky's method, and count its operations."""
    d, count = len(g), 0
    R = np.zeros((d, d))
    for j in range(d):
        for i in range(j, d):
            total = A[i, j]
            for k in range(j):
                total -= R[i, k] * R[j, k]
                count += 2
            R[i, j] = math.sqrt(total) if i == j else total / R[j, j]
            count += 1
    h = g.copy()
    for matrix, order in ((R, range(d)), (R.T, range(d - 1, -1, -1))):
        for i in order:
            known = [k for k in range(d) if (k < i if order.step > 0 else k > i)]
            for k in known:
                h[i] -= matrix[i, k] * h[k]
                count += 2
            h[i] /= matrix[i, i]
            count += 1
    return h, count


@check_of("eq-gpu-intensity-newton")
def intensity_of_newton(rng):
    d, b = whole(rng, 1, 9), 8
    root = rng.standard_normal((d, d))
    A, g = root @ root.T + np.eye(d), rng.standard_normal(d)
    h, count = newton_step(A, g)
    yield equal(A @ h, g)
    yield equal(count / (2 * b * d), (d**3 / 3 + 5 * d**2 / 2 + d / 6) / (2 * b * d))
    yield equal(count / (2 * b * d), (2 * d**2 + 15 * d + 1) / (12 * b))


@check_of("eq-gpu-little")
def little(rng):
    b, rate, c = 8.0, 10 ** rng.uniform(0, 2), whole(rng, 1, 40)
    latency = rng.uniform(1, 30) * b / rate
    answered, free = [], 0.0
    for request in range(6 * c):  # with c under way, the next leaves when an answer comes
        leaves = answered[request - c] if request >= c else 0.0
        begins = max(leaves, free)
        free = begins + b / rate
        answered.append(begins + latency)
    period = answered[-1] - answered[-1 - c]
    yield equal(c * b / period, min(rate, c * b / latency))


@check_of("eq-gpu-waves")
def waves(rng):
    N, W, k, tau = whole(rng, 1, 60), whole(rng, 1, 20), whole(rng, 1, 9), rng.uniform(0.1, 2)
    left, clock = N, 0.0
    while left > 0:
        left, clock = left - W, clock + k * tau
    yield equal(clock, math.ceil(N / W) * k * tau)


@check_of("eq-gpu-time")
def time(rng):
    N, c, a, latency, B, v = whole(rng, 1, 50), *10 ** rng.uniform(-1, 1, 5)

    def on_the_device(N):
        return latency + N * B / v + N * c / a

    clock = latency
    for _ in range(N):
        clock += B / v
        clock += c / a
    yield equal(clock, on_the_device(N))
    yield equal(sum(c for _ in range(N)), N * c)


@check_of("eq-gpu-break-even")
def break_even(rng):
    c, a, latency, B, v = 10 ** rng.uniform(-1, 1, 5)
    a = 1 + a

    def gain(N):
        return N * c - (latency + N * B / v + N * c / a)

    room = c - c / a - B / v
    if room > 0:
        star = latency / room
        yield equal(star, latency / (c - c / a - B / v))
        yield equal(gain(star) / latency, 0)
        yield true(gain(1.01 * star) > 0 and gain(0.99 * star) < 0)
    else:
        yield true(all(gain(N) < 0 for N in 10.0 ** np.arange(9)))


@check_of("eq-gpu-newton")
def newton(rng):
    n = whole(rng, 2, 6)
    problem = oe.problems.RootsOfUnity(n)
    z = complex(*rng.uniform(0.3, 1.5, 2))
    x = np.array([z.real, z.imag])
    yield equal(problem.value(x), (z ** (n + 1) / (n + 1) - z).real)
    step = x - np.linalg.solve(problem.hessian(x), problem.gradient(x))
    new = z - (z**n - 1) / (n * z ** (n - 1))
    yield equal(step, [new.real, new.imag])
    method = oe.NewtonMethod()
    yield equal(method.step(problem, method.init(problem, x)).x, step)
    yield equal(np.trace(problem.hessian(x)), 0)  # harmonic
    for root in problem.roots:
        yield equal(problem.gradient(root), np.zeros(2))


def error_matrix(h, beta, curvature):
    """Return the matrix of the heavy ball's errors, read off the method."""
    problem = oe.problems.Quadratic([[curvature]], [0.0])
    method = oe.HeavyBall(h, beta)
    columns = []
    for x, x_old in ((1.0, 0.0), (0.0, 1.0)):
        state = method.init(problem, np.array([x]))
        state = method.step(problem, state._replace(x_old=np.array([x_old])))
        columns.append([state.x[0], state.x_old[0]])
    return np.array(columns).T


def radius(matrix):
    return float(np.abs(np.linalg.eigvals(matrix)).max())


@check_of("eq-gpu-momentum-stable")
def momentum_stable(rng):
    mu, beta = rng.uniform(0.01, 0.9), rng.uniform(0, 0.99)
    L = 1.0
    border = 2 * (1 + beta) / L
    for h in border * np.array([rng.uniform(0.01, 0.99), 0.99, 1.01, rng.uniform(1.01, 3)]):
        rate = max(radius(error_matrix(h, beta, curvature)) for curvature in (mu, L))
        yield true((rate < 1) == (0 < h < 2 * (1 + beta) / L))
    at = radius(error_matrix(border, beta, L))
    yield equal(at, 1.0, rtol=1e-6)


@check_of("eq-gpu-momentum-rate")
def momentum_rate(rng):
    first, second, curvature = rng.uniform(0.01, 4), rng.uniform(0, 0.99), rng.uniform(0.05, 1)
    pairs = [(first, second), (first / 20, second), (1.5, 0.99), (0.1, 0.01), (3.5, 0.01)]
    for h, beta in pairs:
        M = error_matrix(h, beta, curvature)
        yield equal(M, np.array([[1 + beta - h * curvature, -beta], [1, 0]]))
        if (1 + beta - h * curvature) ** 2 <= 4 * beta:
            yield equal(radius(M), np.sqrt(beta))
        else:
            apart = abs(1 + beta - h * curvature)
            root = np.sqrt((1 + beta - h * curvature) ** 2 - 4 * beta)
            yield equal(radius(M), (apart + root) / 2)
            yield equal(
                radius(M), (apart + np.sqrt((1 + beta - h * curvature) ** 2 - 4 * beta)) / 2
            )


@check_of("eq-gpu-wells")
def wells(rng):
    h = rng.uniform(0.1, 2.0)
    problem, method = oe.problems.DoubleWell(), oe.GradientDescent(h)

    def after(y):
        return method.step(problem, method.init(problem, np.array([0.0, y]))).x[1]

    y = rng.uniform(0.1, 2)
    yield equal(after(y), y - h * (y**3 - y))
    yield equal(problem.value(np.array([0.0, y])), (y**2 - 1) ** 2 / 4)
    yield equal(after(np.sqrt(1 + 1 / h)), 0.0)
    y = np.sqrt(1 + 2 / h)
    yield equal(after(y), -y)
    yield true(abs(after(1.01 * y)) > 1.01 * y)


def exact_errors(A, x, b):
    """Return |g^ - g| of the gradient in single precision, entry by entry, the latter exact."""
    single = np.zeros(len(b), dtype=np.float32)
    exact = np.zeros(len(b))
    for i, row in enumerate(A):
        for a, value in zip(row, x, strict=True):
            single[i] = single[i] + a * value
        single[i] = single[i] - b[i]
        terms = [float(a) * float(value) for a, value in zip(row, x, strict=True)]
        exact[i] = math.fsum([*terms, -float(b[i])])
    return np.abs(single.astype(float) - exact)


@check_of("eq-gpu-floor")
def floor(rng):
    d, u = whole(rng, 1, 12), 2.0**-24
    draws = rng.standard_normal
    A, x, b = (draws(shape).astype(np.float32) for shape in ((d, d), d, d))
    gamma = (d + 1) * u / (1 - (d + 1) * u)
    room = gamma * (np.abs(A.astype(float)) @ np.abs(x.astype(float)) + np.abs(b.astype(float)))
    yield true((exact_errors(A, x, b) <= room).all())
    yield equal(gamma * (1 / u - (d + 1)), d + 1)
    # nearly attained: 1 and then d - 1 numbers that rounding loses, each of nearly u
    tiny = np.float32(u * (1 - 2.0**-20))
    ones, lost = np.ones((1, d), dtype=np.float32), np.full(d, tiny)
    lost[0] = 1.0
    error = exact_errors(ones, lost, np.array([-tiny]))[0]
    yield equal(error, d * u, rtol=1e-5)
    yield increasing(error, gamma)


@check_of("eq-gpu-refine")
def refine(rng):
    problem = oe.problems.generators.random_quadratic(6, 50.0, seed=whole(rng, 0, 10**6))
    A, b = problem.A, problem.b
    x_star = np.linalg.solve(A, b)
    x, before = np.zeros(6), norm(x_star)
    for _ in range(6):
        delta = np.linalg.solve(A.astype(np.float32), (A @ x - b).astype(np.float32))
        x = x - delta.astype(float)
        after = norm(x - x_star)
        yield true(after <= max(1e-3 * before, 1e-12 * norm(x_star)))
        before = after
    yield equal(A @ x, b)


@check_of("eq-gpu-sum")
def sums(rng):
    n, u = 2 ** whole(rng, 1, 9), 2.0**-24
    x = (rng.standard_normal(n) + rng.uniform(-1, 1)).astype(np.float32)
    exact, size = math.fsum(x.astype(float)), float(np.abs(x.astype(float)).sum())
    loop = float(np.add.accumulate(x)[-1])
    shares = x
    while len(shares) > 1:
        shares = shares[0::2] + shares[1::2]
    for found, m in ((loop, n - 1), (float(shares[0]), math.log2(n))):
        room = m * u / (1 - m * u) * size
        yield increasing(abs(found - exact), room, atol=0)
    tiny = np.full(n, np.float32(u * (1 - 2.0**-20)))
    tiny[0] = 1.0
    lost = abs(float(np.add.accumulate(tiny)[-1]) - math.fsum(tiny.astype(float)))
    yield equal(lost, (n - 1) * u, rtol=1e-5)


@check_of("eq-gpu-points")
def memory(rng):
    n, m, d = whole(rng, 2, 30), whole(rng, 2, 30), whole(rng, 1, 4)
    X, Y = rng.standard_normal((n, d)), rng.standard_normal((m, d))
    a, b_ = np.full(n, 1 / n), np.full(m, 1 / m)
    problem = oe.problems.PointCloudTransport(X, Y, a, b_, 1.0)
    arrays = [v for v in problem if isinstance(v, np.ndarray)] + [problem.start]
    b = X.itemsize
    yield equal(sum(v.nbytes for v in arrays), b * (d + 2) * (n + m))
    C = ((X[:, None] - Y) ** 2).sum(axis=2)
    yield equal(oe.problems.EntropicTransport(C, a, b_, 1.0)[0].nbytes, b * n * m)


@check_of("eq-gpu-extend")
def extend(rng):
    m, t, alpha = whole(rng, 2, 8), rng.uniform(0.2, 1), rng.uniform(0.1, 1)
    Y, g = rng.standard_normal((m, 2)), rng.standard_normal(m)
    x = rng.standard_normal(2)
    total = sum(np.exp((g[j] - norm(x - Y[j]) ** 2) / t) for j in range(m))
    f = t * np.log(alpha) - t * np.log(total)
    masses = np.full(m, alpha / m)
    problem = oe.problems.PointCloudTransport(x[None], Y, np.array([alpha]), masses, t)
    update = problem.soft_transform(0, np.append(0.0, g), t)
    yield equal(update[0], f)
    yield equal(update[0], t * np.log(alpha) - t * np.log(total))
    plan = np.exp((f + g - ((x - Y) ** 2).sum(axis=1)) / t)
    yield equal(plan.sum(), alpha)
