"""SR1: the symmetric rank-one update, in a trust region."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.newton.trust_radius import decrease_of, gain_ratio
from optedu.newton.trust_region_subproblem import trust_region_step
from optedu.parameters import require_between, require_positive
from optedu.protocol import method, portable


class SR1State(NamedTuple):
    x: np.ndarray  # the iterate
    f: float  # its value
    g: np.ndarray  # its gradient
    B: np.ndarray  # the estimate of the Hessian
    radius: float  # how far the model is trusted


@portable
def sr1_update(B, s, y, skip):
    """Return B + v v' / <v, s> with v = y - B s, the only such update with B s = y.

    B itself where the divisor is below skip ||s|| ||v|| (nocedal2006, Equation 6.26).
    """
    v = y - B @ s
    vs = v @ s
    if np.abs(vs) <= skip * np.sqrt((s @ s) * (v @ v)):
        return B
    return B + np.outer(v, v) / vs


@method
class SR1(NamedTuple):
    """The symmetric rank-one quasi-Newton method, in a trust region.

    Problem      minimize f(x), f differentiable.
    Update       p = argmin of <g, p> + <p, B p> / 2 over ||p|| <= radius, exactly
                 x+ = x + p where the gain exceeds `acceptance`; y = grad f(x + p) - g
                 B+ = B + v v' / <v, p>,  v = y - B p, also where the step is refused; skipped
                 where |<v, p>| < skip ||p|| ||v||.  B is I at first
    Guarantee    none closed. Quadratic: B is the Hessian after d independent steps that are not
                 skipped, whatever their lengths (nocedal2006, Theorem 6.1). Else superlinear in
                 groups of d + 1 steps under conditions (conn1991).
    Cost         one value and one gradient per step, one eigendecomposition of B.
    Use when     f is not convex: B may be indefinite and learns negative curvature, as BFGS
                 cannot.
    Fails when   d is large: an eigendecomposition per step.

    Parameters
    ----------
    trust_radius : float
        The first radius, in the units of x.
    acceptance : float
        A step is taken when its gain exceeds this, in [0, 1/10).
    skip : float
        Updates with a divisor relatively smaller than this are skipped.

    References
    ----------
    conn1991; nocedal2006, Algorithm 6.2.

    Examples
    --------
    >>> import optedu as oe
    >>> trace = oe.run(oe.SR1(), oe.problems.Rosenbrock(), [-1.2, 1.0])
    >>> trace.success, trace.x.round(6)
    (True, array([1., 1.]))
    """

    trust_radius: float = 1.0
    acceptance: float = 1e-3
    skip: float = 1e-8

    holds = ("f", "g")

    def check(self):
        """Refuse a radius or a tolerance that is not positive, an acceptance out of range."""
        require_positive(self, "trust_radius", "skip")
        require_between(self, "acceptance", 0.0, 0.1)

    def init(self, problem, x):
        f, g = problem.value(x), problem.gradient(x)
        return SR1State(x, f, g, np.eye(x.size), self.trust_radius)

    def step(self, problem, state):
        x, f, g, B, radius = state
        w, Q = np.linalg.eigh(B)
        s, lam = trust_region_step(w, Q, g.ravel(), radius)
        p, length = s.reshape(x.shape), np.sqrt(np.sum(s * s))
        x_new = x + p
        f_new, g_new = problem.value(x_new), problem.gradient(x_new)
        predicted = 0.5 * (lam * length**2 - np.sum(g * p))
        gain = gain_ratio(decrease_of(f, f_new, g, g_new, p), predicted)
        if np.isfinite(f_new):
            B = sr1_update(B, s, (g_new - g).ravel(), self.skip)
        if gain > 0.75 and length > 0.8 * radius:
            radius = 2.0 * radius
        elif gain < 0.1:
            radius = 0.5 * min(radius, length)
        if gain > self.acceptance:
            return SR1State(x_new, f_new, g_new, B, radius)
        return SR1State(x, f, g, B, radius)
