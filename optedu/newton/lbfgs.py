"""L-BFGS: BFGS that remembers the last m steps instead of a matrix."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.line_search import inner, require_wolfe_constants, wolfe_step
from optedu.parameters import require_positive
from optedu.protocol import method, portable


class LBFGSState(NamedTuple):
    x: np.ndarray  # the iterate
    f: float  # its value
    g: np.ndarray  # its gradient
    S: np.ndarray  # the last steps, one per row, the k-th in row k mod memory
    Y: np.ndarray  # the changes of the gradient along them
    k: int  # pairs seen
    gamma: float  # the first matrix is gamma I


@portable
def two_loop(g, S, Y, k, gamma):
    """Return H g, H the BFGS matrix that starts as gamma I and has seen the rows of S and Y."""
    m = S.shape[0]
    kept = min(k, m)
    q = g.copy()
    a = np.zeros(m)
    for j in range(k - 1, k - 1 - kept, -1):
        i = j % m
        a[i] = (S[i] @ q) / (S[i] @ Y[i])
        q = q - a[i] * Y[i]
    q = gamma * q
    for j in range(k - kept, k):
        i = j % m
        b = (Y[i] @ q) / (S[i] @ Y[i])
        q = q + (a[i] - b) * S[i]
    return q


@method
class LBFGS(NamedTuple):
    """Limited-memory BFGS, by the two-loop recursion.

    Problem      minimize f(x), f differentiable and bounded below.
    Update       p = -H g;  x+ = x + t p, t by the strong Wolfe conditions, t = 1 tried first
                 H is what BFGS makes of gamma I and the last `memory` pairs (s, y),
                 gamma = <s, y> / <y, y> of the newest; H itself is never formed
    Guarantee    strongly convex f with a bounded Hessian: R-linear convergence (liu1989);
                 no closed bound is stated. Not superlinear. With memory >= k and `rescale` off
                 it is BFGS.
    Cost         one value and one gradient per trial, most steps need one; about 4 * memory * d
                 multiplications.
    Use when     d is large: the workhorse of smooth optimization.
    Fails when   the problem is very ill conditioned, or gradients are noisy.

    Parameters
    ----------
    memory : int
        Number of pairs kept.
    first_step : float
        First trial of the very first search, along -g.
    decrease, curvature : float
        Constants of the Wolfe conditions, 0 < decrease < curvature < 1.
    rescale : bool
        Take gamma from the newest pair; else from the first one, as BFGS does.

    References
    ----------
    nocedal1980; liu1989; nocedal2006, Algorithms 7.4 and 7.5.

    Examples
    --------
    >>> import optedu as oe
    >>> trace = oe.run(oe.LBFGS(), oe.problems.Rosenbrock(), [-1.2, 1.0])
    >>> trace.success, trace.x.round(6)
    (True, array([1., 1.]))
    """

    memory: int = 10
    first_step: float = 1.0
    decrease: float = 1e-4
    curvature: float = 0.9
    rescale: bool = True

    holds = ("f", "g")

    def check(self):
        """Refuse an empty memory and constants for which no step may exist."""
        require_positive(self, "memory")
        require_wolfe_constants(self)

    def init(self, problem, x):
        empty = np.zeros((self.memory, x.size))
        return LBFGSState(x, problem.value(x), problem.gradient(x), empty, empty.copy(), 0, 1.0)

    def step(self, problem, state):
        x, f, g, S, Y, k, gamma = state
        p = -two_loop(g.ravel(), S, Y, k, gamma).reshape(x.shape)
        first = self.first_step if k == 0 else 1.0
        t, x_new, f_new, g_new = wolfe_step(
            problem, x, f, g, p, first, self.decrease, self.curvature
        )
        s, y = (x_new - x).ravel(), (g_new - g).ravel()
        sy = inner(s, y)
        if t == 0.0:  # no descent along p: forget what was learned
            return LBFGSState(x, f, g, S, Y, 0, 1.0)
        if sy > 0.0:
            S, Y = S.copy(), Y.copy()
            S[k % self.memory], Y[k % self.memory] = s, y
            if self.rescale or k == 0:
                gamma = sy / inner(y, y)
            k = k + 1
        return LBFGSState(x_new, f_new, g_new, S, Y, k, gamma)
