"""What the stochastic Frank-Wolfe methods share: the averaged gradient and the step."""

from __future__ import annotations

from typing import Any

from optedu.parameters import constant, require_positive
from optedu.protocol import portable


def require_components(method: Any) -> None:
    """Refuse a number of components below one, and weights that are not positive."""
    require_positive(method, "components", "averaging")


def take_components(method: Any, problem: Any) -> Any:
    """Return the method with the number of components taken from the problem if not given."""
    if method.components is not None:
        return method
    return method._replace(components=int(constant(method, problem, "components", "components")))


@portable
def averaged_step(problem, x, d, g, k, rho):
    """Return (x+, d+): the average d+ = (1 - rho) d + rho g, and a step 2/(k + 8) along it."""
    d = (1.0 - rho) * d + rho * g
    t = 2.0 / (k + 8)
    return (1.0 - t) * x + t * problem.linear_minimizer(d), d
