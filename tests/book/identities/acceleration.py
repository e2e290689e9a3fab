"""What the chapter on acceleration displays."""

from __future__ import annotations

import itertools

import numpy as np
from scipy.special import eval_chebyt

import optedu as oe
from optedu.acceleration.halpern_iteration import HalpernIterationState
from optedu.acceleration.heavy_ball import HeavyBallState, polyak_tuning
from optedu.acceleration.nesterov_acceleration import NesterovAccelerationState
from optedu.acceleration.ogmg import backward_thetas
from optedu.acceleration.optex import gradient_weights, matern
from optedu.acceleration.polynomial_preconditioned_gradient import (
    PolynomialPreconditionedGradientState,
)
from optedu.problems.generators import quadratic_with_spectrum, random_rotation
from tests.book.identities.instances import (
    after,
    at_distance,
    bowl,
    height,
    huber,
    lifted,
    norm,
    on_a_ramp,
    smooth_convex,
    square,
    stated,
    states,
    strongly_convex,
)
from tests.book.identities.statements import check_of, equal, increasing


def curvatures(rng):
    """Return mu and L."""
    L = float(rng.uniform(0.5, 5.0))
    return L / float(rng.uniform(3.0, 60.0)), L


@check_of("eq-heavy-ball")
def heavy_ball(rng):
    for f in smooth_convex(rng):
        x, x_old = rng.standard_normal((2, 3))
        h, beta = rng.uniform(0.1, 1.0, 2)
        new = oe.HeavyBall(h, beta).step(f, HeavyBallState(x, x_old)).x
        yield equal(new, x - h * f.gradient(x) + beta * (x - x_old))


@check_of("eq-error-recursion")
def error_recursion(rng):
    spectrum = rng.uniform(0.1, 3.0, 4)
    f = quadratic_with_spectrum(spectrum, rng)
    eigenvalues, Q = np.linalg.eigh(f.A)
    h, beta = rng.uniform(0.1, 1.0, 2)
    run = states(oe.HeavyBall(h, beta), f, rng.standard_normal(4), 6)
    errors = [Q.T @ (state.x - f.minimizer) for state in run]
    for e_old, e, e_new in zip(errors, errors[1:], errors[2:], strict=False):
        for i, lam in enumerate(eigenvalues):
            yield equal(e_new[i], (1 + beta - h * lam) * e[i] - beta * e_old[i])


def slowest_root(h, beta, mu, L):
    """Return the largest modulus of a root of the recursion, over curvatures in [mu, L]."""
    return max(
        np.abs(np.roots([1.0, -(1 + beta - h * lam), beta])).max() for lam in np.linspace(mu, L, 9)
    )


@check_of("eq-polyak-tuning")
def tuning(rng):
    mu, L = curvatures(rng)
    kappa = L / mu

    def momentum():
        return ((np.sqrt(kappa) - 1) / (np.sqrt(kappa) + 1)) ** 2

    def step_size():
        return 4 / (np.sqrt(L) + np.sqrt(mu)) ** 2

    h, beta = step_size(), momentum()
    yield equal(np.array(polyak_tuning(L, mu)), np.array([h, beta]))
    rate = slowest_root(h, beta, mu, L)
    yield equal(rate, np.sqrt(beta), rtol=1e-6)  # double roots at both ends
    for spread in (0.01, 0.1, 0.3):
        other = h * np.exp(spread * rng.normal()), min(beta * np.exp(spread * rng.normal()), 0.999)
        yield increasing(rate, slowest_root(*other, mu, L), rtol=1e-6)


@check_of("eq-heavy-ball-bound")
def heavy_ball_bound(rng):
    mu, L = curvatures(rng)
    f = quadratic_with_spectrum([mu, (mu + L) / 2, L], rng)
    method = oe.HeavyBall()
    beta, k, R = polyak_tuning(L, mu)[1], int(rng.integers(1, 40)), float(rng.uniform(0.5, 2.0))
    steepest = f.minimizer + R * np.linalg.eigh(f.A)[1][:, -1]
    for compare, x0 in ((equal, steepest), (increasing, at_distance(rng, f.minimizer, R))):
        distance = norm(after(method, f, x0, k) - f.minimizer)
        yield compare(distance, beta ** (k / 2) * (1 + k * (1 + np.sqrt(beta))) * R, rtol=1e-6)
        said = stated(method, f, x0, k)
        yield equal(said, beta ** (k / 2) * (1 + k * (1 + np.sqrt(beta))) * R, rtol=1e-6)


