"""Problems made of two: a smooth part with a regularizer, or over a set."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from optedu.oracles import value_and_gradient
from optedu.problems.checks import require_differentiable, require_oracles
from optedu.protocol import problem

FORWARDED = (
    "hessian",
    "hessian_product",
    "component_value",
    "component_gradient",
    "coordinate_gradient",
    "coordinate_prox",
    "linear_minimizer",
)


@problem
class Composite(NamedTuple):
    """Minimize f(x) + g(x), f smooth and g with a prox.

    ``value`` is that of the sum; ``gradient``, the Hessian and the components are those of f.
    An oracle that f lacks is lacking here too. ``coordinate_prox`` is that of a separable g.

    Parameters
    ----------
    smooth : problem
        f, with ``value`` and ``gradient``.
    regularizer : problem
        g, with ``value`` and ``prox``; a set enters as ``Indicator(set)``.
    solution : numpy.ndarray, optional
        A minimizer of the sum, where it is known.

    Raises
    ------
    TypeError
        If a part lacks an oracle, or f has subgradients only.

    Examples
    --------
    >>> import optedu as oe
    >>> smooth = oe.problems.LeastSquares([[1.0, 0.0], [0.0, 1.0]], [3.0, 0.5])
    >>> problem = oe.problems.Composite(smooth, oe.problems.L1(1.0))
    >>> problem.prox(problem.start - problem.gradient(problem.start), 1.0)
    array([2., 0.])
    """

    smooth: Any
    regularizer: Any
    solution: np.ndarray | None = None

    def check(self):
        """Refuse parts that lack an oracle."""
        require_oracles(self, "smooth", "value", "gradient")
        require_differentiable(self, "smooth")
        require_oracles(self, "regularizer", "value", "prox")

    def __getattribute__(self, name):
        if name in FORWARDED:
            part = self[1] if name == "coordinate_prox" else self[0]
            if not hasattr(part, name):
                raise AttributeError(f"{type(part).__name__} has no {name}")
        return tuple.__getattribute__(self, name)

    def value(self, x):
        return self.smooth.value(x) + self.regularizer.value(x)

    def gradient(self, x):
        return self.smooth.gradient(x)

    def hessian(self, x):
        return self.smooth.hessian(x)

    def hessian_product(self, x, v):
        return self.smooth.hessian_product(x, v)

    def component_value(self, i, x):
        return self.smooth.component_value(i, x) + self.regularizer.value(x)

    def component_gradient(self, i, x):
        return self.smooth.component_gradient(i, x)

    def coordinate_gradient(self, i, x):
        return self.smooth.coordinate_gradient(i, x)

    def coordinate_prox(self, i, x, t):
        return self.regularizer.coordinate_prox(i, x, t)

    def prox(self, x, t):
        return self.regularizer.prox(x, t)

    @property
    def shape(self):
        """Shape of an iterate, that of f."""
        return getattr(self.smooth, "shape", None)

    @property
    def start(self):
        """The usual start of f."""
        return getattr(self.smooth, "start", None)

    @property
    def convex(self):
        """Whether both parts are."""
        return getattr(self.smooth, "convex", True) and getattr(self.regularizer, "convex", True)

    @property
    def smoothness(self):
        """L of f."""
        return getattr(self.smooth, "smoothness", None)

    @property
    def coordinate_smoothness(self):
        """L_i of f, None where unknown."""
        return getattr(self.smooth, "coordinate_smoothness", None)

    @property
    def hessian_bound(self):
        """A matrix that no Hessian of f exceeds, None where unknown."""
        return getattr(self.smooth, "hessian_bound", None)

    @property
    def strong_convexity(self):
        """The sum of both strong convexities, None where that of f is unknown."""
        mu = getattr(self.smooth, "strong_convexity", None)
        return None if mu is None else mu + (getattr(self.regularizer, "strong_convexity", 0) or 0)

    @property
    def components(self):
        """Number of components of f."""
        return getattr(self.smooth, "components", None)

    @property
    def minimizer(self):
        """The solution that was given, else None."""
        return self.solution

    @property
    def minimum(self):
        """The value at the solution that was given, else None."""
        return None if self.solution is None else float(self.value(self.solution))


@problem
class Constrained(NamedTuple):
    """Minimize f(x) over a convex set, f differentiable.

    ``value``, ``gradient``, the Hessian and the components are those of f, ``project`` and
    ``linear_minimizer`` those of the set. An oracle that the part lacks is lacking here too.

    Parameters
    ----------
    objective : problem
        f, with ``value`` and ``gradient``.
    feasible : problem
        The set, with ``project``.
    solution : numpy.ndarray, optional
        A minimizer over the set, where it is known.

    Raises
    ------
    TypeError
        If a part lacks an oracle, or f has subgradients only (see `NonsmoothConstrained`).

    Examples
    --------
    >>> import optedu as oe
    >>> objective = oe.problems.Quadratic([[1.0, 0.0], [0.0, 1.0]], [3.0, 0.0])
    >>> problem = oe.problems.Constrained(objective, oe.problems.L2Ball(center=[0.0, 0.0]))
    >>> problem.project(objective.minimizer)
    array([1., 0.])
    """

    objective: Any
    feasible: Any
    solution: np.ndarray | None = None

    def check(self):
        """Refuse parts that lack an oracle."""
        require_oracles(self, "objective", "value", "gradient")
        require_oracles(self, "feasible", "project")
        require_differentiable(self, "objective")

    def __getattribute__(self, name):
        if name in FORWARDED:
            part = self[1] if name in ("linear_minimizer", "coordinate_prox") else self[0]
            if not hasattr(part, name):
                raise AttributeError(f"{type(part).__name__} has no {name}")
        return tuple.__getattribute__(self, name)

    def value(self, x):
        return self.objective.value(x)

    def gradient(self, x):
        return self.objective.gradient(x)

    def value_and_gradient(self, x):
        return value_and_gradient(self.objective, x)

    def hessian(self, x):
        return self.objective.hessian(x)

    def hessian_product(self, x, v):
        return self.objective.hessian_product(x, v)

    def component_value(self, i, x):
        return self.objective.component_value(i, x)

    def component_gradient(self, i, x):
        return self.objective.component_gradient(i, x)

    def coordinate_gradient(self, i, x):
        return self.objective.coordinate_gradient(i, x)

    def coordinate_prox(self, i, x, t):
        return self.feasible.coordinate_prox(i, x, t)

    def project(self, x):
        return self.feasible.project(x)

    def linear_minimizer(self, g):
        return self.feasible.linear_minimizer(g)

    @property
    def shape(self):
        """Shape of an iterate, that of f."""
        return getattr(self.objective, "shape", None)

    @property
    def start(self):
        """The usual start of f, projected onto the set."""
        start = getattr(self.objective, "start", None)
        return None if start is None else self.feasible.project(start)

    @property
    def convex(self):
        """Whether f and the set are."""
        return getattr(self.objective, "convex", True) and getattr(self.feasible, "convex", True)

    @property
    def smoothness(self):
        """L of f."""
        return getattr(self.objective, "smoothness", None)

    @property
    def coordinate_smoothness(self):
        """L_i of f, None where unknown."""
        return getattr(self.objective, "coordinate_smoothness", None)

    @property
    def hessian_bound(self):
        """A matrix that no Hessian of f exceeds, None where unknown."""
        return getattr(self.objective, "hessian_bound", None)

    @property
    def strong_convexity(self):
        """The strong convexity of f."""
        return getattr(self.objective, "strong_convexity", None)

    @property
    def diameter(self):
        """The diameter of the set."""
        return getattr(self.feasible, "diameter", None)

    @property
    def components(self):
        """Number of components of f."""
        return getattr(self.objective, "components", None)

    @property
    def minimizer(self):
        """The solution that was given, else None."""
        return self.solution

    @property
    def minimum(self):
        """The value at the solution that was given, else None."""
        return None if self.solution is None else float(self.value(self.solution))


@problem
class NonsmoothConstrained(NamedTuple):
    """Minimize f(x) over a convex set, where f has subgradients only.

    Parameters
    ----------
    objective : problem
        f, with ``value`` and ``gradient``, a subgradient.
    feasible : problem
        The set, with ``project``.
    solution : numpy.ndarray, optional
        A minimizer over the set, where it is known.

    Raises
    ------
    TypeError
        If a part lacks an oracle.

    Examples
    --------
    >>> import optedu as oe
    >>> objective = oe.problems.AbsoluteValue(center=[3.0, 0.0])
    >>> ball = oe.problems.L2Ball(center=[0.0, 0.0])
    >>> problem = oe.problems.NonsmoothConstrained(objective, ball, solution=[1.0, 0.0])
    >>> problem.minimum
    2.0
    """

    objective: Any
    feasible: Any
    solution: np.ndarray | None = None

    differentiable = False

    def check(self):
        """Refuse parts that lack an oracle."""
        require_oracles(self, "objective", "value", "gradient")
        require_oracles(self, "feasible", "project")

    def value(self, x):
        return self.objective.value(x)

    def gradient(self, x):
        return self.objective.gradient(x)

    def project(self, x):
        return self.feasible.project(x)

    @property
    def shape(self):
        """Shape of an iterate, that of f."""
        return getattr(self.objective, "shape", None)

    @property
    def start(self):
        """The usual start of f, projected onto the set."""
        start = getattr(self.objective, "start", None)
        return None if start is None else self.feasible.project(start)

    @property
    def lipschitz(self):
        """Lipschitz constant of f."""
        return getattr(self.objective, "lipschitz", None)

    @property
    def strong_convexity(self):
        """The strong convexity of f."""
        return getattr(self.objective, "strong_convexity", None)

    @property
    def diameter(self):
        """The diameter of the set."""
        return getattr(self.feasible, "diameter", None)

    @property
    def minimizer(self):
        """The solution that was given, else None."""
        return self.solution

    @property
    def minimum(self):
        """The value at the solution that was given, else None."""
        return None if self.solution is None else float(self.value(self.solution))
