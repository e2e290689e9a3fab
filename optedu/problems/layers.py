"""What a fully connected network computes, forwards and backwards, for a batch of n inputs.

The weights of all layers lie in one vector x: those of a layer are a matrix W of shape
(out, in + 1), row by row, its last column the bias. What enters the layers lies in one vector
``units`` too: per layer a matrix of n rows, its last column the constant 1. ``sizes`` holds the
number of units of each layer, from the inputs to the outputs.

Arrays are joined here rather than filled part by part: assignments to parts of an array are what
takes long to compile.
"""

from __future__ import annotations

import numpy as np

from optedu.protocol import portable


@portable
def layer_sizes(A, Y, hidden):
    """Return the number of units of each layer."""
    sizes = np.empty(len(hidden) + 2, dtype=np.int64)
    sizes[0], sizes[-1] = A.shape[1], Y.shape[1]
    for layer in range(len(hidden)):
        sizes[layer + 1] = hidden[layer]
    return sizes


@portable
def weights_of(x, sizes, layer):
    """Return the matrix W of a layer, a view into x."""
    first = 0
    for j in range(layer):
        first += int(sizes[j + 1] * (sizes[j] + 1))
    rows, columns = int(sizes[layer + 1]), int(sizes[layer]) + 1
    return x[first : first + rows * columns].reshape(rows, columns)


@portable
def units_of(units, n, sizes, layer):
    """Return what enters a layer, one row per input and the constant 1 last: a view."""
    first = 0
    for j in range(layer):
        first += n * (int(sizes[j]) + 1)
    columns = int(sizes[layer]) + 1
    return units[first : first + n * columns].reshape(n, columns)


@portable
def joined(first, second):
    """Return a vector of the entries of two arrays."""
    return np.concatenate((first.ravel(), second.ravel()))


@portable
def with_column(a, number):
    """Return the matrix with a constant column behind it."""
    return np.concatenate((a, np.full((a.shape[0], 1), number)), axis=1)


@portable
def without_column(a):
    """Return the matrix without its last column."""
    return a[:, :-1].copy()


@portable
def forward(A, x, sizes):
    """Return the units that enter the layers at the inputs A, and the outputs (n, c)."""
    units, z = np.empty(0), A
    for layer in range(sizes.size - 1):
        a = with_column(z if layer == 0 else np.tanh(z), 1.0)
        units = joined(units, a)
        z = a @ weights_of(x, sizes, layer).T
    return units, z


@portable
def forward_slope(units, n, x, v, sizes):
    """Return the derivatives of what `forward` returns when the weights x move along v."""
    a = units_of(units, n, sizes, 0)
    moved = np.zeros(a.size)
    z = a @ weights_of(v, sizes, 0).T
    for layer in range(1, sizes.size - 1):
        a = units_of(units, n, sizes, layer)
        da = (1.0 - a * a) * with_column(z, 0.0)
        moved = joined(moved, da)
        z = da @ weights_of(x, sizes, layer).T + a @ weights_of(v, sizes, layer).T
    return moved, z


@portable
def through(D, W, a):
    """Carry derivatives D from the outputs of a layer W to the outputs of the layer before."""
    return without_column((D @ W) * (1.0 - a * a))


@portable
def backward(units, n, x, D, sizes):
    """Return the gradient in x of a loss whose derivatives at the outputs are D."""
    gradient = np.empty(0)
    for step in range(sizes.size - 1):
        layer = sizes.size - 2 - step
        a = units_of(units, n, sizes, layer)
        gradient = joined(D.T @ a, gradient)
        if layer > 0:
            D = through(D, weights_of(x, sizes, layer), a)
    return gradient


@portable
def backward_slope(units, moved, n, x, v, D, DD, sizes):
    """Return the derivative of `backward` along v, where the units move by `moved`, D by DD."""
    product = np.empty(0)
    for step in range(sizes.size - 1):
        layer = sizes.size - 2 - step
        a, da = units_of(units, n, sizes, layer), units_of(moved, n, sizes, layer)
        product = joined(DD.T @ a + D.T @ da, product)
        if layer > 0:
            W, V = weights_of(x, sizes, layer), weights_of(v, sizes, layer)
            B = D @ W
            DD = without_column((DD @ W + D @ V) * (1.0 - a * a) - 2.0 * B * a * da)
            D = without_column(B * (1.0 - a * a))
    return product


@portable
def backward_rows(units, n, x, D, sizes):
    """Return, as `backward`, gradients, but one per row: shape (n, d)."""
    rows = np.empty((n, 0))
    for step in range(sizes.size - 1):
        layer = sizes.size - 2 - step
        a = units_of(units, n, sizes, layer)
        outer = D.reshape(n, -1, 1) * a.reshape(n, 1, -1)
        rows = np.concatenate((outer.reshape(n, -1), rows), axis=1)
        if layer > 0:
            D = through(D, weights_of(x, sizes, layer), a)
    return rows


@portable
def total_loss(Z, Y, softmax):
    """Return the sum of the losses: ||z - y||^2 / 2, or the cross-entropy of y and softmax(z)."""
    if not softmax:
        return 0.5 * np.sum((Z - Y) ** 2)
    total = 0.0
    for i in range(Z.shape[0]):
        largest = np.max(Z[i])
        total += largest + np.log(np.sum(np.exp(Z[i] - largest))) - Y[i] @ Z[i]
    return total


