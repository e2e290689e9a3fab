"""A landscape of saddles: Newton's method on it is Newton's method for roots of unity."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.checks import constant_array
from optedu.protocol import portable, problem


@portable
def _power(x, n):
    """Return real and imaginary part of (x_1 + i x_2)^n."""
    a, b = 1.0, 0.0
    for _ in range(n):
        a, b = a * x[0] - b * x[1], a * x[1] + b * x[0]
    return a, b


@problem
class RootsOfUnity(NamedTuple):
    """Find a stationary point of f = Re(z^(n+1) / (n+1) - z), z = x_1 + i x_2: all are saddles.

    The gradient is (Re(z^n - 1), -Im(z^n - 1)), so that f is stationary at the n-th roots of 1 and
    nowhere else; f is harmonic, hence has neither minima nor maxima. Newton's method for
    grad f = 0 takes the steps z - (z^n - 1) / (n z^(n-1)) of Newton's method for z^n = 1.

    Parameters
    ----------
    degree : int
        n, at least 2.

    Raises
    ------
    ValueError
        If the degree is below 2.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> problem = oe.problems.RootsOfUnity(3)
    >>> oe.run(oe.NewtonMethod(), problem, [2.0, 0.0]).x.round(6) + 0.0
    array([1., 0.])
    """

    degree: int = 3

    convex = False
    shape = (2,)
    start = constant_array(0.7, 0.9)
    extent = (-1.6, 1.6, -1.6, 1.6)

    def check(self):
        """Refuse a degree below 2."""
        if self.degree < 2:
            raise ValueError(f"RootsOfUnity: degree must be at least 2, got {self.degree}")

    def value(self, x):
        return _power(x, self.degree + 1)[0] / (self.degree + 1) - x[0]

    def gradient(self, x):
        a, b = _power(x, self.degree)
        return np.array([a - 1.0, -b])

    def hessian(self, x):
        a, b = _power(x, self.degree - 1)
        a, b = self.degree * a, self.degree * b
        return np.array([[a, -b], [-b, -a]])

    @property
    def roots(self):
        """The n-th roots of 1 as points of the plane, shape (n, 2); the first is (1, 0)."""
        angles = 2 * np.pi * np.arange(self.degree) / self.degree
        return np.column_stack((np.cos(angles), np.sin(angles)))
