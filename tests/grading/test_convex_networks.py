"""Exercises on networks as convex programs: wrong answers get their hint, right ones pass."""

from __future__ import annotations

import numpy as np
import pytest

import optedu as oe
from optedu.grading import Incorrect


def balanced(hidden, output):
    length = np.linalg.norm(hidden, axis=1)
    size = np.sqrt(length * np.abs(output))
    direction = hidden / np.where(length > 0, length, 1.0)[:, None]
    return size[:, None] * direction, size * np.sign(output)


def unit_hidden(hidden, output):
    length = np.linalg.norm(hidden, axis=1)
    return hidden / length[:, None], output * length


def merged(hidden, output, X, signs=True, weigh=True, balance=True):
    sums = {}
    for u, a in zip(hidden, output, strict=True):
        active = X @ u > 0
        if active.any() and a != 0:
            key = (active.tobytes(), np.sign(a) if signs else 1.0)
            sums[key] = sums.get(key, 0.0) + (abs(a) * u if weigh else u)
    v = np.array(list(sums.values())).reshape(-1, hidden.shape[1])
    outer = np.array([sign for _, sign in sums])
    return balanced(v, outer) if balance else (1000 * v, outer / 1000)


def solve(X, D, R, rho, factor=2.0, sign=-1.0):
    n, m = D.shape
    C = np.linalg.inv(np.eye(X.shape[1]) + X.T @ X)
    T = R @ C
    z = np.sum(D * (X @ (T[:m] + sign * T[m:]).T), axis=1)
    middle = rho * np.eye(n) + factor * (D @ D.T) * (X @ C @ X.T)
    half = (D * np.linalg.solve(middle, z)[:, None]).T @ X @ C
    return T - np.concatenate((half, sign * half))


def worst_attack(s, y, radius):
    return -y * radius * np.sign(s)


def nearest(Z, Y, accuracy):
    miss = np.where(Y > 0, Z - Y, 0.0)
    length = np.linalg.norm(miss)
    scale = min(1.0, accuracy / length) if length > 0 else 1.0
    return np.where(Y > 0, Y + scale * miss, np.minimum(Z, 0.0))


def entry_by_entry(Z, Y, accuracy):
    return np.where(Y > 0, np.clip(Z, Y - accuracy, Y + accuracy), np.minimum(Z, 0.0))


WRONG = [
    ("convex_networks.worst-attack", lambda s, y, radius: -radius * np.sign(s)),
    ("convex_networks.worst-attack", lambda s, y, radius: y * radius * np.sign(s)),
    ("convex_networks.worst-attack", lambda s, y, radius: -y * radius * s / np.abs(s).max()),
    ("convex_networks.trim-projection", entry_by_entry),
    ("convex_networks.trim-projection", lambda Z, Y, a: np.where(Y > 0, Y, np.minimum(Z, 0.0))),
    ("convex_networks.trim-projection", lambda Z, Y, a: np.maximum(nearest(Z, Y, a), 0.0)),
    ("convex_networks.balance", lambda h, a: (h, a)),
    ("convex_networks.balance", unit_hidden),
    ("convex_networks.balance", lambda h, a: (balanced(h, a)[0], -balanced(h, a)[1])),
    ("convex_networks.balance", lambda h, a: balanced(h, a)[0]),
    ("convex_networks.merge", lambda h, a, X: balanced(h, a)),
    ("convex_networks.merge", lambda h, a, X: merged(h, a, X, signs=False)),
    ("convex_networks.merge", lambda h, a, X: merged(h, a, X, weigh=False)),
    ("convex_networks.merge", lambda h, a, X: merged(h, a, X, balance=False)),
    ("convex_networks.solve", lambda *a: solve(*a, factor=1.0)),
    ("convex_networks.solve", lambda *a: solve(*a, sign=1.0)),
    ("convex_networks.solve", lambda X, D, R, rho: solve(X, D, R, 1 / rho)),
    ("convex_networks.solve", lambda X, D, R, rho: R @ np.linalg.inv(np.eye(len(X.T)) + X.T @ X)),
]


@pytest.mark.parametrize("index", range(len(WRONG)))
def test_wrong_answers_are_refused(index):
    name, answer = WRONG[index]
    for seed in range(5):
        with pytest.raises(Incorrect):
            oe.check(name, answer, seed=seed)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("convex_networks.balance", balanced),
        ("convex_networks.merge", merged),
        ("convex_networks.solve", solve),
        ("convex_networks.worst-attack", worst_attack),
        ("convex_networks.trim-projection", nearest),
    ],
)
def test_right_answers_pass(name, answer):
    for seed in range(10):
        oe.check(name, answer, seed=seed)
