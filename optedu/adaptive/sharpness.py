"""How curved f is along a step, and gradients whose largest entries are cut."""

from __future__ import annotations

from typing import Any

import numpy as np


def directional_sharpness(problem: Any, x: np.ndarray, v: np.ndarray) -> float:
    """Return <v, H v> / ||v||^2, H the Hessian at x: the curvature of f along v.

    Parameters
    ----------
    problem : problem
        With the oracle hessian_product.
    x, v : numpy.ndarray
        A point and a direction, which must not be 0.

    References
    ----------
    pan2023.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> from optedu.adaptive.sharpness import directional_sharpness
    >>> f = oe.problems.Quadratic([[3.0, 0.0], [0.0, 1.0]], [0.0, 0.0])
    >>> directional_sharpness(f, np.zeros(2), np.array([1.0, 1.0]))
    2.0
    """
    return float(np.sum(v * problem.hessian_product(x, v)) / np.sum(v * v))


def clip_coordinates(g: np.ndarray, fraction: float) -> np.ndarray:
    """Return g with the given fraction of its entries, the largest, cut to the next smaller size.

    Parameters
    ----------
    g : numpy.ndarray
        A gradient, of any shape.
    fraction : float
        In [0, 1); the number of entries that are cut is rounded down.

    Raises
    ------
    ValueError
        If the fraction is none.

    References
    ----------
    pan2023.

    Examples
    --------
    >>> import numpy as np
    >>> from optedu.adaptive.sharpness import clip_coordinates
    >>> clip_coordinates(np.array([1.0, -90.0, 2.0, 3.0]), 0.25)
    array([ 1., -3.,  2.,  3.])
    """
    if not 0 <= fraction < 1:
        raise ValueError(f"clip_coordinates: fraction must be in [0, 1), got {fraction}")
    sizes = np.sort(np.abs(g), axis=None)
    largest = sizes[g.size - 1 - int(fraction * g.size)]
    return np.clip(g, -largest, largest)


def largest_decrease(problem: Any, x: np.ndarray, v: np.ndarray) -> float:
    """Return <g, v>^2 / (2 <v, H v>): what the best step along -v gains on the quadratic model.

    Parameters
    ----------
    problem : problem
        With the oracles gradient and hessian_product.
    x, v : numpy.ndarray
        A point and a direction along which the curvature is positive.

    References
    ----------
    pan2023.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> from optedu.adaptive.sharpness import largest_decrease
    >>> f = oe.problems.Quadratic([[3.0, 0.0], [0.0, 1.0]], [0.0, 0.0])
    >>> largest_decrease(f, np.array([1.0, 3.0]), np.array([1.0, 3.0]))
    6.0
    """
    slope = np.sum(v * problem.gradient(x))
    return float(slope**2 / (2.0 * np.sum(v * problem.hessian_product(x, v))))
