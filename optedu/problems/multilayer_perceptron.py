"""A fully connected network, its derivatives written out."""

from __future__ import annotations

import operator
from typing import NamedTuple

import numpy as np

from optedu.problems.checks import require_nonnegative_data
from optedu.problems.layers import (
    backward_rows,
    forward,
    kronecker_moments,
    layer_sizes,
    loss_curves,
    loss_slopes,
    mean_gauss_newton,
    mean_gradient,
    mean_hessian,
    mean_hessian_product,
    mean_loss,
    unit_rows,
)
from optedu.protocol import problem

DEEPEST = 3


@problem
class MultilayerPerceptron(NamedTuple):
    """Minimize f(x) = (1/n) sum_i loss(net(a_i; x), y_i) + l2 ||x||^2 / 2.

    The network has one to three hidden layers of tanh units, and linear outputs. With
    ``softmax`` the loss is the cross-entropy -sum_k y_ik log softmax(z_i)_k, else
    ||z_i - y_i||^2 / 2. The iterate x holds, layer by layer, a matrix of shape (out, in + 1) row
    by row, the bias last. For both losses the Fisher matrix is the Gauss-Newton matrix.

    The oracle ``residual`` and ``jacobian`` are those of the outputs z, read row by row; with the
    squared loss, of z / sqrt(n), so that f = ||r||^2 / 2 as in every least squares problem.

    Parameters
    ----------
    A : numpy.ndarray, shape (n, p)
        One row per observation.
    Y : numpy.ndarray, shape (n, c)
        Targets. With ``softmax`` the rows are distributions over the c classes; from class
        numbers: ``numpy.eye(c)[y]``.
    hidden : tuple of int
        Number of units in each hidden layer.
    softmax : bool
        Whether the outputs are the logarithms of probabilities, up to a constant.
    l2 : float
        Weight of the ridge, 0 or more.
    seed : int
        For ``start``.

    Raises
    ------
    ValueError
        If the shapes do not fit, the hidden layers are none or more than three, a row of Y is
        not a distribution, or l2 is negative.
    TypeError
        If ``hidden`` is not a tuple of integers.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> A = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> problem = oe.problems.MultilayerPerceptron(A, np.eye(2)[[0, 1, 1, 0]], hidden=(3,))
    >>> problem.layers, problem.shape
    (((3, 3), (2, 4)), (17,))
    """

    A: np.ndarray
    Y: np.ndarray
    hidden: tuple[int, ...] = (8,)
    softmax: bool = True
    l2: float = 0.0
    seed: int = 0

    convex = False

    def check(self):
        """Refuse data of the wrong shape, other depths, and targets that are no distributions."""
        require_nonnegative_data(self, "l2")
        if self.A.ndim != 2 or self.Y.ndim != 2 or len(self.A) != len(self.Y):
            raise ValueError(
                "MultilayerPerceptron: A and Y must be matrices with one row per observation, "
                f"got {self.A.shape} and {self.Y.shape}; class numbers y become numpy.eye(c)[y]"
            )
        if not isinstance(self.hidden, tuple) or not all(map(_is_integer, self.hidden)):
            raise TypeError(
                f"MultilayerPerceptron: hidden must be a tuple of integers, got {self.hidden!r}"
            )
        if not 1 <= len(self.hidden) <= DEEPEST or min(self.hidden) < 1:
            raise ValueError(
                f"MultilayerPerceptron: hidden must hold one to {DEEPEST} positive widths, "
                f"got {self.hidden}"
            )
        if self.softmax:
            wrong = (self.Y < 0).any(axis=1) | (np.abs(self.Y.sum(axis=1) - 1) > 1e-9)
            if wrong.any():
                raise ValueError(
                    "MultilayerPerceptron: with softmax each row of Y must be a distribution, got "
                    f"the sum {self.Y[wrong.argmax()].sum()} at index {wrong.argmax()}"
                )

    def sizes(self):
        """Return the number of units of each layer, from the inputs to the outputs."""
        return layer_sizes(self.A, self.Y, self.hidden)

    def outputs(self, x):
        """Return the outputs z of the network, shape (n, c)."""
        return forward(self.A, x, self.sizes())[1]

    def value(self, x):
        loss = mean_loss(self.A, self.Y, self.sizes(), self.softmax, x)
        return loss + 0.5 * self.l2 * (x @ x)

    def gradient(self, x):
        return mean_gradient(self.A, self.Y, self.sizes(), self.softmax, x) + self.l2 * x

    def hessian_product(self, x, v):
        return mean_hessian_product(self.A, self.Y, self.sizes(), self.softmax, x, v) + self.l2 * v

    def hessian(self, x):
        H = mean_hessian(self.A, self.Y, self.sizes(), self.softmax, x)
        return H + self.l2 * np.eye(x.size)

    def gauss_newton(self, x):
        return mean_gauss_newton(self.A, self.sizes(), self.softmax, x) + self.l2 * np.eye(x.size)

    def fisher(self, x):
        return self.gauss_newton(x)

    def residual(self, x):
        n = self.A.shape[0]
        scale = 1.0 / n if self.softmax else 1.0 / np.sqrt(n)
        return scale * loss_slopes(self.outputs(x), self.Y, self.softmax).ravel()

    def jacobian(self, x):
        n, c = self.Y.shape
        sizes = self.sizes()
        scale = 1.0 if self.softmax else 1.0 / np.sqrt(n)
        units = forward(self.A, x, sizes)[0]
        J = np.empty((n * c, x.size))
        for k in range(c):
            rows = backward_rows(units, n, x, unit_rows(n, c, k, scale), sizes)
            for i in range(n):
                J[i * c + k] = rows[i]
        return J

    def output_hessian(self, x):
        n, c = self.Y.shape
        if not self.softmax:
            return np.eye(n * c)
        Z = self.outputs(x)
        Q = np.zeros((n * c, n * c))
        for k in range(c):
            columns = loss_curves(Z, unit_rows(n, c, k, 1.0 / n), self.softmax)
            for i in range(n):
                for j in range(c):
                    Q[i * c + j, i * c + k] = columns[i, j]
        return Q

    def component_value(self, i, x):
        A, Y = self.A[i : i + 1], self.Y[i : i + 1]
        return mean_loss(A, Y, self.sizes(), self.softmax, x) + 0.5 * self.l2 * (x @ x)

    def component_gradient(self, i, x):
        A, Y = self.A[i : i + 1], self.Y[i : i + 1]
        return mean_gradient(A, Y, self.sizes(), self.softmax, x) + self.l2 * x

    def component_hessian(self, i, x):
        A, Y = self.A[i : i + 1], self.Y[i : i + 1]
        return mean_hessian(A, Y, self.sizes(), self.softmax, x) + self.l2 * np.eye(x.size)

    def kronecker_factors(self, x):
        sizes = self.sizes()
        units, Z = forward(self.A, x, sizes)
        return kronecker_moments(self.hidden, units, Z, x, sizes, self.softmax)

    @property
    def layers(self):
        """Shape (out, in + 1) of each layer's matrix."""
        sizes = self.sizes().tolist()
        return tuple((sizes[j + 1], sizes[j] + 1) for j in range(len(sizes) - 1))

    @property
    def components(self):
        """Number n of components, whose mean is f."""
        return len(self.A)

    @property
    def shape(self):
        """Shape of an iterate: the number of all weights."""
        return (sum(rows * columns for rows, columns in self.layers),)

    @property
    def start(self):
        """Weights drawn with the variance 2 / (in + out) of Glorot and Bengio; biases 0."""
        rng = np.random.default_rng(self.seed)
        parts = []
        for rows, columns in self.layers:
            W = np.zeros((rows, columns))
            W[:, :-1] = rng.normal(0.0, np.sqrt(2.0 / (rows + columns - 1)), (rows, columns - 1))
            parts.append(W.ravel())
        return np.concatenate(parts)

    def accuracy(self, x):
        """Return the share of observations whose largest output is that of the target."""
        return np.mean(self.outputs(x).argmax(axis=1) == self.Y.argmax(axis=1))


def _is_integer(value):
    try:
        operator.index(value)
    except TypeError:
        return False
    return True
