"""Problems over a set that is known by its linear minimizer, and products of sets."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from optedu.oracles import value_and_gradient
from optedu.problems.checks import require_differentiable, require_oracles
from optedu.protocol import problem

FROM_OBJECTIVE = ("hessian", "hessian_product", "component_value", "component_gradient")
FROM_SET = ("block_linear_minimizer",)


@problem
class ProjectionFree(NamedTuple):
    """Minimize f(x) over a convex set by its linear minimizer; there is no projection.

    So it is judged by the Frank-Wolfe gap, whoever runs. `Constrained` is the problem whose set
    has a projection, too. An oracle that a part lacks is lacking here.

    Parameters
    ----------
    objective : problem
        f, with ``value`` and ``gradient``.
    feasible : problem
        The set, with ``linear_minimizer``, and ``block_linear_minimizer`` if it is a product.
    solution : numpy.ndarray, optional
        A minimizer over the set, where it is known.

    Raises
    ------
    TypeError
        If a part lacks an oracle, or f has subgradients only.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> objective = oe.problems.Quadratic([[1.0, 0.0], [0.0, 1.0]], [3.0, 0.0])
    >>> problem = oe.problems.ProjectionFree(objective, oe.problems.Simplex())
    >>> problem.linear_minimizer(problem.gradient(np.zeros(2)))
    array([1., 0.])
    """

    objective: Any
    feasible: Any
    solution: np.ndarray | None = None

    def check(self):
        """Refuse parts that lack an oracle."""
        require_oracles(self, "objective", "value", "gradient")
        require_oracles(self, "feasible", "linear_minimizer")
        require_differentiable(self, "objective")

    def __getattribute__(self, name):
        if name in FROM_OBJECTIVE and not hasattr(self[0], name):
            raise AttributeError(f"{type(self[0]).__name__} has no {name}")
        if name in FROM_SET and not hasattr(self[1], name):
            raise AttributeError(f"{type(self[1]).__name__} has no {name}")
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

    def linear_minimizer(self, g):
        return self.feasible.linear_minimizer(g)

    def block_linear_minimizer(self, i, g):
        return self.feasible.block_linear_minimizer(i, g)

    @property
    def shape(self):
        """Shape of an iterate."""
        own = getattr(self.objective, "shape", None)
        return getattr(self.feasible, "shape", None) if own is None else own

    @property
    def start(self):
        """The vertex to which the gradient of f at its usual start points, None without one."""
        start = getattr(self.objective, "start", None)
        return None if start is None else self.linear_minimizer(self.gradient(start))

    @property
    def smoothness(self):
        """L of f."""
        return getattr(self.objective, "smoothness", None)

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
    def blocks(self):
        """Number of factors of the set, None where it is no product."""
        return getattr(self.feasible, "blocks", None)

    @property
    def minimizer(self):
        """The solution that was given, else None."""
        return self.solution

    @property
    def minimum(self):
        """The value at the solution that was given, else None."""
        return None if self.solution is None else float(self.value(self.solution))


@problem
class Power(NamedTuple):
    """A set of vectors, taken several times: C x C x ... x C, in one long vector.

    Parameters
    ----------
    factor : problem
        The set C of vectors, with ``linear_minimizer``, and ``project`` if it has one.
    blocks : int
        How many times; block i are the entries i size, ..., (i + 1) size - 1 of an iterate.

    Raises
    ------
    TypeError
        If C has no linear minimizer.
    ValueError
        If there is not at least one block.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> two = oe.problems.Power(oe.problems.Simplex(), blocks=2)
    >>> two.linear_minimizer(np.array([1.0, 0.0, -1.0, 2.0]))
    array([0., 1., 1., 0.])
    >>> two.block_linear_minimizer(0, np.array([1.0, 0.0, -1.0, 2.0]))
    array([0., 1., 0., 0.])
    """

    factor: Any
    blocks: int = 1

    def check(self):
        """Refuse a factor without linear minimizer, and no block at all."""
        require_oracles(self, "factor", "linear_minimizer")
        if self.blocks < 1:
            raise ValueError(f"Power: blocks must be at least 1, got {self.blocks}")

    def __getattribute__(self, name):
        if name == "project" and not hasattr(self[0], name):
            raise AttributeError(f"{type(self[0]).__name__} has no {name}")
        return tuple.__getattribute__(self, name)

    def project(self, x):
        parts = x.reshape(self.blocks, -1)
        nearest = np.zeros(parts.shape)
        for i in range(self.blocks):
            nearest[i] = self.factor.project(parts[i])
        return nearest.ravel()

    def linear_minimizer(self, g):
        parts = g.reshape(self.blocks, -1)
        vertex = np.zeros(parts.shape)
        for i in range(self.blocks):
            vertex[i] = self.factor.linear_minimizer(parts[i])
        return vertex.ravel()

    def block_linear_minimizer(self, i, g):
        parts = g.reshape(self.blocks, -1)
        vertex = np.zeros(parts.shape)
        vertex[i] = self.factor.linear_minimizer(parts[i])
        return vertex.ravel()

    @property
    def shape(self):
        """Shape of an iterate, None where that of the factor is not fixed."""
        one = getattr(self.factor, "shape", None)
        return None if one is None else (self.blocks * one[0],)

    @property
    def diameter(self):
        """sqrt(blocks) times the diameter of the factor, None where that is unknown."""
        one = getattr(self.factor, "diameter", None)
        return None if one is None else float(np.sqrt(self.blocks) * one)
