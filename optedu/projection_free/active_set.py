"""The active set: the atoms that an iterate is made of, and their weights.

An atom is a flattened point that the linear minimizer returned. Atoms are the rows of a matrix,
no two of them equal; their weights are positive and sum to 1; the iterate is their combination.
Each function returns new arrays.
"""

from __future__ import annotations

import numpy as np

from optedu.protocol import portable


@portable
def first_atom(s):
    """Return the set that holds s alone, of any shape."""
    return s.copy().reshape(1, -1), np.ones(1)


@portable
def position(atoms, atom):
    """Return the row that equals the atom in every entry, -1 where there is none."""
    for i in range(atoms.shape[0]):
        if np.all(atoms[i] == atom):
            return i
    return -1


@portable
def combination(atoms, weights):
    """Return sum_i weights_i atoms_i, flattened."""
    return weights @ atoms


@portable
def without_empty(atoms, weights):
    """Return the atoms of positive weight, with the weights scaled to sum to 1."""
    kept = np.nonzero(weights > 0.0)[0]
    left = weights[kept]
    return atoms[kept], left / np.sum(left)


@portable
def with_weight(atoms, weights, atom, amount):
    """Return the set with so much weight added to the atom, which may be new to it."""
    i = position(atoms, atom)
    if i >= 0:
        more = weights.copy()
        more[i] += amount
        return atoms, more
    return np.vstack((atoms, atom.reshape(1, -1))), np.append(weights, amount)


@portable
def toward_atom(atoms, weights, atom, t):
    """Return the set of (1 - t) x + t atom: a Frank-Wolfe step. t = 1 leaves this atom alone.

    Here and below, t = 0 changes nothing.
    """
    if t <= 0.0:
        return atoms, weights
    atoms, weights = with_weight(atoms, (1.0 - t) * weights, atom, t)
    return without_empty(atoms, weights)


@portable
def away_from_atom(atoms, weights, i, t, drop):
    """Return the set of (1 + t) x - t a_i: an away step, that may drop the atom."""
    if t <= 0.0:
        return atoms, weights
    new = (1.0 + t) * weights
    new[i] = 0.0 if drop else new[i] - t
    return without_empty(atoms, new)


@portable
def from_atom_to(atoms, weights, i, atom, t, drop):
    """Return the set of x + t (atom - a_i): a pairwise step, that may drop a_i."""
    if t <= 0.0:
        return atoms, weights
    new = weights.copy()
    new[i] = 0.0 if drop else new[i] - t
    atoms, new = with_weight(atoms, new, atom, t)
    return without_empty(atoms, new)
