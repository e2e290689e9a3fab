"""A proven bound on what a method reaches after k steps."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np

Quantity = Literal["gap", "gradient_norm", "best_gradient_norm", "best_gap", "distance"]


class Guarantee(NamedTuple):
    """A proven upper bound after k steps.

    Parameters
    ----------
    quantity : str
        What is bounded: ``"gap"`` is f(x_k) - f*, ``"gradient_norm"`` is ||grad f(x_k)||,
        ``"distance"`` is ||x_k - x*||; ``"best_gap"`` and ``"best_gradient_norm"`` are the
        smallest value seen up to step k.
    bound : float or numpy.ndarray
        The bound at the asked k, in the quantity's own unit.
    source : str
        Theorem and key of the reference.
    """

    quantity: Quantity
    bound: Any
    source: str


def measure(trace: Any, quantity: Quantity) -> np.ndarray:
    """Return the quantity that a guarantee bounds, as measured along a trace.

    Raises
    ------
    ValueError
        If the problem does not know the minimum or minimizer that the quantity needs.
    """
    problem = trace.problem
    if quantity in ("gap", "best_gap"):
        if getattr(problem, "minimum", None) is None:
            raise ValueError(f"a {quantity} needs problem.minimum, which is unknown")
        gap = trace.values - problem.minimum
        return np.minimum.accumulate(gap) if quantity == "best_gap" else gap
    if quantity == "gradient_norm":
        return trace.gradient_norms
    if quantity == "best_gradient_norm":
        return np.minimum.accumulate(trace.gradient_norms)
    minimizer = getattr(problem, "minimizer", None)
    if minimizer is None:
        raise ValueError("a distance needs problem.minimizer, which is unknown")
    difference = (trace.iterates - minimizer).reshape(len(trace.iterates), -1)
    return np.linalg.norm(difference, axis=1)


def over_steps(total: Any, k: Any) -> Any:
    """Return total / k, and inf at k = 0, where such a bound says nothing yet."""
    k = np.asarray(k)
    return np.where(k > 0, total / np.maximum(k, 1), np.inf)[()]
