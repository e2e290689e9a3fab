"""Dictionaries for the transport distance: each image is a mixture of outer products.

Images x_i are distributions on a grid of h x w pixels. An atom is the outer product of two
distributions, one of its height and one of its width, and an image is modelled by a mixture of r
atoms. The distance of an image to its model is the entropic transport cost W:

    minimize F(U, V, H) = sum_i W(x_i, b_i),    b_i = sum_k H_ik u_k v_k',
    W(a, b) = min <C, P> + t sum P (log P - 1)  over plans P with row sums a and column sums b,

over u_k, v_k and the codes H_i on simplices. F is convex in each of the three blocks U, V, H, and
block descent with the proximal term lambda/2 ||new - old||^2 is that of kwon2023, who solve each
block in the dual. So do we: with W*_a(g) = sum_s a_s t log sum_j exp((g_j - C_sj) / t) + constant,
the dual of a block, minimize over potentials g_i

    sum_i W*_{x_i}(g_i) - min over u of sum_i <g_i, b_i(u)> + lambda/2 ||u - old||^2,

is smooth, and u, on simplices, is a projection. (The paper regularizes by
entropy as well; we do not regularize the factors so.)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.newton.lbfgs import LBFGS
from optedu.problems.functions import Problem
from optedu.running.run import run


class Dictionary(NamedTuple):
    """The three blocks, each row a distribution."""

    U: np.ndarray  # shape (r, h): heights
    V: np.ndarray  # shape (r, w): widths
    H: np.ndarray  # shape (n, r): codes


def grid_cost(height: int, width: int) -> np.ndarray:
    """Return squared distances of pixels, the largest 1, shape (height width, height width)."""
    i, j = np.divmod(np.arange(height * width), width)
    C = (i[:, None] - i) ** 2 + (j[:, None] - j) ** 2
    return C / C.max()


def simplex_rows(X: np.ndarray) -> np.ndarray:
    """Return the nearest point of the simplex to each row."""
    s = -np.sort(-X, axis=1)
    tops = (np.cumsum(s, axis=1) - 1) / np.arange(1, X.shape[1] + 1)
    last = np.sum(s > tops, axis=1) - 1
    return np.maximum(X - tops[np.arange(len(X)), last][:, None], 0.0)


def atoms(D: Dictionary) -> np.ndarray:
    """Return the outer products of all atoms, shape (r, h w)."""
    return np.einsum("kp,kq->kpq", D.U, D.V).reshape(len(D.U), -1)


def conjugate(G: np.ndarray, images: np.ndarray, C: np.ndarray, t: float):
    """Return sum_i W*_{x_i}(g_i), and its gradient: what each plan sends to each pixel."""
    top = np.max(G, axis=1, keepdims=True)
    E, K = np.exp((G - top) / t), np.exp(-C / t)
    S = E @ K
    mass = images > 0
    logs = np.where(mass, np.log(S) - np.log(np.where(mass, images, 1.0)), 0.0)
    value = np.sum(images * (top + t * logs)) + t * np.sum(images)
    return float(value), E * ((images / S) @ K)


def transport_costs(
    images: np.ndarray, models: np.ndarray, C: np.ndarray, t: float, rounds: int = 3000
) -> np.ndarray:
    """Return W(x_i, b_i) for each i, by matrix scaling; masses may be 0."""
    K = np.exp(-C / t)
    b = np.ones_like(models)
    for _ in range(rounds):
        a = images / (b @ K)
        new = models / (a @ K)
        done = np.max(np.abs(new - b)) <= 1e-14 * np.max(new)
        b = new
        if done:
            break
    a = images / (b @ K)

    def paired(x, s):
        return np.sum(x * np.log(np.where(x > 0, s, 1.0)), axis=1)

    return t * (paired(images, a) + paired(models, b) - np.sum(images, axis=1))


def block_map(D: Dictionary, block: int, n: int) -> np.ndarray:
    """Return the matrix M with (b_1, ..., b_n) = M u, u the entries of one block, row by row."""
    r, h, w = len(D.U), D.U.shape[1], D.V.shape[1]
    if block == 0:
        M = np.einsum("ik,kq,pP->ipqkP", D.H, D.V, np.eye(h))
        return M.reshape(n * h * w, r * h)
    if block == 1:
        M = np.einsum("ik,kp,qQ->ipqkQ", D.H, D.U, np.eye(w))
        return M.reshape(n * h * w, r * w)
    M = np.einsum("iI,kj->ijIk", np.eye(n), atoms(D))
    return M.reshape(n * h * w, n * r)


def block_dual(D: Dictionary, block: int, images: np.ndarray, C: np.ndarray, t: float, lam: float):
    """Return the smooth dual of a block, a problem in the potentials, and a map to the block."""
    M, old, shape = block_map(D, block, len(images)), D[block], images.shape

    def primal(x):
        return simplex_rows(old - (M.T @ x).reshape(old.shape) / lam)

    def value(x):
        u = primal(x)
        least = x @ (M @ u.ravel()) + lam / 2 * np.sum((u - old) ** 2)
        return conjugate(x.reshape(shape), images, C, t)[0] - least

    def gradient(x):
        sent = conjugate(x.reshape(shape), images, C, t)[1].ravel()
        return sent - M @ primal(x).ravel()

    return Problem.from_functions(value, gradient=gradient, shape=(images.size,)), primal


def learn(
    images: np.ndarray, height: int, width: int, rank: int = 4, t: float = 0.05,
    regularization: float = 0.1, cycles: int = 10, steps: int = 200, seed: int = 0,
) -> tuple[Dictionary, list[tuple[float, float]]]:  # fmt: skip
    """Return a dictionary by block descent with proximal regularization.

    Parameters
    ----------
    images : array_like, shape (n, height * width)
        Each row a distribution.
    height, width : int
        Of the grid.
    rank : int
        r, the number of atoms.
    t : float
        Entropic regularization of transport; the largest cost is 1.
    regularization : float
        lambda, positive.
    cycles : int
        Each renews U, V and H once.
    steps : int
        L-BFGS steps on the dual of a block, at most.
    seed : int
        Draws the first blocks.

    Returns
    -------
    dictionary : Dictionary
    record : list of (float, float)
        F, and the squared length of the block's change, after each block; at first (F, 0).
    """
    images, C = np.asarray(images, dtype=float), grid_cost(height, width)
    rng = np.random.default_rng(seed)
    D = Dictionary(
        rng.dirichlet(np.ones(height), rank), rng.dirichlet(np.ones(width), rank),
        rng.dirichlet(np.ones(rank), len(images)),
    )  # fmt: skip

    def total(D):
        return float(np.sum(transport_costs(images, D.H @ atoms(D), C, t)))

    record, potentials = [(total(D), 0.0)], np.zeros(images.size)
    for _ in range(cycles):
        for block in range(3):
            dual, primal = block_dual(D, block, images, C, t, regularization)
            potentials = run(
                LBFGS(), dual, potentials, max_iter=steps, tol=1e-9, execution="python"
            ).x
            new = primal(potentials)
            moved = float(np.sum((new - D[block]) ** 2))
            D = Dictionary(*(new if i == block else part for i, part in enumerate(D)))
            record.append((total(D), moved))
    return D, record
