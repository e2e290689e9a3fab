"""Sets of matrices whose linear minimizer is one eigenvector or one pair of singular vectors."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.checks import require_positive_data
from optedu.problems.simplex import project_simplex
from optedu.protocol import portable, problem


@portable
def leading_pair(G, accuracy):
    """Return (u, sigma, v): the largest singular value of G, up to the accuracy, and its vectors.

    Lanczos bidiagonalization (Golub and Kahan), started at the longest row and
    reorthogonalized in full. It costs two products with G per step, and ends when
    ||G'u - sigma v|| <= accuracy * sigma.
    """
    m, n = G.shape
    most = min(m, n)
    U, V = np.zeros((most, m)), np.zeros((most, n))
    B = np.zeros((most, most))
    v = G[np.argmax(np.sum(G * G, axis=1))].copy()
    length = np.sqrt(np.sum(v * v))
    if not length > 0.0:
        return np.eye(1, m)[0], 0.0, np.eye(1, n)[0]
    V[0] = v / length
    count, beta = 0, 0.0
    P, s, Q = np.eye(1), np.ones(1), np.eye(1)
    while count < most:
        u = G @ V[count]
        for _ in range(2):
            u = u - (U[:count] @ u) @ U[:count]
        alpha = np.sqrt(np.sum(u * u))
        U[count] = u / max(alpha, 1e-300)
        B[count, count] = alpha
        count += 1
        r = G.T @ U[count - 1]
        for _ in range(2):
            r = r - (V[:count] @ r) @ V[:count]
        beta = np.sqrt(np.sum(r * r))
        if count % 4 == 0 or count == most or beta <= 1e-14 * B[0, 0]:
            P, s, Q = np.linalg.svd(np.ascontiguousarray(B[:count, :count]))
            if count == most or beta * abs(P[count - 1, 0]) <= accuracy * s[0]:
                break
        V[count] = r / max(beta, 1e-300)
        B[count - 1, count] = beta
    left = np.ascontiguousarray(P[:, 0]) @ U[:count]
    right = np.ascontiguousarray(Q[0]) @ V[:count]
    return left / np.sqrt(np.sum(left * left)), s[0], right / np.sqrt(np.sum(right * right))


@problem
class TraceNormBall(NamedTuple):
    """The nuclear ball, known by its linear minimizer alone, one pair of singular vectors.

    As a set it is `NuclearBall`, which decomposes the whole matrix; here the pair comes from a
    few products with the matrix.

    Parameters
    ----------
    rows, columns : int
        Shape of an iterate.
    radius : float
        Bound on the sum of the singular values.
    accuracy : float
        Relative residual at which the pair is accepted, in [0, 1).

    Raises
    ------
    ValueError
        If the radius is not positive, or the accuracy is out of range.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> ball = oe.problems.TraceNormBall(rows=2, columns=2, radius=3.0)
    >>> ball.linear_minimizer(np.array([[2.0, 0.0], [0.0, 1.5]])).round(6) + 0.0
    array([[-3.,  0.],
           [ 0.,  0.]])
    """

    rows: int
    columns: int
    radius: float = 1.0
    accuracy: float = 1e-10

    def check(self):
        """Refuse a radius that is not positive, and an accuracy out of range."""
        require_positive_data(self, "radius", "rows", "columns")
        if not 0 <= self.accuracy < 1:
            raise ValueError(
                f"TraceNormBall: accuracy must be at least 0 and below 1, got {self.accuracy}"
            )

    def linear_minimizer(self, g):
        u, _, v = leading_pair(g, self.accuracy)
        return np.outer(-self.radius * u, v)

    @property
    def shape(self):
        """Shape of an iterate."""
        return (self.rows, self.columns)

    @property
    def diameter(self):
        """2 radius, in the Frobenius norm."""
        return 2 * self.radius


@problem
class Spectrahedron(NamedTuple):
    """The symmetric matrices without negative eigenvalues, of a given trace.

    Parameters
    ----------
    size : int
        Rows and columns of an iterate.
    trace : float
        Sum of the eigenvalues, positive.

    Raises
    ------
    ValueError
        If the trace or the size is not positive.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> oe.problems.Spectrahedron(size=2).linear_minimizer(np.array([[1.0, 0.0], [0.0, -1.0]]))
    array([[0., 0.],
           [0., 1.]])
    """

    size: int
    trace: float = 1.0

    def check(self):
        """Refuse a trace or a size that is not positive."""
        require_positive_data(self, "trace", "size")

    def project(self, x):
        eigenvalues, Q = np.linalg.eigh(0.5 * (x + x.T))
        return (Q * project_simplex(eigenvalues, self.trace)) @ Q.T

    def linear_minimizer(self, g):
        _, Q = np.linalg.eigh(0.5 * (g + g.T))
        q = np.ascontiguousarray(Q[:, 0])
        return np.outer(self.trace * q, q)

    @property
    def shape(self):
        """Shape of an iterate."""
        return (self.size, self.size)

    @property
    def diameter(self):
        """sqrt(2) trace, the distance of two orthogonal directions; 0 for size 1."""
        return float(np.sqrt(2) * self.trace) if self.size > 1 else 0.0
