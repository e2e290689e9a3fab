"""Problems f(x) + g(K x): a term behind a linear map."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from optedu.problems.checks import require_nonnegative_data, require_oracles, require_rows
from optedu.problems.regularizers import soft_threshold
from optedu.protocol import portable, problem


@portable
def difference_adjoint(y):
    """D' y, D the differences of neighbours: (D x)_i = x_{i+1} - x_i."""
    x = np.zeros(y.size + 1)
    x[1:] += y
    x[:-1] -= y
    return x


@portable
def clip(y, bound):
    """Each entry moved into [-bound, bound]."""
    return np.minimum(np.maximum(y, -bound), bound)


def total_variation_solution(b: Any, weight: float) -> np.ndarray:
    """Return argmin ||x - b||^2 / 2 + weight sum_i |x_{i+1} - x_i|, directly.

    The taut string: of all functions within `weight` of the cumulated sums of b, with the same
    ends, the one of least length has the solution as its slopes. The greatest convex minorant of
    the ceiling and the least concave majorant of the floor are kept, as in davies2001; O(n).

    Parameters
    ----------
    b : array_like, shape (n,)
    weight : float
        0 or more.

    Returns
    -------
    numpy.ndarray, shape (n,)

    Examples
    --------
    >>> import optedu as oe
    >>> from optedu.problems.linear_composites import total_variation_solution
    >>> total_variation_solution([0.0, 0.0, 3.0, 3.0], 1.0)
    array([0.5, 0.5, 2.5, 2.5])
    """
    b = np.asarray(b, dtype=float)
    n = b.size
    sums = np.concatenate([[0.0], np.cumsum(b)])
    floor, ceiling = sums - weight, sums + weight
    floor[[0, -1]], ceiling[[0, -1]] = sums[[0, -1]], sums[[0, -1]]
    x, start, height = np.empty(n), 0, 0.0
    while start < n:
        steepest, flattest = np.inf, -np.inf
        at_steepest = at_flattest = start + 1
        turn = (n, sums[n])
        for k in range(start + 1, n + 1):
            up = (ceiling[k] - height) / (k - start)
            down = (floor[k] - height) / (k - start)
            if down > steepest:
                turn = (at_steepest, ceiling[at_steepest])
                break
            if up < flattest:
                turn = (at_flattest, floor[at_flattest])
                break
            if up <= steepest:
                steepest, at_steepest = up, k
            if down >= flattest:
                flattest, at_flattest = down, k
        x[start : turn[0]] = (turn[1] - height) / (turn[0] - start)
        start, height = turn
    return x


@problem
class LinearComposite(NamedTuple):
    """Minimize f(x) + g(K x), f and g convex, each with a prox.

    ``prox`` is that of f, ``dual_prox`` that of the conjugate g*, by Moreau's identity
    prox of t g* at y = y - t (prox of g / t at y / t).

    Parameters
    ----------
    regularizer : problem
        f, with ``value`` and ``prox``.
    K : numpy.ndarray, shape (m, d)
    outer : problem
        g, with ``value`` and ``prox``.

    Raises
    ------
    TypeError
        If a term lacks an oracle.
    ValueError
        If K is not a matrix.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> fit = oe.problems.SquaredError([3.0, 1.0])
    >>> lasso = oe.problems.LinearComposite(oe.problems.L1(), [[1.0, 0.0], [0.0, 2.0]], fit)
    >>> float(lasso.value(np.array([2.0, 0.0])))
    3.0
    """

    regularizer: Any
    K: np.ndarray
    outer: Any

    differentiable = False

    def check(self):
        """Refuse terms that lack an oracle and a K that is no matrix."""
        require_oracles(self, "regularizer", "value", "prox")
        require_oracles(self, "outer", "value", "prox")
        if self.K.ndim != 2:
            raise ValueError(f"LinearComposite: K must be a matrix, got shape {self.K.shape}")

    def value(self, x):
        return self.regularizer.value(x) + self.outer.value(self.K @ x)

    def prox(self, x, t):
        return self.regularizer.prox(x, t)

    def linear_map(self, x):
        return self.K @ x

    def adjoint(self, y):
        return self.K.T @ y

    def dual_prox(self, y, t):
        return y - t * self.outer.prox(y / t, 1.0 / t)

    @property
    def shape(self):
        """Shape of an iterate."""
        return self.K.shape[1:]

    @property
    def linear_norm(self):
        """||K||, its largest singular value."""
        return float(np.linalg.norm(self.K, 2))


