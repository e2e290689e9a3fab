"""Around an optimal network the objective is smooth in what is free to move."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.linalg import block_diag

from optedu.optimal_networks.directions import has_cones, unit_cone, unit_signs
from optedu.problems.convex_relu import fit_curvature, fit_slope


class SmoothPiece(NamedTuple):
    """The objective in w, where x_i = N_i w_i for the units that are not 0.

    Parameters
    ----------
    units : numpy.ndarray of int, shape (k,)
        The rows of x that are not 0.
    bases : list of numpy.ndarray, shape (d, m_i)
        N_i: an orthonormal basis of what keeps to the walls of the cone on which x_i lies.
    columns : numpy.ndarray, shape (n, sum m_i)
        z = columns w.
    w : numpy.ndarray, shape (sum m_i,)
    """

    units: np.ndarray
    bases: list[np.ndarray]
    columns: np.ndarray
    w: np.ndarray

    def parts(self, w: np.ndarray) -> list[np.ndarray]:
        """Return w_1, ..., w_k."""
        return np.split(w, np.cumsum([N.shape[1] for N in self.bases])[:-1])

    def normals(self, w: np.ndarray) -> np.ndarray:
        """Return w_i / ||w_i||, one after the other: the gradient of the norms."""
        return np.concatenate([v / np.linalg.norm(v) for v in self.parts(w)])

    def gradient(self, problem: Any, w: np.ndarray) -> np.ndarray:
        """Return the gradient in w."""
        slope = fit_slope(self.columns @ w, problem.y, problem.logistic)
        return self.columns.T @ slope + problem.beta * self.normals(w)

    def hessian(self, problem: Any, w: np.ndarray) -> np.ndarray:
        """Return the Hessian in w."""
        curvature = fit_curvature(self.columns @ w, problem.y, problem.logistic)
        blocks = []
        for v in self.parts(w):
            size = np.linalg.norm(v)
            blocks.append((np.eye(v.size) - np.outer(v, v) / size**2) / size)
        return self.columns.T @ (curvature[:, None] * self.columns) + problem.beta * block_diag(
            *blocks
        )

    def point(self, problem: Any, w: np.ndarray) -> np.ndarray:
        """Return x."""
        x = np.zeros(problem.shape)
        for i, N, v in zip(self.units, self.bases, self.parts(w), strict=True):
            x[i] = N @ v
        return x


def smooth_piece(problem: Any, x: np.ndarray, tol: float = 1e-8) -> SmoothPiece:
    """Return the smooth piece of the objective on which x, not 0, lies.

    Parameters
    ----------
    problem : GatedReLU or ConvexReLU
    x : numpy.ndarray
    tol : float
        A row of K_i x_i is 0 if it is below this part of ||x_i|| times the length of the row.

    Raises
    ------
    ValueError
        If x is 0: there nothing is smooth.
    """
    units = np.flatnonzero(np.linalg.norm(x, axis=1))
    if not units.size:
        raise ValueError("smooth_piece: x = 0 has no unit")
    lengths = np.linalg.norm(problem.X, axis=1)
    D, signs = problem.patterns, unit_signs(problem)
    bases, columns, w = [], [], []
    for i in units:
        N = np.eye(x.shape[1])
        if has_cones(problem):
            heights = unit_cone(problem, i) @ x[i]
            walls = problem.X[np.abs(heights) <= tol * np.linalg.norm(x[i]) * lengths]
            if len(walls):
                _, sizes, rows = np.linalg.svd(walls)
                rank = int(np.sum(sizes > 1e-10 * max(sizes[0], 1e-300)))
                N = rows[rank:].T
        bases.append(N)
        columns.append(signs[i] * D[:, i % D.shape[1], None] * (problem.X @ N))
        w.append(N.T @ x[i])
    return SmoothPiece(units, bases, np.concatenate(columns, axis=1), np.concatenate(w))


def polish(problem: Any, x: np.ndarray, steps: int = 40) -> np.ndarray:
    """Return x after steps of Newton's method on its smooth piece, and on those it comes to.

    A step ends where a unit would turn round, which then is left out, or would leave its cone,
    whose wall it keeps to from then on; and it is halved until the value does not rise. Where the
    Hessian is singular, as it is if there are many optimal networks, the shortest step is taken.
    """
    value = float(problem.value(x))
    for _ in range(steps):
        if not np.any(x):
            break
        piece = smooth_piece(problem, x)
        H, g = piece.hessian(problem, piece.w), piece.gradient(problem, piece.w)
        step = piece.point(problem, -np.linalg.lstsq(H, g, rcond=1e-11)[0])
        t, lost = _longest(problem, x, step, piece.units)
        new = x + t * step
        if lost is not None:
            new[lost] = 0.0
        while not (reached := float(problem.value(new))) <= value + 1e-15 * abs(value):
            t /= 2
            if t < 1e-6:
                return x
            new = x + t * step
        value, x = min(value, reached), new
        if t * np.abs(step).max() <= 1e-15 * np.abs(x).max():
            break
    return x


def _longest(problem: Any, x: np.ndarray, step: np.ndarray, units: np.ndarray):
    """Return how much of a step can be taken, and the unit that turns round then, or None."""
    t, lost = 1.0, None
    lengths = np.linalg.norm(problem.X, axis=1)
    for i in units:
        back = -float(step[i] @ x[i])
        if back > 0 and float(x[i] @ x[i]) / back < t:
            t, lost = float(x[i] @ x[i]) / back, i
        if has_cones(problem):
            K = unit_cone(problem, i)
            heights, falls = K @ x[i], -(K @ step[i])
            free = (heights > 1e-8 * np.linalg.norm(x[i]) * lengths) & (falls > 0)
            if free.any() and (first := float(np.min(heights[free] / falls[free]))) < t:
                t, lost = first, None
    return t, lost
