"""Losses that do not square: the norm of the residual, and the sum of its absolute values."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.checks import require_rows
from optedu.problems.norms import euclidean_norm
from optedu.protocol import problem


@problem
class SquareRootLoss(NamedTuple):
    """Minimize f(x) = ||A x - b||, the loss of the square-root lasso.

    With an l1 norm added, the right weight does not depend on the size of the noise. f is
    differentiable except where A x = b; there ``gradient`` is the subgradient 0.

    Parameters
    ----------
    A : numpy.ndarray, shape (n, d)
        One row per observation.
    b : numpy.ndarray, shape (n,)

    Raises
    ------
    ValueError
        If A is not a matrix or b does not fit.

    References
    ----------
    belloni2011.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> float(oe.problems.SquareRootLoss([[1.0], [1.0]], [3.0, 4.0]).value(np.zeros(1)))
    5.0
    """

    A: np.ndarray
    b: np.ndarray

    differentiable = False

    def check(self):
        """Refuse data of the wrong shape."""
        require_rows(self, "A", "b")

    def value(self, x):
        return euclidean_norm(self.A @ x - self.b)

    def gradient(self, x):
        r = self.A @ x - self.b
        norm = euclidean_norm(r)
        if norm == 0.0:
            return 0.0 * x
        return self.A.T @ (r / norm)

    @property
    def shape(self):
        """Shape of an iterate."""
        return self.A.shape[1:]

    @property
    def start(self):
        """Zeros."""
        return np.zeros(self.shape)

    @property
    def strong_convexity(self):
        """0: f grows linearly along each ray."""
        return 0.0

    @property
    def minimizer(self):
        """That of least squares; of least norm where there are several."""
        return np.linalg.lstsq(self.A, self.b, rcond=None)[0]

    @property
    def minimum(self):
        """f* = f(minimizer)."""
        return float(self.value(self.minimizer))


@problem
class AbsoluteDeviations(NamedTuple):
    """Minimize f(x) = sum_i |<a_i, x> - b_i|, which a few wrong observations cannot bend.

    ``constraint`` is A x - b: f is the exact penalty of the equations A x = b. As a finite sum f is
    the mean of the n components f_i(x) = n |<a_i, x> - b_i|.

    Parameters
    ----------
    A : numpy.ndarray, shape (n, d)
        One row per observation.
    b : numpy.ndarray, shape (n,)

    Raises
    ------
    ValueError
        If A is not a matrix or b does not fit.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> float(oe.problems.AbsoluteDeviations([[1.0], [1.0]], [3.0, -4.0]).value(np.zeros(1)))
    7.0
    """

    A: np.ndarray
    b: np.ndarray

    differentiable = False

    def check(self):
        """Refuse data of the wrong shape."""
        require_rows(self, "A", "b")

    def value(self, x):
        return np.sum(np.abs(self.A @ x - self.b))

    def gradient(self, x):
        return self.A.T @ np.sign(self.A @ x - self.b)

    def component_value(self, i, x):
        return self.b.size * np.abs(self.A[i] @ x - self.b[i])

    def component_gradient(self, i, x):
        return (self.b.size * np.sign(self.A[i] @ x - self.b[i])) * self.A[i]

    def constraint(self, x):
        return self.A @ x - self.b

    def constraint_jacobian(self, x):
        return self.A

    @property
    def components(self):
        """Number n of components, whose mean is f."""
        return self.b.size

    @property
    def shape(self):
        """Shape of an iterate."""
        return self.A.shape[1:]

    @property
    def start(self):
        """Zeros."""
        return np.zeros(self.shape)

    @property
    def strong_convexity(self):
        """0: f grows linearly along each ray."""
        return 0.0

    @property
    def lipschitz(self):
        """The largest norm of a subgradient is at most sqrt(n) ||A||."""
        return float(np.sqrt(self.b.size) * np.linalg.norm(self.A, 2))

    @property
    def component_lipschitz(self):
        """The largest norm of a component's subgradient, n times the longest row of A."""
        return float(self.b.size * np.sqrt((self.A**2).sum(axis=1).max()))
