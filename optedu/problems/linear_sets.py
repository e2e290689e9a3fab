"""Sets given by linear equations and inequalities."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.checks import require_rows, require_vector
from optedu.problems.norms import euclidean_norm
from optedu.protocol import problem


@problem
class HalfSpace(NamedTuple):
    """The set of points with <a, x> <= b.

    Parameters
    ----------
    a : numpy.ndarray, shape (d,)
        Outward normal, not zero.
    b : float
        Finite.

    Raises
    ------
    ValueError
        If a is zero, or b is infinite.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> oe.problems.HalfSpace([1.0, 0.0], 2.0).project(np.array([5.0, 1.0]))
    array([2., 1.])
    """

    a: np.ndarray
    b: float

    def check(self):
        """Refuse a normal that is zero."""
        require_vector(self, "a")
        if not self.a.any():
            raise ValueError("HalfSpace: a must not be zero")
        if not np.isfinite(self.b):
            raise ValueError(f"HalfSpace: b must be finite, got {self.b}")

    def project(self, x):
        norm = euclidean_norm(self.a)
        normal = self.a / norm
        return x - max(normal @ x - self.b / norm, 0.0) * normal

    @property
    def shape(self):
        """Shape of an iterate."""
        return self.a.shape


@problem
class AffineSet(NamedTuple):
    """The set of points with A x = b.

    Parameters
    ----------
    A : numpy.ndarray, shape (m, d)
        Rows may depend on each other.
    b : numpy.ndarray, shape (m,)

    Raises
    ------
    ValueError
        If the shapes do not fit, or no x has A x = b.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> oe.problems.AffineSet([[1.0, 1.0]], [2.0]).project(np.array([0.0, 0.0]))
    array([1., 1.])
    """

    A: np.ndarray
    b: np.ndarray

    def check(self):
        """Refuse equations that do not fit or contradict each other."""
        require_rows(self, "A", "b")
        residual = self.A @ np.linalg.lstsq(self.A, self.b, rcond=1e-12)[0] - self.b
        close = 1e-8 if self.b.dtype == np.float64 else 1e-4
        if np.abs(residual).max() > close * np.abs(self.b).max():
            raise ValueError(
                f"AffineSet: no x has A x = b; the smallest residual is "
                f"{euclidean_norm(residual):.3g}"
            )

    def project(self, x):
        return x - np.linalg.lstsq(self.A, self.A @ x - self.b, 1e-12)[0]

    @property
    def shape(self):
        """Shape of an iterate."""
        return self.A.shape[1:]
