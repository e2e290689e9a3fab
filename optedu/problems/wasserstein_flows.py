"""Energies on spaces of distributions, in coordinates in which Wasserstein's distance is plain."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.checks import require_positive_data
from optedu.protocol import portable, problem

NEWTON_STEPS = 60


@problem
class GaussianDivergence(NamedTuple):
    """Divergence KL of N(m, s^2) from N(mean, deviation^2), as a function of x = (m, s).

    W_2 of two normal distributions on the line is the Euclidean distance of their (m, s). So
    ``prox`` is a step of the scheme of Jordan, Kinderlehrer and Otto: `ProximalPoint` is the JKO
    scheme, and `GradientDescent` its explicit sister.

    Parameters
    ----------
    mean : float
        Mean of the target.
    deviation : float
        Standard deviation of the target, positive.

    Raises
    ------
    ValueError
        If the deviation is not positive.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> problem = oe.problems.GaussianDivergence()
    >>> problem.prox(np.array([3.0, 2.0]), 1.0).round(6)
    array([1.5     , 1.366025])
    """

    mean: float = 0.0
    deviation: float = 1.0

    convex = True

    def check(self):
        """Refuse a deviation that is not positive."""
        require_positive_data(self, "deviation")

    def value(self, x):
        if x[1] <= 0.0:
            return np.inf
        m, s = (x[0] - self.mean) / self.deviation, x[1] / self.deviation
        return 0.5 * (m * m + s * s - 1.0) - np.log(s)

    def gradient(self, x):
        m, s = (x[0] - self.mean) / self.deviation, x[1] / self.deviation
        return np.array([m, s - 1.0 / s]) / self.deviation

    def hessian(self, x):
        return np.diag(np.array([self.deviation**-2.0, self.deviation**-2.0 + x[1] ** -2.0]))

    def prox(self, x, t):
        a = t / self.deviation**2
        m = (x[0] + a * self.mean) / (1.0 + a)
        s = (x[1] + np.sqrt(x[1] ** 2 + 4.0 * (1.0 + a) * t)) / (2.0 * (1.0 + a))
        return np.array([m, s])

    @property
    def strong_convexity(self):
        """1 / deviation^2."""
        return self.deviation**-2.0

    @property
    def minimizer(self):
        """The target's mean and deviation."""
        return np.array([self.mean, self.deviation])

    @property
    def minimum(self):
        """Zero."""
        return 0.0

    @property
    def shape(self):
        """Shape (2,) of (m, s)."""
        return (2,)

    @property
    def start(self):
        """Three deviations away, and half as wide."""
        return np.array([self.mean + 3.0 * self.deviation, 0.5 * self.deviation])


@portable
def tridiagonal_solve(diagonal, beside, b):
    """Solve A u = b, A symmetric, positive definite and tridiagonal, by elimination."""
    n = b.size
    pivots, u = diagonal.copy(), b.copy()
    for i in range(1, n):
        factor = beside[i - 1] / pivots[i - 1]
        pivots[i] -= factor * beside[i - 1]
        u[i] -= factor * u[i - 1]
    u[n - 1] /= pivots[n - 1]
    for i in range(n - 2, -1, -1):
        u[i] = (u[i] - beside[i] * u[i + 1]) / pivots[i]
    return u


@portable
def closes_gaps(x):
    """Whether the numbers fail to increase."""
    return np.min(x[1:] - x[:-1]) <= 0.0