@problem
class TotalVariation(NamedTuple):
    """Minimize ||x - b||^2 / 2 + weight sum_i |x_{i+1} - x_i|: denoise a signal with jumps.

    In the form f(x) + g(K x): f = ||x - b||^2 / 2, K the differences of neighbours,
    g = weight ||.||_1. ``gradient``, ``hessian`` and ``prox`` are all those of f.

    Parameters
    ----------
    b : numpy.ndarray, shape (n,)
        The signal, two entries or more.
    weight : float
        0 or more.

    Raises
    ------
    ValueError
        If b is no vector of two entries or more, or the weight is negative.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> problem = oe.problems.TotalVariation([0.0, 3.0], 1.0)
    >>> float(problem.value(np.array([1.0, 2.0])))
    2.0
    """

    b: np.ndarray
    weight: float = 1.0

    def check(self):
        """Refuse a signal that is no vector, or too short, and a negative weight."""
        require_nonnegative_data(self, "weight")
        if self.b.ndim != 1 or self.b.size < 2:
            raise ValueError(
                f"TotalVariation: b must be a vector of two entries or more, got shape "
                f"{self.b.shape}"
            )

    def value(self, x):
        r = x - self.b
        return 0.5 * (r @ r) + self.weight * np.sum(np.abs(x[1:] - x[:-1]))

    def gradient(self, x):
        return x - self.b

    def hessian(self, x):
        return np.eye(self.b.size)

    def prox(self, x, t):
        return (x + t * self.b) / (1.0 + t)

    def linear_map(self, x):
        return x[1:] - x[:-1]

    def adjoint(self, y):
        return difference_adjoint(y)

    def dual_prox(self, y, t):
        return clip(y, self.weight)

    @property
    def shape(self):
        """Shape of an iterate."""
        return self.b.shape

    @property
    def start(self):
        """The signal itself."""
        return self.b.copy()

    @property
    def smoothness(self):
        """1, that of f."""
        return 1.0

    @property
    def strong_convexity(self):
        """1."""
        return 1.0

    @property
    def linear_norm(self):
        """||K|| = 2 cos(pi / (2 n))."""
        return float(2 * np.cos(np.pi / (2 * self.b.size)))

    @property
    def minimum(self):
        """The value at the taut string's solution."""
        return float(self.value(total_variation_solution(self.b, self.weight)))


@problem
class FusedLasso(NamedTuple):
    """Minimize ||A x - b||^2 / 2 + sparsity ||x||_1 + weight sum_i |x_{i+1} - x_i|.

    Three parts: the smooth one is known by its ``gradient``, the l1 norm by its ``prox``, the
    total variation by ``linear_map``, ``adjoint`` and ``dual_prox``.

    Parameters
    ----------
    A : numpy.ndarray, shape (n, d)
        d at least 2.
    b : numpy.ndarray, shape (n,)
    weight, sparsity : float
        0 or more.

    Raises
    ------
    ValueError
        If the shapes do not fit, or a weight is negative.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> problem = oe.problems.FusedLasso([[1.0, 0.0], [0.0, 1.0]], [3.0, 2.0])
    >>> float(problem.value(np.array([1.0, 1.0])))
    4.5
    """

    A: np.ndarray
    b: np.ndarray
    weight: float = 1.0
    sparsity: float = 1.0

    differentiable = True

    def check(self):
        """Refuse data of the wrong shape and negative weights."""
        require_rows(self, "A", "b")
        require_nonnegative_data(self, "weight", "sparsity")
        if self.A.shape[1] < 2:
            raise ValueError("FusedLasso: A needs two columns or more")

    def value(self, x):
        r = self.A @ x - self.b
        jumps = np.sum(np.abs(x[1:] - x[:-1]))
        return 0.5 * (r @ r) + self.sparsity * np.sum(np.abs(x)) + self.weight * jumps

    def gradient(self, x):
        return self.A.T @ (self.A @ x - self.b)

    def prox(self, x, t):
        return soft_threshold(x, t * self.sparsity)

    def linear_map(self, x):
        return x[1:] - x[:-1]

    def adjoint(self, y):
        return difference_adjoint(y)

    def dual_prox(self, y, t):
        return clip(y, self.weight)

    @property
    def shape(self):
        """Shape of an iterate."""
        return self.A.shape[1:]

    @property
    def start(self):
        """Zeros."""
        return np.zeros(self.shape)

    @property
    def smoothness(self):
        """L of the smooth part, the largest eigenvalue of A'A."""
        return float(np.linalg.norm(self.A, 2) ** 2)

    @property
    def linear_norm(self):
        """Norm of the difference operator, 2 cos(pi / (2 d))."""
        return float(2 * np.cos(np.pi / (2 * self.A.shape[1])))


