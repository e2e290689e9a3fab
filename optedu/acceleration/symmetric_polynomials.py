"""Symmetric polynomials of a spectrum, from traces, and the preconditioners made of them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from optedu.acceleration.bounds import is_quadratic
from optedu.protocol import portable


def elementary_symmetric(B: np.ndarray, degree: int) -> np.ndarray:
    """Return e_0, ..., e_degree of the eigenvalues of B, which are never computed.

    Newton's identities give them from the traces of the powers of B:
    k e_k = sum_{i=1..k} (-1)^(i-1) e_{k-i} tr(B^i).

    Parameters
    ----------
    B : numpy.ndarray, shape (d, d)
    degree : int

    Returns
    -------
    numpy.ndarray, shape (degree + 1,)
    """
    traces, power = [], np.eye(len(B))
    for _ in range(degree):
        power = power @ B
        traces.append(np.trace(power))
    e = [1.0]
    for k in range(1, degree + 1):
        e.append(sum((-1) ** (i - 1) * e[k - i] * traces[i - 1] for i in range(1, k + 1)) / k)
    return np.array(e)


@portable
def polynomial_product(B, coefficients, v):
    """P_tau v = e_tau v - B P_{tau-1} v, by tau products with B; P_0 = I."""
    product = v
    for j in range(1, coefficients.size):
        product = coefficients[j] * v - B @ product
    return product


class Preconditioned(NamedTuple):
    """What the spectrum of P_tau B says about a step in the metric of P_tau^{-1}.

    Parameters
    ----------
    B : numpy.ndarray, shape (d, d)
        The curvature matrix.
    coefficients : numpy.ndarray, shape (tau + 1,)
        e_0, ..., e_tau of its eigenvalues.
    largest, smallest : float
        Extreme eigenvalues of P_tau B.
    """

    B: np.ndarray
    coefficients: np.ndarray
    largest: float
    smallest: float


def precondition(curvature: np.ndarray, degree: int) -> Preconditioned:
    """Return the preconditioner of this degree, with the spectrum that sets the step size.

    Raises
    ------
    ValueError
        If the degree is not below the size of the matrix, where the polynomial would vanish.
    """
    if degree >= len(curvature):
        raise ValueError(
            f"a polynomial preconditioner of {len(curvature)} variables has a degree of at most "
            f"{len(curvature) - 1}, which is Newton's method; got degree={degree}"
        )
    coefficients = elementary_symmetric(curvature, degree)
    eigenvalues = spectrum_of_product(curvature, coefficients)
    return Preconditioned(curvature, coefficients, float(eigenvalues[-1]), float(eigenvalues[0]))


def spectrum_of_product(B: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    """Return the eigenvalues of P_tau B in ascending order."""
    product = B @ polynomial_product(B, coefficients, np.eye(len(B)))
    return np.linalg.eigvalsh((product + product.T) / 2)


def squared_metric_distance(prepared: Preconditioned, d: np.ndarray) -> float:
    """Return <d, P_tau^{-1} d>."""
    P = polynomial_product(prepared.B, prepared.coefficients, np.eye(d.size))
    return float(d @ np.linalg.solve(P, d))


def curvature_of(method: Any, problem: Any) -> np.ndarray:
    """Return the method's curvature matrix, or the Hessian where the problem is a quadratic.

    Raises
    ------
    ValueError
        If none is given and the problem is no quadratic, or it is not positive definite.
    """
    name = type(method).__name__
    B = method.curvature
    if B is None:
        if not is_quadratic(problem):
            raise ValueError(
                f"{name} needs curvature, a matrix B with mu B <= Hessian <= L B: "
                f"{type(problem).__name__} is no quadratic. Pass curvature=..."
            )
        B = problem.hessian(np.zeros(problem.shape))
    if np.linalg.eigvalsh(B)[0] <= 0:
        raise ValueError(f"{name}: curvature must be positive definite")
    return np.ascontiguousarray(B)


def check_curvature(method: Any) -> None:
    """Refuse a curvature that is not a square symmetric matrix, or a degree beyond its size.

    Raises
    ------
    ValueError
        Naming the argument, what was received and what was expected.
    """
    name, B = type(method).__name__, method.curvature
    if method.degree < 0:
        raise ValueError(f"{name}: degree must be 0 or more, got {method.degree}")
    if B is None:
        return
    if B.ndim != 2 or B.shape[0] != B.shape[1]:
        raise ValueError(f"{name}: curvature must be a square matrix, got shape {B.shape}")
    if not np.allclose(B, B.T, rtol=1e-12, atol=1e-12 * np.abs(B).max()):
        raise ValueError(f"{name}: curvature must be symmetric; pass (B + B.T) / 2")
