"""The simplex of Nelder and Mead: it crawls, stretches and shrinks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.black_box.populations import best_first, values_of
from optedu.parameters import require_positive
from optedu.protocol import method


class NelderMeadState(NamedTuple):
    x: np.ndarray  # the best vertex
    simplex: np.ndarray  # d + 1 vertices, flattened, the best first
    values: np.ndarray  # f at the vertices


@method
class NelderMead(NamedTuple):
    """The method of Nelder and Mead: replace the worst vertex of a simplex.

    Problem      minimize f(x) from values alone; only their order matters.
    Update       vertices v_0, ..., v_d from the best to the worst,  m = mean of v_0, ..., v_{d-1}
                 r = 2 m - v_d.  If f(r) < f(v_0): e = 3 m - 2 v_d, take the better of e and r
                 else if f(r) < f(v_{d-1}): take r
                 else if f(r) < f(v_d): o = (m + r) / 2, take it if f(o) <= f(r)
                 else: i = (m + v_d) / 2, take it if f(i) < f(v_d)
                 if nothing was taken: v_j = (v_0 + v_j) / 2 for all j
    Guarantee    none known in general: mckinnon1998 has a strictly convex function of two
                 variables where it stops at a point that is not stationary. The best value never
                 rises.
    Cost         1 or 2 values per step, d more where it shrinks.
    Use when     d is at most about five, and values are noisy or costly.
    Fails when   d is large: the simplex becomes flat; or on McKinnon's function.

    The rules and the ties are those of lagarias1998. The first simplex is x and x + size e_j, or
    x + size times the rows of `edges`.

    Parameters
    ----------
    size : float
        Length of the first edges, in the units of x.
    edges : numpy.ndarray, shape (d, d), optional
        Directions of the first edges from x, a row each; by default the axes.

    References
    ----------
    nelder1965; lagarias1998; mckinnon1998.

    Examples
    --------
    >>> import optedu as oe
    >>> trace = oe.run(oe.NelderMead(), oe.problems.Rosenbrock(), [-1.2, 1.0], max_iter=200)
    >>> trace.x.round(4)
    array([1., 1.])
    """

    size: float = 1.0
    edges: np.ndarray | None = None

    may_rest = True

    def check(self):
        """Refuse a size that is not positive, and edges that do not span the space."""
        require_positive(self, "size")
        edges = self.edges
        if edges is not None and (
            edges.ndim != 2
            or edges.shape[0] != edges.shape[1]
            or np.linalg.matrix_rank(edges) < edges.shape[0]
        ):
            raise ValueError(
                f"NelderMead: edges must be an invertible matrix, got shape {edges.shape}"
            )

    def init(self, problem, x):
        edges = np.eye(x.size)
        if self.edges is not None:
            edges = self.edges
        simplex = np.zeros((x.size + 1, x.size))
        simplex[1:] = self.size * edges
        simplex = simplex + x.ravel()
        return NelderMeadState(x, simplex, values_of(problem, simplex, x))

    def step(self, problem, state):
        order = best_first(state.values)
        V, values = state.simplex[order], state.values[order]
        m, worst, shape = np.sum(V[:-1], axis=0) / (V.shape[0] - 1), V[-1].copy(), state.x.shape
        taken = r = 2.0 * m - worst
        f_r = f = problem.value(r.reshape(shape))
        if f_r < values[0]:
            e = 3.0 * m - 2.0 * worst
            f_e = problem.value(e.reshape(shape))
            if f_e < f_r:
                taken, f = e, f_e
        elif f_r >= values[-2] or np.isnan(f_r):
            outside = f_r < values[-1]
            taken = 0.5 * (m + r) if outside else 0.5 * (m + worst)
            f = problem.value(taken.reshape(shape))
            good = f <= f_r if outside else f < values[-1]
            if not good:
                V = 0.5 * (V[0] + V)
                values[1:] = values_of(problem, V[1:], state.x)
                taken, f = V[-1].copy(), values[-1]
        V[-1], values[-1] = taken, f
        order = best_first(values)
        V, values = V[order], values[order]
        return NelderMeadState(V[0].copy().reshape(shape), V, values)
