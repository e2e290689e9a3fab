"""The step of cubic and of quadratic regularization, from one eigendecomposition of the Hessian.

With H = Q diag(lam) Q' both steps cost O(d^2), for every gradient and every weight.
"""

from __future__ import annotations

import numpy as np

from optedu.protocol import portable

ROOT_STEPS = 200


@portable
def decompose(H):
    """Return the eigenvalues of a symmetric H, ascending, and its eigenvectors, C-contiguous."""
    eigenvalues, vectors = np.linalg.eigh(np.ascontiguousarray(H))
    return eigenvalues, np.ascontiguousarray(vectors)


@portable
def divided(b, a):
    """Return b / a entry by entry, and 0 where a is 0."""
    quotient = np.zeros(b.size)
    for i in range(b.size):
        if a[i] != 0.0:
            quotient[i] = b[i] / a[i]
    return quotient


@portable
def norm(v):
    """Return the Euclidean norm of an array of any shape."""
    return np.sqrt(np.sum(v * v))


@portable
def secular_root(a, b, shift, M):
    """Find t >= 0 with ||b / (a + t)|| = 2 (shift + t) / M, for a >= 0 and M > 0.

    The function 1 / ||b / (a + t)|| - M / (2 (shift + t)) increases and is concave, so that
    Newton's iteration from the left of the root rises to it and never beyond. The start is
    the largest root of the equations that keep a single entry of b, each a quadratic in t. It has
    the root's own order of magnitude, so that t has all its digits even next to the hard case.

    Returns t, and 0 in the hard case, when the left side is at most the right one at t = 0.
    """
    t = 0.0
    for i in range(a.size):
        excess = 0.5 * M * np.abs(b[i]) - a[i] * shift
        if excess > 0.0:
            half = 0.5 * (a[i] + shift)
            root = excess / (half + np.sqrt(half * half + excess))
            if root > t:
                t = root
    for _ in range(ROOT_STEPS):
        length = norm(divided(b, a + t))
        radius = 2.0 * (shift + t) / M
        if length <= radius or radius == 0.0:  # the root, to rounding; or the hard case
            return t
        curved = np.sum(divided(divided(b, a + t) ** 2, a + t)) / length**2
        slope = curved / length + 1.0 / (radius * (shift + t))
        new = t + (1.0 / radius - 1.0 / length) / slope
        if not new > t:
            return t
        t = new
    return t


@portable
def cubic_step(eigenvalues, vectors, g, M):
    """Minimize <g, h> + <H h, h> / 2 + M ||h||^3 / 6 over h, exactly, also in the hard case.

    The minimizer is characterized by (H + (M r / 2) I) h = -g with r = ||h|| and
    H + (M r / 2) I positive semidefinite (nesterov2006). Written in the eigenvectors this is one
    equation for one number. In the hard case, where g has no part along the lowest eigenvector
    and the other parts are too short, a multiple of that eigenvector completes the step. With
    M = 0 the step is Newton's.

    Parameters
    ----------
    eigenvalues, vectors : numpy.ndarray, shapes (d,) and (d, d)
        What `decompose` returns for H.
    g : numpy.ndarray, shape (d,)
    M : float
        At least 0.

    Returns
    -------
    numpy.ndarray, shape (d,)
        The step h.
    """
    b = vectors.T @ g
    if M == 0.0:
        return -(vectors @ divided(b, eigenvalues))
    shift = max(0.0, -eigenvalues[0])
    a = eigenvalues + shift
    t = secular_root(a, b, shift, M)
    h = -divided(b, a + t)
    if t == 0.0 and a[0] == 0.0:
        radius = 2.0 * shift / M
        h[0] = np.sqrt(max(radius * radius - np.sum(h * h), 0.0)) * orientation(vectors[:, 0])
    return vectors @ h


@portable
def orientation(v):
    """Return the sign of the entry of v that is largest in absolute value."""
    return 1.0 if v[np.argmax(np.abs(v))] >= 0.0 else -1.0


@portable
def regularized_step(eigenvalues, vectors, g, weight):
    """Return -(H + weight I)^{-1} g; an H with negative eigenvalues is shifted to H >= 0 first."""
    shift = max(0.0, -eigenvalues[0]) + weight
    return -(vectors @ divided(vectors.T @ g, eigenvalues + shift))


@portable
def model_value(eigenvalues, vectors, g, h, M):
    """Return <g, h> + <H h, h> / 2 + M ||h||^3 / 6."""
    y = vectors.T @ h
    return np.sum(g * h) + 0.5 * np.sum(eigenvalues * y * y) + M * norm(h) ** 3 / 6.0
