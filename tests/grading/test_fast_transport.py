"""Exercises on fast transport: typical wrong answers get their hint, right ones pass."""

from __future__ import annotations

import numpy as np
import pytest

import optedu as oe
from optedu.grading import Incorrect
from optedu.problems.sparse_transport import project_sparse_simplex
from optedu.problems.transport_plans import round_to_polytope


def scaled_only(P, a, b):
    P = P * np.minimum(a / P.sum(1), 1.0)[:, None]
    return P * (b / P.sum(0))


def newton(P, a, b, t):
    M = np.block([[np.diag(P.sum(1)), P], [P.T, np.diag(P.sum(0))]])
    g = np.concatenate([P.sum(1) - a, P.sum(0) - b])
    return -t * np.linalg.lstsq(M, g, rcond=1e-12)[0]


def count(P, part):
    values = np.sort(P.ravel())
    return P.size - int((np.cumsum(values) <= part * P.sum()).sum())


def best_column(v, b, gamma, k):
    return project_sparse_simplex(v / gamma, b, k)


def squares(P, S, u, v):
    lost = P - S
    return S * (u[:, None] + v) ** 2, lost.sum(1) * u**2, lost.sum(0) * v**2


def expanded(P, S, u, v):
    return 2 * S * np.outer(u, v), P.sum(1) * u**2, P.sum(0) * v**2


RIGHT = [
    ("fast_transport.rounding", round_to_polytope),
    ("fast_transport.direction", newton),
    ("fast_transport.keep", count),
    ("fast_transport.column", best_column),
    ("fast_transport.squares", squares),
]
WRONG = [
    ("fast_transport.rounding", scaled_only),
    ("fast_transport.rounding", lambda P, a, b: np.outer(a, b)),
    ("fast_transport.direction", lambda *all_: -newton(*all_)),
    ("fast_transport.direction", lambda P, a, b, t: newton(P, a, b, t) / t),
    ("fast_transport.keep", lambda P, part: int((part <= P).sum())),
    ("fast_transport.keep", lambda P, part: count(P, part / P.sum())),
    ("fast_transport.column", lambda v, b, gamma, k: best_column(v, b, 1.0, k)),
    ("fast_transport.column", lambda v, b, gamma, k: best_column(v, b, gamma, v.size)),
    ("fast_transport.column", lambda v, b, gamma, k: b * best_column(v, 1.0, gamma, k)),
    ("fast_transport.squares", lambda P, S, u, v: squares(S, S, u, v)),
    ("fast_transport.squares", lambda P, S, u, v: (S * (u[:, None] - v) ** 2, 0 * u, 0 * v)),
    ("fast_transport.squares", expanded),
]  # fmt: skip


@pytest.mark.parametrize(("name", "answer"), WRONG)
def test_wrong_answers_are_refused(name, answer):
    def five_times():
        for _ in range(5):
            oe.check(name, answer)

    with pytest.raises(Incorrect):
        five_times()


@pytest.mark.parametrize(("name", "answer"), RIGHT)
def test_right_answers_pass(name, answer):
    for _ in range(3):
        oe.check(name, answer)
