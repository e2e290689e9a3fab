"""Two-layer ReLU networks as convex programs: one linear model for each activation pattern."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from optedu.kernels.patterns import (
    cone_adjoint,
    cone_products,
    masked_adjoint,
    masked_kernel,
    masked_sum,
)
from optedu.problems.checks import require_nonnegative_data, require_rows
from optedu.problems.class_transport import block_soft_threshold
from optedu.protocol import portable, problem


@portable
def fit_loss(z, y, logistic):
    """Return ||z - y||^2 / 2, or sum_j log(1 + exp(-y_j z_j))."""
    if logistic:
        t = -y * z
        return np.sum(np.maximum(t, 0.0) + np.log1p(np.exp(-np.abs(t))))
    return 0.5 * np.sum((z - y) ** 2)


@portable
def fit_slope(z, y, logistic):
    """Return the gradient of `fit_loss` in z."""
    if logistic:
        e = np.exp(-np.abs(y * z))
        return -y * (np.where(y * z <= 0.0, 1.0, e) / (1.0 + e))
    return z - y


@portable
def fit_curvature(z, y, logistic):
    """Return the second derivatives of `fit_loss` in z."""
    if logistic:
        e = np.exp(-np.abs(z))
        return e / (1.0 + e) ** 2
    return np.ones(z.size)


@portable
def fit_conjugate(u, y, logistic):
    """Return the conjugate of `fit_loss` at u; u has no entry outside its domain."""
    if logistic:
        p = np.minimum(np.maximum(-y * u, 0.0), 1.0)
        safe, rest = np.where(p > 0.0, p, 1.0), np.where(p < 1.0, 1.0 - p, 1.0)
        return np.sum(p * np.log(safe) + (1.0 - p) * np.log(rest))
    return 0.5 * np.sum(u * u) + np.sum(u * y)


@portable
def masked_columns(X, D):
    """Return [D_1 X, ..., D_P X], shape (n, P d): large, for what needs the columns themselves."""
    n, P = D.shape
    return (D.reshape((n, P, 1)) * X.reshape((n, 1, X.shape[1]))).reshape((n, P * X.shape[1]))


@portable
def row_norms(x):
    """Return the norms of the rows."""
    return np.sqrt(np.sum(x * x, axis=1))


def require_patterns(problem: Any) -> None:
    """Refuse data of the wrong shape, patterns that do not fit, and labels of another kind.

    Raises
    ------
    ValueError
        Naming the problem and what was received.
    """
    owner = type(problem).__name__
    require_rows(problem, "X", "y")
    require_nonnegative_data(problem, "beta")
    D = problem.patterns
    if D.ndim != 2 or len(D) != len(problem.X) or D.shape[1] == 0:
        raise ValueError(
            f"{owner}: patterns must have one row per row of X and one column per pattern, got "
            f"shapes {D.shape} and {problem.X.shape}"
        )
    if not np.isin(D, (0.0, 1.0)).all():
        raise ValueError(
            f"{owner}: patterns must hold zeros and ones; pass sampled_patterns(X, ...)"
        )
    if problem.logistic and not np.isin(problem.y, (-1.0, 1.0)).all():
        wrong = np.flatnonzero(np.abs(problem.y) != 1)[0]
        raise ValueError(
            f"{owner}: with the logistic loss y must hold -1 and +1, got {problem.y[wrong]} at "
            f"index {wrong}; labels 0 and 1 become 2 * y - 1"
        )


@problem
class GatedReLU(NamedTuple):
    """Minimize loss(z) + beta sum_i ||x_i|| over x (P, d), z = sum_i D_i X x_i.

    A network with gated ReLU units, whose gates are fixed and whose weights are free: a group
    Lasso. D_i is the diagonal matrix of the i-th activation pattern. The loss is
    ||z - y||^2 / 2, or with ``logistic`` sum_j log(1 + exp(-y_j z_j)).

    Parameters
    ----------
    X : numpy.ndarray, shape (n, d)
        Data, one row per observation; a column of ones gives the units a bias.
    y : numpy.ndarray, shape (n,)
        Targets; with ``logistic`` labels, each -1 or +1.
    patterns : numpy.ndarray, shape (n, P)
        Zeros and ones, from `sampled_patterns` or `all_patterns`.
    beta : float
        Weight of the norms, 0 or more.
    logistic : bool
        Which loss.

    Raises
    ------
    ValueError
        If shapes do not fit, a pattern is none, a label is another, or beta is negative.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> from optedu.problems.activation_patterns import all_patterns
    >>> X, y = np.array([[1.0, 1.0], [0.0, 1.0], [-1.0, 1.0]]), np.array([1.0, 0.0, 1.0])
    >>> problem = oe.problems.GatedReLU(X, y, all_patterns(X).active, 0.1)
    >>> problem.shape, float(problem.value(np.zeros(problem.shape)))
    ((5, 2), 1.0)
    """

    X: np.ndarray
    y: np.ndarray
    patterns: np.ndarray
    beta: float = 0.1
    logistic: bool = False

    def check(self):
        """Refuse data and patterns that do not fit."""
        require_patterns(self)

    def outputs(self, x):
        """Return z, what the network says of each row, shape (n,)."""
        return masked_sum(self.X, self.patterns, x)

    def value(self, x):
        loss = fit_loss(self.outputs(x), self.y, self.logistic)
        return loss + self.beta * np.sum(row_norms(x))

    def gradient(self, x):
        slope = fit_slope(self.outputs(x), self.y, self.logistic)
        return masked_adjoint(self.X, self.patterns, slope)

    def hessian_product(self, x, v):
        curvature = fit_curvature(self.outputs(x), self.y, self.logistic)
        return masked_adjoint(self.X, self.patterns, curvature * self.outputs(v))

    def residual(self, x):
        return fit_slope(self.outputs(x), self.y, self.logistic)

    def output_curvature(self, x):
        return fit_curvature(self.outputs(x), self.y, self.logistic)

    def jacobian(self, x):
        return masked_columns(self.X, self.patterns)

    def prox(self, x, t):
        return block_soft_threshold(x, t * self.beta)

    def duality_gap(self, x):
        z = self.outputs(x)
        slope = fit_slope(z, self.y, self.logistic)
        largest = np.max(row_norms(masked_adjoint(self.X, self.patterns, slope)))
        scale = self.beta / largest if largest > self.beta else 1.0
        penalty = self.beta * np.sum(row_norms(x))
        conjugate = fit_conjugate(scale * slope, self.y, self.logistic)
        return fit_loss(z, self.y, self.logistic) + penalty + conjugate

    @property
    def shape(self):
        """Shape (P, d) of x."""
        return (self.patterns.shape[1], self.X.shape[1])

    @property
    def start(self):
        """Zeros."""
        return np.zeros(self.shape)

    @property
    def smoothness(self):
        """L of the loss: the largest eigenvalue of sum_i D_i X X'D_i, a quarter for `logistic`."""
        largest = np.linalg.eigvalsh(masked_kernel(self.X, self.patterns))[-1]
        return float(largest) / (4 if self.logistic else 1)


