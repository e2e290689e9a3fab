"""Linear models with an l1 term, stored by columns: dense, or compressed sparse columns."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from optedu.kernels.coordinate_descent import elastic_net
from optedu.problems.checks import require_nonnegative_data, require_positive_data
from optedu.problems.logistic_regression import log_one_plus_exp, sigmoid
from optedu.problems.regularizers import soft_threshold
from optedu.protocol import portable, problem


@portable
def restricted_gap(x, g, value, l1, l2):
    """Return a bound on F(x) - F* from the gradient g of the smooth part f >= 0 alone.

    F = f + l1 ||.||_1 + l2 ||.||^2 / 2. By convexity F(x) - F(u) is at most
    <g, x> + penalty(x) - <g, u> - penalty(u); the largest value over all u in question is the
    bound. A minimizer has l1 ||u||_1 <= F(x), and if l2 > 0, u may also be any point.
    """
    excess = np.maximum(np.abs(g) - l1, 0.0)
    conjugate = value / l1 * np.max(excess)
    if l2 > 0.0:
        conjugate = min(conjugate, excess @ excess / (2.0 * l2))
    return max(g @ x + elastic_net(x, l1, l2) + conjugate, 0.0)


@problem
class DenseColumns(NamedTuple):
    """The linear map x -> A x, each column of A in one piece of memory.

    Parameters
    ----------
    columns : numpy.ndarray, shape (d, n)
        Row j is the j-th column of A.

    Raises
    ------
    ValueError
        If it is not a matrix.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> oe.problems.DenseColumns([[1.0, 0.0], [2.0, 1.0]]).linear_map(np.array([0.0, 3.0]))
    array([6., 3.])
    """

    columns: np.ndarray

    def check(self):
        """Refuse what is not a matrix."""
        if self.columns.ndim != 2:
            raise ValueError(
                f"DenseColumns: columns must be a matrix (d, n), got shape {self.columns.shape}"
            )

    def linear_map(self, x):
        used = np.flatnonzero(x != 0.0)
        if used.size == 0:
            return np.zeros(self.columns.shape[1])
        return x[used] @ self.columns[used]

    def adjoint(self, y):
        return self.columns @ y

    def jacobian_column(self, i, x):
        return self.columns[i]

    def jacobian(self, x):
        return self.columns.T.copy()

    @property
    def shape(self):
        """Shape (d,) of x."""
        return self.columns.shape[:1]

    @property
    def rows(self):
        """Number n of rows of A."""
        return self.columns.shape[1]

    @property
    def squared_norms(self):
        """The squared norm of each column."""
        return np.einsum("ij,ij->i", self.columns, self.columns)


@problem
class SparseColumns(NamedTuple):
    """The linear map x -> A x, A in compressed sparse columns.

    The entries of column j are ``data[indptr[j]:indptr[j + 1]]``, in the rows
    ``indices[indptr[j]:indptr[j + 1]]``.

    Parameters
    ----------
    data : numpy.ndarray, shape (m,)
        The entries.
    indices : numpy.ndarray of int, shape (m,)
        Their rows.
    indptr : numpy.ndarray of int, shape (d + 1,)
        Where each column begins, and the end of the last.
    owners : numpy.ndarray of int, shape (m,)
        Their columns, in rising order.
    rows : int
        Number n of rows of A.

    Raises
    ------
    ValueError
        If the arrays do not fit together.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> A = oe.problems.SparseColumns([1.0, 2.0, 1.0], [0, 0, 1], [0, 1, 3], [0, 1, 1], 2)
    >>> A.linear_map(np.array([0.0, 3.0]))
    array([6., 3.])
    """

    data: np.ndarray
    indices: NDArray[np.int64]
    indptr: NDArray[np.int64]
    owners: NDArray[np.int64]
    rows: int

    def check(self):
        """Refuse arrays that do not fit together."""
        data, indices, indptr, owners, rows = self
        if data.ndim != 1 or indices.shape != data.shape:
            raise ValueError(
                f"SparseColumns: data and indices must be vectors of one length, got shapes "
                f"{data.shape} and {indices.shape}"
            )
        if indptr.ndim != 1 or indptr.size < 2 or indptr[0] != 0 or indptr[-1] != data.size:
            raise ValueError(
                f"SparseColumns: indptr must go from 0 to the number of entries, {data.size}"
            )
        if (np.diff(indptr) < 0).any():
            raise ValueError("SparseColumns: indptr must not decrease")
        if not np.array_equal(owners, np.repeat(np.arange(indptr.size - 1), np.diff(indptr))):
            raise ValueError("SparseColumns: owners must name the column of each entry")
        if indices.min() < 0 or indices.max() >= rows:
            raise ValueError(
                f"SparseColumns: indices must be rows from 0 to {rows - 1}, got {indices.min()} "
                f"to {indices.max()}"
            )
        firsts = np.zeros(data.size, dtype=bool)
        firsts[indptr[:-1][np.diff(indptr) > 0]] = True
        if (np.diff(indices)[~firsts[1:]] <= 0).any():
            raise ValueError("SparseColumns: the rows of each column must increase")

    def linear_map(self, x):
        used = np.flatnonzero(x != 0.0)
        first, lengths = self.indptr[used], self.indptr[used + 1] - self.indptr[used]
        before = np.cumsum(lengths) - lengths
        entries = np.repeat(first - before, lengths) + np.arange(np.sum(lengths))
        products = np.repeat(x[used], lengths) * self.data[entries]
        return np.bincount(self.indices[entries], products, self.rows)

    def adjoint(self, y):
        products = y[self.indices]
        products *= self.data
        return np.bincount(self.owners, products, self.indptr.size - 1)

    def jacobian_column(self, i, x):
        column = np.zeros(self.rows)
        entries = slice(int(self.indptr[i]), int(self.indptr[i + 1]))
        column[self.indices[entries]] = self.data[entries]
        return column

    def jacobian(self, x):
        A = np.zeros((self.rows, self.indptr.size - 1))
        for j in range(A.shape[1]):
            A[:, j] = self.jacobian_column(j, x)
        return A

    @property
    def shape(self):
        """Shape (d,) of x."""
        return (self.indptr.size - 1,)

    @property
    def squared_norms(self):
        """The squared norm of each column."""
        return np.bincount(self.owners, self.data**2, self.indptr.size - 1)


def by_columns(A: Any) -> DenseColumns | SparseColumns:
    """Return the linear map of a matrix, stored by columns.

    Parameters
    ----------
    A : array_like or scipy.sparse matrix, shape (n, d)
        A Fortran-ordered array is not copied, a sparse matrix is not made dense.

    Returns
    -------
    DenseColumns or SparseColumns
    """
    if isinstance(A, DenseColumns | SparseColumns):
        return A
    if hasattr(A, "tocsc"):
        A = A.tocsc(copy=True)
        A.sum_duplicates()
        if A.nnz == 0:
            return DenseColumns(A.toarray().T)
        owners = np.repeat(np.arange(A.shape[1]), np.diff(A.indptr))
        return SparseColumns(A.data, A.indices, A.indptr, owners, A.shape[0])
    return DenseColumns(np.asarray(A).T)


@problem
class L1LeastSquares(NamedTuple):
    """Minimize ||A x - b||^2 / 2 + l1 ||x||_1 + l2 ||x||^2 / 2: the Lasso, the elastic net.

    ``value`` is that of the sum, ``gradient`` that of the first term, ``prox`` that of the
    other two. Its certificate is a duality gap.

    Parameters
    ----------
    matrix : DenseColumns or SparseColumns
        A, of shape (n, d); `from_matrix` makes it of an array or of a SciPy sparse matrix.
    b : numpy.ndarray, shape (n,)
    l1 : float
        Positive.
    l2 : float
        0 or more.

    Raises
    ------
    ValueError
        If b does not fit A, or a weight has the wrong sign.

    Examples
    --------
    >>> import optedu as oe
    >>> P = oe.problems.L1LeastSquares
    >>> problem = P.from_matrix([[1.0, 0.0], [0.0, 1.0]], [3.0, 0.5], l1=1.0)
    >>> oe.run(oe.FISTA(), problem).x
    array([2., 0.])
    """

    matrix: Any
    b: np.ndarray
    l1: float = 1.0
    l2: float = 0.0

    @classmethod
    def from_matrix(cls, A: Any, b: Any, l1: float = 1.0, l2: float = 0.0) -> L1LeastSquares:
        """Return the problem of an array or of a SciPy sparse matrix A, shape (n, d)."""
        return cls(by_columns(A), b, l1, l2)

    def check(self):
        """Refuse data that do not fit, and weights of the wrong sign."""
        require_model(self, "b")

    def value(self, x):
        r = self.matrix.linear_map(x) - self.b
        return 0.5 * (r @ r) + elastic_net(x, self.l1, self.l2)

    def gradient(self, x):
        return self.matrix.adjoint(self.matrix.linear_map(x) - self.b)

    def value_and_gradient(self, x):
        r = self.matrix.linear_map(x) - self.b
        value = 0.5 * (r @ r) + elastic_net(x, self.l1, self.l2)
        return value, self.matrix.adjoint(r)

    def prox(self, x, t):
        return soft_threshold(x, t * self.l1) / (1.0 + t * self.l2)

    def coordinate_gradient(self, i, x):
        column = self.matrix.jacobian_column(i, x)
        return np.sum(column * (self.matrix.linear_map(x) - self.b))

    def coordinate_prox(self, i, x, t):
        return soft_threshold(x[i], t * self.l1) / (1.0 + t * self.l2)

    def duality_gap(self, x):
        value, g = self.value_and_gradient(x)
        return restricted_gap(x, g, value, self.l1, self.l2)

    def residual(self, x):
        return self.matrix.linear_map(x) - self.b

    def jacobian_column(self, i, x):
        return self.matrix.jacobian_column(i, x)

    def output_curvature(self, x):
        return np.ones(self.b.size)

    @property
    def shape(self):
        """Shape of an iterate."""
        return self.matrix.shape

    @property
    def start(self):
        """Zeros."""
        return np.zeros(self.shape)

    @property
    def smoothness(self):
        """The largest eigenvalue of A'A."""
        return largest_eigenvalue(self.matrix)

    @property
    def coordinate_smoothness(self):
        """The squared norm of each column."""
        return self.matrix.squared_norms

    @property
    def largest_l1(self):
        """The least weight l1 at which 0 is a minimizer."""
        return float(np.abs(self.matrix.adjoint(self.b)).max())


