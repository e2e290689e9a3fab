"""A function over a set that is measured by a mirror map, and functions that arrive in rounds."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from optedu.problems.checks import require_nonnegative_data, require_oracles
from optedu.protocol import problem

ROUNDS = ("component_value", "component_gradient")


@problem
class Mirrored(NamedTuple):
    """Minimize a convex f(x) over the set of a mirror map.

    ``value``, ``gradient`` (a subgradient, where f has no other) and the components are those of
    f; ``mirror_step``, ``linear_minimizer`` and, where it has one, ``project`` are those of the
    geometry. The certificate is the
    gap <grad f(x), x - s>, s the linear minimizer, which bounds f(x) - f* for every convex f.
    As rounds of a game the components f_0, f_1, ... are revealed one after the other; f is their
    mean, so that its minimizer is the best fixed point in hindsight.

    Parameters
    ----------
    objective : problem
        f, with ``value`` and ``gradient``.
    geometry : problem
        For example ``EntropyGeometry()``, with ``mirror_step`` and ``linear_minimizer``.
    solution : numpy.ndarray, optional
        A minimizer over the set, where it is known.
    dual_lipschitz : float, optional
        A bound on the gradients in the norm dual to that in which the mirror map is strongly
        convex (max_i |g_i| for the entropy).

    Raises
    ------
    TypeError
        If a part lacks an oracle.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> rounds = oe.problems.LinearRounds([[1.0, 0.0], [1.0, 0.5]])
    >>> problem = oe.problems.Mirrored(rounds, oe.problems.EntropyGeometry())
    >>> float(problem.duality_gap(np.array([0.5, 0.5])))
    0.375
    """

    objective: Any
    geometry: Any
    solution: np.ndarray | None = None
    dual_lipschitz: float | None = None

    def check(self):
        """Refuse parts that lack an oracle."""
        require_oracles(self, "objective", "value", "gradient")
        require_oracles(self, "geometry", "mirror_step", "linear_minimizer")

    def __getattribute__(self, name):
        if name in ROUNDS or name == "project":
            part = self[1] if name == "project" else self[0]
            if not hasattr(part, name):
                raise AttributeError(f"{type(part).__name__} has no {name}")
        return tuple.__getattribute__(self, name)

    def value(self, x):
        return self.objective.value(x)

    def gradient(self, x):
        return self.objective.gradient(x)

    def component_value(self, i, x):
        return self.objective.component_value(i, x)

    def component_gradient(self, i, x):
        return self.objective.component_gradient(i, x)

    def linear_minimizer(self, g):
        return self.geometry.linear_minimizer(g)

    def project(self, x):
        return self.geometry.project(x)

    def mirror_step(self, x, g, t):
        return self.geometry.mirror_step(x, g, t)

    def duality_gap(self, x):
        g = self.objective.gradient(x)
        return np.sum(g * (x - self.geometry.linear_minimizer(g)))

    def divergence(self, u, x):
        """Return D(u, x), the divergence of the mirror map."""
        return self.geometry.divergence(u, x)

    @property
    def shape(self):
        """Shape of an iterate, that of f."""
        return getattr(self.objective, "shape", None)

    @property
    def start(self):
        """The usual start of f, brought into the set."""
        start = getattr(self.objective, "start", None)
        return None if start is None else self.mirror_step(start, 0.0 * start, 1.0)

    @property
    def components(self):
        """Number of components of f."""
        return getattr(self.objective, "components", None)

    @property
    def smoothness(self):
        """L of f in the Euclidean norm."""
        return getattr(self.objective, "smoothness", None)

    @property
    def relative_smoothness(self):
        """Smoothness of f over the modulus of psi: f <= its linear model + this times D."""
        smoothness = getattr(self.objective, "smoothness", None)
        return None if smoothness is None else smoothness / self.geometry.modulus

    @property
    def minimizer(self):
        """The solution that was given, else None."""
        return self.solution

    @property
    def minimum(self):
        """The value at the solution that was given, else None."""
        return None if self.solution is None else float(self.value(self.solution))


@problem
class LinearRounds(NamedTuple):
    """Rounds with linear losses f_i(x) = <c_i, x>; f is their mean.

    On the simplex: c_i holds what each of d experts loses in round i, and x is how far we trust
    each of them.

    Parameters
    ----------
    costs : numpy.ndarray, shape (n, d)
        c_i in row i.

    Raises
    ------
    ValueError
        If the costs are no matrix.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> rounds = oe.problems.LinearRounds([[1.0, 0.0], [0.0, 3.0]])
    >>> rounds.component_gradient(1, np.array([0.5, 0.5]))
    array([0., 3.])
    """

    costs: np.ndarray

    def check(self):
        """Refuse costs that are no matrix."""
        _require_matrix(self, "costs")

    def value(self, x):
        return np.mean(self.costs @ x)

    def gradient(self, x):
        return np.sum(self.costs, axis=0) / self.costs.shape[0]

    def component_value(self, i, x):
        return self.costs[i] @ x

    def component_gradient(self, i, x):
        return self.costs[i].copy()

    @property
    def components(self):
        """Number n of rounds."""
        return len(self.costs)

    @property
    def shape(self):
        """Shape of an iterate."""
        return self.costs.shape[1:]

    @property
    def start(self):
        """The center of the simplex."""
        return np.full(self.shape, 1.0 / self.costs.shape[1])

    @property
    def smoothness(self):
        """0."""
        return 0.0

    @property
    def strong_convexity(self):
        """0."""
        return 0.0


@problem
class QuadraticRounds(NamedTuple):
    """Rounds with losses f_i(x) = curvature ||x||^2 / 2 - <c_i, x>; f is their mean.

    Parameters
    ----------
    targets : numpy.ndarray, shape (n, d)
        c_i in row i.
    curvature : float
        0 or more.

    Raises
    ------
    ValueError
        If the targets are no matrix, or the curvature is negative.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> oe.problems.QuadraticRounds([[1.0, 0.0], [0.0, 3.0]], 2.0).gradient(np.ones(2))
    array([1.5, 0.5])
    """

    targets: np.ndarray
    curvature: float = 1.0

    def check(self):
        """Refuse targets that are no matrix, and a negative curvature."""
        _require_matrix(self, "targets")
        require_nonnegative_data(self, "curvature")

    def value(self, x):
        return 0.5 * self.curvature * (x @ x) - np.mean(self.targets @ x)

    def gradient(self, x):
        return self.curvature * x - np.sum(self.targets, axis=0) / self.targets.shape[0]

    def component_value(self, i, x):
        return 0.5 * self.curvature * (x @ x) - self.targets[i] @ x

    def component_gradient(self, i, x):
        return self.curvature * x - self.targets[i]

    @property
    def components(self):
        """Number n of rounds."""
        return len(self.targets)

    @property
    def shape(self):
        """Shape of an iterate."""
        return self.targets.shape[1:]

    @property
    def start(self):
        """Zeros."""
        return np.zeros(self.shape)

    @property
    def smoothness(self):
        """The curvature."""
        return self.curvature

    @property
    def strong_convexity(self):
        """The curvature."""
        return self.curvature


@problem
class Portfolio(NamedTuple):
    """Rounds with losses f_i(x) = -log <r_i, x>: what a fortune, split as x says, grows by.

    exp(-f_i) is linear, so that f_i is exp-concave with constant 1. On the simplex the minimizer
    of the mean is the best constantly rebalanced portfolio.

    Parameters
    ----------
    returns : numpy.ndarray, shape (n, d)
        r_i in row i: price of each of d assets over its price the day before, positive.

    Raises
    ------
    ValueError
        If the returns are no matrix, or one is not positive.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> market = oe.problems.Portfolio([[1.0, 2.0], [1.0, 0.5]])
    >>> float(market.value(np.array([1.0, 0.0]))), float(market.value(np.array([0.5, 0.5]))) < 0
    (-0.0, True)
    """

    returns: np.ndarray

    def check(self):
        """Refuse returns that are no matrix, or not positive."""
        _require_matrix(self, "returns")
        if self.returns.min() <= 0:
            raise ValueError(f"Portfolio: returns must be positive, got {self.returns.min()}")

    def value(self, x):
        return -np.mean(np.log(np.maximum(self.returns @ x, 1e-12)))

    def gradient(self, x):
        weights = 1.0 / np.maximum(self.returns @ x, 1e-12)
        return -(self.returns.T @ weights) / self.returns.shape[0]

    def component_value(self, i, x):
        return -np.log(np.maximum(self.returns[i] @ x, 1e-12))

    def component_gradient(self, i, x):
        return -self.returns[i] / np.maximum(self.returns[i] @ x, 1e-12)

    @property
    def components(self):
        """Number n of rounds."""
        return len(self.returns)

    @property
    def shape(self):
        """Shape of an iterate."""
        return self.returns.shape[1:]

    @property
    def start(self):
        """The same in every asset."""
        return np.full(self.shape, 1.0 / self.returns.shape[1])


def _require_matrix(problem: Any, name: str) -> None:
    shape = getattr(problem, name).shape
    if len(shape) != 2:
        raise ValueError(
            f"{type(problem).__name__}: {name} must be a matrix (rounds, d), got shape {shape}"
        )
