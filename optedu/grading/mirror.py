"""Checks of the exercises on mirrors and regret."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.grading import exercise, require
from optedu.problems.games import MatrixGame


@exercise("mirror.entropy-step")
def entropy_step(answer, rng):
    """Check a function of (x, g, t): the mirror step of the entropy on the simplex."""
    for scale in (1.0, 1e-3, 1e4):
        for d in (2, 5):
            x, g, t = rng.dirichlet(np.ones(d)), scale * rng.normal(size=d), rng.uniform(0.1, 2)
            with np.errstate(all="ignore"):
                u = np.asarray(answer(x.copy(), g.copy(), t), dtype=float)
            require(u.shape == (d,), f"Return a vector of {d} numbers, got shape {u.shape}.")
            require(
                np.isfinite(u).all(),
                f"With gradients of size {scale:g} your answer is not finite. Adding a constant "
                "to all entries of g changes nothing: which constant keeps exp small?",
            )
            require(
                (u >= 0).all() and abs(u.sum() - 1) <= 1e-9,
                f"The answer is a point of the simplex; yours sums to {u.sum():.6g}.",
            )
            kept = u > 1e-290
            level = np.log(u[kept] / x[kept]) + t * g[kept]
            require(
                np.ptp(level) <= 1e-6 * (1 + t * np.abs(g).max()),
                "At the minimizer log(u_i / x_i) + t g_i is the same for all i; yours differs by "
                f"{np.ptp(level):.3g}.",
            )


@exercise("mirror.barrier-step")
def barrier_step(answer, rng):
    """Check a function of (x, g, t): the mirror step of -sum log x_i on the simplex."""
    for scale in (1.0, 100.0):
        for d in (2, 4, 7):
            x, g, t = rng.dirichlet(np.ones(d)), scale * rng.normal(size=d), rng.uniform(0.1, 2)
            x = (x + 1e-3) / (x + 1e-3).sum()
            u = np.asarray(answer(x.copy(), g.copy(), t), dtype=float)
            require(
                u.shape == (d,) and np.isfinite(u).all() and (u > 0).all(),
                "The answer is a vector of positive numbers.",
            )
            require(abs(u.sum() - 1) <= 1e-7, f"The entries sum to {u.sum():.9g}, not to 1.")
            level = t * g + 1 / x - 1 / u
            require(
                np.ptp(level) <= 1e-6 * (1 + np.abs(1 / u).max()),
                "At the minimizer t g_i + 1 / x_i - 1 / u_i is the same number for all i; yours "
                f"differs by {np.ptp(level):.3g}.",
            )


@exercise("mirror.mirror-prox")
def mirror_prox(answer, rng):
    """Check a method class with step_size by its every step, on matrix games."""
    for entropic in (True, False):
        game: Any = MatrixGame(rng.uniform(-1, 1, (3, 4)), entropic)
        t = rng.uniform(0.2, 0.9)
        method, z = answer(t), game.start
        state, total = method.init(game, z), np.zeros(7)
        for k in range(1, 9):
            w = game.mirror_step(z, game.vector_field(z), t)
            z = game.mirror_step(z, game.vector_field(w), t)
            total = total + w
            state = method.step(game, state)
            x = np.asarray(state.x)
            error = np.abs(x - total / k).max()
            require(
                error <= 1e-9,
                f"After {k} steps with step_size {t:.3f} your x is {error:.2g} away from the "
                "average of the points w. Are both steps taken from z, and is w what you average?",
            )
