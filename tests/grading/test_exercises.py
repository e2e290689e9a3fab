"""Exercises: typical wrong answers get their hint, unusual right ones pass."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

import optedu as oe
from optedu.grading import Incorrect


def shrunken(x, P, g, factor=1.0, shift=1.0):
    """Return the smallest ellipsoid around the half cut off by g, or a spoiled one."""
    d = x.size
    a = P @ g / np.sqrt(g @ P @ g)
    if d == 1:
        return x - shift * a / 2, factor * P / 4
    smaller = d**2 / (d**2 - 1) * (P - 2 / (d + 1) * np.outer(a, a))
    return x - shift * a / (d + 1), factor * smaller


class Remembering(NamedTuple):
    x: np.ndarray
    g: np.ndarray
    step: float


@oe.method
class TwoPoint(NamedTuple):
    """Barzilai-Borwein; ``short`` is the other formula, which the exercise does not ask for."""

    short: bool = False

    def init(self, problem, x):
        return Remembering(x, problem.gradient(x), 1e-3)

    def step(self, problem, state):
        x = state.x - state.step * state.g
        g = problem.gradient(x)
        s, y = x - state.x, g - state.g
        return Remembering(x, g, (s @ y) / (y @ y) if self.short else (s @ s) / (s @ y))


def lasso_primal_only(A, b, weight, x):
    return np.sum((A @ x - b) ** 2) / 2 + weight * np.abs(x).sum()


WRONG = [
    ("gradient.largest-step", lambda A: 1 / np.linalg.eigvalsh(A)[-1]),
    ("gradient.largest-step", lambda A: 2 / np.linalg.eigvalsh(A)[0] + 1),
    ("gradient.exact-step", lambda A, g: 1 / np.linalg.eigvalsh(A)[-1] / 2),
    ("gradient.exact-step", lambda A, g: (g @ (A @ g)) / (g @ g) + 1),
    ("gradient.barzilai-borwein", lambda: TwoPoint(short=True)),
    ("gradient.barzilai-borwein", lambda: oe.GradientDescent(1e-3)),
    ("foundations.certified", lambda norm, mu: (norm**2 / mu, norm / mu)),
    ("foundations.certified", lambda norm, mu: (norm**2 / (4 * mu), norm / mu)),
    ("foundations.lasso-gap", lambda A, b, weight, x: 1e6),
    ("foundations.lasso-gap", lasso_primal_only),
    ("foundations.smallest-ellipsoid", lambda x, P, g: (x, P)),
    ("foundations.smallest-ellipsoid", lambda x, P, g: shrunken(x, P, g, factor=0.97)),
    ("foundations.smallest-ellipsoid", lambda x, P, g: shrunken(x, P, g, shift=-1.0)),
    ("acceleration.best-momentum", lambda mu, L: (1 / L, 0.9)),
    ("acceleration.best-momentum", lambda mu, L: (4 / (L**0.5 + mu**0.5) ** 2, 0.0)),
    ("acceleration.worst-slope", lambda method, k: 1 / (2 * k + 1) + 0.01),
    ("acceleration.farkas", lambda A, b: np.ones(A.shape[0])),
    ("acceleration.optimized-gradient", oe.GradientDescent),
    ("gradient.largest-step", None),
    ("gradient.largest-step", lambda A: A),
]

RIGHT = [
    ("gradient.largest-step", lambda A: float(2 / np.linalg.norm(A, 2))),
    ("gradient.exact-step", lambda A, g: 1 / ((g @ A @ g) / (g @ g))),
    ("gradient.barzilai-borwein", TwoPoint),
    ("foundations.certified", lambda norm, mu: [norm**2 / mu / 2, norm / mu]),
    ("foundations.smallest-ellipsoid", shrunken),
]


@pytest.mark.parametrize(("name", "answer"), WRONG)
def test_wrong_answers_are_refused_with_a_hint(name, answer):
    with pytest.raises(Incorrect) as refused:
        oe.check(name, answer)
    assert len(str(refused.value)) > 20


@pytest.mark.parametrize(("name", "answer"), RIGHT)
def test_right_answers_pass_however_written(name, answer, capsys):
    for _ in range(3):
        oe.check(name, answer)
    assert capsys.readouterr().out.splitlines() == [f"{name}: correct"] * 3


def test_an_unknown_exercise_names_the_known_ones():
    with pytest.raises(ValueError, match=r"gradient\.exact-step, gradient\.largest-step"):
        oe.check("gradient.shortest-step", None)
