"""Problems with a known minimum and a known Lipschitz constant of the Hessian, for the tests."""

from __future__ import annotations

import numpy as np

import optedu as oe
from optedu.problems.generators import random_logistic, random_rotation


class Known:
    """A problem with some constants given, in Python."""

    def __init__(self, problem, **constants):
        self.problem = problem
        self.__dict__.update(constants)

    def __getattr__(self, name):
        return getattr(self.problem, name)


def logistic(seed, d=4, l2=0.05):
    """Return a ridge logistic regression whose minimum was found by Newton's method."""
    problem = random_logistic(30, d, seed, l2)
    x = np.zeros(d)
    for _ in range(40):
        x = x - np.linalg.solve(problem.hessian(x), problem.gradient(x))
    return Known(problem, minimizer=x, minimum=problem.value(x), convex=True)


def cube(seed, d=3, mu=0.0):
    """Return ||x - c||^3 / 3 + mu ||x - c||^2 / 2, whose Hessian has Lipschitz constant 2."""
    c = np.random.default_rng(seed).standard_normal(d)

    def value(x):
        r = np.linalg.norm(x - c)
        return r**3 / 3 + mu * r * r / 2

    def gradient(x):
        return (np.linalg.norm(x - c) + mu) * (x - c)

    def hessian(x):
        v = x - c
        r = np.linalg.norm(v)
        outer = np.outer(v, v) / r if r > 0 else np.zeros((d, d))
        return (r + mu) * np.eye(d) + outer

    return oe.Problem.from_functions(
        value, gradient=gradient, hessian=hessian, minimum=0.0, minimizer=c, shape=(d,),
        hessian_lipschitz=2.0, strong_convexity=mu,
    )  # fmt: skip


def waves(seed, d=4):
    """Return mean of cos(<a_i, x>) with rotated a_i: not convex, bounded below by -1."""
    Q = random_rotation(d, seed)
    scales = np.linspace(0.5, 1.5, d)
    A = Q * scales[:, None]

    def value(x):
        return np.mean(np.cos(A @ x))

    def gradient(x):
        return -A.T @ np.sin(A @ x) / d

    def hessian(x):
        return -(A.T * np.cos(A @ x)) @ A / d

    return oe.Problem.from_functions(
        value, gradient=gradient, hessian=hessian, minimum=-1.0, shape=(d,),
        hessian_lipschitz=float(1.5**3 / d),
    )  # fmt: skip


def convex_problems():
    for seed in range(3):
        problem = logistic(seed)
        yield problem, problem.minimizer + 3 * np.random.default_rng(seed).standard_normal(4)
        problem = cube(seed)
        yield problem, problem.minimizer + 2 * np.random.default_rng(seed).standard_normal(3)


def all_problems():
    yield from convex_problems()
    for seed in range(3):
        yield waves(seed), 2 * np.random.default_rng(seed).standard_normal(4)


def states(method, problem, x0, k):
    """Yield the states 0, 1, ..., k."""
    method = method.resolve(problem) if hasattr(method, "resolve") else method
    state = method.init(problem, np.asarray(x0, dtype=float))
    yield state
    for _ in range(k):
        state = method.step(problem, state)
        yield state
