"""Exercises on splitting: typical wrong answers get their hint, right ones pass."""

from __future__ import annotations

import numpy as np
import pytest

import optedu as oe
from optedu.grading import Incorrect
from optedu.problems.linear_composites import difference_adjoint


def reflect_twice(P_A, P_B, z):
    a = 2 * P_A(z) - z
    return (z + 2 * P_B(a) - a) / 2


def consensus(proxes, x, Y, rho):
    local = np.array([prox(x - y / rho, 1 / rho) for prox, y in zip(proxes, Y, strict=True)])
    x_new = (local + Y / rho).mean(axis=0)
    return x_new, Y + rho * (local - x_new)


def old_consensus(proxes, x, Y, rho):
    local = np.array([prox(x - y / rho, 1 / rho) for prox, y in zip(proxes, Y, strict=True)])
    return (local + Y / rho).mean(axis=0), Y + rho * (local - x)


def wrong_parameter(proxes, x, Y, rho):
    local = np.array([prox(x - y / rho, rho) for prox, y in zip(proxes, Y, strict=True)])
    x_new = (local + Y / rho).mean(axis=0)
    return x_new, Y + rho * (local - x_new)


def bound(b, weight, y):
    u = difference_adjoint(np.clip(y, -weight, weight))
    return u @ b - u @ u / 2


def unclipped(b, weight, y):
    u = difference_adjoint(y)
    return u @ b - u @ u / 2


WRONG = [
    ("splitting.reflections", lambda P_A, P_B, z: P_B(P_A(z))),
    ("splitting.reflections", lambda P_A, P_B, z: 2 * reflect_twice(P_A, P_B, z) - z),
    ("splitting.consensus-step", old_consensus),
    ("splitting.consensus-step", wrong_parameter),
    ("splitting.dual-bound", unclipped),
    ("splitting.dual-bound", lambda b, weight, y: -1e3),
]


@pytest.mark.parametrize(("name", "answer"), WRONG)
def test_wrong_answers_are_refused(name, answer):
    def ten_times():
        for _ in range(10):
            oe.check(name, answer)

    with pytest.raises(Incorrect):
        ten_times()


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("splitting.reflections", reflect_twice),
        ("splitting.consensus-step", consensus),
        ("splitting.dual-bound", bound),
    ],
)
def test_right_answers_pass(name, answer):
    for _ in range(3):
        oe.check(name, answer)
