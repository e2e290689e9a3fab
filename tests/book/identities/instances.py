"""Random functions and problems for the checks: rotated, shifted and lifted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

import optedu as oe
from optedu.problems.generators import quadratic_with_spectrum, random_logistic


def square(v: np.ndarray) -> float:
    """Return ||v||^2."""
    return float(np.sum(v * v))


def norm(v: np.ndarray) -> float:
    """Return ||v||."""
    return float(np.sqrt(np.sum(v * v)))


def lifted(problem: Any, height: float) -> oe.Problem:
    """Return the problem plus a constant, so that its minimum is not zero."""
    constants = {
        name: getattr(problem, name, None)
        for name in ("smoothness", "strong_convexity", "minimizer", "shape")
    }
    if getattr(problem, "minimum", None) is not None:
        constants["minimum"] = problem.minimum + height
    return oe.Problem.from_functions(
        lambda x: problem.value(x) + height, gradient=problem.gradient, **constants
    )


def height(rng: np.random.Generator) -> float:
    return float(rng.normal(0.0, 30.0))


def bowl(rng: np.random.Generator, d: int, L: float) -> oe.Problem:
    """Return L ||x - c||^2 / 2 + constant: all curvatures are L."""
    c = rng.standard_normal(d)
    return lifted(oe.problems.Quadratic(L * np.eye(d), L * c), height(rng))


def quadratic(rng: np.random.Generator, d: int, L: float, mu: float) -> oe.Problem:
    """Return a rotated quadratic with curvatures from mu to L."""
    spectrum = np.concatenate([[mu, L], rng.uniform(mu, L, d - 2)])
    return lifted(quadratic_with_spectrum(spectrum, rng), height(rng))


def huber(rng: np.random.Generator, d: int, L: float, delta: float) -> oe.Problem:
    return lifted(oe.problems.HuberNorm(L, delta, rng.standard_normal(d)), height(rng))


def ridge_logistic(rng: np.random.Generator, d: int) -> oe.Problem:
    """Return logistic regression with a ridge, its minimizer found by Newton's method."""
    problem = random_logistic(20, d, rng, 0.1)
    x = np.zeros(d)
    for _ in range(30):
        x = x - np.linalg.solve(problem.hessian(x), problem.gradient(x))
    found = oe.Problem.from_functions(
        problem.value,
        gradient=problem.gradient,
        smoothness=problem.smoothness,
        strong_convexity=0.1,
        minimizer=x,
        minimum=problem.value(x),
        shape=(d,),
    )
    return lifted(found, height(rng))


def strongly_convex(rng: np.random.Generator, d: int = 3) -> list[oe.Problem]:
    """Return smooth, strongly convex functions; the first attains most bounds."""
    L = float(rng.uniform(0.5, 5.0))
    return [
        bowl(rng, d, L),
        quadratic(rng, d, L, L * float(rng.uniform(0.05, 0.9))),
        ridge_logistic(rng, d),
    ]


def smooth_convex(rng: np.random.Generator, d: int = 3) -> list[oe.Problem]:
    """Return smooth convex functions; the Huber function is nearly a cone."""
    L = float(rng.uniform(0.5, 5.0))
    return [*strongly_convex(rng, d), huber(rng, d, L, float(rng.uniform(0.001, 0.05)))]


def at_distance(rng: np.random.Generator, center: np.ndarray, R: float) -> np.ndarray:
    """Return a random point at distance R of the center."""
    direction = rng.standard_normal(center.shape)
    return center + R * direction / norm(direction)


def states(method: Any, problem: Any, x0: np.ndarray, k: int) -> Iterator[Any]:
    """Yield the states 0, 1, ..., k of a method, by calling `init` and `step`."""
    method = method.resolve(problem) if hasattr(method, "resolve") else method
    state = method.init(problem, x0)
    yield state
    for _ in range(k):
        state = method.step(problem, state)
        yield state


def after(method: Any, problem: Any, x0: np.ndarray, k: int) -> np.ndarray:
    """Return x_k."""
    return list(states(method, problem, x0, k))[-1].x


def stated(method: Any, problem: Any, x0: np.ndarray, k: int) -> float:
    """Return the library's own bound after k steps."""
    method = method.resolve(problem) if hasattr(method, "resolve") else method
    return float(method.guarantee(problem, k, x0).bound)


def on_a_ramp(method: Any, k: int) -> float:
    """Return how far k steps go on a ramp of slope one, with L = 1."""
    ramp = oe.Problem.from_functions(
        lambda x: x[0], gradient=lambda x: np.ones(1), smoothness=1.0, strong_convexity=0.0
    )
    return -float(after(method, ramp, np.zeros(1), k)[0])
