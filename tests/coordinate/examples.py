"""Problems of the tests of coordinate methods."""

import numpy as np

import optedu as oe
from optedu.problems.generators import random_rotation


def badly_scaled(d=6, seed=0):
    """A convex quadratic whose coordinates have very different constants, and a start."""
    rng = np.random.default_rng(seed)
    Q = random_rotation(d, rng)
    scale = 10 ** rng.uniform(-0.7, 0.7, d)
    A = ((Q * np.linspace(0.3, 2.0, d)) @ Q.T) * np.outer(scale, scale)
    A = (A + A.T) / 2
    return oe.problems.Quadratic(A, A @ rng.standard_normal(d)), 2 * rng.standard_normal(d)


def grid(n=5, seed=0, ground=0.2):
    """The quadratic of an n by n grid of springs, each node tied to the ground, and a start."""
    rng = np.random.default_rng(seed)
    d = n * n
    A = ground * np.eye(d)
    for i in range(n):
        for j in range(n):
            for a, b in ((i + 1, j), (i, j + 1)):
                if a < n and b < n:
                    p, q, w = n * i + j, n * a + b, rng.uniform(0.5, 1.5)
                    A[p, p] += w
                    A[q, q] += w
                    A[p, q] = A[q, p] = -w
    return oe.problems.Quadratic(A, A @ rng.standard_normal(d)), rng.standard_normal(d)


def gap(problem, x):
    return problem.value(x) - problem.minimum


def mu_1(A):
    """The strong convexity of <x, A x> / 2 in the 1-norm: 1 / max over signs s of <s, A^-1 s>."""
    d = A.shape[0]
    signs = 1 - 2.0 * ((np.arange(2**d)[:, None] >> np.arange(d)) & 1)
    return 1 / np.einsum("ki,ij,kj->k", signs, np.linalg.inv(A), signs).max()


def comb(n):
    """Two trees that cover the n by n grid, each a spine with every other row for a tooth."""
    i, j = np.divmod(np.arange(n * n), n)
    return np.where((j == 0) | ((i % 2 == 0) & (j < n - 1)), 0, 1)


def sparse_regression(n=200, d=1000, seed=0):
    """The synthetic data set A of nutini2022, shrunk: sparse, with columns of unequal size."""
    rng = np.random.default_rng(seed)
    A = (rng.standard_normal((n, d)) + 1) * (10 * rng.standard_normal(d))
    A = A * (rng.random((n, d)) < 10 * np.log(n) / n)
    w = rng.standard_normal(d) * (rng.random(d) < 0.1)
    return oe.problems.LeastSquares(A, A @ w + rng.standard_normal(n))
