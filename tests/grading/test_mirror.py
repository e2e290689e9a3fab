"""Exercises on mirrors and regret: typical wrong answers get their hint, right ones pass."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

import optedu as oe
from optedu.grading import Incorrect

P = oe.problems
ENTROPY, BARRIER = P.EntropyGeometry().mirror_step, P.LogBarrierGeometry().mirror_step


def overflowing(x, g, t):
    u = x * np.exp(-t * g)
    return u / u.sum()


class State(NamedTuple):
    x: np.ndarray
    z: np.ndarray
    k: int


class MyMirrorProx(NamedTuple):
    step_size: float
    ahead: bool = True
    chained: bool = False

    def init(self, problem, x):
        return State(x, x, 0)

    def step(self, problem, state):
        x, z, k = state
        w = problem.mirror_step(z, problem.vector_field(z), self.step_size)
        if not self.ahead:
            return State((k * x + w) / (k + 1), w, k + 1)
        base = w if self.chained else z
        z = problem.mirror_step(base, problem.vector_field(w), self.step_size)
        return State((k * x + w) / (k + 1), z, k + 1)


WRONG = [
    ("mirror.entropy-step", overflowing),
    ("mirror.entropy-step", lambda x, g, t: ENTROPY(x, -g, t)),
    ("mirror.entropy-step", lambda x, g, t: P.Simplex().project(x - t * g)),
    ("mirror.barrier-step", ENTROPY),
    ("mirror.barrier-step", lambda x, g, t: BARRIER(x, g, 2 * t)),
    ("mirror.mirror-prox", lambda t: MyMirrorProx(t, ahead=False)),
    ("mirror.mirror-prox", lambda t: MyMirrorProx(t, chained=True)),
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
        ("mirror.entropy-step", ENTROPY),
        ("mirror.barrier-step", BARRIER),
        ("mirror.mirror-prox", MyMirrorProx),
    ],
)
def test_right_answers_pass(name, answer):
    for _ in range(3):
        oe.check(name, answer)
