"""The Hungarian method: one shortest augmenting path per step."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.problems.transport_assignment import assignment_gap, partner_of, require_square
from optedu.protocol import method, portable


class HungarianAssignmentState(NamedTuple):
    x: np.ndarray  # the partial assignment, one row more with each step
    v: np.ndarray  # potentials of the columns


@portable
def shortest_path(D, v, column, root):
    """Return the cheapest way from a free row to a free column, by Dijkstra's algorithm.

    Parameters
    ----------
    D : numpy.ndarray, shape (n, n)
        The cost.
    v : numpy.ndarray, shape (n,)
        Potentials, with which each assigned row has its cheapest column.
    column : numpy.ndarray of int, shape (n,)
        The column of each row, -1 where there is none.
    root : int
        The free row.

    Returns
    -------
    tuple of (int, numpy.ndarray, numpy.ndarray)
        The free column; the row before each column on its path; the potentials that make the
        path free of charge and keep every row at its cheapest column.
    """
    n = D.shape[0]
    row = np.full(n, -1)
    for i in range(n):
        if column[i] >= 0:
            row[column[i]] = i
    length, before, reached = np.full(n, np.inf), np.full(n, root), np.zeros(n, np.bool_)
    i, far, paid = root, 0.0, np.min(D[root] - v)
    while True:
        for j in range(n):
            through = far + D[i, j] - v[j] - paid
            if not reached[j] and through < length[j]:
                length[j], before[j] = through, i
        j = np.argmin(np.where(reached, np.inf, length))
        reached[j] = True
        far, i = length[j], row[j]
        if i < 0:
            return j, before, np.where(reached, v + length - far, v)
        paid = D[i, j] - v[j]


@method
class HungarianAssignment(NamedTuple):
    """The Hungarian method by shortest augmenting paths: each step assigns one more row.

    Problem      minimize <C, X> over the permutation matrices X.
    Update       from the first free row, the cheapest path to a free column, where row i to
                 column j costs C_ij - u_i - v_j >= 0, and an assigned column goes back to its row
                 for nothing; v_j lowered by how much nearer than the end column j was; every
                 row on the path moves to the next column.
    Guarantee    n steps to a solution. At any time u_i = min_j C_ij - v_j are feasible, and each
                 assigned row pays exactly u_i + v_j: the assigned part is optimal in itself.
    Cost         one gradient (the cost) and at most n^2 additions per step, n^3 in all.
    Use when     the exact assignment of some thousand rows is wanted.
    Fails when   a rough answer would do: nothing is complete before the last step.

    References
    ----------
    kuhn1955; jonker1987.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Assignment([[1.0, 2.0], [2.0, 4.0]])
    >>> trace = oe.run(oe.HungarianAssignment(), problem)
    >>> trace.x.astype(int), float(problem.value(trace.x)), len(trace) - 1
    (array([[0, 1],
           [1, 0]]), 4.0, 2)
    """

    certificate_name = "duality gap"

    def resolve(self, problem):
        """Refuse a problem whose iterate is not a square matrix."""
        require_square(self, problem)
        return self

    def init(self, problem, x):
        return HungarianAssignmentState(np.zeros(x.shape), np.zeros(x.shape[0]))

    def step(self, problem, state):
        x, v = state
        column = partner_of(x)
        if np.min(column) >= 0:
            return state
        root = np.argmin(column)
        j, before, v = shortest_path(problem.gradient(x), v, column, root)
        x = x.copy()
        while True:
            i = before[j]
            x[i] = 0.0
            x[i, j] = 1.0
            if i == root:
                return HungarianAssignmentState(x, v)
            j = column[i]

    def certificate(self, problem, state):
        """Return what X costs more than the dual value of v; no assignment costs less."""
        return assignment_gap(problem.gradient(state.x), state.x, state.v)
