"""What methods share that scale a plan's rows and columns."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.parameters import constant
from optedu.protocol import portable

FAR = 100.0
"""Largest logarithm of a scaling before it is absorbed: e^100 is 1e43."""


def with_constants(method: Any, problem: Any) -> Any:
    """Return the method with the problem's regularization and marginals.

    Raises
    ------
    ValueError
        If the problem lacks one, or has another regularization: its plans are made with its own.
    """
    t = constant(method, problem, "regularization", "regularization")
    name = type(method).__name__
    if method.regularization is not None and method.regularization != t:
        raise ValueError(
            f"{name}: regularization {method.regularization} is not the problem's, {t}, by which "
            f"its plans are made. Make a problem with the other one"
        )
    marginals = method.marginals
    if marginals is None:
        marginals = getattr(problem, "marginals", None)
        if marginals is None:
            raise ValueError(f"{name} needs marginals: problem.marginals is unknown")
    return method._replace(regularization=t, marginals=marginals)


@portable
def scaling_round(K, rows, marginals):
    """Return the scalings (u, v) of a round, K v, and how far the row sums are off then.

    `rows` is K v of the round before, so that a round costs two products with K.
    """
    n = rows.size
    a, b = marginals[:n], marginals[n:]
    u = a / rows
    v = b / (u @ K)
    rows = K @ v
    error = u * rows - a
    return np.concatenate((u, v)), rows, np.sqrt(np.sum(error * error))


@portable
def sums_of(P):
    """Return the sums of the rows, and then those of the columns."""
    return np.concatenate((np.sum(P, axis=1), np.sum(P, axis=0)))


@portable
def length_of(errors):
    """||errors||."""
    return np.sqrt(np.sum(errors * errors))