@problem
class QuantileDivergence(NamedTuple):
    """Divergence from a density exp(-V) on the line, for a distribution by its quantiles.

    x_1 < ... < x_n are quantiles; between two neighbours lies the mass 1/n. The value is

    f(x) = sum_i V(x_i) - sum_i log(n (x_{i+1} - x_i)),   V(u) = stiffness u^2 / 2 + quartic u^4,

    n times the free energy: potential energy minus entropy, up to a constant the divergence from
    exp(-V). ||x - z||^2 is n W_2^2, so that ``prox(x, t)`` is a step of the scheme of Jordan,
    Kinderlehrer and Otto of length t, found by Newton's method. A stiffness below 0 gives V two
    wells: f is convex if it is 0 or more, and the prox is unique while t * stiffness > -1.

    Parameters
    ----------
    n : int
        Number of quantiles, at least 2.
    stiffness, quartic : float
        V; the quartic is 0 or more, and positive if the stiffness is not.

    Raises
    ------
    ValueError
        If there are fewer than two quantiles, or exp(-V) has no finite mass.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> problem = oe.problems.QuantileDivergence(2)
    >>> problem.prox(np.array([-3.0, 1.0]), 1.0).round(6)
    array([-1.707107,  0.707107])
    """

    n: int = 50
    stiffness: float = 1.0
    quartic: float = 0.0

    def check(self):
        """Refuse too few quantiles, and a potential that does not confine."""
        if self.n < 2:
            raise ValueError(f"QuantileDivergence: n must be at least 2, got {self.n}")
        if self.quartic < 0 or (self.quartic == 0 and self.stiffness <= 0):
            raise ValueError(
                "QuantileDivergence: V must grow: quartic > 0, or quartic = 0 and stiffness > 0; "
                f"got stiffness {self.stiffness} and quartic {self.quartic}"
            )

    def value(self, x):
        if closes_gaps(x):
            return np.inf
        squares = x * x
        potential = np.sum(0.5 * self.stiffness * squares + self.quartic * squares * squares)
        return potential - np.sum(np.log(x.size * (x[1:] - x[:-1])))

    def gradient(self, x):
        slopes = self.stiffness * x + 4.0 * self.quartic * x**3
        pressure = 1.0 / (x[1:] - x[:-1])
        slopes[:-1] += pressure
        slopes[1:] -= pressure
        return slopes

    def prox(self, x, t):
        u = np.sort(x)
        if closes_gaps(u):  # where the entropy is infinite, as in a single point
            u = u + 1e-3 * np.arange(x.size)
        for _ in range(NEWTON_STEPS):
            g = self.gradient(u) + (u - x) / t
            bend = (u[1:] - u[:-1]) ** -2.0
            diagonal = self.stiffness + 12.0 * self.quartic * u * u + 1.0 / t
            diagonal[:-1] += bend
            diagonal[1:] += bend
            step = -tridiagonal_solve(diagonal, -bend, g)
            slope = g @ step
            if -slope <= 1e-26 * (1.0 + u @ u):
                break
            f, length = self.value(u) + 0.5 * np.sum((u - x) ** 2) / t, 1.0
            while length > 1e-12:
                v = u + length * step
                if self.value(v) + 0.5 * np.sum((v - x) ** 2) / t <= f + 0.25 * length * slope:
                    break
                length *= 0.5
            if length <= 1e-12:
                break
            u = u + length * step
        return u

    @property
    def shape(self):
        """Shape (n,) of the quantiles."""
        return (self.n,)

    @property
    def start(self):
        """Evenly spaced between 2 and 3."""
        return 2.0 + (np.arange(self.n) + 0.5) / self.n


