"""Gram iteration: upper bounds on a spectral norm that converge faster than any power.

With G_0 = G and G_{t+1} = G_t' G_t, the singular values of G_t are sigma_i^(2^t), so that

    bound_t = ||G_t||_F^(2^-t) = (sum_i sigma_i^p)^(1/p),  p = 2^(t + 1),

the Schatten p-norm of G: at least sigma_1, at most rank(G)^(1/p) sigma_1 (attained when all
singular values are equal), and differentiable. The numbers would overflow after a few steps; each
G_t is therefore divided by its Frobenius norm, whose logarithm is carried along.

`power_iteration` gives lower bounds, at a linear rate. A convolution with periodic boundary is
block-diagonal in the Fourier basis; `convolution_blocks` returns its blocks, of which
`convolution_bound` takes the largest bound.

The method is that of Delattre, Barthelemy, Araujo and Allauzen (delattre2023).
"""

from __future__ import annotations

import numpy as np


def gram_iteration(G: np.ndarray, steps: int) -> np.ndarray:
    """Return an upper bound on the spectral norm after each step.

    Parameters
    ----------
    G : array_like, shape (..., m, n)
        One matrix, or a stack of them; real or complex.
    steps : int
        Number of Gram products.

    Returns
    -------
    numpy.ndarray, shape (steps + 1, ...)
        Entry t is ||G_t||_F^(2^-t); entry 0 is the Frobenius norm of G.

    Examples
    --------
    >>> G = np.diag([3.0, 2.0, 1.0])
    >>> gram_iteration(G, 4).round(4)
    array([3.7417, 3.1463, 3.0144, 3.0003, 3.    ])
    """
    G = np.asarray(G)
    if steps < 0:
        raise ValueError(f"steps must not be negative, got {steps}")
    if G.shape[-2] < G.shape[-1]:
        G = _adjoint(G)
    logarithm, bounds = 0.0, []
    for t in range(steps + 1):
        G, norm = _normalized(G)
        with np.errstate(divide="ignore"):
            logarithm = 2.0 * logarithm + np.log(norm) if t else np.log(norm)
        bounds.append(np.exp(logarithm / 2.0**t))
        G = _adjoint(G) @ G
    return np.array(bounds)


def gram_gradient(G: np.ndarray, steps: int) -> np.ndarray:
    """Return the gradient of the last bound with respect to a real matrix.

    It is G (G'G)^(p/2 - 1) / bound^(p - 1), p = 2^(steps + 1), and the exponent p/2 - 1 is
    1 + 2 + 4 + ..., so that the product of the G_t that were computed anyway gives it.

    Parameters
    ----------
    G : array_like, shape (m, n)
        Not zero.
    steps : int
        Number of Gram products.

    Returns
    -------
    numpy.ndarray, shape (m, n)
        Tends to u_1 v_1', the gradient of sigma_1 where that is simple.

    Examples
    --------
    >>> gram_gradient(np.diag([3.0, 2.0, 1.0]), 5).round(6) + 0.0
    array([[1., 0., 0.],
           [0., 0., 0.],
           [0., 0., 0.]])
    """
    product, _ = _normalized(np.asarray(G, dtype=float))
    current = product
    for _ in range(steps):
        current, _ = _normalized(current.T @ current)
        product, _ = _normalized(product @ current)
    # The bound is homogeneous of degree one, so <gradient, G> = bound gives the scale.
    return product * (gram_iteration(G, steps)[-1] / np.sum(product * G))


def power_iteration(G: np.ndarray, steps: int, seed: int | np.random.Generator = 0) -> np.ndarray:
    """Return a lower bound on the spectral norm after each step.

    Parameters
    ----------
    G : array_like, shape (m, n)
        Real.
    steps : int
        Number of products with G'G.
    seed : int or numpy.random.Generator
        Draws the first direction.

    Returns
    -------
    numpy.ndarray, shape (steps + 1,)
        Entry t is ||G v|| at the unit vector v after t products; it never decreases.

    Examples
    --------
    >>> power_iteration(np.diag([3.0, 2.0, 1.0]), 40)[-1].round(6)
    np.float64(3.0)
    """
    G = np.asarray(G, dtype=float)
    v = np.random.default_rng(seed).standard_normal(G.shape[1])
    bounds = []
    for _ in range(steps + 1):
        v = v / np.linalg.norm(v)
        w = G @ v
        bounds.append(np.linalg.norm(w))
        v = G.T @ w
    return np.array(bounds)


def convolution_blocks(kernel: np.ndarray, n: int) -> np.ndarray:
    """Return the diagonal blocks of a periodic convolution in the Fourier basis.

    Parameters
    ----------
    kernel : array_like, shape (c_out, c_in, k, k)
        Real weights.
    n : int
        Images have n x n pixels; n >= k.

    Returns
    -------
    numpy.ndarray of complex, shape (n * n, c_out, c_in)
        One block for each frequency; the singular values of all are those of the layer.

    Raises
    ------
    ValueError
        If the kernel has not four axes, or is larger than the image.
    """
    kernel = np.asarray(kernel, dtype=float)
    if kernel.ndim != 4 or max(kernel.shape[2:]) > n:
        raise ValueError(
            f"kernel must have shape (c_out, c_in, k, k) with k <= n = {n}, got {kernel.shape}"
        )
    spectrum = np.fft.fft2(kernel, s=(n, n))
    return spectrum.reshape(*kernel.shape[:2], n * n).transpose(2, 0, 1)


def convolution_bound(kernel: np.ndarray, n: int, steps: int) -> np.ndarray:
    """Return an upper bound on the spectral norm of a periodic convolution after each step.

    Parameters
    ----------
    kernel : array_like, shape (c_out, c_in, k, k)
        Real weights.
    n : int
        Images have n x n pixels; n >= k. With n + k - 1 in place of n the bound also holds for
        zero padding, whose matrix is a part of the periodic one.
    steps : int
        Number of Gram products.

    Returns
    -------
    numpy.ndarray, shape (steps + 1,)

    Examples
    --------
    >>> box = np.full((1, 1, 3, 3), 1 / 9)
    >>> convolution_bound(box, 8, 5)[-1].round(6)
    np.float64(1.0)
    """
    return gram_iteration(convolution_blocks(kernel, n), steps).max(axis=1)


def _adjoint(G: np.ndarray) -> np.ndarray:
    return np.conj(np.swapaxes(G, -1, -2))


def _normalized(G: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each matrix over its Frobenius norm (zero stays zero), and the norms."""
    scale = np.abs(G).max(axis=(-2, -1), keepdims=True)
    scale = np.where(scale > 0, scale, 1.0)
    scaled = G / scale
    norm = np.sqrt((np.abs(scaled) ** 2).sum(axis=(-2, -1), keepdims=True))
    return scaled / np.where(norm > 0, norm, 1.0), (norm * scale)[..., 0, 0]