@problem
class ConvexReLU(NamedTuple):
    """Minimize loss(z) + beta sum_i ||x_i|| over x (2 P, d) with (2 D_i - I) X x_i >= 0.

    z = sum_i D_i X (v_i - w_i), v the first P rows of x and w the last. With all activation
    patterns its minimum is that of a two-layer ReLU network with weight decay,

        loss(sum_j max(X u_j, 0) a_j) + (beta / 2) sum_j (||u_j||^2 + a_j^2),

    if the network is wide enough; each row of x that is not 0 becomes a unit (see
    `optedu.convex_networks.networks`). With some of the patterns it is an upper bound. In the form
    h(x) + f(x) + g(K x): ``gradient`` is that of the loss h, ``prox`` that of the norms f, K x
    holds all (2 D_i - I) X x_i, and g keeps it from being negative.

    Parameters
    ----------
    X : numpy.ndarray, shape (n, d)
        Data, one row per observation; a column of ones gives the units a bias.
    y : numpy.ndarray, shape (n,)
        Targets; with ``logistic`` labels, each -1 or +1.
    patterns : numpy.ndarray, shape (n, P)
        Zeros and ones, from `sampled_patterns` or `all_patterns`.
    beta : float
        Weight of the norms, 0 or more.
    logistic : bool
        Which loss.

    Raises
    ------
    ValueError
        If shapes do not fit, a pattern is none, a label is another, or beta is negative.

    References
    ----------
    pilanci2020, Theorem 1 (the equivalence).

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> from optedu.problems.activation_patterns import all_patterns
    >>> X, y = np.array([[1.0, 1.0], [0.0, 1.0], [-1.0, 1.0]]), np.array([1.0, 0.0, 1.0])
    >>> problem = oe.problems.ConvexReLU(X, y, all_patterns(X).active, 0.1)
    >>> problem.shape, float(problem.value(np.zeros(problem.shape)))
    ((10, 2), 1.0)
    """

    X: np.ndarray
    y: np.ndarray
    patterns: np.ndarray
    beta: float = 0.1
    logistic: bool = False

    def check(self):
        """Refuse data and patterns that do not fit."""
        require_patterns(self)

    def outputs(self, x):
        """Return z, what the network says of each row, shape (n,)."""
        P = self.patterns.shape[1]
        return masked_sum(self.X, self.patterns, x[:P] - x[P:])

    def value(self, x):
        """Return loss and norms; whether x keeps to the cones is not looked at."""
        loss = fit_loss(self.outputs(x), self.y, self.logistic)
        return loss + self.beta * np.sum(row_norms(x))

    def gradient(self, x):
        slope = fit_slope(self.outputs(x), self.y, self.logistic)
        half = masked_adjoint(self.X, self.patterns, slope)
        return np.concatenate((half, -half))

    def hessian_product(self, x, v):
        curvature = fit_curvature(self.outputs(x), self.y, self.logistic)
        half = masked_adjoint(self.X, self.patterns, curvature * self.outputs(v))
        return np.concatenate((half, -half))

    def prox(self, x, t):
        return block_soft_threshold(x, t * self.beta)

    def linear_map(self, x):
        return cone_products(self.X, self.patterns, x).ravel()

    def adjoint(self, y):
        return cone_adjoint(self.X, self.patterns, y.reshape((self.X.shape[0], -1)))

    def dual_prox(self, y, t):
        return np.minimum(y, 0.0)

    def signs(self):
        """Return the entries of 2 D_i - I, for the rows of x one after the other, (n, 2 P)."""
        S = 2.0 * self.patterns - 1.0
        return np.concatenate((S, S), axis=1)

    @property
    def shape(self):
        """Shape (2 P, d) of x."""
        return (2 * self.patterns.shape[1], self.X.shape[1])

    @property
    def start(self):
        """Zeros."""
        return np.zeros(self.shape)

    @property
    def smoothness(self):
        """L of the loss: that of the gated network, twice."""
        largest = np.linalg.eigvalsh(masked_kernel(self.X, self.patterns))[-1]
        return 2 * float(largest) / (4 if self.logistic else 1)

    @property
    def linear_norm(self):
        """||K||, which is that of X."""
        return float(np.linalg.norm(self.X, 2))


@portable
def dual_bound(problem, slope, y):
    """Return a lower bound on the minimum of a `ConvexReLU`, from any slope and multipliers.

    For c in [0, 1] the vector c slope is dual feasible, with multipliers c max(-y, 0), if no row
    of the gradient plus K'y, both for this slope, is longer than beta / c.

    Parameters
    ----------
    problem : ConvexReLU
    slope : numpy.ndarray, shape (n,)
        The slope of the loss at the outputs; that of the solution gives the minimum itself.
    y : numpy.ndarray, shape (2 P n,)
        Multipliers of the cones, at most 0; positive ones are taken for 0.

    Returns
    -------
    float
    """
    half = masked_adjoint(problem.X, problem.patterns, slope)
    forces = np.concatenate((half, -half)) + problem.adjoint(np.minimum(y, 0.0))
    largest = np.max(row_norms(forces))
    scale = problem.beta / largest if largest > problem.beta else 1.0
    return -fit_conjugate(scale * slope, problem.y, problem.logistic)
