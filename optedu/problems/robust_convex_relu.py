"""Two-layer ReLU networks that are trained against every attack of bounded size."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.activation_patterns import Patterns, sampled_patterns
from optedu.problems.class_transport import block_soft_threshold
from optedu.problems.convex_relu import require_patterns, row_norms
from optedu.problems.regularizers import soft_threshold
from optedu.protocol import portable, problem

ROUNDS = 100
"""Steps of the search for a slope, at most; about ten are taken."""


@portable
def worst_margins(S, A, radius):
    """Return <a, s> - sum_j radius_j |s_j|, row by row.

    It is the least y <a' , s> over all data a' with |a'_j - a_j| <= radius_j, for a row a that was
    multiplied with its label y.

    Parameters
    ----------
    S : numpy.ndarray, shape (n, d)
        Weights, a row for each observation.
    A : numpy.ndarray, shape (n, d)
        Data times labels.
    radius : numpy.ndarray, shape (d,)

    Returns
    -------
    numpy.ndarray, shape (n,)
    """
    return np.sum(A * S, axis=1) - np.abs(S) @ radius


@portable
def worst_hinge_prox(V, A, radius, t):
    """Return, row by row, the prox of t max(0, 1 - m) at V, m the worst margin.

    It is s = soft threshold(v + t c a, t c radius), c in [0, 1] minus the slope of the hinge at
    m(c), and m grows with c. So c is 0 if m(0) >= 1, it is 1 if m(1) <= 1, else m(c) = 1: a root
    of a piecewise linear function, found by Newton's method in a bracket.
    """
    n = V.shape[0]
    low, high, c = np.zeros(n), np.ones(n), np.zeros(n)
    S = V
    for k in range(ROUNDS):
        weight = (t * c).reshape((-1, 1))
        S = soft_threshold(V + weight * A, weight * radius)
        short = 1.0 - worst_margins(S, A, radius)
        low, high = np.where(short > 0.0, c, low), np.where(short < 0.0, c, high)
        moves = np.where(S != 0.0, A - radius * np.sign(S), 0.0)
        rate = t * np.sum(moves * moves, axis=1)
        newton = np.minimum(c + short / np.maximum(rate, 1e-300), 1.0)
        keep = (low <= newton) & (newton <= high) & (k % 3 < 2)
        c_new = np.where(keep, newton, 0.5 * (low + high))
        c_new = np.where(np.abs(short) <= 1e-14, c, c_new)
        if np.max(np.abs(c_new - c)) <= 1e-15:
            break
        c = c_new
    return S


def robust_patterns(X: np.ndarray, radius: np.ndarray, number: int, seed: int = 0) -> Patterns:
    """Return the patterns of Gaussian gates that no attack on the data can change.

    Only such a pattern has a unit in a `RobustConvexReLU` other than zero. Gates are drawn as by
    `sampled_patterns`, and those that have a row within reach of their hyperplane are dropped; in
    high dimension that may be all of them.

    Parameters
    ----------
    X : numpy.ndarray, shape (n, d)
    radius : numpy.ndarray, shape (d,)
        How far each feature may be moved.
    number : int
        Of gates drawn, at least 1.
    seed : int

    Returns
    -------
    Patterns

    Raises
    ------
    ValueError
        If no gate is left.
    """
    drawn = sampled_patterns(X, number, seed)
    reach = np.abs(drawn.gates) @ np.asarray(radius, dtype=float)
    safe = np.abs(X @ drawn.gates.T).min(axis=0) >= reach
    if not safe.any():
        raise ValueError(
            f"robust_patterns: none of the {len(reach)} patterns drawn withstands this attack; "
            "draw more, or take a smaller radius"
        )
    return Patterns(drawn.active[:, safe], drawn.gates[safe])


class NonNegativeNorms(NamedTuple):
    """beta times the sum of the rows' norms, on matrices without a negative entry."""

    beta: float

    def value(self, x):
        """Return the value, inf where an entry is negative."""
        return self.beta * np.sum(row_norms(x)) if (x >= 0.0).all() else np.inf


