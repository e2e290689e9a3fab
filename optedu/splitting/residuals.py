"""Numbers that are zero exactly at a solution, computed without the method that found it."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.parameters import constant
from optedu.protocol import portable


@portable
def norm(v):
    """||v|| of an array in any shape."""
    return np.sqrt(np.sum(v * v))


@portable
def two_term_residual(problem, x, u):
    """Return max of ||x - prox_0(x + u, 1)|| and ||x - prox_1(x - u, 1)||.

    It is zero exactly when u is a subgradient of f_0 at x and -u one of f_1: then x minimizes the
    sum.
    """
    first = norm(x - problem.component_prox(0, x + u, 1.0))
    return max(first, norm(x - problem.component_prox(1, x - u, 1.0)))


@portable
def adjoint_like(problem, y, x):
    """Return K'y in the shape of x, where it may come back flat, as in a page."""
    return np.ascontiguousarray(problem.adjoint(y)).reshape(x.shape)


@portable
def saddle_residual(problem, x, y, g):
    """Norm of x - prox(x - g - K'y, 1) and y - dual_prox(y + K x, 1) together.

    It is zero exactly at the primal-dual solutions of min h(x) + f(x) + g(K x), g the gradient of
    h.
    """
    r = norm(x - problem.prox(x - g - adjoint_like(problem, y, x), 1.0))
    s = norm(y - problem.dual_prox(y + problem.linear_map(x), 1.0))
    return np.sqrt(r * r + s * s)


@portable
def largest_distance(problem, x, components):
    """Largest distance of x to one of the sets."""
    largest = 0.0
    for i in range(components):
        distance = norm(x - problem.component_project(i, x))
        if not distance <= largest:
            largest = distance
    return largest


@portable
def balanced(rho, primal, dual):
    """Residual balancing of boyd2011, Section 3.4.1: rho doubled, halved, or kept."""
    if primal > 10.0 * dual:
        return 2.0 * rho
    if dual > 10.0 * primal:
        return 0.5 * rho
    return rho


def resolve_components(method: Any, problem: Any) -> Any:
    """Return the method with the number of the problem's terms or sets.

    Raises
    ------
    ValueError
        If the problem does not know it.
    """
    if method.components is not None:
        return method
    return method._replace(components=int(constant(method, problem, "components", "components")))


def require_relaxation(method: Any, limit: float = 2.0) -> None:
    """Refuse an over-relaxation outside (0, limit].

    Raises
    ------
    ValueError
        Naming the method and what was received.
    """
    if not 0 < method.relaxation <= limit:
        raise ValueError(
            f"{type(method).__name__}: relaxation must be above 0 and at most {limit:g}, got "
            f"{method.relaxation}"
        )