@check_of("eq-nesterov")
def nesterov(rng):
    for f in smooth_convex(rng):
        x, y = rng.standard_normal((2, 3))
        h, t = float(rng.uniform(0.1, 1.0)), float(rng.uniform(1.0, 9.0))
        method = oe.NesterovAcceleration(h)
        new = method.step(f, NesterovAccelerationState(x, y, t))
        yield equal(new.x, y - h * f.gradient(y))
        yield equal(new.t, 1 / 2 * (1 + np.sqrt(1 + 4 * t**2)))
        yield equal(new.y, new.x + (t - 1) / new.t * (new.x - x))
        first = method.init(f, x)
        yield equal(np.array([*first.y, first.t]), np.array([*x, 1.0]))


@check_of("thm-nesterov")
def nesterov_bound(rng):
    R = float(rng.uniform(0.5, 3.0))
    for f in smooth_convex(rng):
        L, t, x0 = f.smoothness, 1.0, at_distance(rng, f.minimizer, R)
        method = oe.NesterovAcceleration(1 / L)
        for k, state in enumerate(states(method, f, x0, 30)):
            if k == 0:
                continue
            loose = equal if k == 1 else increasing
            yield increasing(f.value(state.x) - f.minimum, L * R**2 / (2 * t**2))
            yield equal(stated(method, f, x0, k), L * R**2 / (2 * t**2))
            yield loose(L * R**2 / (2 * t**2), 2 * L * R**2 / (k + 1) ** 2)
            t = state.t
    k = 30  # the Huber function made for k steps comes within a few per cent
    method = oe.NesterovAcceleration(1.0)
    worst = huber(rng, 2, 1.0, R / (2 * on_a_ramp(method, k) + 1))
    x0 = at_distance(rng, worst.minimizer, R)
    gap = worst.value(after(method, worst, x0, k)) - worst.minimum
    yield increasing(stated(method, worst, x0, k), 1.06 * gap)


@check_of("proof of thm-nesterov")
def nesterov_potential(rng):
    isotropic, *others = smooth_convex(rng)
    for f in [isotropic, *others]:
        L, star = f.smoothness, f.minimizer
        y = 3 * rng.standard_normal(3)
        g = f.gradient(y)
        for z in (y, star, *rng.standard_normal((3, 3))):
            new = f.value(y - g / L)
            compare = equal if f is isotropic and z is y else increasing
            yield compare(new, f.value(z) + g @ (y - z) - 1 / (2 * L) * square(g))

        s, old = 0.0, None
        for state in states(oe.NesterovAcceleration(1 / L), f, 3 * rng.standard_normal(3), 12):

            def u_of(state, star=star):
                return state.t * state.y - (state.t - 1) * state.x - star

            def v_of(state, f=f):
                return f.value(state.x) - f.minimum

            if old is not None:
                t, g, u = old.t, f.gradient(old.y), u_of(old)
                middle = t * (g @ u) - t**2 / (2 * L) * square(g)
                yield equal(t**2 - t, s**2)
                yield increasing(t**2 * v_of(state) - s**2 * v_of(old), middle)
                yield equal(t * (g @ u) - t**2 / (2 * L) * square(g), middle)
                yield equal(middle, L / 2 * (square(u) - square(u - t / L * g)))
                yield equal(u - t / L * g, u_of(state))
                s = t
            old = state


@check_of("eq-nesterov-sc")
def nesterov_strongly_convex(rng):
    k = int(rng.integers(1, 40))
    for f in strongly_convex(rng)[1:]:
        mu, L = f.strong_convexity, f.smoothness
        R = float(rng.uniform(0.5, 3.0))
        x0 = at_distance(rng, f.minimizer, R)

        def bound(f=f, mu=mu, L=L, x0=x0, R=R):
            return (1 - np.sqrt(mu / L)) ** k * (f.value(x0) - f.minimum + mu / 2 * R**2)

        x = after(oe.NesterovStronglyConvex(), f, x0, k)
        yield increasing(f.value(x) - f.minimum, bound())
        yield equal(stated(oe.NesterovStronglyConvex(), f, x0, k), bound())


@check_of("eq-momentum-chain")
def chain(rng):
    n, L = int(rng.integers(2, 9)), float(rng.uniform(0.5, 5.0))
    f = oe.problems.NesterovWorst(L, n, n)

    def value(x):
        steps = sum((x[i] - x[i + 1]) ** 2 for i in range(n - 1))
        return L / 4 * (1 / 2 * (x[0] ** 2 + steps + x[n - 1] ** 2) - x[0])

    for x in rng.standard_normal((3, n)):
        yield equal(f.value(x), value(x))


