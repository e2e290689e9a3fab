"""Slopes from values: forward and central differences, along the axes and along a direction."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from optedu.parameters import constant
from optedu.protocol import portable


@portable
def forward_differences(problem, x, c):
    """Return (f(x + c e_j) - f(x)) / c for each coordinate j, in the shape of x."""
    base, g = problem.value(x), np.zeros(x.size)
    for j in range(x.size):
        moved = x.copy().ravel()
        moved[j] += c
        g[j] = (problem.value(moved.reshape(x.shape)) - base) / c
    return g.reshape(x.shape)


@portable
def central_differences(problem, x, c):
    """Return (f(x + c e_j) - f(x - c e_j)) / (2 c) for each coordinate j, in the shape of x."""
    g = np.zeros(x.size)
    for j in range(x.size):
        step = np.zeros(x.size)
        step[j] = c
        g[j] = slope_along(problem, x, step.reshape(x.shape)) / (2.0 * c)
    return g.reshape(x.shape)


@portable
def slope_along(problem, x, u):
    """Return f(x + u) - f(x - u), which is 2 <grad f(x), u> where f is quadratic."""
    return problem.value(x + u) - problem.value(x - u)


def step_along_random(method: Any, problem: Any, extra: int) -> Any:
    """Return the method with ``step_size = 1 / ((d + extra) L)`` where none is given.

    Parameters
    ----------
    method : method
        With a field ``step_size``.
    problem : problem
        Its ``smoothness`` is L, and ``shape`` tells d.
    extra : int
        2 for Gaussian directions, 0 for signs.

    Raises
    ------
    ValueError
        If the step size is not given, and the problem does not know its smoothness or its shape.
    """
    if method.step_size is not None:
        return method
    smoothness = constant(method, problem, "smoothness", "step_size")
    shape = getattr(problem, "shape", None)
    if shape is None or not smoothness > 0:
        reason = "problem.shape is unknown" if shape is None else f"problem.smoothness {smoothness}"
        raise ValueError(f"{type(method).__name__} needs step_size: {reason}. Pass step_size=...")
    return method._replace(step_size=1.0 / ((math.prod(shape) + extra) * smoothness))
