"""The potential of an entropic plan, off the points that it was computed for."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.checks import require_positive_data, require_rows
from optedu.protocol import portable, problem


@portable
def attraction(x, y, potentials, t):
    """Return the shares with which the targets y attract x, and the potential's value."""
    gap = y - x
    Z = (potentials - 0.5 * np.sum(gap * gap, axis=1)) / t
    top = np.max(Z)
    e = np.exp(Z - top)
    total = np.sum(e)
    return e / total, -t * (top + np.log(total))


@problem
class EntropicPotential(NamedTuple):
    """The potential f(x) = -t log sum_j exp((g_j - ||x - y_j||^2 / 2) / t) of an entropic plan.

    g are the potentials of the targets in `EntropicTransport` with the cost ||x - y||^2 / 2. One
    gradient step of length 1 goes to x - grad f(x) = sum_j p_j(x) y_j, the mean of the targets
    under the plan, for any x, also one that was not among the sources; a step of length s < 1 goes
    that part of the way. f never curves upwards by more than 1: ||x||^2 / 2 - f(x) is convex.

    Parameters
    ----------
    y : numpy.ndarray, shape (m, d)
        The targets.
    potentials : numpy.ndarray, shape (m,)
        g.
    regularization : float
        t, positive.

    Raises
    ------
    ValueError
        If y is no matrix, there is not one potential per target, or t is not positive.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> problem = oe.problems.EntropicPotential([[-1.0], [1.0]], [0.0, 0.0], 0.5)
    >>> x = np.array([0.5])
    >>> (x - problem.gradient(x)).round(6)
    array([0.761594])
    """

    y: np.ndarray
    potentials: np.ndarray
    regularization: float

    convex = False

    def check(self):
        """Refuse targets and potentials that do not fit, and a wrong regularization."""
        require_rows(self, "y", "potentials")
        require_positive_data(self, "regularization")

    def value(self, x):
        return attraction(x, self.y, self.potentials, self.regularization)[1]

    def gradient(self, x):
        return x - attraction(x, self.y, self.potentials, self.regularization)[0] @ self.y

    def hessian(self, x):
        p = attraction(x, self.y, self.potentials, self.regularization)[0]
        spread = self.y - p @ self.y
        return np.eye(x.size) - (spread.T * p) @ spread / self.regularization

    def transport(self, points):
        """Return where the plan sends new points, shape (n, d)."""
        return np.array([x - self.gradient(x) for x in points])

    @property
    def shape(self):
        """Shape (d,) of a point."""
        return (self.y.shape[1],)
