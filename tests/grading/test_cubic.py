"""Exercises on cubic regularization: typical wrong answers get their hint, right ones pass."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

import optedu as oe
from optedu.cubic.cubic_subproblem import cubic_step, decompose
from optedu.grading import Incorrect


def radius(H, g, M):
    return float(np.linalg.norm(cubic_step(*decompose(H), g, M)))


def radius_of_a_convex_model(H, g, M):
    eigenvalues, Q = np.linalg.eigh(H)
    return float(np.linalg.norm(cubic_step(np.abs(eigenvalues), Q, g, M)))


def best_period(gradient, hessian, decomposition, step):
    a, c = gradient + step, hessian + decomposition
    low = max(1, int(c / a))
    return min((low, low + 1), key=lambda m: np.sqrt(m) * (a + c / m))


class LazyState(NamedTuple):
    x: np.ndarray
    H: np.ndarray
    k: int


class MyLazyNewton(NamedTuple):
    hessian_lipschitz: float
    refresh_period: int
    factor: float = 6.0

    def init(self, problem, x):
        return LazyState(x, np.zeros((x.size, x.size)), 0)

    def step(self, problem, state):
        x, H, k = state
        if k % self.refresh_period == 0:
            H = problem.hessian(x)
        M = self.factor * self.refresh_period * self.hessian_lipschitz
        return LazyState(x + cubic_step(*decompose(H), problem.gradient(x), M), H, k + 1)


WRONG = [
    ("cubic.radius", radius_of_a_convex_model),
    ("cubic.radius", lambda H, g, M: radius(H, g, 2 * M)),
    ("cubic.radius", lambda H, g, M: float(np.linalg.norm(np.linalg.solve(H, g)))),
    ("cubic.refresh-period", lambda g, h, e, s: best_period(g, h, e, 0.0)),
    ("cubic.refresh-period", lambda g, h, e, s: best_period(g, h, 0.0, s)),
    ("cubic.refresh-period", lambda *prices: sum(prices[1:3]) / (prices[0] + prices[3])),
    ("cubic.lazy-newton", lambda L, m: MyLazyNewton(L, m, 1.0)),
    ("cubic.lazy-newton", lambda L, m: MyLazyNewton(L * m, 1)),
]


@pytest.mark.parametrize(("name", "answer"), WRONG)
def test_wrong_answers_are_refused(name, answer):
    def five_times():
        for _ in range(5):
            oe.check(name, answer)

    with pytest.raises(Incorrect):
        five_times()


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("cubic.radius", radius),
        ("cubic.refresh-period", best_period),
        ("cubic.lazy-newton", MyLazyNewton),
    ],
)
def test_right_answers_pass(name, answer):
    for _ in range(3):
        oe.check(name, answer)
