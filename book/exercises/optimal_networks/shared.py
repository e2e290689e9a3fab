"""What the checks of this chapter's exercises share."""

import numpy as np
from scipy.optimize import nnls


def first_unit(X, y, D):
    """Return the largest beta with a unit, for gates."""
    return max(np.linalg.norm(X.T @ (column * y)) for column in D.T)


def dependence(M):
    """Return a vector that M does not see."""
    return np.linalg.svd(M)[2][-1]


def missing_without(A, z):
    """Return for each unit how far from z the others come, with a >= 0."""
    return np.array([nnls(np.delete(A, i, axis=1), z)[1] for i in range(A.shape[1])])


def onto_cone(K, v):
    """Return the point of K x >= 0 nearest to v."""
    return v + K.T @ nnls(K.T, -v)[0]


def shortened(v, t):
    """Return v, by t shorter, or 0."""
    size = np.linalg.norm(v)
    return 0 * v if size <= t else (1 - t / size) * v


def cones(rng):
    """Yield cones, each with a point."""
    for side in (-1, 1):  # a narrow cone, seen from behind
        axis, half = rng.uniform(0, 2 * np.pi), rng.uniform(0.25, 0.5)
        normals = axis + np.array([-1, 1]) * (np.pi / 2 - half)
        back = axis + side * rng.uniform(2.2, 2.5)
        K = np.column_stack([np.cos(normals), np.sin(normals)])
        yield K, 4 * np.array([np.cos(back), np.sin(back)])
    for n, d in ((1, 2), (3, 2), (5, 3)):
        inside = rng.standard_normal(d)
        K = rng.standard_normal((n, d))
        K *= np.sign(K @ inside)[:, None]
        wall = np.linalg.svd(K[:1])[2][-1]
        yield K, 3 * rng.standard_normal(d)
        yield K, 2 * inside
        yield K, -2 * inside + 0.5 * rng.standard_normal(d)
        yield K, 3 * wall - 2 * K[0] / np.linalg.norm(K[0])
