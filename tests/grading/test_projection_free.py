"""Exercises on projection-free methods: wrong answers get their hint, right ones pass."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

import optedu as oe
from optedu.grading import Incorrect


def gap(x, g, radius):
    return g @ x + radius * np.abs(g).max()


def sparse_vertex(g, k):
    s = np.zeros(g.size)
    largest = np.argsort(-np.abs(g))[:k]
    s[largest] = -np.sign(g[largest])
    return s


class Outside(NamedTuple):
    """Runs away from the polytope along its gap."""

    class State(NamedTuple):
        x: np.ndarray

    def init(self, problem, x):
        return self.State(x)

    def step(self, problem, state):
        x = state.x
        return self.State(x - 0.05 * problem.gradient(x))


OutsideMethod = oe.method(Outside)

WRONG = [
    ("projection_free.gap", lambda x, g, radius: g @ x + radius * np.abs(g).sum()),
    ("projection_free.gap", lambda x, g, radius: radius * np.abs(g).max() - g @ x),
    ("projection_free.gap", lambda x, g, radius: g @ x + np.abs(g).max()),
    ("projection_free.sparse-vertex", lambda g, k: -np.sign(g)),
    ("projection_free.sparse-vertex", lambda g, k: -sparse_vertex(g, k)),
    ("projection_free.sparse-vertex", lambda g, k: sparse_vertex(np.maximum(g, 0.0), k)),
    ("projection_free.sparse-vertex", lambda g, k: sparse_vertex(g, k)[:, None]),
    ("projection_free.linear-rate", oe.LineSearchFrankWolfe),
    ("projection_free.linear-rate", OutsideMethod),
]


@pytest.mark.parametrize(("key", "answer"), WRONG)
def test_wrong_answers_are_found(key, answer):
    with pytest.raises(Incorrect):
        oe.check(key, answer)


@pytest.mark.parametrize(
    ("key", "answer"),
    [
        ("projection_free.gap", gap),
        ("projection_free.sparse-vertex", sparse_vertex),
        ("projection_free.linear-rate", oe.AwayStepFrankWolfe),
        ("projection_free.linear-rate", oe.PairwiseFrankWolfe),
    ],
)
def test_right_answers_pass(key, answer):
    for _ in range(3):
        oe.check(key, answer)
