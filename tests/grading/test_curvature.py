"""Exercises on curvature: typical wrong answers get their hint, right ones pass."""

from __future__ import annotations

import numpy as np
import pytest

import optedu as oe
from optedu.curvature.kfac import kronecker_solve
from optedu.grading import Incorrect


def small_system(J, Q, r, x, damping, l2):
    """Woodbury's identity, where the chapter's solution uses the other order of the products."""
    weight, g = l2 + damping, J.T @ r + l2 * x
    inner = np.linalg.inv(np.linalg.inv(Q) + J @ J.T / weight)
    return -(g - J.T @ (inner @ (J @ g)) / weight) / weight


def dense_step(J, Q, r, x, damping, l2):
    H = J.T @ Q @ J + (damping + l2) * np.eye(len(x))
    return -np.linalg.solve(H, J.T @ r + l2 * x)


WRONG = [
    ("curvature.fisher", lambda A, x: (A.T * np.exp(2 * (A @ x))) @ A),
    ("curvature.fisher", lambda A, x: (A.T * np.exp(A @ x)) @ A / len(A)),
    ("curvature.two-solves", kronecker_solve),
    ("curvature.two-solves", lambda A, G, D, damping: D / damping),
    (
        "curvature.small-system",
        lambda J, Q, r, x, damping, l2: (
            -J.T @ np.linalg.solve(Q @ J @ J.T + (damping + l2) * np.eye(len(r)), r)
        ),
    ),
    ("curvature.small-system", lambda *data: -small_system(*data)),
    ("curvature.surgeon", lambda F, w, i: np.where(np.arange(len(w)) == i, 0.0, w)),
    ("curvature.surgeon", lambda F, w, i: w - w[i] * F[:, i] / F[i, i]),
]


@pytest.mark.parametrize(("name", "answer"), WRONG)
def test_wrong_answers_are_refused_with_a_hint(name, answer):
    with pytest.raises(Incorrect) as refused:
        oe.check(name, answer)
    assert len(str(refused.value)) > 20


def test_a_right_answer_that_is_too_large_is_refused():
    def too_large(J, *rest):
        if J.shape[1] > 1000:
            raise MemoryError
        return dense_step(J, *rest)

    with pytest.raises(Incorrect, match="system of three equations"):
        oe.check("curvature.small-system", too_large)


def test_right_answers_pass(capsys):
    oe.check("curvature.small-system", small_system)
    oe.check("curvature.fisher", lambda A, x: [*((A.T * np.exp(A @ x)) @ A)])
    assert capsys.readouterr().out.count("correct") == 2
