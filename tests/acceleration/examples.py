"""Problems for the acceleration family: seeded, rotated, shifted; and those that attain bounds."""

import numpy as np

import optedu as oe
from optedu.problems.generators import random_lasso, random_quadratic, random_rotation


def start(problem, seed, spread=2.0):
    return np.random.default_rng([seed, 7]).normal(0.3, spread, problem.shape)


def slope(ks, values):
    """Return the slope of log(values) against log(ks)."""
    return np.polyfit(np.log(ks), np.log(values), 1)[0]


def huber(L, delta, R, seed=5, d=3):
    """Return a Huber norm with a shifted center and a start at distance R in a skew direction."""
    rng = np.random.default_rng(seed)
    center, direction = rng.standard_normal((2, d))
    return oe.problems.HuberNorm(L, delta, center), center + R * direction / np.linalg.norm(
        direction
    )


def along_eigenvector(spectrum, index, seed=3):
    """Return a rotated, shifted quadratic and a start along one of its eigenvectors."""
    Q = random_rotation(len(spectrum), seed)
    A = (Q * np.asarray(spectrum)) @ Q.T
    A = (A + A.T) / 2
    shift = np.random.default_rng(seed).standard_normal(len(spectrum))
    return oe.problems.Quadratic(A, A @ shift), shift + 1.7 * Q[:, index]


def lassos(count=8):
    for seed in range(count):
        rng = np.random.default_rng([seed, 3])
        problem = random_lasso(
            int(rng.integers(1, 12)), float(rng.uniform(2, 1e4)), seed, float(rng.uniform(0.05, 1))
        )
        yield problem, start(problem, seed)


def rotation(angle, seed=2, radius=1.3):
    """Return the rotation of the plane about a shifted point, and a start at that distance."""
    c, s = np.cos(angle), np.sin(angle)
    M = np.array([[c, -s], [s, c]])
    center, direction = np.random.default_rng(seed).standard_normal((2, 2))
    problem = oe.problems.AffineMap(M, center - M @ center)
    return problem, center, center + radius * direction / np.linalg.norm(direction)


def nonexpansive(count=10):
    """Yield (problem, x0): affine maps of norm at most 1 with a fixed point."""
    for seed in range(count):
        rng = np.random.default_rng([seed, 4])
        d = int(rng.integers(1, 7))
        singular = np.minimum(1.0, rng.uniform(0.5, 1.3, d))
        M = (random_rotation(d, rng) * singular) @ random_rotation(d, rng).T
        fixed = rng.standard_normal(d)
        problem = oe.problems.AffineMap(M / max(1.0, np.linalg.norm(M, 2)), np.zeros(d))
        problem = oe.problems.AffineMap(problem.M, fixed - problem.M @ fixed)
        yield problem, fixed + rng.standard_normal(d) * 3


def same_path(first, second, problem, x0, steps=30, rtol=1e-12):
    """Assert that two methods make the same iterates."""
    paths = [
        oe.run(m, problem, x0, max_iter=steps, tol=0.0, execution="python").iterates
        for m in (first, second)
    ]
    scale = np.abs(paths[0]).max()
    np.testing.assert_allclose(paths[0], paths[1], rtol=0, atol=rtol * scale)


def badly_conditioned(condition=1e3, d=12, seed=0):
    problem = random_quadratic(d, condition, seed, 2.0)
    return problem, start(problem, seed)
