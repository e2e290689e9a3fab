"""Checks of the exercises on gradient methods."""

from __future__ import annotations

import numpy as np

from optedu.grading import exercise, require
from optedu.problems.quadratic import Quadratic
from optedu.running.run import run


def _quadratics(rng: np.random.Generator):
    for d in (1, 2, 5, 9):
        basis = np.linalg.qr(rng.standard_normal((d, d)))[0]
        matrix = basis @ np.diag(10 ** rng.uniform(-1, 1, d)) @ basis.T
        yield Quadratic((matrix + matrix.T) / 2, rng.standard_normal(d)), rng.standard_normal(d)


@exercise("gradient.largest-step")
def largest_step(answer, rng):
    """Expect a function of the matrix A: the supremum of the step sizes that converge."""
    for problem, _ in _quadratics(rng):
        largest = np.linalg.eigvalsh(problem.A)[-1]
        require(
            np.isclose(answer(problem.A), 2 / largest, rtol=1e-9),
            "Every eigenvalue lam of A gives the error a factor 1 - step * lam per step. "
            "Which lam leaves [-1, 1] first?",
        )


@exercise("gradient.exact-step")
def exact_step(answer, rng):
    """Expect a function of (A, g): the step along -g that minimizes the quadratic exactly."""
    for problem, x in _quadratics(rng):
        g = problem.gradient(x)
        step = answer(problem.A, g)
        after = problem.gradient(x - step * g)
        require(
            abs(after @ g) <= 1e-9 * (g @ g),
            "At the best point of the line the new gradient is orthogonal to the direction. "
            "Write phi(step) = f(x - step g) and set its derivative to zero.",
        )


@exercise("gradient.barzilai-borwein")
def barzilai_borwein(answer, rng):
    """Expect a method class whose step uses the step size s.s / s.y of the last pair."""
    for problem, x in _quadratics(rng):
        if x.size == 1:
            continue
        trace = run(answer(), problem, x, max_iter=12, tol=0.0, execution="python")
        iterates = trace.iterates
        gradients = np.array([problem.gradient(point) for point in iterates])
        for k in range(1, min(len(trace) - 1, 8)):
            s, y = iterates[k] - iterates[k - 1], gradients[k] - gradients[k - 1]
            expected = iterates[k] - (s @ s) / (s @ y) * gradients[k]
            require(
                np.allclose(iterates[k + 1], expected, rtol=1e-7, atol=1e-9),
                f"Step {k + 1} is not x - (s.s / s.y) grad f(x) with s and y from steps {k - 1} "
                f"and {k}. Does your state keep the last x and the last gradient?",
            )
