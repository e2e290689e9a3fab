"""Hold a value of f that is too good to be true. For the exercise on methods."""

from typing import NamedTuple

import numpy as np

import optedu as oe


class Promise(NamedTuple):
    x: np.ndarray
    f: float
    g: np.ndarray


@oe.method
class Descent(NamedTuple):
    holds = ("f", "g")

    def init(self, problem, x):
        return Promise(x, -1e3, 0.0 * x)

    def step(self, problem, state):
        return Promise(state.x + 1e-9, -1e3, 0.0 * state.x)

    def certificate(self, problem, state):
        return 0.0

    def verdict(self, problem, state):
        return 1
