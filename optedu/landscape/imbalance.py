"""Two moons, one a hundred times as frequent as the other, and the curvature of each class's loss.

The objective gives both classes the same weight, f = (f_head + f_tail) / 2. Even where f is
stationary the loss of a class alone need not be at a minimum: its Hessian may have negative
curvature (rangwani2022).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.problems.functions import Problem
from optedu.problems.multilayer_perceptron import MultilayerPerceptron


def moons(n: int, rng: np.random.Generator, noise: float = 0.25) -> tuple[np.ndarray, np.ndarray]:
    """Return n points of the upper and n of the lower moon, each shape (n, 2)."""
    angle = rng.uniform(0.0, np.pi, (2, n))
    upper = np.column_stack((np.cos(angle[0]), np.sin(angle[0])))
    lower = np.column_stack((1.0 - np.cos(angle[1]), 0.5 - np.sin(angle[1])))
    upper, lower = (part + noise * rng.standard_normal((n, 2)) for part in (upper, lower))
    return upper, lower


def class_problems(
    head: int = 300, tail: int = 3, hidden: int = 8, seed: int = 0
) -> tuple[MultilayerPerceptron, MultilayerPerceptron]:
    """Return the losses of the frequent and of the rare class for one network."""
    upper, lower = moons(head, np.random.default_rng(seed))
    one, two = np.eye(2)[np.zeros(head, int)], np.eye(2)[np.ones(tail, int)]
    return (
        MultilayerPerceptron(upper, one, (hidden,), seed=seed),
        MultilayerPerceptron(lower[:tail], two, (hidden,), seed=seed),
    )


def reweighted(parts: tuple[MultilayerPerceptron, ...], l2: float = 0.0) -> Problem:
    """Return the mean of the classes' losses, each counted the same, plus a ridge."""
    return Problem.from_functions(
        lambda x: float(np.mean([part.value(x) for part in parts])) + 0.5 * l2 * float(x @ x),
        gradient=lambda x: np.mean([part.gradient(x) for part in parts], axis=0) + l2 * x,
        hessian=lambda x: (
            np.mean([part.hessian(x) for part in parts], axis=0) + l2 * np.eye(x.size)
        ),
        shape=parts[0].shape,
        start=parts[0].start,
    )


def curvature_ratio(part: Any, x: np.ndarray) -> float:
    """Return lambda_min / lambda_max of a class's Hessian: negative at a saddle of its loss."""
    eigenvalues = np.linalg.eigvalsh(part.hessian(x))
    return float(eigenvalues[0] / eigenvalues[-1])


def accuracies(parts: tuple[MultilayerPerceptron, ...], x: np.ndarray, seed: int) -> list:
    """Return the accuracy on 1000 fresh points of each class."""
    fresh = moons(1000, np.random.default_rng([seed, 1]))
    return [
        float(np.mean(part._replace(A=A, Y=np.repeat(part.Y[:1], 1000, axis=0)).accuracy(x)))
        for part, A in zip(parts, fresh, strict=True)
    ]