@portable
def probabilities(Z):
    """Return exp(Z) with each row divided by its sum, without overflow."""
    largest = np.empty((Z.shape[0], 1))
    for i in range(Z.shape[0]):
        largest[i, 0] = np.max(Z[i])
    e = np.exp(Z - largest)
    return e / (e @ np.ones((Z.shape[1], 1)))


@portable
def loss_slopes(Z, Y, softmax):
    """Return the derivatives of the losses at the outputs Z, shape (n, c)."""
    return (probabilities(Z) if softmax else Z) - Y


@portable
def loss_curves(Z, V, softmax):
    """Return the Hessians Q_i of the losses at the outputs Z, times the rows of V."""
    if not softmax:
        return V
    P = probabilities(Z)
    return P * (V - (P * V) @ np.ones((Z.shape[1], 1)))


@portable
def unit_rows(n, c, k, number):
    """Return a matrix (n, c) whose column k is a number, and the others 0."""
    D = np.zeros((n, c))
    for i in range(n):
        D[i, k] = number
    return D


@portable
def loss_draws(Z, k, softmax):
    """Return vectors s_ik, shape (n, c), such that the sum over k of s_ik s_ik' is Q_i.

    Under the softmax they are the slopes at a target k, times the root of k's probability; so the
    sum is the expectation over targets that the network draws itself.
    """
    if not softmax:
        return unit_rows(Z.shape[0], Z.shape[1], k, 1.0)
    P = probabilities(Z)
    return np.sqrt(P[:, k]).reshape(-1, 1) * (unit_rows(Z.shape[0], Z.shape[1], k, 1.0) - P)


@portable
def mean_loss(A, Y, sizes, softmax, x):
    """Return the mean of the losses."""
    return total_loss(forward(A, x, sizes)[1], Y, softmax) / A.shape[0]


@portable
def mean_gradient(A, Y, sizes, softmax, x):
    """Return the gradient of `mean_loss`, by backpropagation."""
    n = A.shape[0]
    units, Z = forward(A, x, sizes)
    return backward(units, n, x, loss_slopes(Z, Y, softmax), sizes) / n


@portable
def mean_hessian_product(A, Y, sizes, softmax, x, v):
    """Return the Hessian of `mean_loss` times v: the derivative of backpropagation along v."""
    n = A.shape[0]
    units, Z = forward(A, x, sizes)
    moved, DZ = forward_slope(units, n, x, v, sizes)
    D, DD = loss_slopes(Z, Y, softmax), loss_curves(Z, DZ, softmax)
    return backward_slope(units, moved, n, x, v, D, DD, sizes) / n


@portable
def mean_hessian(A, Y, sizes, softmax, x):
    """Return the Hessian of `mean_loss`, made of its products with the unit vectors."""
    H = np.empty((x.size, x.size))
    for j in range(x.size):
        e = np.zeros(x.size)
        e[j] = 1.0
        H[j] = mean_hessian_product(A, Y, sizes, softmax, x, e)
    return 0.5 * (H + H.T)


@portable
def mean_gauss_newton(A, sizes, softmax, x):
    """Return the mean of J_i' Q_i J_i, J_i the Jacobian of the outputs at input i."""
    n = A.shape[0]
    units, Z = forward(A, x, sizes)
    G = np.zeros((x.size, x.size))
    for k in range(Z.shape[1]):
        rows = backward_rows(units, n, x, loss_draws(Z, k, softmax), sizes)
        G = G + rows.T @ rows
    return G / n


@portable
def output_moments(units, Z, x, sizes, softmax, layer):
    """Return the second moment of the losses' derivatives at a layer's outputs.

    The targets are those that the network draws itself.
    """
    n = Z.shape[0]
    G = np.zeros((sizes[layer + 1], sizes[layer + 1]))
    for k in range(Z.shape[1]):
        D = loss_draws(Z, k, softmax)
        for step in range(sizes.size - 2 - layer):
            above = sizes.size - 2 - step
            D = through(D, weights_of(x, sizes, above), units_of(units, n, sizes, above))
        G = G + D.T @ D
    return G / n


@portable
def input_moments(units, n, sizes, layer):
    """Return the second moment of what enters a layer, the constant 1 among it."""
    a = units_of(units, n, sizes, layer)
    return a.T @ a / n


@portable
def kronecker_moments(hidden, units, Z, x, sizes, softmax):
    """Return (A_1, G_1, A_2, G_2, ...), a tuple whose length is known when it is compiled."""
    n = Z.shape[0]
    A1, G1 = input_moments(units, n, sizes, 0), output_moments(units, Z, x, sizes, softmax, 0)
    A2, G2 = input_moments(units, n, sizes, 1), output_moments(units, Z, x, sizes, softmax, 1)
    if len(hidden) == 1:
        return A1, G1, A2, G2
    A3, G3 = input_moments(units, n, sizes, 2), output_moments(units, Z, x, sizes, softmax, 2)
    if len(hidden) == 2:
        return A1, G1, A2, G2, A3, G3
    A4, G4 = input_moments(units, n, sizes, 3), output_moments(units, Z, x, sizes, softmax, 3)
    return A1, G1, A2, G2, A3, G3, A4, G4