@problem
class L1Logistic(NamedTuple):
    """Minimize mean(log(1 + exp(-y_i <a_i, x>))) + l1 ||x||_1 + l2 ||x||^2 / 2.

    ``value`` is that of the sum, ``gradient`` that of the first term, ``prox`` that of the
    other two. Its certificate is a duality gap.

    Parameters
    ----------
    matrix : DenseColumns or SparseColumns
        A, of shape (n, d); `from_matrix` makes it of an array or of a SciPy sparse matrix.
    y : numpy.ndarray, shape (n,)
        Labels, each -1 or +1.
    l1 : float
        Positive.
    l2 : float
        0 or more.

    Raises
    ------
    ValueError
        If y does not fit A or holds another label, or a weight has the wrong sign.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.L1Logistic.from_matrix([[1.0], [-2.0]], [1, -1], l1=0.75)
    >>> problem.largest_l1
    0.75
    """

    matrix: Any
    y: np.ndarray
    l1: float = 1.0
    l2: float = 0.0

    @classmethod
    def from_matrix(cls, A: Any, y: Any, l1: float = 1.0, l2: float = 0.0) -> L1Logistic:
        """Return the problem of an array or of a SciPy sparse matrix A, shape (n, d)."""
        return cls(by_columns(A), y, l1, l2)

    def check(self):
        """Refuse data that do not fit, and weights of the wrong sign."""
        require_model(self, "y")
        if (np.abs(self.y) != 1.0).any():
            odd = self.y[np.abs(self.y) != 1.0][0]
            raise ValueError(f"L1Logistic: labels y must be -1 or +1, got {odd:g}")

    def value(self, x):
        losses = log_one_plus_exp(-self.y * self.matrix.linear_map(x))
        return np.mean(losses) + elastic_net(x, self.l1, self.l2)

    def gradient(self, x):
        return self.matrix.adjoint(self.residual(x))

    def value_and_gradient(self, x):
        z = self.matrix.linear_map(x)
        losses = log_one_plus_exp(-self.y * z)
        r = -self.y * sigmoid(-self.y * z) / self.y.size
        value = np.mean(losses) + elastic_net(x, self.l1, self.l2)
        return value, self.matrix.adjoint(r)

    def prox(self, x, t):
        return soft_threshold(x, t * self.l1) / (1.0 + t * self.l2)

    def coordinate_gradient(self, i, x):
        return np.sum(self.matrix.jacobian_column(i, x) * self.residual(x))

    def coordinate_prox(self, i, x, t):
        return soft_threshold(x[i], t * self.l1) / (1.0 + t * self.l2)

    def duality_gap(self, x):
        value, g = self.value_and_gradient(x)
        return restricted_gap(x, g, value, self.l1, self.l2)

    def residual(self, x):
        z = self.matrix.linear_map(x)
        return -self.y * sigmoid(-self.y * z) / self.y.size

    def jacobian_column(self, i, x):
        return self.matrix.jacobian_column(i, x)

    def output_curvature(self, x):
        e = np.exp(-np.abs(self.matrix.linear_map(x)))
        return e / (1.0 + e) ** 2 / self.y.size

    @property
    def shape(self):
        """Shape of an iterate."""
        return self.matrix.shape

    @property
    def start(self):
        """Zeros."""
        return np.zeros(self.shape)

    @property
    def smoothness(self):
        """The largest eigenvalue of A'A / (4 n)."""
        return largest_eigenvalue(self.matrix) / (4 * self.y.size)

    @property
    def coordinate_smoothness(self):
        """The squared norm of each column, over 4 n."""
        return self.matrix.squared_norms / (4 * self.y.size)

    @property
    def largest_l1(self):
        """The least weight l1 at which 0 is a minimizer."""
        return float(np.abs(self.matrix.adjoint(self.y)).max() / (2 * self.y.size))


def require_model(problem: Any, vector: str) -> None:
    """Refuse a model whose observations do not fit its matrix, or a wrong weight.

    Raises
    ------
    TypeError, ValueError
        Naming the problem and the argument.
    """
    owner, observed = type(problem).__name__, getattr(problem, vector)
    if not isinstance(problem.matrix, DenseColumns | SparseColumns):
        raise TypeError(
            f"{owner}: matrix must be DenseColumns or SparseColumns, got "
            f"{type(problem.matrix).__name__}; write {owner}.from_matrix(A, ...)"
        )
    if observed.shape != (problem.matrix.rows,):
        raise ValueError(
            f"{owner}: {vector} must have shape {(problem.matrix.rows,)}, one entry per row of A, "
            f"got {observed.shape}"
        )
    require_positive_data(problem, "l1")
    require_nonnegative_data(problem, "l2")


def largest_eigenvalue(matrix: Any) -> float:
    """Return the largest eigenvalue of A'A, by a dense singular value decomposition."""
    return float(np.linalg.norm(matrix.jacobian(None), 2) ** 2)
