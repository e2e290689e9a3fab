"""Two numbers with the best network between them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from optedu.convex_networks.networks import network_of
from optedu.problems.convex_relu import dual_bound, fit_slope


class Bracket(NamedTuple):
    """A lower bound and what was reached.

    Parameters
    ----------
    lower : float
        No point of the convex program has a lower value.
    upper : float
        The objective of the network that was found.
    """

    lower: float
    upper: float


def bracket(problem: Any, x: np.ndarray, y: np.ndarray) -> Bracket:
    """Return bounds from a point of a `ConvexReLU` and multipliers of its cones, both inexact.

    The upper one is the objective of the network of x, which needs no cone: a network is a
    network. The lower one is a dual value, at the slope of the loss at x and the multipliers, both
    scaled down until they are feasible. If the problem has all patterns, no network of any width
    has an objective below it, and upper - lower bounds the error. If it has only some, the lower
    one holds for networks with these patterns; those with others, and the network of an x that is
    not quite in its cones may be one, can be below.

    Parameters
    ----------
    problem : ConvexReLU
    x : numpy.ndarray, shape (2 P, d)
    y : numpy.ndarray, shape (2 P n,)
        Of ``ConvexNetworkADMM`` rho nu, of ``CondatVu`` and ``ConeAugmentedLagrangian`` y.

    Returns
    -------
    Bracket

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> from optedu.convex_networks.bracket import bracket
    >>> from optedu.problems.activation_patterns import all_patterns
    >>> X, y = np.array([[1.0, 1.0], [0.0, 1.0], [-1.0, 1.0]]), np.array([1.0, 0.0, 1.0])
    >>> problem = oe.problems.ConvexReLU(X, y, all_patterns(X).active, 0.1)
    >>> state = oe.run(oe.ConvexNetworkADMM(), problem, tol=1e-9, max_iter=5000).state
    >>> low, high = bracket(problem, state.x, state.rho * state.nu)
    >>> bool(-1e-12 < high - low < 1e-6)
    True
    """
    slope = fit_slope(problem.outputs(x), problem.y, problem.logistic)
    lower = dual_bound(problem, slope, y)
    return Bracket(float(lower), network_of(x).objective(problem))
