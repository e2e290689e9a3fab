"""Checks of the exercises on curvature."""

from __future__ import annotations

import numpy as np

from optedu.grading import exercise, require
from optedu.problems.generators import random_rotation


@exercise("curvature.fisher")
def fisher(answer, rng):
    """Check a function of (A, x): the Fisher matrix of Poisson regression, mean exp(<a_i, x>)."""
    for n, d in ((1, 1), (5, 2), (9, 4)):
        A, x = rng.standard_normal((n, d)), 0.5 * rng.standard_normal(d)
        F = np.asarray(answer(A, x), dtype=float)
        require(F.shape == (d, d), f"Return a matrix of shape ({d}, {d}), one row per parameter.")
        rate = np.exp(A @ x)
        counts = np.arange(int(rate.max() + 20 * np.sqrt(rate.max())) + 60)  # the rest is < 1e-12
        logs = np.concatenate([[0.0], np.cumsum(np.log(counts[1:]))])
        expected = np.zeros((d, d))
        for a, mean in zip(A, rate, strict=True):
            weights = np.exp(counts * np.log(mean) - mean - logs)
            expected += np.sum(weights * (counts - mean) ** 2) * np.outer(a, a)
        require(
            not np.allclose(F, expected / n, rtol=1e-6) or n == 1,
            "You divided by n. Independent observations add their information.",
        )
        require(
            np.allclose(F, expected, rtol=1e-6, atol=1e-9),
            "This is not the expected square of the score. The score of one count y is "
            "(y - exp(<a, x>)) a; take the mean of its square over y, drawn from the model, and "
            "not over observed counts.",
        )


@exercise("curvature.two-solves")
def two_solves(answer, rng):
    """Check a function of (A, G, D, damping): (G kron A + damping I)^(-1) vec(D), as a matrix."""
    for outputs, inputs in ((1, 3), (4, 2), (5, 6)):
        A, G = _covariance(rng, inputs), _covariance(rng, outputs)
        D, damping = rng.standard_normal((outputs, inputs)), float(rng.uniform(0.05, 1.0))
        found = np.asarray(answer(A, G, D, damping), dtype=float)
        require(found.shape == D.shape, f"Return a matrix of the shape of D, {D.shape}.")
        H = np.kron(G, A)
        exact = np.linalg.solve(H + damping * np.eye(len(H)), D.ravel()).reshape(D.shape)
        require(
            np.allclose(found, exact, rtol=1e-7, atol=1e-9),
            "This is not (G kron A + damping I)^(-1) D. K-FAC's own damping is only close to it. "
            "In the eigenvectors of A and G the matrix is diagonal: what are its entries?",
        )
    A, G = _covariance(rng, 150), _covariance(rng, 120)
    D = rng.standard_normal((120, 150))
    found = np.asarray(answer(A, G, D, 0.1), dtype=float)
    require(
        np.allclose(G @ found @ A + 0.1 * found, D, rtol=1e-6, atol=1e-7),
        "For a layer of 120 by 150 the answer is not accurate.",
    )


@exercise("curvature.small-system")
def small_system(answer, rng):
    """Check a function of (J, Q, r, g, damping, l2): the damped step of a loss with a ridge."""
    for m, d in ((1, 4), (3, 8), (6, 40)):
        J, Q, r = rng.standard_normal((m, d)), _covariance(rng, m), rng.standard_normal(m)
        x = rng.standard_normal(d)
        damping, l2 = (float(v) for v in rng.uniform(0.1, 2.0, 2))
        found = np.asarray(answer(J, Q, r, x, damping, l2), dtype=float)
        require(found.shape == (d,), f"Return a vector with one entry per parameter: ({d},).")
        H, g = J.T @ Q @ J + (l2 + damping) * np.eye(d), J.T @ r + l2 * x
        exact = -np.linalg.solve(H, g)
        without = -np.linalg.solve(H, J.T @ r)
        require(
            not np.allclose(found, without, rtol=1e-7),
            "You took the gradient J'r of the loss and forgot that of the ridge, l2 x.",
        )
        require(
            np.allclose(found, exact, rtol=1e-7, atol=1e-10),
            "This is not -(J'QJ + (l2 + damping) I)^(-1) (J'r + l2 x). Write the inverse with the "
            "identity of Woodbury and mind the sign of the step.",
        )
    J, r = rng.standard_normal((3, 200_000)), rng.standard_normal(3)
    try:
        found = np.asarray(answer(J, np.eye(3), r, J[0], 0.5, 0.5), dtype=float)
    except MemoryError:
        found = np.full(1, np.nan)
    require(
        found.shape == (200_000,)
        and np.allclose(J.T @ (J @ found) + found, -(J.T @ r + 0.5 * J[0]), rtol=1e-6, atol=1e-6),
        "With 200 000 parameters and three outputs no matrix of d by d fits. Solve a system of "
        "three equations.",
    )


@exercise("curvature.surgeon")
def surgeon(answer, rng):
    """Check a function of (F, w, i): the best weights with w_i = 0, for the Hessian F at w."""
    for d in (2, 4, 7):
        F, w = _covariance(rng, d), rng.standard_normal(d)
        i = int(rng.integers(d))
        found = np.asarray(answer(F, w, i), dtype=float)
        require(found.shape == (d,), f"Return all weights: shape ({d},).")
        require(abs(found[i]) <= 1e-9, "The weight with index i must be 0.")
        others = np.delete(np.arange(d), i)
        require(
            not np.allclose(found[others], w[others], rtol=1e-9) or d == 1,
            "You removed the weight and left the others alone. Move them so that the model "
            "(u - w)'F(u - w) / 2 rises as little as possible.",
        )
        require(
            np.allclose((F @ (found - w))[others], 0.0, atol=1e-8),
            "The model can still be lowered by moving the other weights. Along which column of "
            "which matrix does w have to go, so that F times the change vanishes but in entry i?",
        )


def _covariance(rng, d: int) -> np.ndarray:
    Q = random_rotation(d, rng)
    return (Q * rng.uniform(0.2, 2.0, d)) @ Q.T
