"""Exercises on sparsity: typical wrong answers get their hint, right ones pass."""

from __future__ import annotations

import numpy as np
import pytest

import optedu as oe
from optedu.grading import Incorrect


def scad_prox(x, t, weight, a, first=lambda t: 1 + t, shift=lambda t, a: t * a):
    r = np.abs(x)
    soft = np.maximum(r - t * weight, 0)
    bent = ((a - 1) * r - shift(t, a) * weight) / (a - 1 - t)
    inner = np.where(r <= first(t) * weight, soft, np.where(r <= a * weight, bent, r))
    return np.sign(x) * inner


def pursue(A, b, weight, root, refit=True, condition=True, half=2.0):
    picks, r = [], b
    while len(picks) < A.shape[1]:
        rho, size = np.abs(A.T @ r), np.linalg.norm(r)
        if root:
            rest = np.sqrt(np.maximum(size**2 - rho**2, 0))
            gains = size - weight * rho - np.sqrt(1 - weight**2) * rest
            gains = np.where((rho >= weight * size) | (not condition), np.abs(gains), 0)
        else:
            gains = np.maximum(rho - weight / half, 0) ** 2
        gains[picks] = 0
        if gains.max() <= 1e-9:
            break
        j = int(gains.argmax())
        picks.append(j)
        if refit:
            r = b - A[:, picks] @ np.linalg.lstsq(A[:, picks], b, rcond=None)[0]
        else:
            r = r - A[:, j] * (A[:, j] @ r)
    return picks


WRONG = [
    ("proximal.largest-weight", lambda A, b: (A.T @ b).max()),
    ("proximal.largest-weight", lambda A, b: 2 * np.abs(A.T @ b).max()),
    ("proximal.largest-weight", lambda A, b: np.linalg.norm(A.T @ b)),
    ("proximal.scad-prox", lambda x, t, w, a: scad_prox(x, t, w, a, first=lambda t: 1.0)),
    ("proximal.scad-prox", lambda x, t, w, a: scad_prox(x, t, w, a, shift=lambda t, a: a)),
    ("proximal.scad-prox", lambda x, t, w, a: np.abs(scad_prox(x, t, w, a))),
    ("proximal.pursuit", lambda A, b, w, root: pursue(A, b, w, root, refit=False)),
    ("proximal.pursuit", lambda A, b, w, root: pursue(A, b, w, root, condition=False)),
    ("proximal.pursuit", lambda A, b, w, root: pursue(A, b, w, root, half=1.0)),
    ("proximal.pursuit", lambda A, b, w, root: [*pursue(A, b, w, root), 0, 0]),
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
        ("proximal.largest-weight", lambda A, b: np.abs(A.T @ b).max()),
        ("proximal.scad-prox", scad_prox),
        ("proximal.pursuit", pursue),
    ],
)
def test_right_answers_pass(name, answer):
    for _ in range(3):
        oe.check(name, answer)
