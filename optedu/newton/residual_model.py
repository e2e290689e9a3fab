"""What methods for nonlinear least squares ask of their problem."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.oracles import Counted


def require_least_squares(method: Any, problem: Any) -> None:
    """Refuse a problem whose value is not ||r||^2 / 2.

    Raises
    ------
    ValueError
        In one sentence.
    """
    name = type(method).__name__
    problem = problem.problem if isinstance(problem, Counted) else problem
    if getattr(problem, "l2", 0.0):
        raise ValueError(f"{name} needs f = ||r||^2 / 2: set l2 = 0, or append sqrt(l2) x to r")
    shape = getattr(problem, "shape", None)
    x = getattr(problem, "start", None)
    if x is None and shape is not None:
        x = np.zeros(shape)
    if x is None or not hasattr(problem, "value"):
        return
    half = 0.5 * float(np.sum(problem.residual(x) ** 2))
    close = 1e-8 if x.dtype == np.float64 else 1e-4
    if not np.isclose(problem.value(x), half, rtol=close, equal_nan=True):
        raise ValueError(
            f"{name} needs f = ||r||^2 / 2, and {type(problem).__name__} is {problem.value(x):g} "
            f"at its start where that is {half:g}; for other losses use DampedNewton"
        )
