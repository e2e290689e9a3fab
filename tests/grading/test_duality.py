"""Exercises on duality: typical wrong answers get their hint, right ones pass."""

from __future__ import annotations

import numpy as np
import pytest

import optedu as oe
from optedu.grading import Incorrect


def kkt(g, J, c, y, equalities):
    pairs = np.minimum(y[equalities:], -c[equalities:])
    return np.abs(np.concatenate((g + J.T @ y, c[:equalities], pairs))).max()


def kkt_without_signs(g, J, c, y, equalities):
    violated = np.maximum(c[equalities:], 0)
    return np.abs(np.concatenate((g + J.T @ y, c[:equalities], violated))).max()


def kkt_of_equalities(g, J, c, y, equalities):
    return np.abs(np.concatenate((g + J.T @ y, c))).max()


def bound(profit, A, b, y):
    return b @ y + np.maximum(profit - A.T @ y, 0.0).sum()


def multipliers(P, q, A, b, rho, steps, learn=True):
    y = np.zeros(b.size)
    for _ in range(steps):
        x = np.linalg.solve(P + rho * A.T @ A, A.T @ (rho * b - y) - q)
        y = learn * y + rho * (A @ x - b)
    return y


WRONG = [
    ("duality.kkt", kkt_without_signs),
    ("duality.kkt", kkt_of_equalities),
    ("duality.kkt", lambda g, J, c, y, p: kkt(-g, J, c, y, p)),
    ("duality.bound", lambda profit, A, b, y: np.maximum(profit - A.T @ y, 0).sum()),
    ("duality.bound", lambda profit, A, b, y: profit.sum()),
    ("duality.multipliers", lambda *data: -multipliers(*data)),
    ("duality.multipliers", lambda *data: multipliers(*data, learn=False)),
    ("duality.multipliers", lambda *data: multipliers(*data)[0]),
]


@pytest.mark.parametrize(("name", "answer"), WRONG)
def test_wrong_answers_are_refused(name, answer):
    with pytest.raises(Incorrect):
        oe.check(name, answer)


@pytest.mark.parametrize(
    ("name", "answer"),
    [("duality.kkt", kkt), ("duality.bound", bound), ("duality.multipliers", multipliers)],
)
def test_right_answers_pass(name, answer):
    for _ in range(5):
        oe.check(name, answer)
