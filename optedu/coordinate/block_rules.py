"""Which block to move, and how far: rules that the greedy block methods share."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.protocol import portable

RULES = ("cyclic", "GS", "GSL", "GSD", "GSQ")
"""Names of the rules; inside a step a rule is its index here."""

UPDATES = ("scalar", "matrix")
PARTITIONS = ("variable", "order", "sorted", "average")
CYCLIC, GS, GSL, GSD, GSQ = range(5)
PASSES = 10


@portable
def block_of(H, block):
    """Return the rows and columns of H at the indices `block`."""
    part = np.empty((block.size, block.size))
    for a in range(block.size):
        for b in range(block.size):
            part[a, b] = H[block[a], block[b]]
    return part


@portable
def largest_eigenvalue(H):
    """Return the largest eigenvalue of a symmetric matrix."""
    return H[0, 0] if H.shape[0] == 1 else np.linalg.eigvalsh(H)[-1]


@portable
def solve_positive(H, g):
    """Return H^-1 g for a positive semidefinite H whose range holds g.

    A ridge of 1e-14 of the largest diagonal entry keeps a singular H solvable.
    """
    ridge = 1e-14 * np.max(np.diag(H)) + 1e-300
    return np.linalg.solve(H + ridge * np.eye(g.size), g)


@portable
def block_score(rule, g, block, H, L_b):
    """Return what the rule promises of a block: twice the decrease, in the rule's own bound."""
    part = g[block]
    if rule == GS:
        return np.sum(part * part)
    if rule == GSL:
        return np.sum(part * part) / L_b
    if rule == GSD:
        total = 0.0
        for i in block:
            total += g[i] * g[i] / max(H[i, i], 1e-300)
        return total
    return np.sum(part * solve_positive(block_of(H, block), part))


@portable
def largest_entries(scores, size):
    """Return the indices of the `size` largest scores, in increasing order."""
    return np.sort(np.argsort(-scores)[:size])


@portable
def variable_block(rule, g, size, H, L):
    """Return the block of this size that the rule likes best, among all blocks.

    For GSQ that is a hard problem; ten passes of iterative hard thresholding on the model
    <g, d> + <d, H d> / 2, in variables scaled to unit diagonal, approximate it from the block of
    GSD. L bounds the eigenvalues of the scaled H.
    """
    D = np.maximum(np.diag(H), 1e-300)
    block = largest_entries(g * g if rule == GS else g * g / D, size)
    if rule != GSQ:
        return block
    d = np.zeros(g.size)
    d[block] = -g[block] / D[block]
    for _ in range(PASSES):
        trial = d - (g + H @ d) / (L * D)
        block = largest_entries(trial * trial * D, size)
        d = np.zeros(g.size)
        d[block] = trial[block]
    return block


def index_of(name: str, value: Any, names: tuple[str, ...], owner: str) -> int:
    """Return the index of a name; an index is one already.

    Raises
    ------
    ValueError
        If it is neither.
    """
    if isinstance(value, str) and value in names:
        return names.index(value)
    if not isinstance(value, str) and value in range(len(names)):
        return int(value)
    raise ValueError(f"{owner}: {name} must be one of {', '.join(names)}, got {value!r}")


def partition_order(partition: int, L: np.ndarray) -> np.ndarray:
    """Return the coordinates in the order in which consecutive ones make the fixed blocks.

    Parameters
    ----------
    partition : int
        Index in `PARTITIONS`: as they are numbered; from the largest L_i to the smallest; or with
        a large, a small, a large L_i in turn, so that blocks have nearly equal averages.
    L : numpy.ndarray, shape (d,)
    """
    falling = np.argsort(-L, kind="stable")
    if PARTITIONS[partition] == "sorted":
        return falling
    if PARTITIONS[partition] == "average":
        half = (L.size + 1) // 2
        order = np.empty(L.size, dtype=np.int64)
        order[0::2], order[1::2] = falling[:half], falling[half:][::-1]
        return order
    return np.arange(L.size)
