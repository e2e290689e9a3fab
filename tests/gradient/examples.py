"""Problems for the gradient family: seeded, rotated, shifted; and the ones that attain bounds."""

import numpy as np

import optedu as oe
from optedu.problems.generators import (
    quadratic_with_spectrum,
    random_least_squares,
    random_quadratic,
    random_rotation,
)


def start(problem, seed, spread=2.0):
    return np.random.default_rng([seed, 7]).normal(0.3, spread, problem.shape)


def smooth_convex(count=12):
    """Yield (problem, x0): quadratics, least squares, Huber norms, Nesterov's worst function."""
    for seed in range(count):
        rng = np.random.default_rng(seed)
        d = int(rng.integers(1, 9))
        L = float(rng.uniform(0.2, 30.0))
        kinds = (
            random_quadratic(d, float(rng.uniform(1, 1e4)), rng, L),
            random_least_squares(12, d, seed),
            oe.problems.HuberNorm(L, float(rng.uniform(0.01, 1.0)), rng.standard_normal(d)),
            oe.problems.NesterovWorst(L, d, d + 1),
        )
        problem = kinds[seed % len(kinds)]
        yield problem, start(problem, seed)


def strongly_convex(count=8):
    for seed in range(count):
        rng = np.random.default_rng([seed, 5])
        d, L = int(rng.integers(2, 9)), float(rng.uniform(0.2, 30.0))
        problem = random_quadratic(d, float(rng.uniform(1.5, 200.0)), rng, L)
        yield problem, start(problem, seed)


def slow_quadratics(count=6):
    """Yield (problem, x0) on which no method here comes near rounding within ten steps."""
    for seed in range(count):
        problem = random_quadratic(15, 300.0, seed, 3.0)
        yield problem, start(problem, seed)


def zigzag(mu, L, powers=-1.0, seed=3):
    """Return a rotated, shifted <x, diag(mu, L) x> / 2 and the start (mu, L)^powers."""
    Q = random_rotation(2, seed)
    shift = np.array([0.7, -1.3])
    A = (Q * np.array([mu, L])) @ Q.T
    A = (A + A.T) / 2
    return oe.problems.Quadratic(A, A @ shift), shift + Q @ np.array([mu, L]) ** powers


def rotated_maximum_norm(n, seed=1):
    """Return max_i |<q_i, x - s>| in n + 1 dimensions and a diagonal start at distance R."""
    Q = random_rotation(n + 1, seed)
    shift = np.random.default_rng(seed).standard_normal(n + 1)
    R = 1.7
    problem = oe.Problem.from_functions(
        lambda x: np.max(np.abs(Q.T @ (x - shift))),
        gradient=lambda x: _steepest_column(Q, Q.T @ (x - shift)),
        differentiable=False,
        minimum=0.0,
        minimizer=shift,
        strong_convexity=0.0,
    )
    problem.lipschitz = 1.0
    return problem, shift + Q @ np.full(n + 1, R / np.sqrt(n + 1)), R


def _steepest_column(Q, z):
    i = np.argmax(np.abs(z))
    return np.sign(z[i]) * Q[:, i]


def bent(L, mu, kink, center):
    """Return mu ||x - c||^2 / 2 + (L - mu) h(||x - c||): curvature L inside, mu outside."""
    huber = oe.problems.HuberNorm(L - mu, kink, center)
    return oe.Problem.from_functions(
        lambda x: huber.value(x) + 0.5 * mu * np.sum((x - huber.center) ** 2),
        gradient=lambda x: huber.gradient(x) + mu * (x - huber.center),
        smoothness=L,
        strong_convexity=mu,
        minimizer=huber.center,
        minimum=0.0,
        shape=huber.shape,
    )


def without_convexity(d=3, seed=0):
    """Return sum_i log(1 + <q_i, x - s>^2), not convex, L = 2, minimum 0, and a start."""
    Q = random_rotation(d, seed)
    shift = np.random.default_rng(seed).standard_normal(d)

    def coordinates(x):
        return Q.T @ (x - shift)

    problem = oe.Problem.from_functions(
        lambda x: np.sum(np.log1p(coordinates(x) ** 2)),
        gradient=lambda x: Q @ (2 * coordinates(x) / (1 + coordinates(x) ** 2)),
        smoothness=2.0,
        minimum=0.0,
    )
    return problem, shift + Q @ np.linspace(2.0, 5.0, d)


def line_quadratic(L=2.5, shift=0.4):
    return quadratic_with_spectrum([L], minimizer=[shift])
