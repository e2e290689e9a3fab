"""Functions on which no method that moves along gradients can be fast."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.checks import require_positive_data
from optedu.protocol import problem


@problem
class NesterovWorst(NamedTuple):
    """Nesterov's worst function for smooth convex minimization.

    f(x) = (L/4) ((x_1^2 + sum_{i<k} (x_i - x_{i+1})^2 + x_k^2) / 2 - x_1).

    From zero, each gradient makes one more coordinate nonzero, so that after j < k gradients
    all but j of the first k coordinates still are zero.

    Parameters
    ----------
    L : float
        Lipschitz constant of the gradient.
    k : int
        Length of the chain; 1 <= k <= d.
    d : int
        Dimension.

    Raises
    ------
    ValueError
        If L is not positive, or k is not between 1 and d.

    Examples
    --------
    >>> import optedu as oe
    >>> oe.problems.NesterovWorst(L=1.0, k=3, d=4).minimizer
    array([0.75, 0.5 , 0.25, 0.  ])
    """

    L: float
    k: int
    d: int

    def check(self):
        """Refuse a chain that is longer than the dimension."""
        require_positive_data(self, "L")
        if not 1 <= self.k <= self.d:
            raise ValueError(
                f"NesterovWorst: k must be between 1 and d, got k = {self.k}, d = {self.d}"
            )

    def value(self, x):
        chain = x[: self.k]
        steps = chain[1:] - chain[:-1]
        squares = chain[0] ** 2 + np.sum(steps * steps) + chain[-1] ** 2
        return 0.25 * self.L * (0.5 * squares - chain[0])

    def gradient(self, x):
        g = self.hessian_product(x, x)
        g[0] -= 0.25 * self.L
        return g

    def hessian(self, x):
        H = np.zeros((self.d, self.d))
        for i in range(self.k):
            H[i, i] = 0.5 * self.L
            if i > 0:
                H[i, i - 1] = -0.25 * self.L
                H[i - 1, i] = -0.25 * self.L
        return H

    def hessian_product(self, x, v):
        product = np.zeros(self.d)
        chain = v[: self.k]
        product[: self.k] = 0.5 * self.L * chain
        product[: self.k - 1] -= 0.25 * self.L * chain[1:]
        product[1 : self.k] -= 0.25 * self.L * chain[:-1]
        return product

    @property
    def shape(self):
        """Shape of an iterate."""
        return (self.d,)

    @property
    def start(self):
        """Zeros, from where the function is worst."""
        return np.zeros(self.d)

    @property
    def smoothness(self):
        """L; the largest eigenvalue L cos(pi / (2 k + 2))^2 is a little less."""
        return self.L

    @property
    def strong_convexity(self):
        """mu, the smallest eigenvalue; 0 where k < d."""
        if self.k < self.d:
            return 0.0
        return float(self.L * np.sin(np.pi / (2 * self.k + 2)) ** 2)

    @property
    def minimizer(self):
        """x*_i = 1 - i / (k + 1) up to k, 0 beyond; of least norm."""
        i = np.arange(1, self.d + 1)
        return np.maximum(1 - i / (self.k + 1), 0.0)

    @property
    def minimum(self):
        """f* = -(L/8) k / (k + 1)."""
        return -self.L / 8 * self.k / (self.k + 1)


@problem
class NesterovWorstStronglyConvex(NamedTuple):
    """Nesterov's worst function for smooth and strongly convex minimization.

    f(x) = ((L - mu)/8) (x_1^2 + sum_{i<d} (x_i - x_{i+1})^2 + (1 - q) x_d^2 - 2 x_1)
    + mu ||x||^2 / 2 with q = (sqrt(kappa) - 1) / (sqrt(kappa) + 1), kappa = L / mu. The term
    (1 - q) x_d^2 closes the infinite chain so that its minimizer x*_i = q^i is kept exactly.

    Parameters
    ----------
    L, mu : float
        Lipschitz constant of the gradient, and strong convexity; 0 < mu < L.
    d : int
        Dimension.

    Raises
    ------
    ValueError
        If not 0 < mu < L, or d < 1.

    Examples
    --------
    >>> import optedu as oe
    >>> oe.problems.NesterovWorstStronglyConvex(L=9.0, mu=1.0, d=3).minimizer
    array([0.5  , 0.25 , 0.125])
    """

    L: float
    mu: float
    d: int

    def check(self):
        """Refuse constants that are not 0 < mu < L."""
        require_positive_data(self, "L", "mu")
        if not self.mu < self.L:
            raise ValueError(
                f"NesterovWorstStronglyConvex: mu must be below L, got mu = {self.mu}, L = {self.L}"
            )
        if self.d < 1:
            raise ValueError(f"NesterovWorstStronglyConvex: d must be at least 1, got {self.d}")

    def ratio(self):
        """Return q, the factor from one coordinate of the minimizer to the next."""
        root = np.sqrt(self.L / self.mu)
        return (root - 1.0) / (root + 1.0)

    def value(self, x):
        return 0.5 * (x @ self.hessian_product(x, x)) - 0.25 * (self.L - self.mu) * x[0]

    def gradient(self, x):
        g = self.hessian_product(x, x)
        g[0] -= 0.25 * (self.L - self.mu)
        return g

    def hessian(self, x):
        weight = 0.25 * (self.L - self.mu)
        H = (2.0 * weight + self.mu) * np.eye(self.d)
        for i in range(1, self.d):
            H[i, i - 1] = -weight
            H[i - 1, i] = -weight
        H[-1, -1] -= weight * self.ratio()
        return H

    def hessian_product(self, x, v):
        weight = 0.25 * (self.L - self.mu)
        product = (2.0 * weight + self.mu) * v
        product[:-1] -= weight * v[1:]
        product[1:] -= weight * v[:-1]
        product[-1] -= weight * self.ratio() * v[-1]
        return product

    @property
    def shape(self):
        """Shape of an iterate."""
        return (self.d,)

    @property
    def start(self):
        """Zeros, from where the function is worst."""
        return np.zeros(self.d)

    @property
    def smoothness(self):
        """L."""
        return self.L

    @property
    def strong_convexity(self):
        """The parameter mu."""
        return self.mu

    @property
    def minimizer(self):
        """x*_i = q^i."""
        return self.ratio() ** np.arange(1, self.d + 1)

    @property
    def minimum(self):
        """f* = -(L - mu) q / 8."""
        return float(-(self.L - self.mu) * self.ratio() / 8)
