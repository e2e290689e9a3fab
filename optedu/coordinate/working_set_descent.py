"""Working sets: coordinate descent where the solution may be nonzero, and nowhere else."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.kernels.coordinate_descent import elastic_net, l1_violation, minimize_l1_quadratic
from optedu.oracles import value_and_gradient
from optedu.parameters import constant, require_positive
from optedu.problems.sparse_models import restricted_gap
from optedu.protocol import method, portable


class WorkingSetDescentState(NamedTuple):
    x: np.ndarray  # the iterate
    f: float  # the objective there, penalty included
    g: np.ndarray  # the gradient of the smooth part there
    gap: float  # bound on f(x) - f*
    working: np.ndarray  # the working set of the last step


@portable
def choose_working_set(x, g, l1, l2, size):
    """Return the support and the worst offenders outside, at most twice the support or `size`."""
    rank = l1_violation(x, g, l1, l2)
    used = x != 0.0
    offenders = np.sort(rank[(rank > 0.0) & ~used])
    free = max(size - np.sum(used), np.sum(used))
    least = offenders[max(offenders.size - free, 0)] if offenders.size > 0 else np.inf
    return np.flatnonzero(used | (rank >= least))


@portable
def scaled_columns(problem, working, x):
    """Return the columns of the Jacobian in the working set, one per row, so that B B' = J'QJ."""
    root = np.sqrt(problem.output_curvature(x))
    B = np.empty((working.size, root.size))
    for i in range(working.size):
        np.multiply(root, problem.jacobian_column(working[i], x), B[i])
    return B


@portable
def search(problem, x, value, g, step, slope):
    """Return the first of x + step, x + step / 2, ... that decreases the objective enough.

    With it its value and gradient; x with its own where there is none.
    """
    t = 1.0
    noise = 1e-15 * np.abs(value)
    for _ in range(40):
        trial = x + t * step
        found, gradient = value_and_gradient(problem, trial)
        if not found > value + 1e-4 * t * slope + noise:  # NaN too: the run ends with it
            return trial, found, gradient
        t = 0.5 * t
    return x, value, g


@method
class WorkingSetDescent(NamedTuple):
    """Coordinate descent on a growing working set, with Anderson extrapolation.

    Problem      minimize F(x) = f(A x) + l1 ||x||_1 + l2 ||x||^2 / 2, f >= 0 a convex sum of one
                 term per output: Lasso, elastic net, sparse logistic regression.
    Update       W = support of x and the coordinates that violate the optimality conditions
                 most, `size` or twice the support of them
                 v = minimizer on W of the Newton model of f with the penalty, by epochs of
                 coordinate descent with extrapolation; a line search from x towards v
    Guarantee    gap = <g, x> + l1 ||x||_1 + l2 ||x||^2 / 2 + R max_i (|g_i| - l1)_+, g the
                 gradient of f(A x) and R = F(x) / l1, is at least F(x) - F*; with l2 > 0 the
                 last term may be ||(|g| - l1)_+||^2 / (2 l2). No rate is known.
    Cost         one pass over A for value and gradient; the columns of W and their products
                 with each other; then numbers of the size of W.
    Use when     few coordinates of the solution are not zero.
    Fails when   most are: the products of columns then cost n d^2.

    Parameters
    ----------
    size : int
        The first working set's.
    accuracy : float
        Violation left in the model, over that in the working set before.
    depth : int
        Epochs between two extrapolations.
    epochs : int
        Largest number of epochs for one model.
    l1, l2 : float, optional
        Weights of the penalty; by default the problem's.

    References
    ----------
    massias2018 (working sets ranked by a dual point); bertrand2021 (the extrapolation);
    bertrand2022 (sets ranked by violation, as here). The Newton model on the products of the
    columns, and this form of the gap, are ours.

    Examples
    --------
    >>> import optedu as oe
    >>> P = oe.problems.L1LeastSquares
    >>> problem = P.from_matrix([[1.0, 0.0], [0.0, 1.0]], [3.0, 0.5], l1=1.0)
    >>> oe.run(oe.WorkingSetDescent(), problem).x
    array([2., 0.])
    """

    size: int = 100
    accuracy: float = 1e-8
    depth: int = 5
    epochs: int = 5000
    l1: float | None = None
    l2: float | None = None

    holds = ("f",)
    certificate_name = "duality gap"

    def check(self):
        """Refuse numbers that are not positive."""
        require_positive(self, "size", "accuracy", "depth", "epochs", "l1")

    def resolve(self, problem):
        """Take the problem's weights where none are given."""
        l1, l2 = (
            constant(self, problem, name, name) if given is None else given
            for name, given in (("l1", self.l1), ("l2", self.l2))
        )
        return self._replace(l1=l1, l2=l2)

    def init(self, problem, x):
        value, g = value_and_gradient(problem, x)
        gap = restricted_gap(x, g, value, self.l1, self.l2)
        return WorkingSetDescentState(x, value, g, gap, np.zeros(0, dtype=np.int64))

    def step(self, problem, state):
        x, value, g, _, _ = state
        l1, l2 = self.l1, self.l2
        working = choose_working_set(x, g, l1, l2, self.size)
        if working.size > 0:
            B = scaled_columns(problem, working, x)
            G, u, c = B @ B.T, x[working], g[working]
            goal = max(self.accuracy * np.max(l1_violation(u, c, l1, l2)), 1e-13 * l1)
            v, _ = minimize_l1_quadratic(G, c - G @ u, u, l1, l2, goal, self.epochs, self.depth)
            slope = c @ (v - u) + elastic_net(v, l1, l2) - elastic_net(u, l1, l2)
            step = np.zeros(x.size)
            for i in range(working.size):
                step[working[i]] = v[i] - u[i]
            x, value, g = search(problem, x, value, g, step, slope)
        gap = restricted_gap(x, g, value, l1, l2)
        return WorkingSetDescentState(x, value, g, gap, working)

    def certificate(self, problem, state):
        """Return the duality gap that the step computed."""
        return state.gap
