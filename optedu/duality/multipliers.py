"""What the methods with constraints share: residuals of optimality, and the augmented Lagrangian.

The first `equalities` entries of c(x) are held at 0, the others at most 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.protocol import portable

NEGATIVE, FLAT = 1e-3, 1e-9
"""Curvatures that replace the smallest one where it is negative, or zero, relative to the largest.
"""


@portable
def shifted_multipliers(c, y, rho, equalities):
    """Return y + rho c, cut off at 0 where c is an inequality."""
    z = y + rho * c
    z[equalities:] = np.maximum(z[equalities:], 0.0)
    return z


@portable
def violation(c, equalities):
    """Return the norm of what c(x) exceeds its bounds by."""
    r = c.copy()
    r[equalities:] = np.maximum(r[equalities:], 0.0)
    return np.sqrt(np.sum(r * r))


@portable
def kkt_residual(problem, x, y, equalities):
    """Return the norm of (grad f + J'y, c_E, min(y_I, -c_I)): zero exactly at a KKT pair.

    The last part is zero where y >= 0, c <= 0 and, entry by entry, one of them is 0.
    """
    c = problem.constraint(x)
    stationarity = problem.gradient(x) + problem.constraint_jacobian(x).T @ y
    pairing = np.minimum(y[equalities:], -c[equalities:])
    total = np.sum(stationarity * stationarity) + np.sum(pairing * pairing)
    return np.sqrt(total + np.sum(c[:equalities] * c[:equalities]))


@portable
def augmented_value(problem, x, y, rho, equalities):
    """Return f(x) + (||z||^2 - ||y||^2) / (2 rho) with z the shifted multipliers."""
    z = shifted_multipliers(problem.constraint(x), y, rho, equalities)
    return problem.value(x) + np.sum(z * z - y * y) / (2 * rho)


@portable
def descent(H, g):
    """Return Newton's direction, of H shifted until it is positive definite.

    The pieces of an augmented Lagrangian are often flat, where few constraints are active: then
    the shift is so small that the direction is that of the piece's minimizer, or far away.
    """
    w, Q = np.linalg.eigh(H)
    largest = np.max(np.abs(w))
    if largest == 0.0:
        return -g
    if w[0] < -FLAT * largest:
        w = w + (NEGATIVE * largest - w[0])
    else:
        w = np.maximum(w, FLAT * largest)
    return -(Q @ ((Q.T @ g) / w))


@portable
def augmented_newton(problem, x, y, rho, equalities, accuracy, limit):
    """Minimize the augmented Lagrangian in x by Newton steps with Armijo's rule.

    Parameters
    ----------
    problem : problem
        With value, gradient, constraint, constraint_jacobian and lagrangian_hessian.
    x, y : numpy.ndarray
        The start, and the multipliers, which stay as they are.
    rho : float
        The penalty.
    equalities, limit : int
        Number of equality constraints; largest number of steps.
    accuracy : float
        Norm of the gradient in x at which it stops.

    Returns
    -------
    numpy.ndarray
        The last point; it is NaN when an oracle answered NaN.
    """
    for _ in range(limit):
        J = problem.constraint_jacobian(x)
        z = shifted_multipliers(problem.constraint(x), y, rho, equalities)
        g = problem.gradient(x) + J.T @ z
        if np.sqrt(np.sum(g * g)) <= accuracy:
            break
        active = np.ones(z.size)
        active[equalities:] = np.where(z[equalities:] > 0.0, 1.0, 0.0)
        H = problem.lagrangian_hessian(x, z) + rho * (J.T * active) @ J
        if not np.isfinite(np.sum(H) + np.sum(g)):
            return np.nan * x
        p = descent(H, g)
        before, slope, t = augmented_value(problem, x, y, rho, equalities), np.sum(g * p), 1.0
        noise = 1e-15 * (1.0 + abs(before))
        while t > 1e-12 and not (
            augmented_value(problem, x + t * p, y, rho, equalities)
            <= before + 1e-4 * t * slope + noise
        ):
            t = 0.5 * t
        if t <= 1e-12:
            break
        x = x + t * p
    return x


def resolve_equalities(method: Any, problem: Any) -> Any:
    """Return the method with `equalities`, and `affine` where it has it, read off the problem.

    Raises
    ------
    ValueError
        If the problem does not say how many of its constraints are equalities.
    """
    if method.equalities is None:
        count = getattr(problem, "equalities", None)
        if count is None:
            raise ValueError(
                f"{type(method).__name__} needs equalities, the number of constraints that are "
                "equalities: problem.equalities is unknown. Pass equalities=..."
            )
        method = method._replace(equalities=int(count))
    if "affine" in method._fields and method.affine is None:
        method = method._replace(affine=bool(getattr(problem, "affine", False)))
    return method
