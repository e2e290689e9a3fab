"""Problems of the curvature tests: rotated, shifted, from seeds."""

from __future__ import annotations

import numpy as np

import optedu as oe
from optedu.problems.generators import random_rotation


def matrix_regression(m=6, n=5, conditions=(10.0, 5.0), seed=0):
    """A regression for a matrix (m, n) whose factors have these condition numbers."""
    rng = np.random.default_rng(seed)
    A, B = (
        (random_rotation(size, rng) * np.geomspace(1, 1 / kappa, size)) @ random_rotation(size, rng)
        for size, kappa in zip((m, n), conditions, strict=True)
    )
    return oe.problems.MatrixRegression(A, B, A @ rng.standard_normal((m, n)) @ B)


def softmax(n=20, d=3, classes=3, seed=0, l2=0.0):
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(classes), rng.integers(0, classes, n - classes)])
    return oe.problems.SoftmaxRegression(rng.standard_normal((n, d)), labels, l2)


def one_step(method, problem, x, seed=0):
    """The point after one step."""
    method = method.resolve(problem) if hasattr(method, "resolve") else method
    chance = (np.random.default_rng(seed),) if method.takes_rng else ()
    return method.step(problem, method.init(problem, x, *chance), *chance).x
