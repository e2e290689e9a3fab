"""What the cyclic methods share: gradients of a block, constants of the blocks."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.parameters import constant
from optedu.protocol import portable


@portable
def block_gradient(problem, start, stop, x):
    """Return the partial derivatives at x with respect to the coordinates start, ..., stop - 1."""
    g = np.empty(stop - start)
    for j in range(start, stop):
        g[j - start] = problem.coordinate_gradient(j, x)
    return g


def require_size(method: Any, name: str) -> None:
    """Refuse a number that is to count something and is below 1.

    Raises
    ------
    ValueError
        Naming the method, the argument and what was received.
    """
    value = getattr(method, name)
    if value is not None and value < 1:
        raise ValueError(f"{type(method).__name__}: {name} must be at least 1, got {value}")


def with_curvatures(method: Any, problem: Any) -> Any:
    """Return the method with L of f, and gamma of g, where they were not given.

    Raises
    ------
    ValueError
        If L is unknown.
    """
    L, gamma = method.smoothness, method.strong_convexity
    if L is None:
        L = constant(method, problem, "smoothness", "smoothness")
    if gamma is None:
        regularizer = getattr(problem, "regularizer", None)
        gamma = float(getattr(regularizer, "strong_convexity", None) or 0.0)
    return method._replace(smoothness=L, strong_convexity=gamma)


def block_constants(problem: Any, size: int, block_size: int) -> np.ndarray | None:
    """Return a Lipschitz constant for the gradient of each block of consecutive coordinates.

    The largest eigenvalue of the block of ``hessian_bound``, where the problem has one; else the
    sum of the ``coordinate_smoothness`` of its coordinates, which is never too small.

    Parameters
    ----------
    problem : problem
    size : int
        Number of coordinates.
    block_size : int
        Coordinates in a block; the last block may have fewer.
    """
    bound = getattr(problem, "hessian_bound", None)
    L = getattr(problem, "coordinate_smoothness", None)
    starts = range(0, size, block_size)
    if bound is not None:
        parts = [bound[s : s + block_size, s : s + block_size] for s in starts]
        found = np.array([np.linalg.eigvalsh(part)[-1] for part in parts])
    elif L is not None:
        found = np.array([np.sum(L[s : s + block_size]) for s in starts])
    else:
        return None
    return np.where(found > 0.0, found, 1.0)  # where f is flat any length of step will do


def with_block_constants(method: Any, problem: Any) -> Any:
    """Return the method with a constant for each block.

    Raises
    ------
    ValueError
        If they are unknown, or their number does not fit.
    """
    owner, size = type(method).__name__, int(np.prod(problem.shape))
    count = -(-size // method.block_size)
    given = method.block_smoothness
    if given is None:
        given = block_constants(problem, size, method.block_size)
    if given is None:
        raise ValueError(
            f"{owner} needs a constant for each block: problem.coordinate_smoothness is unknown. "
            "Pass block_smoothness=..."
        )
    if given.size not in (1, count):
        raise ValueError(
            f"{owner}: block_smoothness must have one entry, or one for each of the {count} "
            f"blocks, got {given.size}"
        )
    return method._replace(block_smoothness=np.broadcast_to(given.ravel(), (count,)).copy())