@check_of("thm-lower")
def lower_bound(rng):
    k, L = int(rng.integers(1, 12)), float(rng.uniform(0.5, 5.0))
    n = 2 * k + 1
    f = oe.problems.NesterovWorst(L, n, n)
    R = norm(f.minimizer)
    x, seen = np.zeros(n), []
    for _ in range(k):  # any point of the span
        seen.append(f.gradient(x))
        x = rng.standard_normal(len(seen)) @ np.array(seen)
    points = [
        after(method, f, np.zeros(n), k)
        for method in (
            oe.ConjugateGradient(),
            oe.GradientDescent(),
            oe.NesterovAcceleration(),
            oe.OptimizedGradientMethod(horizon=k),
            oe.HeavyBall(),
        )
    ]
    for i, point in enumerate([*points, x]):
        compare = increasing if i else equal  # conjugate gradients lose no more than they must
        yield compare(L / (16 * (k + 1)), f.value(point) - f.minimum)
    yield increasing(3 * L * R**2 / (32 * (k + 1) ** 2), L / (16 * (k + 1)))


@check_of("eq-ogm")
def optimized_gradient_method(rng):
    k, R, L = int(rng.integers(2, 30)), float(rng.uniform(0.5, 3.0)), float(rng.uniform(0.5, 5.0))
    method = oe.OptimizedGradientMethod(horizon=k)
    theta = 1.0
    for i in range(k):
        theta = (1 + np.sqrt((8 if i + 1 == k else 4) * theta**2 + 1)) / 2
    travelled = on_a_ramp(method, k)
    worst = huber(rng, 2, L, R / (2 * travelled + 1))
    for compare, f in (
        (equal, worst),
        (equal, bowl(rng, 2, L)),
        *((increasing, f) for f in smooth_convex(rng)),
    ):
        L = f.smoothness
        x = after(method, f, at_distance(rng, f.minimizer, R), k)
        yield compare(f.value(x) - f.minimum, L * R**2 / (2 * theta**2))
    tight = L * R**2 / (2 * theta**2)
    yield increasing(tight, L * R**2 / (k + 1) ** 2, 2 * tight)


@check_of("eq-ogmg")
def optimized_for_the_gradient(rng):
    n, R, L = int(rng.integers(1, 30)), float(rng.uniform(0.5, 3.0)), float(rng.uniform(0.5, 5.0))
    method, theta = oe.OGMG(horizon=n), backward_thetas(n)[0]
    worst = huber(rng, 2, L, R / (on_a_ramp(method, n) + 1))
    for compare, f in (
        (equal, worst),
        (equal, bowl(rng, 2, L)),
        *((increasing, f) for f in smooth_convex(rng)),
    ):
        L, x0 = f.smoothness, at_distance(rng, f.minimizer, R)
        x = after(method, f, x0, n)
        yield compare(square(f.gradient(x)), 2 * L * (f.value(x0) - f.minimum) / theta**2)


@check_of("eq-chebyshev")
def chebyshev_iteration(rng):
    mu, L = curvatures(rng)
    kappa, k, R = L / mu, int(rng.integers(1, 25)), float(rng.uniform(0.5, 2.0))
    f = quadratic_with_spectrum([mu, *rng.uniform(mu, L, 2), L], rng)
    flattest = f.minimizer + R * np.linalg.eigh(f.A)[1][:, 0]
    for compare, x0 in ((equal, flattest), (increasing, at_distance(rng, f.minimizer, R))):
        x = after(oe.ChebyshevIteration(), f, x0, k)
        yield compare(norm(x - f.minimizer), R / eval_chebyt(k, (L + mu) / (L - mu)), rtol=1e-7)
    first = R / eval_chebyt(k, (L + mu) / (L - mu))
    second = 2 * ((np.sqrt(kappa) - 1) / (np.sqrt(kappa) + 1)) ** k * R
    yield increasing(first, second, 2 * first)
    yield equal(second, 2 * ((np.sqrt(kappa) - 1) / (np.sqrt(kappa) + 1)) ** k * R)


@check_of("eq-symmetric-polynomial")
def symmetric_polynomial(rng):
    d, degree = int(rng.integers(2, 6)), int(rng.integers(1, 4))
    degree = min(degree, d - 1)
    B = quadratic_with_spectrum(rng.uniform(0.2, 3.0, d), rng).A
    eigenvalues, identity = np.linalg.eigvalsh(B), np.eye(d)
    e = [sum(map(np.prod, itertools.combinations(eigenvalues, k))) for k in range(degree + 1)]

    def P(tau):
        return identity if tau == 0 else e[tau] * identity - B @ P(tau - 1)

    f = quadratic_with_spectrum(rng.uniform(0.2, 3.0, d), rng)
    h, x = float(rng.uniform(0.1, 1.0)), rng.standard_normal(d)
    method = oe.PolynomialPreconditionedGradient(B, degree, step_size=h).resolve(f)
    new = method.step(f, PolynomialPreconditionedGradientState(x)).x
    yield equal(new, x - h * P(degree) @ f.gradient(x))
    yield equal(P(1), np.trace(B) * identity - B)


