"""OASIS: a step size from differences of gradients, in the norm of an estimated diagonal."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.landscape.hutchinson import hutchinson_diagonal
from optedu.line_search import inner
from optedu.parameters import require_between, require_positive
from optedu.protocol import method, portable


@portable
def at_least(D, floor):
    """Return the entries of |D|, and the floor where they are below it."""
    return np.maximum(np.abs(D), floor)


@portable
def weighted_step(s, y, scale, previous, growth):
    """Return the step size of Malitsky and Mishchenko in the norm of diag(scale).

    Parameters
    ----------
    s, y : numpy.ndarray
        The last step, and the difference of gradients over it.
    scale : numpy.ndarray
        Positive, one entry per coordinate.
    previous, growth : float
        The last step size; its ratio to the one before, inf for the first.
    """
    change = np.sqrt(inner(y, y / scale))
    longest = np.sqrt(1.0 + growth) * previous
    if change == 0.0:
        return longest if growth < np.inf else previous
    return min(longest, np.sqrt(inner(s, scale * s)) / (2.0 * change))


class OASISState(NamedTuple):
    x: np.ndarray  # the iterate
    g: np.ndarray  # its gradient
    before: np.ndarray  # the iterate before
    g_before: np.ndarray  # its gradient
    D: np.ndarray  # moving average of diagonals
    step_size: float  # the last step size
    growth: float  # its ratio to the one before


@method
class OASIS(NamedTuple):
    """Doubly adaptive scaled method of Jahani and others: scaling and step size, both estimated.

    Problem      minimize f(x), f twice differentiable.
    Update       D = b2 D + (1 - b2) z * (Hess f(x) z), z random signs;  S = max(|D|, floor)
                 t = min(sqrt(1 + growth) t_before, ||s||_S / (2 ||y||_(1/S))),
                 growth = t / t_before;  x+ = x - t g / S;
                 s = x+ - x, y the difference of gradients over it, ||s||_S^2 = <s, S s>
    Guarantee    convergence to the minimum for convex f, linear for strongly convex ones, with
                 constants that depend on the floor (jahani2021). On a quadratic with diagonal
                 Hessian, exact: t = 1/2, and each step halves the error in every coordinate.
    Cost         one gradient and one Hessian product per step, ``samples`` at the start.
    Use when     coordinates are badly scaled, the Hessian is close to diagonal, nobody tunes.
    Fails when   the Hessian is far from diagonal: as AdaHessian; the step size then shrinks.

    Parameters
    ----------
    hessian_decay : float, default 0.99
        b2, in [0, 1).
    floor : float, default 1e-3
        Smallest scale of a coordinate; in units of curvature.
    first_step : float, default 1e-3
        Step size of the first step, 1 being Newton's for a diagonal Hessian.
    samples : int, default 10
        Number of Hessian products of the first estimate.

    References
    ----------
    jahani2021; malitsky2020; hutchinson1990.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[300.0, 0.0], [0.0, 2.0]], [300.0, 1.0])
    >>> oe.run(oe.OASIS(), problem, [7.0, -9.0], max_iter=60).x
    array([1. , 0.5])
    """

    hessian_decay: float = 0.99
    floor: float = 1e-3
    first_step: float = 1e-3
    samples: int = 10

    holds = ("g",)

    def check(self):
        """Refuse numbers out of range."""
        require_between(self, "hessian_decay", 0.0, 1.0)
        require_positive(self, "floor", "first_step", "samples")

    def init(self, problem, x, rng):
        g = problem.gradient(x)
        D = hutchinson_diagonal(problem, x, rng, self.samples)
        return OASISState(x, g, x, g, D, self.first_step, np.inf)

    def step(self, problem, state, rng):
        x, g, D, t = state.x, state.g, state.D, state.step_size
        s = x - state.before
        growth = state.growth
        if inner(s, s) > 0.0:
            D = self.hessian_decay * D
            D = D + (1.0 - self.hessian_decay) * hutchinson_diagonal(problem, x, rng, 1)
            new = weighted_step(s, g - state.g_before, at_least(D, self.floor), t, growth)
            growth, t = new / t, new
        x_new = x - t * g / at_least(D, self.floor)
        return OASISState(x_new, problem.gradient(x_new), x, g, D, t, growth)
