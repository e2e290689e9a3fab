"""Gated ReLU networks with several outputs: nuclear norms in the place of norms."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from optedu.kernels.patterns import masked_kernel
from optedu.problems.checks import require_nonnegative_data
from optedu.protocol import portable, problem


@portable
def stacked_outputs(X, D, x):
    """Return sum_i D_i X U_i, shape (n, C), the U_i one below the other in x."""
    d, Z = X.shape[1], np.zeros((X.shape[0], x.shape[1]))
    for i in range(D.shape[1]):
        Z += D[:, i : i + 1] * (X @ x[i * d : (i + 1) * d])
    return Z


@portable
def stacked_adjoint(X, D, R):
    """Return the matrices X'D_i R one below the other, shape (P d, C)."""
    d, G = X.shape[1], np.empty((D.shape[1] * X.shape[1], R.shape[1]))
    for i in range(D.shape[1]):
        G[i * d : (i + 1) * d] = X.T @ (D[:, i : i + 1] * R)
    return G


@portable
def block_singular_values(x, d):
    """Return the singular values of each block of d rows, one row for each block."""
    s = np.empty((x.shape[0] // d, min(d, x.shape[1])))
    for i in range(s.shape[0]):
        _, sizes, _ = np.linalg.svd(x[i * d : (i + 1) * d], False)
        s[i] = sizes
    return s


@problem
class VectorGatedReLU(NamedTuple):
    """Minimize ||Z - Y||^2 / 2 + beta sum_i ||U_i||_* with Z = sum_i D_i X U_i, U_i (d, C).

    ||.||_* is the nuclear norm, the sum of the singular values; an iterate x (P d, C) holds the
    U_i one below the other. It is the training of a network with gated ReLU units, each of which
    reaches all C outputs: a unit of pattern D_i with the weights w and the output weights v adds
    D_i X w v' to Z, and beta (||w||^2 + ||v||^2) / 2 to the objective. With C = 1 it is
    `GatedReLU`.

    Parameters
    ----------
    X : numpy.ndarray, shape (n, d)
        Data, one row per observation; a column of ones gives the units a bias.
    Y : numpy.ndarray, shape (n, C)
        Targets, one column per output.
    patterns : numpy.ndarray, shape (n, P)
        Zeros and ones, from `sampled_patterns` or `all_patterns`.
    beta : float
        Weight of the nuclear norms, 0 or more.

    Raises
    ------
    ValueError
        If shapes do not fit, a pattern is none, or beta is negative.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> X, Y, D = np.eye(2), np.array([[3.0, 0.0], [0.0, 0.5]]), np.ones((2, 1))
    >>> problem = oe.problems.VectorGatedReLU(X, Y, D, 1.0)
    >>> oe.run(oe.ProximalGradient(), problem).x.round(6) + 0.0
    array([[2., 0.],
           [0., 0.]])
    """

    X: np.ndarray
    Y: np.ndarray
    patterns: np.ndarray
    beta: float = 0.1

    def check(self):
        """Refuse data and patterns that do not fit."""
        require_nonnegative_data(self, "beta")
        if self.X.ndim != 2:
            raise ValueError(f"VectorGatedReLU: X must be a matrix (n, d), got {self.X.shape}")
        for name in ("Y", "patterns"):
            array = getattr(self, name)
            if array.ndim != 2 or len(array) != len(self.X):
                raise ValueError(
                    f"VectorGatedReLU: {name} must be a matrix with one row per row of X, got "
                    f"shapes {array.shape} and {self.X.shape}"
                )
        if not np.isin(self.patterns, (0.0, 1.0)).all():
            raise ValueError(
                "VectorGatedReLU: patterns must hold zeros and ones; pass sampled_patterns(X, ...)"
            )

    def outputs(self, x):
        """Return Z, what the network says of each row, shape (n, C)."""
        return stacked_outputs(self.X, self.patterns, x)

    def value(self, x):
        R = self.outputs(x) - self.Y
        return 0.5 * np.sum(R * R) + self.beta * np.sum(block_singular_values(x, self.X.shape[1]))

    def gradient(self, x):
        return stacked_adjoint(self.X, self.patterns, self.outputs(x) - self.Y)

    def hessian_product(self, x, v):
        return stacked_adjoint(self.X, self.patterns, self.outputs(v))

    def prox(self, x, t):
        d, y = self.X.shape[1], np.empty_like(x)
        for i in range(0, x.shape[0], d):
            A, s, B = np.linalg.svd(x[i : i + d], False)
            y[i : i + d] = (A * np.maximum(s - t * self.beta, 0.0)) @ B
        return y

    def duality_gap(self, x):
        d, Z = self.X.shape[1], self.outputs(x)
        R = Z - self.Y
        G = stacked_adjoint(self.X, self.patterns, R)
        largest = np.max(block_singular_values(G, d))
        scale = self.beta / largest if largest > self.beta else 1.0
        penalty = self.beta * np.sum(block_singular_values(x, d))
        # the value plus ||scale R||^2 / 2 + scale <R, Y>, sorted so that little cancels
        return 0.5 * (1.0 - scale) ** 2 * np.sum(R * R) + (penalty + scale * np.sum(R * Z))

    @property
    def largest_beta(self):
        """The largest spectral norm of an X'D_i Y: from this beta on the minimizer is 0."""
        slopes = stacked_adjoint(self.X, self.patterns, self.Y)
        return float(np.max(block_singular_values(slopes, self.X.shape[1])))

    @property
    def shape(self):
        """Shape (P d, C) of x."""
        return (self.patterns.shape[1] * self.X.shape[1], self.Y.shape[1])

    @property
    def start(self):
        """Zeros."""
        return np.zeros(self.shape)

    @property
    def smoothness(self):
        """L of the loss: the largest eigenvalue of sum_i D_i X X'D_i, as with one output."""
        return float(np.linalg.eigvalsh(masked_kernel(self.X, self.patterns))[-1])


class GatedUnits(NamedTuple):
    """A gated network with several outputs, unit by unit.

    Parameters
    ----------
    gate : numpy.ndarray of int, shape (m,)
        Which pattern each unit has.
    hidden : numpy.ndarray, shape (m, d)
        Weights w of the units, one row each.
    output : numpy.ndarray, shape (m, C)
        Output weights v, one row each.
    """

    gate: np.ndarray
    hidden: np.ndarray
    output: np.ndarray

    def outputs(self, Z: np.ndarray, active: np.ndarray) -> np.ndarray:
        """Return what the network says of each row of Z, whose patterns are active (n, P)."""
        return (active[:, self.gate] * (Z @ self.hidden.T)) @ self.output

    def objective(self, problem: Any) -> float:
        """Return the loss on the data of a problem, with its beta for the weight decay."""
        R = self.outputs(problem.X, problem.patterns) - problem.Y
        decay = np.sum(self.hidden**2) + np.sum(self.output**2)
        return float(0.5 * np.sum(R**2) + 0.5 * problem.beta * decay)


def units_of(problem: Any, x: np.ndarray, tol: float = 1e-10) -> GatedUnits:
    """Return the network of a point of a `VectorGatedReLU`: one unit per singular value.

    With U_i = sum_j s_j a_j b_j', the j-th unit of pattern i has the weights sqrt(s_j) a_j and the
    output weights sqrt(s_j) b_j, so that its weight decay is beta s_j.

    Parameters
    ----------
    problem : VectorGatedReLU
    x : numpy.ndarray, shape (P d, C)
    tol : float
        Singular values up to this share of the largest of all are left out.

    Returns
    -------
    GatedUnits

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> from optedu.problems.vector_gated_relu import units_of
    >>> problem = oe.problems.VectorGatedReLU(np.eye(2), np.eye(2), np.ones((2, 1)))
    >>> units = units_of(problem, np.array([[4.0, 0.0], [0.0, 0.0]]))
    >>> np.abs(units.hidden), np.abs(units.output)
    (array([[2., 0.]]), array([[2., 0.]]))
    """
    U = np.reshape(x, (-1, problem.X.shape[1], problem.Y.shape[1]))
    A, s, B = np.linalg.svd(U, full_matrices=False)
    gate, j = np.nonzero(s > tol * s.max())
    roots = np.sqrt(s[gate, j])[:, None]
    return GatedUnits(gate, roots * A[gate, :, j], roots * B[gate, j])


def point_of_units(problem: Any, units: GatedUnits) -> np.ndarray:
    """Return the point of a `VectorGatedReLU` that says the same as a network.

    The U_i of the point is the sum of w v' over the units of pattern i; its penalty is at most the
    network's weight decay.

    Parameters
    ----------
    problem : VectorGatedReLU
    units : GatedUnits

    Returns
    -------
    numpy.ndarray, shape (P d, C)
    """
    U = np.zeros((problem.patterns.shape[1], problem.X.shape[1], problem.Y.shape[1]))
    np.add.at(U, units.gate, units.hidden[:, :, None] * units.output[:, None, :])
    return U.reshape(problem.shape)
