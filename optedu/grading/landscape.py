"""Checks of the exercises on the shape of the landscape."""

from __future__ import annotations

import numpy as np

from optedu.grading import exercise, require
from optedu.problems.generators import random_rotation


def _symmetric(rng: np.random.Generator, d: int) -> np.ndarray:
    Q = random_rotation(d, rng)
    A = (Q * (rng.choice([-1.0, 1.0], d) * rng.uniform(0.2, 3.0, d))) @ Q.T
    return 0.5 * (A + A.T)


@exercise("landscape.escape")
def escape(answer, rng):
    """Check a function of (H, g): the saddle-free Newton step."""
    for d in (1, 2, 5, 8):
        H, g = _symmetric(rng, d), rng.standard_normal(d)
        step = np.asarray(answer(H.copy(), g.copy()))
        require(step.shape == (d,), f"Return a vector of {d} entries.")
        require(
            step @ g < 0,
            "Your step does not lead down: <step, g> must be negative. Where a curvature is "
            "negative Newton's own step leads up.",
        )
        eigenvalues, Q = np.linalg.eigh(H)
        require(
            np.allclose(Q.T @ step * np.abs(eigenvalues), -Q.T @ g, rtol=1e-8, atol=1e-8),
            "Along each eigenvector the step is -<g, v> over the absolute curvature.",
        )


@exercise("landscape.tridiagonal")
def tridiagonal(answer, rng):
    """Check a function of (product, v, k): the tridiagonal matrix of k Lanczos steps."""
    for d, k in ((3, 1), (4, 4), (40, 6), (300, 60)):
        H = _symmetric(rng, d)
        if d == 300:
            H += 50.0 * np.outer(H[0], H[0]) / (H[0] @ H[0])  # soon found, then found again
        v = rng.standard_normal(d)
        T = np.asarray(answer(lambda u, H=H: H @ u, v.copy(), k))
        require(T.shape == (k, k), f"Return a {k} by {k} matrix.")
        require(
            np.allclose(T, T.T) and np.allclose(np.triu(T, 2), 0.0),
            "The matrix is symmetric, with nothing beyond the two diagonals next to the first.",
        )
        u, power = v / np.linalg.norm(v), np.eye(k)[0]
        expected = u
        for degree in range(min(2 * k, 10)):
            require(
                np.isclose(power[0], u @ expected, rtol=1e-6, atol=1e-6 * 50.0**degree),
                f"The entry (1, 1) of T^{degree} should be <v, H^{degree} v> / ||v||^2.",
            )
            power, expected = T @ power, H @ expected
        smallest_gap = np.diff(np.linalg.eigvalsh(T)).min() if k > 1 else 1.0
        require(
            smallest_gap > 1e-6,
            "An eigenvalue came twice: rounding has destroyed the orthogonality of your vectors. "
            "Make each new one orthogonal to all before.",
        )


@exercise("landscape.diagonal")
def diagonal(answer, rng):
    """Check a function of (product, d, rng): an unbiased estimate of the diagonal, one product."""
    for d in (3, 6):
        H = _symmetric(rng, d)
        calls = []

        def product(v, H=H, calls=calls):
            calls.append(1)
            return H @ v

        n = 4000
        found = np.array([answer(product, d, rng) for _ in range(n)])
        require(found.shape == (n, d), f"Return {d} numbers.")
        require(len(calls) == n, "Use one Hessian product for each estimate.")
        variance = np.sum(H**2, axis=1) - np.diag(H) ** 2
        error = np.abs(found.mean(axis=0) - np.diag(H))
        require(
            (error < 6 * np.sqrt(2 * np.sum(H**2, axis=1) / n)).all(),
            "Your mean over many draws is not the diagonal.",
        )
        require(
            (found.var(axis=0) < 1.3 * variance + 1e-12).all(),
            "Unbiased, but the variance is larger than it has to be: which z has z_i^2 = 1?",
        )
