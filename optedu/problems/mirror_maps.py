"""Mirror maps: a convex set, a strictly convex function psi on it, and the step that they define.

The divergence is D(u, x) = psi(u) - psi(x) - <grad psi(x), u - x>. Each map knows the modulus of
strong convexity of psi in the Euclidean norm (in a stronger norm, too, where the text says so), so
that a function with an L-Lipschitz gradient is L / modulus-smooth relative to psi.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from optedu.problems.checks import require_oracles, require_positive_data
from optedu.problems.simplex import project_simplex
from optedu.protocol import portable, problem

TINY, SINGLE_TINY = 1e-300, 1e-37
"""Coordinates below this are taken for this: logarithms and powers stay finite."""


@portable
def power_simplex(w, p):
    """Return the point u of the simplex with u_i = (w_i - nu)^(-p), p >= 1."""
    nu = np.min(w) - 1.0
    for _ in range(100):
        gaps = w - nu
        terms = gaps ** (-p)
        # The sum is convex and increasing in nu: Newton's method descends to its root from above.
        new = nu - (np.sum(terms) - 1.0) / (p * np.sum(terms / gaps))
        if not new < nu:
            break
        nu = new
    u = (w - nu) ** (-p)
    return u / np.sum(u)


@portable
def simplex_corner(g):
    """Return the corner of the simplex where <g, s> is least."""
    corner = np.zeros(g.size)
    corner[np.argmin(g)] = 1.0
    return corner


@portable
def inside(x):
    """Return the entries over their sum, none of them smaller than about `TINY`."""
    w = np.maximum(x, TINY)
    return w / np.sum(w)


def kullback_leibler(u: np.ndarray, x: np.ndarray) -> float:
    """Return sum_i u_i log(u_i / x_i), with 0 log 0 = 0."""
    kept = u > 0
    return float(np.sum(u[kept] * np.log(u[kept] / np.maximum(x[kept], TINY))))


@problem
class EuclideanGeometry(NamedTuple):
    """psi(x) = ||x||^2 / 2 over a bounded convex set: mirror steps are projected gradient steps.

    Parameters
    ----------
    feasible : problem
        The set, with ``project`` and ``linear_minimizer``.

    Raises
    ------
    TypeError
        If the set lacks an oracle.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> simplex = oe.problems.EuclideanGeometry(oe.problems.Simplex())
    >>> simplex.mirror_step(np.array([0.5, 0.5]), np.array([1.0, 0.0]), 0.5)
    array([0.25, 0.75])
    """

    feasible: Any

    def check(self):
        """Refuse a set that lacks an oracle."""
        require_oracles(self, "feasible", "project", "linear_minimizer")

    def project(self, x):
        return self.feasible.project(x)

    def mirror_step(self, x, g, t):
        return self.feasible.project(x - t * g)

    def linear_minimizer(self, g):
        return self.feasible.linear_minimizer(g)

    def divergence(self, u, x):
        """Return ||u - x||^2 / 2."""
        return 0.5 * float(np.sum((u - x) ** 2))

    @property
    def modulus(self):
        """Strong convexity of psi: 1."""
        return 1.0


@problem
class EntropyGeometry(NamedTuple):
    """psi(x) = sum_i x_i log x_i over the probability simplex.

    The step multiplies, u_i proportional to x_i exp(-t g_i), and the divergence is that of
    Kullback and Leibler. psi is 1-strongly convex in the norm sum_i |x_i| (Pinsker), whose dual
    norm is max_i |g_i|. From the center no point is further than log d.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> simplex = oe.problems.EntropyGeometry()
    >>> simplex.mirror_step(np.array([0.5, 0.5]), np.array([0.0, np.log(3.0)]), 1.0).round(9)
    array([0.75, 0.25])
    """

    def project(self, x):
        return project_simplex(x, 1.0)

    def mirror_step(self, x, g, t):
        theta = np.log(np.maximum(x, TINY)) - t * g
        u = np.exp(theta - np.max(theta))
        return u / np.sum(u)

    def linear_minimizer(self, g):
        return simplex_corner(g)

    def divergence(self, u, x):
        """Return sum_i u_i log(u_i / x_i)."""
        return kullback_leibler(u, x)

    @property
    def modulus(self):
        """Strong convexity of psi: 1."""
        return 1.0


@problem
class TsallisGeometry(NamedTuple):
    """psi(x) = -sum_i x_i^q / (1 - q) over the probability simplex, 0 < q < 1.

    The map between the logarithmic barrier (q to 0) and the entropy (q to 1).

    Parameters
    ----------
    q : float
        Between 0 and 1.

    Raises
    ------
    ValueError
        If q is not between 0 and 1.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> step = oe.problems.TsallisGeometry(0.5).mirror_step
    >>> bool(step(np.array([0.5, 0.5]), np.array([0.0, 1.0]), 1.0)[0] > 0.6)
    True
    """

    q: float = 0.5

    def check(self):
        """Refuse an exponent outside (0, 1)."""
        if not 0 < self.q < 1:
            raise ValueError(f"TsallisGeometry: q must be between 0 and 1, got {self.q}")

    def project(self, x):
        return project_simplex(x, 1.0)

    def mirror_step(self, x, g, t):
        scale = t * (1.0 - self.q) / self.q
        w = inside(x) ** (self.q - 1.0) + scale * (g - np.min(g))
        return power_simplex(w, 1.0 / (1.0 - self.q))

    def linear_minimizer(self, g):
        return simplex_corner(g)

    def divergence(self, u, x):
        """Return D(u, x); inf where x has a zero that u has not."""
        x = np.maximum(x, TINY)
        q = self.q
        slope = -q * x ** (q - 1) / (1 - q)
        return float(np.sum((x**q - u**q) / (1 - q) - slope * (u - x)))

    @property
    def modulus(self):
        """Strong convexity of psi on the simplex: q."""
        return self.q


@problem
class LogBarrierGeometry(NamedTuple):
    """psi(x) = -sum_i log x_i over the probability simplex.

    Steps never come near the border, and no point of the border is at a finite divergence.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> oe.problems.LogBarrierGeometry().mirror_step(np.array([0.5, 0.5]), np.zeros(2), 1.0)
    array([0.5, 0.5])
    """

    def project(self, x):
        return project_simplex(x, 1.0)

    def mirror_step(self, x, g, t):
        return power_simplex(1.0 / inside(x) + t * (g - np.min(g)), 1.0)

    def linear_minimizer(self, g):
        return simplex_corner(g)

    def divergence(self, u, x):
        """Return sum_i u_i / x_i - log(u_i / x_i) - 1, inf at the border."""
        if np.min(u) <= 0:
            return np.inf
        ratio = u / np.maximum(x, TINY)
        return float(np.sum(ratio - np.log(ratio) - 1.0))

    @property
    def modulus(self):
        """Strong convexity of psi on the simplex: 1."""
        return 1.0


@portable
def p_norm(x, p):
    """(sum_i |x_i|^p)^(1/p), without overflow."""
    largest = np.max(np.abs(x))
    if largest == 0.0 or not np.isfinite(largest):
        return largest
    return largest * np.sum((np.abs(x) / largest) ** p) ** (1.0 / p)


@portable
def p_link(x, p):
    """Gradient of ||x||_p^2 / 2, p > 1."""
    norm = p_norm(x, p)
    if norm == 0.0 or not np.isfinite(norm):
        return 0.0 * x
    return norm * np.sign(x) * (np.abs(x) / norm) ** (p - 1.0)


@problem
class PNormGeometry(NamedTuple):
    """psi(x) = ||x||_p^2 / 2 over the ball ||x||_p <= radius, 1 < p <= 2.

    psi is (p - 1)-strongly convex in the p-norm, whose dual is the q-norm with 1/p + 1/q = 1. With
    p near 1 the ball is nearly that of the l1 norm, and steps are nearly multiplicative.

    Parameters
    ----------
    p : float
        More than 1 and at most 2.
    radius : float
        Positive.

    Raises
    ------
    ValueError
        If p or the radius is out of range.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> ball = oe.problems.PNormGeometry(p=2.0, radius=1.0)
    >>> ball.mirror_step(np.zeros(2), np.array([-3.0, 4.0]), 1.0)
    array([ 0.6, -0.8])
    """

    p: float = 1.5
    radius: float = 1.0

    def check(self):
        """Refuse an exponent outside (1, 2], or a radius that is not positive."""
        require_positive_data(self, "radius")
        if not 1 < self.p <= 2:
            raise ValueError(f"PNormGeometry: p must be above 1 and at most 2, got {self.p}")

    def mirror_step(self, x, g, t):
        q = self.p / (self.p - 1.0)
        u = p_link(p_link(x, self.p) - t * g, q)
        # The nearest point of the ball, in this divergence, is on the ray through u.
        return u * (self.radius / np.maximum(p_norm(u, self.p), self.radius))

    def linear_minimizer(self, g):
        q = self.p / (self.p - 1.0)
        norm = p_norm(g, q)
        if norm == 0.0:
            return 0.0 * g
        return -self.radius * np.sign(g) * (np.abs(g) / norm) ** (q - 1.0)

    def divergence(self, u, x):
        """Return D(u, x)."""
        squares = p_norm(u, self.p) ** 2 - p_norm(x, self.p) ** 2
        return float(0.5 * squares - p_link(x, self.p) @ (u - x))

    @property
    def modulus(self):
        """Strong convexity of psi: p - 1."""
        return self.p - 1.0


@problem
class MatrixEntropyGeometry(NamedTuple):
    """psi(X) = tr(X log X) over the spectrahedron: symmetric X >= 0 with trace 1.

    The entropy of the eigenvalues; 1-strongly convex in the sum of the absolute eigenvalues.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> g = np.diag([0.0, np.log(3.0)])
    >>> oe.problems.MatrixEntropyGeometry().mirror_step(np.eye(2) / 2, g, 1.0).round(9)
    array([[0.75, 0.  ],
           [0.  , 0.25]])
    """

    def mirror_step(self, x, g, t):
        eigenvalues, Q = np.linalg.eigh(0.5 * (x + x.T))
        logarithms = np.log(np.maximum(eigenvalues, TINY if x.itemsize == 8 else SINGLE_TINY))
        theta = (Q * logarithms) @ Q.T - 0.5 * t * (g + g.T)
        eigenvalues, Q = np.linalg.eigh(theta)
        u = np.exp(eigenvalues - np.max(eigenvalues))
        return (Q * (u / np.sum(u))) @ Q.T

    def linear_minimizer(self, g):
        _, Q = np.linalg.eigh(0.5 * (g + g.T))
        return np.outer(Q[:, 0], Q[:, 0])

    def divergence(self, u, x):
        """Return tr(U log U - U log X), for a positive definite X."""
        mu = np.linalg.eigvalsh(u)
        mu = mu[mu > 0]
        lam, Q = np.linalg.eigh(x)
        log_x = (Q * np.log(np.maximum(lam, TINY))) @ Q.T
        return float(np.sum(mu * np.log(mu)) - np.sum(u * log_x))

    @property
    def modulus(self):
        """Strong convexity of psi: 1."""
        return 1.0
