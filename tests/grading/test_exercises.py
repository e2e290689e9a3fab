"""Exercises: typical wrong answers get their hint, unusual right ones pass."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

import optedu as oe
from optedu.grading import Incorrect
from optedu.newton.trust_region_subproblem import trust_region_step


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


def gaussian_diagonal(product, d, rng):
    z = rng.standard_normal(d)
    return z * product(z)


def sign_diagonal(product, d, rng):
    z = 1 - 2 * rng.integers(0, 2, d)
    return z * product(z)


def root(A):
    eigenvalues, Q = np.linalg.eigh(A)
    return (Q * np.sqrt(eigenvalues)) @ Q.T


def three_terms(product, v, k, again=False):
    """Lanczos by its recurrence alone, or with orthogonality restored against all rows."""
    V, T, w = [], np.zeros((k, k)), v
    for i in range(k):
        length = np.linalg.norm(w)
        V.append(w / length)
        w = product(V[i])
        T[i, i] = V[i] @ w
        w = w - T[i, i] * V[i]
        if i > 0:
            T[i, i - 1] = T[i - 1, i] = length
            w = w - length * V[i - 1]
        if again:
            w = w - np.transpose(V) @ (np.array(V) @ w)
    return T


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
    ("newton.promise", lambda H, g: g @ np.linalg.solve(H, g)),
    ("newton.promise", lambda H, g: -g @ np.linalg.solve(H, g) / 2),
    ("newton.ball", lambda H, g, R: -np.linalg.solve(H, g)),
    ("newton.ball", lambda H, g, R: -R * g / max(np.linalg.norm(g), 1e-300)),
    ("newton.ball", lambda H, g, R: 0 * g),
    ("newton.off-the-saddle", oe.NewtonMethod),
    ("newton.off-the-saddle", oe.DampedNewton),
    ("newton.off-the-saddle", lambda: oe.GradientDescent(0.1)),
    ("landscape.escape", lambda H, g: -np.linalg.solve(H, g)),
    ("landscape.escape", lambda H, g: -g),
    ("landscape.diagonal", gaussian_diagonal),
    ("landscape.diagonal", lambda product, d, rng: product(np.ones(d))),
    ("landscape.tridiagonal", three_terms),
    ("gradient.largest-step", None),
    ("gradient.largest-step", lambda A: A),
]

RIGHT = [
    ("gradient.largest-step", lambda A: float(2 / np.linalg.norm(A, 2))),
    ("gradient.exact-step", lambda A, g: 1 / ((g @ A @ g) / (g @ g))),
    ("gradient.barzilai-borwein", TwoPoint),
    ("foundations.certified", lambda norm, mu: [norm**2 / mu / 2, norm / mu]),
    ("foundations.smallest-ellipsoid", shrunken),
    ("newton.promise", lambda H, g: np.sum((np.linalg.inv(np.linalg.cholesky(H)) @ g) ** 2) / 2),
    ("newton.ball", lambda H, g, R: trust_region_step(*np.linalg.eigh(H), g, R)[0]),
    ("newton.off-the-saddle", oe.TrustRegionNewton),
    ("landscape.escape", lambda H, g: -np.linalg.solve(root(H @ H), g)),
    ("landscape.diagonal", sign_diagonal),
    ("landscape.tridiagonal", lambda product, v, k: three_terms(product, v, k, again=True)),
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
