"""Exercises on moving mass: typical wrong answers get their hint, right ones pass."""

from __future__ import annotations

import numpy as np
import pytest

import optedu as oe
from optedu.grading import Incorrect
from optedu.transport.implicit_differentiation import plan_vjp


def line(x, y, p):
    return np.mean(np.abs(np.sort(x) - np.sort(y)) ** p) ** (1 / p)


def soft(C, g, a, t):
    z = (g - C) / t
    top = z.max(axis=1)
    return t * (np.log(a) - top - np.log(np.exp(z - top[:, None]).sum(axis=1)))


def naive(C, g, a, t):
    return t * np.log(a / np.exp((g - C) / t).sum(axis=1))


def bound(C, v):
    return v.sum() + (C - v).min(axis=1).sum()


def cycle(C, partner):
    n = len(C)
    gain = C[:, partner] - C[np.arange(n), partner][:, None]
    length, before = np.zeros(n), np.zeros(n, dtype=int)
    for _ in range(n):
        through = length[:, None] + gain
        better = through.min(axis=0) < length - 1e-12
        before[better] = through.argmin(axis=0)[better]
        length = np.minimum(length, through.min(axis=0))
    if not better.any():
        return []
    i = int(np.flatnonzero(better)[0])
    for _ in range(n):
        i = before[i]
    rows = [i]
    while before[rows[-1]] != i:
        rows.append(before[rows[-1]])
    return rows[::-1]


WRONG = [
    ("transport.line", lambda x, y, p: np.mean(np.abs(x - y) ** p) ** (1 / p)),
    ("transport.line", lambda x, y, p: np.mean(np.abs(np.sort(x) - np.sort(y)) ** p)),
    ("transport.line", lambda x, y, p: np.sum(np.abs(np.sort(x) - np.sort(y)) ** p) ** (1 / p)),
    ("transport.soft-transform", naive),
    ("transport.soft-transform", lambda C, g, a, t: soft(C, g, np.ones(4), t)),
    ("transport.soft-transform", lambda C, g, a, t: -soft(C, g, a, t)),
    ("transport.bound", lambda C, v: v.sum() + (C - v).max(axis=1).sum()),
    ("transport.bound", lambda C, v: C.min(axis=1).sum()),
    ("transport.bound", lambda C, v: len(C) * (C.min() - v.max()) + v.sum()),
    ("transport.derivative", lambda P, t, G: -plan_vjp(P, t, G)),
    ("transport.derivative", lambda P, t, G: -P * G / t),
    ("transport.derivative", lambda P, t, G: plan_vjp(P, 1.0, G)),
    ("transport.cycle", lambda C, partner: []),
    ("transport.cycle", lambda C, partner: list(range(len(C)))),
    ("transport.cycle", lambda C, partner: cycle(C, partner)[::-1] * 2),
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
        ("transport.line", line),
        ("transport.soft-transform", soft),
        ("transport.bound", bound),
        ("transport.derivative", plan_vjp),
        ("transport.cycle", cycle),
    ],
)
def test_right_answers_pass(name, answer):
    for _ in range(3):
        oe.check(name, answer)
