"""Exercises on transport at work: typical wrong answers get their hint, right ones pass."""

from __future__ import annotations

import numpy as np
import pytest

import optedu as oe
from optedu.grading import Incorrect
from optedu.problems.sliced import sliced_slopes


def project(plan, y):
    return plan @ y / plan.sum(axis=1, keepdims=True)


def unsorted_slope(x, y, directions):
    return 2 / (len(x) * len(directions)) * sum(np.outer((x - y) @ t, t) for t in directions)


def step(m, s, a, mean, deviation):
    b = a / deviation**2
    return (m + b * mean) / (1 + b), (s + np.sqrt(s**2 + 4 * (1 + b) * a)) / (2 * (1 + b))


def expected(log_a, r, S, eps, x):
    exponents = log_a + (x * S * x + 2 * r * x) / (2 * eps)
    weights = np.exp(exponents - exponents.max())
    return weights / weights.sum() @ (r + S * x)


def overflowing(log_a, r, S, eps, x):
    weights = np.exp(log_a + (x * S * x + 2 * r * x) / (2 * eps) + 800)
    return weights / weights.sum() @ (r + S * x)


def parity_clouds(directions, sides=(0, 1)):
    across = np.column_stack([-directions[:, 1], directions[:, 0]])
    corners = np.array(np.meshgrid(*[[0, 1]] * len(directions))).reshape(len(directions), -1).T
    even = corners.sum(axis=1) % 2
    return tuple(corners[even == side] @ across for side in sides)


def lambda_of(z, mass, steps=300):
    middle = np.log(mass) - np.log1p(-mass)
    low, high = middle - z.max(), middle - z.min()
    for _ in range(steps):
        x = (low + high) / 2
        too_much = np.mean(0.5 * (1 + np.tanh((x + z) / 2))) > mass
        low, high = (low, x) if too_much else (x, high)
    return x


def iterated(z, mass):
    x = 0.0
    for _ in range(100):
        x += np.log(mass / np.mean(1 / (1 + np.exp(-x - z))))
    return x


def moved(W1, b1, W2, b2, W3, b3, p, q):
    return W1[p], b1[p], W2[q][:, p], b2[q], W3[:, q], b3


def columns_stay(W1, b1, W2, b2, W3, b3, p, q):
    return W1[p], b1[p], W2[q], b2[q], W3[:, q], b3


def inverse(W1, b1, W2, b2, W3, b3, p, q):
    return moved(W1, b1, W2, b2, W3, b3, np.argsort(p), np.argsort(q))


RIGHT = {
    "applied_transport.multiplier": lambda_of,
    "applied_transport.permute": moved,
    "applied_transport.projection": project,
    "applied_transport.slope": sliced_slopes,
    "applied_transport.jko": step,
    "applied_transport.expected-end": expected,
    "applied_transport.unseen": parity_clouds,
}
WRONG = [
    ("applied_transport.multiplier", iterated),
    ("applied_transport.multiplier", lambda z, mass: lambda_of(-z, mass)),
    ("applied_transport.multiplier", lambda z, mass: np.log(mass / (1 - mass)) - z.mean()),
    ("applied_transport.permute", columns_stay),
    ("applied_transport.permute", inverse),
    ("applied_transport.permute", lambda *given: given[:6]),
    ("applied_transport.projection", lambda plan, y: plan @ y),
    ("applied_transport.projection", lambda plan, y: plan @ y * len(plan)),
    ("applied_transport.projection", lambda plan, y: y[plan.argmax(axis=1)]),
    ("applied_transport.slope", unsorted_slope),
    ("applied_transport.slope", lambda x, y, d: 0.5 * sliced_slopes(x, y, d)),
    ("applied_transport.slope", lambda x, y, d: sliced_slopes(y, x, d)),
    ("applied_transport.jko", lambda m, s, a, mean, dev: step(m, s, a, 0.0, 1.0)),
    ("applied_transport.jko", lambda m, s, a, mean, dev: (m - a * (m - mean) / dev**2, s)),
    ("applied_transport.jko", lambda m, s, a, mean, dev: (step(m, s, a, mean, dev)[0], -s)),
    ("applied_transport.expected-end", overflowing),
    ("applied_transport.expected-end", lambda a, r, S, eps, x: (r + S * x).mean()),
    ("applied_transport.expected-end", lambda a, r, S, eps, x: expected(a, r, S, 2 * eps, x)),
    ("applied_transport.unseen", lambda d: parity_clouds(d, (0, 0))),
    ("applied_transport.unseen", lambda d: (np.zeros((3, 2)), np.ones((3, 2)))),
]


@pytest.mark.parametrize(("name", "answer"), WRONG)
def test_wrong_answers_are_refused(name, answer):
    def five_times():
        for _ in range(5):
            oe.check(name, answer)

    with np.errstate(all="ignore"), pytest.raises(Incorrect):
        five_times()


@pytest.mark.parametrize("name", RIGHT)
def test_right_answers_pass(name):
    for _ in range(3):
        oe.check(name, RIGHT[name])
