"""What methods for transport take from their problem when it is not given."""

from __future__ import annotations

from typing import Any

from optedu.parameters import constant


def with_constants(method: Any, problem: Any) -> Any:
    """Return the method with the problem's regularization and marginals.

    Raises
    ------
    ValueError
        If the problem lacks one, or has another regularization: its plans are made with its own.
    """
    t = constant(method, problem, "regularization", "regularization")
    if method.regularization is not None and method.regularization != t:
        raise ValueError(
            f"{type(method).__name__}: regularization {method.regularization} is not the "
            f"problem's, {t}, by which its plans are made. Make a problem with the other one"
        )
    return with_marginals(method._replace(regularization=t), problem)


def with_marginals(method: Any, problem: Any) -> Any:
    """Return the method with the problem's marginals.

    Raises
    ------
    ValueError
        If they are neither given nor known.
    """
    if method.marginals is not None:
        return method
    ab = getattr(problem, "marginals", None)
    if ab is None:
        raise ValueError(
            f"{type(method).__name__} needs marginals: problem.marginals is unknown. "
            "Pass marginals=(a, b) in one array"
        )
    return method._replace(marginals=ab)
