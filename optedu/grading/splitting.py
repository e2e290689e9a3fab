"""Checks of the exercises on splitting."""

from __future__ import annotations

import numpy as np

from optedu.grading import exercise, require
from optedu.problems.generators import random_rotation
from optedu.problems.linear_composites import TotalVariation, total_variation_solution
from optedu.problems.sums import SquaredError
from optedu.splitting.consensus_admm import ConsensusADMM


@exercise("splitting.reflections")
def reflections(answer, rng):
    """Check a function of (P_A, P_B, z): one Douglas-Rachford step from two projections."""
    for d in (2, 3, 6):
        Q = random_rotation(d, rng)
        first, second = Q[:, :1] @ Q[:, :1].T, Q[:, : d - 1] @ Q[:, : d - 1].T
        if d == 2:
            second = np.outer(Q[0], Q[0])
        shift = rng.standard_normal(d)
        z = rng.standard_normal(d)

        def P_A(x, M=first, c=shift):
            return c + M @ (x - c)

        def P_B(x, M=second, c=shift):
            return c + M @ (x - c)

        found = np.asarray(answer(P_A, P_B, z.copy()), dtype=float)
        require(found.shape == z.shape, f"Return a point of shape {z.shape}, got {found.shape}.")
        x = P_A(z)
        wanted = z + P_B(2 * x - z) - x
        require(
            np.allclose(found, wanted, rtol=1e-9, atol=1e-10),
            f"From z = {np.round(z, 3)} the step leads to {np.round(wanted, 3)}, yours to "
            f"{np.round(found, 3)}. It is half of z, half of z reflected at A and then at B.",
        )


@exercise("splitting.consensus-step")
def consensus_step(answer, rng):
    """Check a function of (proxes, x, Y, rho): the new consensus and multipliers."""
    for n, d in ((2, 1), (3, 4), (5, 2)):
        targets, weights = rng.standard_normal((n, d)), rng.uniform(0.5, 2.0, n)
        terms = [SquaredError(c, float(w)) for c, w in zip(targets, weights, strict=True)]

        class Agents:
            components = n

            def component_prox(self, i, x, t, terms=terms):
                return terms[i].prox(x, t)

        x, Y, rho = rng.standard_normal(d), rng.standard_normal((n, d)), 10 ** rng.uniform(-1, 1)
        method = ConsensusADMM(rho, components=n)
        state = method.init(Agents(), x)._replace(Y=Y)
        wanted = method.step(Agents(), state)
        proxes = [term.prox for term in terms]
        x_new, Y_new = answer(proxes, x.copy(), Y.copy(), rho)
        require(
            np.allclose(x_new, wanted.x, rtol=1e-8, atol=1e-9),
            "The consensus is not the mean of x_i + y_i / rho. Do the agents start from "
            "x - y_i / rho, with the prox parameter 1 / rho?",
        )
        require(
            np.allclose(Y_new, wanted.Y, rtol=1e-8, atol=1e-9),
            "The consensus is right, the multipliers are not: each gains rho (x_i - x+), x+ the "
            "new consensus.",
        )


@exercise("splitting.dual-bound")
def dual_bound(answer, rng):
    """Check a function of (b, weight, y): a lower bound on total variation denoising."""
    for n in (2, 5, 12):
        b, weight = 2 * rng.standard_normal(n), float(rng.uniform(0.1, 1.5))
        problem = TotalVariation(b, weight)
        far = 1.5 * weight * np.sign(rng.standard_normal(n - 1)) + np.cumsum(b.mean() - b)[:-1]
        for y in (
            0 * far,
            0.5 * weight * rng.uniform(-1, 1, n - 1),
            np.cumsum(b.mean() - b)[:-1],
            far,
        ):
            bound = float(answer(b.copy(), weight, y.copy()))
            require(
                bound <= problem.minimum + 1e-9 * (1 + abs(problem.minimum)),
                f"{bound:.6g} is above the minimum {problem.minimum:.6g}. Is y inside "
                "[-weight, weight] before you use it?",
            )
        best = np.cumsum(total_variation_solution(b, weight) - b)[:-1]
        bound = float(answer(b.copy(), weight, best))
        require(
            bound >= problem.minimum - 1e-7 * (1 + abs(problem.minimum)),
            f"At the best y the bound should be the minimum {problem.minimum:.6g}, yours is "
            f"{bound:.6g}. Minimize ||x - b||^2 / 2 + <D x, y> over x.",
        )
