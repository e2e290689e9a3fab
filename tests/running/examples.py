"""A problem, a start and methods of the tests of runs, and how two runs are compared."""

from typing import NamedTuple

import numpy as np

import optedu as oe
from optedu.problems.generators import random_quadratic

PROBLEM = random_quadratic(4, 10.0, seed=1, smoothness=2.0)
START = np.array([1.0, -2.0, 3.0, 0.5])
GD = oe.GradientDescent(0.3)


class State(NamedTuple):
    x: np.ndarray


@oe.method
class Wandering(NamedTuple):
    def init(self, problem, x, rng):
        return State(x)

    def step(self, problem, state, rng):
        return State(state.x - 0.3 * problem.gradient(state.x) + 0.01 * rng.standard_normal(4))


@oe.method
class Linear(NamedTuple):
    """Needs an oracle that a quadratic does not have."""

    def init(self, problem, x):
        return State(x)

    def step(self, problem, state):
        return State(problem.linear_minimizer(state.x))


def columns(trace):
    return (trace.iterations, trace.values, trace.gradient_norms, trace.iterates, trace.x)


def same(a, b):
    return all(p.tobytes() == q.tobytes() for p, q in zip(columns(a), columns(b), strict=True))


def strided(x):
    wide = np.full(2 * x.size, np.nan)
    wide[::2] = x
    return wide[::2]
