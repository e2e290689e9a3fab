"""What methods for transport take from their problem when it is not given."""

from __future__ import annotations

from typing import Any

from optedu.parameters import constant


def from_the_dual(method: Any, problem: Any) -> Any:
    """Return the method with the problem's regularization, and its marginals where it has a field.

    Raises
    ------
    ValueError
        If they are neither given nor known.
    """
    if method.regularization is None:
        t = constant(method, problem, "regularization", "regularization")
        method = method._replace(regularization=t)
    return with_marginals(method, problem)


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
