"""Checks of the exercises on Newton's method and what came of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.grading import exercise, require
from optedu.problems.functions import Problem


def _symmetric(spectrum: Any, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return a rotated matrix with these eigenvalues, and its eigenvectors."""
    Q = np.linalg.qr(rng.standard_normal((len(spectrum), len(spectrum))))[0]
    H = (Q * np.asarray(spectrum)) @ Q.T
    return (H + H.T) / 2, Q


@exercise("newton.promise")
def promise(answer, rng):
    """Expect a function of (H, g): the decrease of the quadratic model at Newton's step."""
    for d in (1, 2, 5, 9):
        H, _ = _symmetric(10 ** rng.uniform(-1, 1, d), rng)
        g = rng.standard_normal(d)
        p = np.linalg.solve(H, -g)
        require(
            np.isclose(answer(H, g), -(g @ p + p @ H @ p / 2), rtol=1e-9),
            "Put p = -H^-1 g into <g, p> + <p, H p> / 2. The two terms do not have the same sign, "
            "and what falls is minus their sum.",
        )


def _ball_problems(rng):
    for trial in range(24):
        d = int(rng.integers(2, 8))
        w = np.sort(rng.uniform(-2, 3, d))
        if trial % 3 == 0:
            w = np.sort(rng.uniform(0.2, 3, d))
        H, Q = _symmetric(w, rng)
        g, radius = rng.standard_normal(d), float(rng.uniform(0.2, 4.0))
        if trial % 3 == 1:
            w[0] = -abs(w[0]) - 0.5
            H, Q = _symmetric(np.sort(w), rng)
            g = g - Q[:, 0] * (Q[:, 0] @ g)
        yield H, g * (trial % 6 != 4), radius


@exercise("newton.ball")
def ball(answer, rng):
    """Expect a function of (H, g, R): a minimizer of the model over the ball of radius R."""
    for H, g, radius in _ball_problems(rng):
        p = np.asarray(answer(H, g, radius), dtype=float)
        size = np.linalg.norm(H, 2) * radius + np.linalg.norm(g)
        require(
            np.linalg.norm(p) <= radius * (1 + 1e-7),
            "One of the answers lies outside the ball.",
        )
        shift = max(0.0, -p @ (H @ p + g) / (p @ p)) if p @ p > 0 else 0.0
        lowest = np.linalg.eigvalsh(H)[0]
        require(
            np.linalg.norm(H @ p + shift * p + g) <= 1e-6 * size,
            "At one of the answers (H + shift I) p = -g holds for no shift >= 0. Is it the shift "
            "for which p has the length R?",
        )
        require(
            lowest + shift >= -1e-6 * np.linalg.norm(H, 2),
            "One of the answers is stationary and no minimizer: H + shift I has a negative "
            "eigenvalue. Is it the hard case, where g has no part along the lowest eigenvector?",
        )
        require(
            shift * (radius - np.linalg.norm(p)) <= 1e-6 * size,
            "One of the answers is shifted although it lies inside the ball.",
        )


@exercise("newton.off-the-saddle")
def off_the_saddle(answer, rng):
    """Expect a method class that leaves strict saddles with zero gradient, and then is fast."""
    for d in (2, 3, 5):
        _, Q = _symmetric(np.ones(d), rng)
        center, weights = rng.standard_normal(d), rng.uniform(0.5, 2.0, d)
        kinds = np.where(np.arange(d) % 2 == 0, 1.0, -1.0)  # a well in every second direction

        def coordinates(x, Q=Q, center=center):
            return Q.T @ (x - center)

        def gradient(x, Q=Q, weights=weights, kinds=kinds, coordinates=coordinates):
            u = coordinates(x)
            return Q @ (weights * (u**3 - kinds * u))

        def hessian(x, Q=Q, weights=weights, kinds=kinds, coordinates=coordinates):
            H = (Q * (weights * (3 * coordinates(x) ** 2 - kinds))) @ Q.T
            return (H + H.T) / 2

        problem = Problem.from_functions(
            lambda x, u=coordinates, w=weights, s=kinds: float(
                np.sum(w * (u(x) ** 4 / 4 - s * u(x) ** 2 / 2))
            ),
            gradient=gradient,
            hessian=hessian,
        )
        method = answer()
        state, norms = method.init(problem, center.copy()), []
        for _ in range(50):
            state = method.step(problem, state)
            norms.append(float(np.linalg.norm(gradient(state.x))))
        require(
            np.linalg.norm(state.x - center) > 0.1,
            "The method never left the saddle. There g = 0, so that no system with right-hand side "
            "g gives a direction: ask the eigenvectors.",
        )
        require(
            norms[-1] < 1e-8 and np.linalg.eigvalsh(hessian(state.x))[0] > 0,
            "After fifty steps the method is not at a minimum.",
        )
        late = [n for n in norms if 1e-11 < n < 1e-2]
        require(
            len(late) <= 5,
            "The last digits came one by one. Near a minimum the step must be Newton's own.",
        )