def nonexpansive(rng, d=3):
    """Return an affine map of norm at most one, with its fixed point."""
    singular = np.minimum(1.0, rng.uniform(0.5, 1.3, d))
    M = (random_rotation(d, rng) * singular) @ random_rotation(d, rng).T
    fixed = rng.standard_normal(d)
    return oe.problems.AffineMap(M, fixed - M @ fixed), fixed


def turned(angle):
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s], [s, c]])


@check_of("eq-halpern")
def halpern(rng):
    T, _ = nonexpansive(rng)
    x, x0, k = rng.standard_normal(3), rng.standard_normal(3), int(rng.integers(0, 20))
    new = oe.HalpernIteration().step(T, HalpernIterationState(x, x0, k)).x
    yield equal(new, 1 / (k + 2) * x0 + (k + 1) / (k + 2) * T.operator(x))


@check_of("thm-halpern")
def lieder(rng):
    k, R = int(rng.integers(1, 30)), float(rng.uniform(0.5, 3.0))
    fixed = rng.standard_normal(2)
    M = turned(np.pi / (k + 1))
    turn = oe.problems.AffineMap(M, fixed - M @ fixed), fixed
    for compare, (T, star) in ((equal, turn), (increasing, nonexpansive(rng))):
        x = after(oe.HalpernIteration(), T, at_distance(rng, star, R), k)
        yield compare(norm(x - T.operator(x)), 2 * R / (k + 1))


@check_of("eq-displacement")
def displacement(rng):
    """The errors vanish like 1/k: at most 2 R / k and 4 R / k, see the docstrings."""
    Q = random_rotation(3, rng)
    M = np.eye(3)
    M[:2, :2] = turned(float(rng.uniform(0.5, 2.0)))
    T = oe.problems.AffineMap(Q @ M @ Q.T, rng.standard_normal(3))
    v, x0 = T.displacement, rng.standard_normal(3)
    difference = np.eye(3) - T.M
    R = norm(np.linalg.lstsq(difference, v + T.c - difference @ x0, rcond=1e-12)[0])
    for k in (10, 300):
        plain = after(oe.FixedPointIteration(1.0), T, x0, k)
        pulled = after(oe.HalpernIteration(), T, x0, k)
        yield increasing(norm((x0 - plain) / k - v), 2 * R / k)
        yield increasing(norm(2 * (x0 - pulled) / k - v), 4 * R / k)
        own = list(states(oe.AcceleratedInfeasibilityDetection(), T, x0, k))[-1].displacement
        yield equal(own, 2 * (x0 - pulled) / k)


def star_shaped(rng):
    """Yield (f, points, gamma): a power below one, not convex and tight, and a root."""
    p, star, lift = float(rng.uniform(0.2, 1.0)), rng.standard_normal(3), height(rng)
    power = oe.Problem.from_functions(
        lambda x: norm(x - star) ** p + lift,
        gradient=lambda x: p * norm(x - star) ** (p - 2) * (x - star),
        minimizer=star,
        minimum=lift,
    )
    yield power, rng.standard_normal((4, 3)), p
    root = lifted(oe.problems.QuasarConvexRoot(), height(rng))
    yield root, rng.uniform(-5, 5, (4, 1)), oe.problems.QuasarConvexRoot().quasar_convexity


@check_of("eq-quasar")
def quasar(rng):
    for compare, (f, points, gamma) in zip((equal, increasing), star_shaped(rng), strict=True):
        for x in points:
            tangent = f.gradient(x) @ (f.minimizer - x)
            yield compare(f.value(x) + 1 / gamma * tangent, f.minimum)
            yield equal(tangent, f.gradient(x) @ (f.minimizer - x))


@check_of("eq-measured-gamma")
def measured_gamma(rng):
    """The least ratio is the largest gamma for which the points satisfy the definition."""
    for f, points, gamma in star_shaped(rng):

        def ratio(x, f=f):
            return f.gradient(x) @ (x - f.minimizer) / (f.value(x) - f.minimum)

        least = min(map(ratio, points))
        slack = [f.minimum - f.value(x) - f.gradient(x) @ (f.minimizer - x) / least for x in points]
        yield increasing(gamma, least)
        yield equal(min(slack), 0.0, atol=1e-8)


@check_of("eq-optex")
def optex(rng):
    n, d = int(rng.integers(1, 8)), 3
    P, G, p = rng.standard_normal((n, d)), rng.standard_normal((n, d)), rng.standard_normal(d)
    length, variance = float(rng.uniform(0.5, 2.0)), float(rng.uniform(0.1, 1.0))
    K = np.array([matern(P, q, length) for q in P])
    weights = gradient_weights(P, G, length, variance)
    guess = matern(P, p, length) @ weights
    m = matern(P, p, length) @ np.linalg.inv(K + variance * np.eye(n)) @ G
    yield equal(guess, matern(P, p, length) @ np.linalg.inv(K + variance * np.eye(n)) @ G)
    yield equal(m, guess)
