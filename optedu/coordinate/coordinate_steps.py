"""What the methods of this family share: constants of the coordinates, and a changed entry."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.protocol import portable


@portable
def with_entry(x, i, value):
    """Return a copy of x whose i-th entry, counted through all axes, is the value."""
    flat = x.copy().ravel()
    flat[i] = value
    return flat.reshape(x.shape)


@portable
def with_block(x, block, values):
    """Return a copy of the vector x whose entries at the indices `block` are the values."""
    moved = x.copy()
    moved[block] = values
    return moved


@portable
def proximal_coordinate_step(problem, x, i, L):
    """Return x after prox_i(x_i - g_i / L, 1 / L), g_i the partial derivative."""
    entry = x.ravel()[i] - problem.coordinate_gradient(i, x) / L
    moved = with_entry(x, i, entry)
    return with_entry(x, i, problem.coordinate_prox(i, moved, 1.0 / L))


@portable
def sample(weights, rng):
    """Return an index, drawn with a probability in proportion to its weight."""
    total = np.cumsum(weights)
    i = np.searchsorted(total, rng.random() * total[-1], side="right")
    return min(i, weights.size - 1)


def with_coordinate_smoothness(method: Any, problem: Any) -> Any:
    """Return the method with the problem's ``coordinate_smoothness`` where none was given.

    A coordinate on which f does not depend has L_i = 0; its gradient is 0, and any positive
    number may stand for L_i: it is 1.

    Raises
    ------
    ValueError
        If neither knows them.
    """
    if method.coordinate_smoothness is not None:
        return method
    L = getattr(problem, "coordinate_smoothness", None)
    if L is None:
        raise ValueError(
            f"{type(method).__name__} needs a constant for each coordinate: "
            "problem.coordinate_smoothness is unknown. Pass coordinate_smoothness=[...]"
        )
    L = np.asarray(L, dtype=float)
    return method._replace(coordinate_smoothness=np.where(L > 0.0, L, 1.0))


def with_hessian_bound(method: Any, problem: Any) -> Any:
    """Return the method with the problem's ``hessian_bound`` where none was given.

    Raises
    ------
    ValueError
        If neither knows it.
    """
    if method.hessian_bound is not None:
        return method
    H = getattr(problem, "hessian_bound", None)
    if H is None:
        raise ValueError(
            f"{type(method).__name__} needs a matrix that no Hessian exceeds: "
            "problem.hessian_bound is unknown. Pass hessian_bound=[[...]]"
        )
    return method._replace(hessian_bound=H)


def require_positive_entries(method: Any, name: str) -> None:
    """Refuse an array of constants that are not all positive.

    Raises
    ------
    ValueError
        Naming the method, the argument and the first wrong entry.
    """
    values = getattr(method, name)
    if values is not None and not (values > 0).all():
        i = int(np.flatnonzero(values.ravel() <= 0)[0])
        raise ValueError(
            f"{type(method).__name__}: {name} must be positive, got {values.ravel()[i]} at index "
            f"{i}"
        )
