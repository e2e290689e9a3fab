"""Random problems whose solutions are known, from a seed: dense, rotated and shifted."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.problems.combinations import Composite, Constrained
from optedu.problems.least_squares import LeastSquares
from optedu.problems.logistic_regression import LogisticRegression
from optedu.problems.quadratic import Quadratic
from optedu.problems.regularizers import L1


def random_rotation(d: int, seed: int | np.random.Generator = 0) -> np.ndarray:
    """Return an orthogonal matrix, uniformly distributed.

    Parameters
    ----------
    d : int
        Dimension.
    seed : int or numpy.random.Generator

    Returns
    -------
    numpy.ndarray, shape (d, d)
    """
    Q, R = np.linalg.qr(np.random.default_rng(seed).standard_normal((d, d)))
    return Q * np.sign(np.diag(R))


def quadratic_with_spectrum(
    spectrum: Any, seed: int | np.random.Generator = 0, minimizer: Any = None
) -> Quadratic:
    """Return a rotated quadratic with these eigenvalues and this minimizer.

    Parameters
    ----------
    spectrum : array_like, shape (d,)
        Eigenvalues.
    seed : int or numpy.random.Generator
        For the rotation, and the minimizer where none is given.
    minimizer : array_like, shape (d,), optional
        By default drawn from the standard normal distribution.
    """
    rng = np.random.default_rng(seed)
    eigenvalues = np.asarray(spectrum, dtype=float)
    Q = random_rotation(eigenvalues.size, rng)
    A = (Q * eigenvalues) @ Q.T
    A = 0.5 * (A + A.T)
    x = rng.standard_normal(eigenvalues.size) if minimizer is None else np.asarray(minimizer)
    return Quadratic(A, A @ x)


def random_quadratic(
    d: int = 10,
    condition: float = 100.0,
    seed: int | np.random.Generator = 0,
    smoothness: float = 1.0,
    minimizer: Any = None,
) -> Quadratic:
    """Return a rotated, shifted quadratic with log-spaced eigenvalues.

    Parameters
    ----------
    d : int
        Dimension.
    condition : float
        L / mu; with d = 1 the only eigenvalue is `smoothness`.
    seed : int or numpy.random.Generator
    smoothness : float
        L, the largest eigenvalue.
    minimizer : array_like, shape (d,), optional
        By default drawn from the standard normal distribution.
    """
    return quadratic_with_spectrum(smoothness * condition ** -np.linspace(0, 1, d), seed, minimizer)


def random_least_squares(
    n: int = 30, d: int = 10, seed: int | np.random.Generator = 0, noise: float = 0.1, l2: float = 0
) -> LeastSquares:
    """Return least squares with correlated columns and noisy observations.

    Parameters
    ----------
    n, d : int
        Number of rows and of columns.
    seed : int or numpy.random.Generator
    noise : float
        Standard deviation of the noise in b.
    l2 : float
        Weight of the ridge.
    """
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((n, d)) @ (np.eye(d) + 0.5 * random_rotation(d, rng))
    return LeastSquares(A, A @ rng.standard_normal(d) + noise * rng.standard_normal(n), l2)


def random_logistic(
    n: int = 40, d: int = 5, seed: int | np.random.Generator = 0, l2: float = 1e-2
) -> LogisticRegression:
    """Return logistic regression on two overlapping classes.

    Parameters
    ----------
    n, d : int
        Number of rows and of columns.
    seed : int or numpy.random.Generator
    l2 : float
        Weight of the ridge.
    """
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((n, d)) @ (np.eye(d) + 0.5 * random_rotation(d, rng))
    y = np.where(A @ rng.standard_normal(d) + rng.standard_normal(n) > 0, 1.0, -1.0)
    return LogisticRegression(A, y, l2)


def random_composite(
    regularizer: Any, d: int = 10, condition: float = 100.0, seed: int | np.random.Generator = 0
) -> Composite:
    """Return a rotated quadratic plus the regularizer, with its exact solution.

    For any z the point x = prox(z, 1) has z - x among its subgradients, so that a quadratic
    with gradient x - z at x makes x the solution.

    Parameters
    ----------
    regularizer : problem
        With ``value`` and ``prox``, for vectors.
    d : int
        Dimension.
    condition : float
        L / mu of the quadratic, with L = 1.
    seed : int or numpy.random.Generator
    """
    rng = np.random.default_rng(seed)
    z = 2.0 * rng.standard_normal(d)
    solution = regularizer.prox(z, 1.0)
    A = random_quadratic(d, condition, rng).A
    return Composite(Quadratic(A, A @ solution + z - solution), regularizer, solution)


def random_lasso(
    d: int = 10, condition: float = 100.0, seed: int | np.random.Generator = 0, weight: float = 1.0
) -> Composite:
    """Return a rotated quadratic plus weight ||x||_1, with its exact, sparse solution.

    Parameters
    ----------
    d : int
        Dimension.
    condition : float
        L / mu of the quadratic, with L = 1.
    seed : int or numpy.random.Generator
    weight : float
        Weight of the l1 norm.
    """
    return random_composite(L1(weight), d, condition, seed)


def random_constrained(
    feasible: Any, d: int = 10, condition: float = 100.0, seed: int | np.random.Generator = 0
) -> Constrained:
    """Return a rotated quadratic over a set, with its exact solution on the boundary.

    Parameters
    ----------
    feasible : problem
        A set with ``project``, of vectors.
    d : int
        Dimension.
    condition : float
        L / mu of the quadratic, with L = 1.
    seed : int or numpy.random.Generator
    """
    rng = np.random.default_rng(seed)
    z = 2.0 * rng.standard_normal(d)
    solution = feasible.project(z)
    A = random_quadratic(d, condition, rng).A
    return Constrained(Quadratic(A, A @ solution + z - solution), feasible, solution)