@portable
def quadratic_features(Z):
    """Return per row z the numbers 1, z_i, and z_i z_j for i <= j, shape (n, p)."""
    n, d = Z.shape
    features = np.ones((n, 1 + d + d * (d + 1) // 2))
    features[:, 1 : d + 1] = Z
    column = d + 1
    for i in range(d):
        for j in range(i, d):
            features[:, column] = Z[:, i] * Z[:, j]
            column += 1
    return features


@portable
def best_critic(wanted, features):
    """Return the w that maximizes <wanted, w> - mean exp(features w) + 1, and the maximum."""
    w = np.zeros(wanted.size)
    weights = np.ones(features.shape[0]) / features.shape[0]
    f = 0.0
    for _ in range(NEWTON_STEPS):
        g = wanted - weights @ features
        H = (features.T * weights) @ features + 1e-12 * np.eye(w.size)
        step = np.linalg.solve(H, g)
        slope, length = g @ step, 1.0
        if slope <= 1e-22:
            break
        while length > 1e-12:
            trial = w + length * step
            weights = np.exp(np.minimum(features @ trial, 300.0)) / features.shape[0]
            new = wanted @ trial - np.sum(weights) + 1.0
            if new >= f + 0.25 * length * slope or slope <= 1e-12:
                break
            length *= 0.5
        w, f = trial, new
    return w, f


@problem
class VariationalStep(NamedTuple):
    """One step of variational Wasserstein gradient flow, with affine maps and quadratic critics.

    The unknown is the map T(u) = A u + b, as one vector: A row by row, then b. Minimized is

    f(T) = mean_i ||x_i - T x_i||^2 / (2 step) + F(T x),

    F the divergence KL from N(0, I) of what only samples tell of. With a reference G, the normal
    distribution with the mean of the x_i and width^2 times their covariance, and its samples z_j,

    F(P) = max over h of E_P[h + log(G / N(0, I))] - E_G[exp(h)] + 1,

    and h is confined to polynomials of degree two: enough for normal P. The inner maximum is found
    by Newton's method, the gradient of f at its maximizer h.

    Parameters
    ----------
    x : numpy.ndarray, shape (n, d)
        Samples of the present distribution.
    noise : numpy.ndarray, shape (m, d)
        Samples of N(0, I), of which the z_j are made.
    step : float
        Length of the step, positive.
    width : float
        How much wider than the samples the reference is; wide enough to cover where they go.

    Raises
    ------
    ValueError
        If the shapes do not fit, there are too few samples, or a number is not positive.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal((200, 1))
    >>> problem = oe.problems.VariationalStep(x - x.mean(), rng.standard_normal((200, 1)), 0.5)
    >>> problem.shape, problem.start
    ((2,), array([1., 0.]))
    """

    x: np.ndarray
    noise: np.ndarray
    step: float = 0.5
    width: float = 2.0

    convex = False

    def check(self):
        """Refuse shapes that do not fit, too few samples, and numbers that are not positive."""
        require_positive_data(self, "step", "width")
        if self.x.ndim != 2 or self.noise.ndim != 2 or self.x.shape[1] != self.noise.shape[1]:
            raise ValueError(
                "VariationalStep: x and noise must have shapes (n, d) and (m, d), got "
                f"{self.x.shape} and {self.noise.shape}"
            )
        least = (self.x.shape[1] + 1) * (self.x.shape[1] + 2) // 2
        if min(len(self.x), len(self.noise)) < least:
            raise ValueError(
                f"VariationalStep: x and noise need at least {least} samples each in dimension "
                f"{self.x.shape[1]}, got {len(self.x)} and {len(self.noise)}"
            )

    def moments(self):
        """Return the mean of the reference and a factor L of its covariance L L'."""
        center = np.sum(self.x, axis=0) / self.x.shape[0]
        gap = self.x - center
        return center, self.width * np.linalg.cholesky(gap.T @ gap / self.x.shape[0])

    def critic(self, moved):
        """Return F at the moved samples, and the derivative of h + log(G / N) there, (n, d)."""
        center, L = self.moments()
        d = center.size
        U = np.linalg.solve(L, (moved - center).T).T
        features = quadratic_features(np.ascontiguousarray(U))
        w, best = best_critic(
            np.sum(features, axis=0) / features.shape[0], quadratic_features(self.noise)
        )
        ratio = 0.5 * np.sum(moved * moved) - 0.5 * np.sum(U * U)
        F = best + ratio / moved.shape[0] - np.sum(np.log(np.diag(L)))
        slopes = np.empty(U.shape)
        for i in range(d):
            slopes[:, i] = w[1 + i]
        column = d + 1
        for i in range(d):
            for j in range(i, d):
                slopes[:, i] += w[column] * U[:, j]
                slopes[:, j] += w[column] * U[:, i]
                column += 1
        return F, moved + np.linalg.solve(L.T, (slopes - U).T).T

    def move(self, x):
        """Return the samples moved by the map x, shape (n, d)."""
        d = self.x.shape[1]
        return self.x @ x[: d * d].reshape(d, d).T + x[d * d :]

    def value(self, x):
        moved = self.move(x)
        cost = np.sum((moved - self.x) ** 2) / (2.0 * self.step * moved.shape[0])
        return cost + self.critic(moved)[0]

    def gradient(self, x):
        moved = self.move(x)
        pull = ((moved - self.x) / self.step + self.critic(moved)[1]) / moved.shape[0]
        return np.concatenate(((pull.T @ self.x).ravel(), np.sum(pull, axis=0)))

    @property
    def shape(self):
        """Shape (d^2 + d,) of the map."""
        d = self.x.shape[1]
        return (d * d + d,)

    @property
    def start(self):
        """The identity."""
        d = self.x.shape[1]
        return np.concatenate((np.eye(d).ravel(), np.zeros(d)))
