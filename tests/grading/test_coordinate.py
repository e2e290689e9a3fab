"""Exercises on coordinate methods: typical wrong answers get their hint, right ones pass."""

from __future__ import annotations

import numpy as np
import pytest

import optedu as oe
from optedu.grading import Incorrect


def cycle(A, b, x):
    x = x.copy()
    for i in range(x.size):
        x[i] -= (A[i] @ x - b[i]) / A[i, i]
    return x


def jacobi(A, b, x):
    return x - (A @ x - b) / np.diag(A)


def in_place(A, b, x):
    x[:] = cycle(A, b, x)
    return x


def lasso(A, b, weight, x, r, stale=False, shrink=True):
    x, r = x.copy(), r.copy()
    for i in range(x.size):
        L = A[:, i] @ A[:, i]
        z = x[i] - A[:, i] @ r / L
        new = np.sign(z) * max(abs(z) - (weight / L if shrink else weight), 0.0)
        if not stale:
            r = r + (new - x[i]) * A[:, i]
        x[i] = new
    return x, r


def tree(diagonal, parent, link, g, back=True):
    diagonal, g = diagonal.copy(), g.copy()
    for i in range(g.size - 1, 0, -1):
        p = parent[i]
        diagonal[p] -= link[i] ** 2 / diagonal[i]
        g[p] -= link[i] / diagonal[i] * g[i]
    u = g / diagonal
    for i in range(1, g.size if back else 0):
        u[i] -= link[i] * u[parent[i]] / diagonal[i]
    return u


def held(A, b, x, block, weight, spring=True, others=True):
    x, rest = x.copy(), np.setdiff1d(np.arange(x.size), block)
    right = b[block] + (weight * x[block] if spring else 0.0)
    if others:
        right = right - A[np.ix_(block, rest)] @ x[rest]
    x[block] = np.linalg.solve(A[np.ix_(block, block)] + weight * np.eye(block.size), right)
    return x


def ratio(p, q, pick=np.argmin):
    c = [p[2] * q[1] - p[1] * q[2], 2 * (p[2] * q[0] - p[0] * q[2]), p[1] * q[0] - p[0] * q[1]]
    s = np.roots(c).real
    return s[pick(np.polyval(p[::-1], s) / np.polyval(q[::-1], s))]


RIGHT = [
    ("coordinate.held-back", held),
    ("coordinate.ratio-step", ratio),
    ("coordinate.gauss-seidel", cycle),
    ("coordinate.lasso-cycle", lasso),
    ("coordinate.tree-solve", tree),
]
WRONG = [
    ("coordinate.held-back", lambda *given: held(*given, spring=False)),
    ("coordinate.held-back", lambda *given: held(*given, others=False)),
    ("coordinate.ratio-step", lambda p, q: ratio(p, q, np.argmax)),
    ("coordinate.ratio-step", lambda p, q: -p[1] / (2 * p[2])),
    ("coordinate.gauss-seidel", jacobi),
    ("coordinate.gauss-seidel", in_place),
    ("coordinate.gauss-seidel", lambda A, b, x: np.linalg.solve(A, b)),
    ("coordinate.lasso-cycle", lambda *given: lasso(*given, stale=True)),
    ("coordinate.lasso-cycle", lambda *given: lasso(*given, shrink=False)),
    ("coordinate.tree-solve", lambda *given: tree(*given, back=False)),
    ("coordinate.tree-solve", lambda diagonal, parent, link, g: g / diagonal),
]


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