@problem
class BoxProgram(NamedTuple):
    """Minimize <P x, x> / 2 + <q, x> subject to low <= A x <= high.

    In the form f(x) + g(K x): f the quadratic, K = A, g the indicator of the box; ``dual_prox`` is
    that of the box's support function. ``value`` is that of f, also off the feasible set. A linear
    program has P = 0, an equation low = high, and a bound of 1e20 or more means none.

    Parameters
    ----------
    P : numpy.ndarray, shape (d, d)
        Symmetric and positive semidefinite.
    q : numpy.ndarray, shape (d,)
    A : numpy.ndarray, shape (m, d)
    low, high : numpy.ndarray, shape (m,)

    Raises
    ------
    ValueError
        If the shapes do not fit, P is not symmetric or has a negative eigenvalue, or a low is
        above its high.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> program = oe.problems.BoxProgram([[1.0]], [-3.0], [[1.0]], [0.0], [1.0])
    >>> oe.run(oe.QuadraticADMM(), program, [0.0]).x.round(6)
    array([1.])
    """

    P: np.ndarray
    q: np.ndarray
    A: np.ndarray
    low: np.ndarray
    high: np.ndarray

    def check(self):
        """Refuse shapes that do not fit, a P that is not convex, and crossed bounds."""
        require_rows(self, "A", "low")
        require_rows(self, "A", "high")
        d = self.A.shape[1]
        if self.P.shape != (d, d) or self.q.shape != (d,):
            raise ValueError(
                f"BoxProgram: P and q must have shapes {(d, d)} and {(d,)} to fit A, got "
                f"{self.P.shape} and {self.q.shape}"
            )
        if not np.allclose(self.P, self.P.T, rtol=1e-12, atol=1e-12):
            raise ValueError("BoxProgram: P must be symmetric; pass (P + P.T) / 2")
        lowest = np.linalg.eigvalsh(self.P)[0]
        if lowest < -1e-9 * (1 + np.abs(self.P).max()):
            raise ValueError(f"BoxProgram: P must be convex, it has eigenvalue {lowest:.3g}")
        if (self.low > self.high).any():
            i = int(np.argmax(self.low > self.high))
            raise ValueError(
                f"BoxProgram: low must not exceed high, got {self.low[i]} > {self.high[i]} "
                f"at index {i}"
            )

    def value(self, x):
        return 0.5 * (x @ (self.P @ x)) + self.q @ x

    def gradient(self, x):
        return self.P @ x + self.q

    def hessian(self, x):
        return self.P

    def linear_map(self, x):
        return self.A @ x

    def adjoint(self, y):
        return self.A.T @ y

    def dual_prox(self, y, t):
        return y - t * np.minimum(np.maximum(y / t, self.low), self.high)

    @property
    def shape(self):
        """Shape of an iterate."""
        return self.q.shape

    @property
    def start(self):
        """Zeros."""
        return np.zeros(self.shape)

    @property
    def smoothness(self):
        """L of f, the largest eigenvalue of P."""
        return float(np.linalg.norm(self.P, 2))

    @property
    def linear_norm(self):
        """||A||, its largest singular value."""
        return float(np.linalg.norm(self.A, 2))
