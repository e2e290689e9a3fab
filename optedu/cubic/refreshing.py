"""What the methods with a lazy Hessian share: their defaults and the sentences about them."""

from __future__ import annotations

import math
from typing import Any

from optedu.parameters import constant, require_positive


def check_lazy(method: Any) -> None:
    """Refuse a negative constant, a scale that is not positive and a period below 1.

    Raises
    ------
    ValueError
        Naming the argument and what was received.
    """
    name = type(method).__name__
    L = getattr(method, "hessian_lipschitz", None)
    if L is not None and not L >= 0:
        raise ValueError(f"{name}: hessian_lipschitz must be at least 0, got {L}")
    m = getattr(method, "refresh_period", None)
    if m is not None and m < 1:
        raise ValueError(f"{name}: refresh_period must be at least 1, got {m}")
    require_positive(method, *({"scale", "first_regularization"} & set(method._fields)))


def resolve_lazy(method: Any, problem: Any) -> Any:
    """Take L from the problem, and the dimension as refresh period, where they are not given.

    Raises
    ------
    ValueError
        If the problem does not know them.
    """
    if "hessian_lipschitz" in method._fields and method.hessian_lipschitz is None:
        L = constant(method, problem, "hessian_lipschitz", "hessian_lipschitz")
        method = method._replace(hessian_lipschitz=L)
    if "refresh_period" in method._fields and method.refresh_period is None:
        shape = getattr(problem, "shape", None)
        if shape is None:
            raise ValueError(
                f"{type(method).__name__} needs refresh_period: problem.shape is unknown. "
                "Pass refresh_period=..., best about the dimension"
            )
        method = method._replace(refresh_period=max(1, math.prod(shape)))
    return method