@problem
class RobustConvexReLU(NamedTuple):
    """Minimize the worst hinge loss under attack, over ReLU networks with given patterns.

    For weights v_i, w_i of the network sum_i max(X v_i, 0) - max(X w_i, 0) the program is

        min  sum_k max(0, 1 - y_k <x_k, s_k> + sum_j radius_j |s_kj|)
               + beta sum_i (||v_i|| + ||w_i||),   s_k = sum_i D_ik (v_i - w_i),
        s.t. (2 D_i - I) X v_i >= sum_j radius_j |v_ij|, and the same for w_i.

    The constraints say that no unit changes its state when a feature j of a row of X is moved by
    radius_j or less. So the network is linear around each row, its worst loss is what the first
    sum says, and the attack that does it is -y_k radius_j sign(s_kj). Without attack it is the
    program of `ConvexReLU`, with the hinge loss.

    The iterate x holds positive and negative parts, as in linear programs: x >= 0 of shape (2 P,
    2 d), `weights` x[:, :d] - x[:, d:] with rows v_i, then w_i. In the form f(x) + g(K x):
    ``prox`` is that of f(x) = beta sum_i ||x_i||, x >= 0. K x holds the n vectors s_k and then all
    differences (2 D_i - I) X v_i - sum_j radius_j |v_ij|; g is the worst loss of the former, and
    keeps the latter from being negative. Of the two parts of an entry one is 0 at a minimum, since
    both enter |v_ij| and the norm: so nothing is lost.

    Parameters
    ----------
    X : numpy.ndarray, shape (n, d)
        Data, one row per observation; a column of ones gives the units a bias.
    y : numpy.ndarray, shape (n,)
        Labels, each -1 or +1.
    patterns : numpy.ndarray, shape (n, P)
        Zeros and ones, from `sampled_patterns` or `all_patterns`.
    radius : numpy.ndarray, shape (d,)
        How far an attack may move each feature, 0 or more; 0 for a column of ones.
    beta : float
        Weight of the norms, 0 or more.

    Raises
    ------
    ValueError
        If shapes do not fit, a pattern is none, a label is another, or a radius or beta is
        negative.

    References
    ----------
    bai2023, with one radius for all features; the split into parts is ours.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> from optedu.problems.activation_patterns import all_patterns
    >>> X, y = np.array([[1.0, 0.2], [0.3, -1.0]]), np.array([1.0, -1.0])
    >>> D = all_patterns(X).active
    >>> problem = oe.problems.RobustConvexReLU(X, y, D, [0.1, 0.1], 0.01)
    >>> problem.shape, float(problem.value(problem.start))
    ((6, 4), 2.0)
    """

    X: np.ndarray
    y: np.ndarray
    patterns: np.ndarray
    radius: np.ndarray
    beta: float = 0.1

    differentiable = False
    logistic = False

    def check(self):
        """Refuse data and patterns that do not fit, other labels and negative radii."""
        require_patterns(self)
        if not np.isin(self.y, (-1.0, 1.0)).all():
            wrong = np.flatnonzero(np.abs(self.y) != 1)[0]
            raise ValueError(
                f"RobustConvexReLU: y must hold -1 and +1, got {self.y[wrong]} at index {wrong}; "
                "labels 0 and 1 become 2 * y - 1"
            )
        if self.radius.shape != self.X.shape[1:] or (self.radius < 0).any():
            raise ValueError(
                "RobustConvexReLU: radius must hold one number of 0 or more for each of the "
                f"{self.X.shape[1]} columns of X, got {self.radius}"
            )

    def weights(self, x):
        """Return the weights v_i and then w_i, shape (2 P, d)."""
        d = self.X.shape[1]
        return x[:, :d] - x[:, d:]

    def row_weights(self, x):
        """Return s_k, the weights of the linear function that the network is around row k."""
        P = self.patterns.shape[1]
        W = self.weights(x)
        return self.patterns @ (W[:P] - W[P:])

    def margins(self, x):
        """Return y_k times the output under the worst attack, shape (n,)."""
        return worst_margins(self.row_weights(x), self.labelled(), self.radius)

    def labelled(self):
        """Return the data times their labels."""
        return self.X * self.y.reshape((-1, 1))

    def value(self, x):
        loss = np.sum(np.maximum(1.0 - self.margins(x), 0.0))
        return loss + self.beta * np.sum(row_norms(x))

    def prox(self, x, t):
        return block_soft_threshold(np.maximum(x, 0.0), t * self.beta)

    def linear_map(self, x):
        d = self.X.shape[1]
        W = self.weights(x)
        sizes = (x[:, :d] + x[:, d:]) @ self.radius
        slacks = self.signs() * (self.X @ np.ascontiguousarray(W.T)) - sizes
        return np.concatenate((self.row_weights(x).ravel(), slacks.ravel()))

    def adjoint(self, y):
        n, d = self.X.shape
        S, Y = y[: n * d].reshape((n, d)), y[n * d :].reshape((n, -1))
        half = np.ascontiguousarray(self.patterns.T) @ S
        G = np.concatenate((half, -half)) + np.ascontiguousarray((self.signs() * Y).T) @ self.X
        sizes = np.sum(Y, axis=0).reshape((-1, 1)) * self.radius
        return np.concatenate((G - sizes, -G - sizes), axis=1)

    def dual_prox(self, y, t):
        n, d = self.X.shape
        V = y[: n * d].reshape((n, d))
        S = worst_hinge_prox(V / t, self.labelled(), self.radius, 1.0 / t)
        return np.concatenate(((V - t * S).ravel(), np.minimum(y[n * d :], 0.0)))

    def signs(self):
        """Return the entries of 2 D_i - I, for v_i and then w_i, shape (n, 2 P)."""
        S = 2.0 * self.patterns - 1.0
        return np.concatenate((S, S), axis=1)

    @property
    def regularizer(self):
        """The part f, to which ``prox`` belongs."""
        return NonNegativeNorms(self.beta)

    @property
    def shape(self):
        """Shape (2 P, 2 d) of x."""
        return (2 * self.patterns.shape[1], 2 * self.X.shape[1])

    @property
    def start(self):
        """Zeros."""
        return np.zeros(self.shape)

    @property
    def linear_norm(self):
        """A bound on ||K||: of its two parts one after the other."""
        largest = 0.0
        for column in self.patterns.T:
            rows = (2.0 * column[:, None] - 1.0) * self.X
            block = np.hstack([rows - self.radius, -rows - self.radius])
            largest = max(largest, float(np.linalg.norm(block, 2)))
        return float(np.hypot(largest, 2 * np.linalg.norm(self.patterns, 2)))
