"""Exercises on optimal networks: typical wrong answers get their hint, right ones pass."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linprog, nnls

import optedu as oe
from optedu.grading import Incorrect


def largest(X, y, D):
    return max(np.linalg.norm(X.T @ (column * y)) for column in D.T)


def penalty(y, z, beta):
    return (y - z) @ z / beta


def prune(M, a, sign=1.0):
    c = np.linalg.svd(M * a)[2][-1]
    m = np.argmax(np.abs(c))
    factors = 1 - sign * c / c[m]
    factors[m] = 0.0
    return factors * a


def indispensable(A, z):
    k = A.shape[1]
    runs = [linprog(e, A_eq=A, b_eq=z, bounds=(0, None)) for e in np.eye(k)]
    return np.array([run.fun > 1e-7 for run in runs])


def project(K, v):
    return v + K.T @ nnls(K.T, -v)[0]


def shrink(v, t):
    size = np.linalg.norm(v)
    return 0 * v if size <= t else (1 - t / size) * v


def longest_step(M, a):
    c = np.linalg.svd(M * a)[2][-1]
    return (1 - c / np.min(np.abs(c))) * a


RIGHT = [
    ("optimal_networks.largest-beta", largest),
    ("optimal_networks.penalty", penalty),
    ("optimal_networks.prune", prune),
    ("optimal_networks.indispensable", indispensable),
    ("optimal_networks.cone-prox", lambda K, v, t: shrink(project(K, v), t)),
]
WRONG = [
    ("optimal_networks.largest-beta", lambda X, y, D: np.linalg.norm(X.T @ y)),
    ("optimal_networks.largest-beta", lambda X, y, D: largest(X, y, D) / 2),
    ("optimal_networks.penalty", lambda y, z, beta: (y - z) @ z / beta**2),
    ("optimal_networks.penalty", lambda y, z, beta: (y - z) @ y / beta),
    ("optimal_networks.prune", lambda M, a: np.where(np.arange(a.size) == a.argmin(), 0.0, a)),
    ("optimal_networks.prune", longest_step),
    ("optimal_networks.prune", lambda M, a: a),
    ("optimal_networks.indispensable", lambda A, z: nnls(A, z)[0] > 1e-9),
    ("optimal_networks.indispensable", lambda A, z: np.ones(A.shape[1], bool)),
    ("optimal_networks.cone-prox", lambda K, v, t: project(K, shrink(v, t))),
    ("optimal_networks.cone-prox", lambda K, v, t: shrink(v, t)),
]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("name", "answer"), WRONG)
def test_wrong_answers_are_refused(name, answer, seed):
    with pytest.raises(Incorrect):
        oe.check(name, answer, seed=seed)


@pytest.mark.parametrize(("name", "answer"), RIGHT)
def test_right_answers_pass(name, answer):
    for seed in range(5):
        oe.check(name, answer, seed=seed)
