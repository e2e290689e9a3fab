"""Conjugate gradients: the best point of the Krylov subspace, at the price of one product."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.acceleration.bounds import chebyshev, initial_gap, is_quadratic
from optedu.guarantees import Guarantee
from optedu.parameters import known
from optedu.protocol import method
from optedu.statuses import UNBOUNDED

ROUNDING = 1e-15  # a curvature below this part of the largest one met counts as not positive


class ConjugateGradientState(NamedTuple):
    x: np.ndarray  # the iterate
    r: np.ndarray  # the residual, minus the gradient at x
    p: np.ndarray  # the search direction
    curvature: float  # <p, H p> / <p, p> of the last direction
    largest: float  # the largest curvature met


@method
class ConjugateGradient(NamedTuple):
    """The conjugate gradient method of Hestenes and Stiefel.

    Problem      minimize a quadratic f(x) = <x, A x> / 2 - <b, x>, A symmetric positive definite.
    Update       a = <r, r> / <p, A p>;  x+ = x + a p;  r+ = r - a A p
                 p+ = r+ + <r+, r+> / <r, r> * p,        r = p = b - A x at the start
    Guarantee    f(x_k) - f* <= (f(x_0) - f*) / T_k((L + mu) / (L - mu))^2, T_k the Chebyshev
                 polynomial: at most 4 ((sqrt(kappa) - 1) / (sqrt(kappa) + 1))^(2k) (f(x_0) - f*),
                 and 0 once k is the number of distinct eigenvalues. No point of
                 x_0 + span{r, A r, ..., A^(k-1) r} is better. Tight: for each k there is an A
                 with k + 1 eigenvalues that attains it (saad2003, Section 6.11).
    Cost         one Hessian-vector product per step, one gradient at the start.
    Use when     A is symmetric positive definite and only products with it are at hand.
    Fails when   a direction has no positive curvature: the quadratic is unbounded below, and the
                 run ends with that verdict. On functions that are not quadratic it is not a
                 method at all (see PolakRibiere).

    References
    ----------
    hestenes1952; saad2003, Section 6.11.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    >>> trace = oe.run(oe.ConjugateGradient(), problem, [0.0, 0.0])
    >>> len(trace) - 1, trace.x.round(12)
    (2, array([0.2, 0.4]))
    """

    def init(self, problem, x):
        r = -problem.gradient(x)
        return ConjugateGradientState(x, r, r, 1.0, 0.0)

    def step(self, problem, state):
        x, r, p, curvature, largest = state
        square, length = np.sum(r * r), np.sum(p * p)
        if square == 0 or length == 0:
            return state
        Ap = problem.hessian_product(x, p)
        curvature = np.sum(p * Ap) / length
        largest = max(largest, abs(curvature))
        if curvature <= ROUNDING * largest:
            return ConjugateGradientState(x, r, p, -1.0, largest)
        a = square / (curvature * length)
        r_new = r - a * Ap
        p_new = r_new + np.sum(r_new * r_new) / square * p
        return ConjugateGradientState(x + a * p, r_new, p_new, curvature, largest)

    def verdict(self, problem, state):
        """Say that the quadratic is unbounded below along the last direction."""
        return UNBOUNDED if state.curvature < 0 else 0

    def guarantee(self, problem, k, x0):
        """Return Chebyshev's bound on the gap of a quadratic."""
        constants, gap = known(problem, "smoothness", "strong_convexity"), initial_gap(problem, x0)
        if not is_quadratic(problem) or constants is None or not constants[1] or gap is None:
            return None
        return Guarantee("gap", gap / chebyshev(k, *constants) ** 2, "saad2003, Section 6.11")
