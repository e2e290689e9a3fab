"""A two-layer ReLU network with weight decay, as it is usually trained: not convex."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.checks import require_nonnegative_data, require_rows
from optedu.problems.convex_relu import fit_loss, fit_slope
from optedu.protocol import problem


@problem
class TwoLayerReLU(NamedTuple):
    """Minimize loss(sum_j max(X u_j, 0) a_j) + (beta / 2) sum_j (||u_j||^2 + a_j^2).

    The iterate x (h, d + 1) holds a row for each unit, u_j and then a_j. The loss is
    ||z - y||^2 / 2, or with ``logistic`` sum_k log(1 + exp(-y_k z_k)), as in `ConvexReLU`, whose
    minimum is this one's where h is large enough. ``gradient`` takes 0 for the slope of max(z, 0)
    at z = 0.

    Parameters
    ----------
    X : numpy.ndarray, shape (n, d)
        Data, one row per observation; a column of ones gives the units a bias.
    y : numpy.ndarray, shape (n,)
        Targets; with ``logistic`` labels, each -1 or +1.
    units : int
        The width h, at least 1.
    beta : float
        Weight of the squares, 0 or more.
    logistic : bool
        Which loss.
    seed : int
        For ``start``.

    Raises
    ------
    ValueError
        If shapes do not fit, a label is another, the width is not positive or beta is negative.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> problem = oe.problems.TwoLayerReLU([[1.0], [-1.0]], [1.0, 2.0], units=2, beta=0.0)
    >>> float(problem.value(np.array([[1.0, 1.0], [-1.0, 2.0]])))
    0.0
    """

    X: np.ndarray
    y: np.ndarray
    units: int = 10
    beta: float = 0.1
    logistic: bool = False
    seed: int = 0

    convex = False

    def check(self):
        """Refuse data of the wrong shape, other labels, no units and a negative weight."""
        require_rows(self, "X", "y")
        require_nonnegative_data(self, "beta")
        if self.units < 1:
            raise ValueError(f"TwoLayerReLU: units must be at least 1, got {self.units}")
        if self.logistic and not np.isin(self.y, (-1.0, 1.0)).all():
            wrong = np.flatnonzero(np.abs(self.y) != 1)[0]
            raise ValueError(
                f"TwoLayerReLU: with the logistic loss y must hold -1 and +1, got {self.y[wrong]} "
                f"at index {wrong}; labels 0 and 1 become 2 * y - 1"
            )

    def outputs(self, x):
        """Return what the network says of each row, shape (n,)."""
        d = self.X.shape[1]
        return np.maximum(self.X @ np.ascontiguousarray(x[:, :d].T), 0.0) @ x[:, d].copy()

    def value(self, x):
        loss = fit_loss(self.outputs(x), self.y, self.logistic)
        return loss + 0.5 * self.beta * np.sum(x * x)

    def gradient(self, x):
        d = self.X.shape[1]
        heights = self.X @ np.ascontiguousarray(x[:, :d].T)
        H, a = np.maximum(heights, 0.0), x[:, d].copy()
        slope = fit_slope(H @ a, self.y, self.logistic)
        back = slope.reshape((-1, 1)) * np.where(heights > 0.0, a, 0.0)
        hidden = np.ascontiguousarray(back.T) @ self.X
        output = (np.ascontiguousarray(H.T) @ slope).reshape((-1, 1))
        return np.concatenate((hidden, output), axis=1) + self.beta * x

    @property
    def shape(self):
        """Shape (h, d + 1) of x."""
        return (self.units, self.X.shape[1] + 1)

    @property
    def start(self):
        """Normal weights, u_j of variance 2 / d and a_j of variance 1 / h, as is the custom."""
        rng = np.random.default_rng(self.seed)
        h, d = self.units, self.X.shape[1]
        hidden = np.sqrt(2 / d) * rng.standard_normal((h, d))
        return np.concatenate((hidden, np.sqrt(1 / h) * rng.standard_normal((h, 1))), axis=1)
