"""Newton in a trust region, its subproblem solved exactly."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.newton.trust_radius import gain_at, next_radius
from optedu.newton.trust_region_subproblem import trust_region_step
from optedu.parameters import require_between, require_positive
from optedu.protocol import method

SMALLEST = 1e-18  # a radius below this part of the first one ends the trials


class TrustRegionNewtonState(NamedTuple):
    x: np.ndarray  # the iterate
    f: float  # its value
    g: np.ndarray  # its gradient
    w: np.ndarray  # eigenvalues of its Hessian, ascending
    Q: np.ndarray  # eigenvectors
    radius: float  # how far the next model is trusted


@method
class TrustRegionNewton(NamedTuple):
    """Newton's method in a trust region, which knows the way down from a saddle.

    Problem      minimize f(x), f twice differentiable.
    Update       p = argmin of <g, p> + <p, H p> / 2 over ||p|| <= radius, exactly
                 gain = (f(x) - f(x + p)) / (decrease of the model)
                 x+ = x + p where gain > acceptance; the radius shrinks where gain < 1/4 and
                 doubles where gain > 3/4 on the boundary
    Guarantee    f bounded below with a Lipschitz gradient on the level set: the gradient tends to
                 0, and a limit point satisfies the second-order conditions (nocedal2006, Theorems
                 4.6 and 4.8); near a minimizer with positive definite Hessian the radius no longer
                 binds and convergence is quadratic. No closed bound is stated.
    Cost         one gradient, one Hessian and one eigendecomposition per step, one value per
                 trial.
    Use when     f is not convex and d is at most a few hundred.
    Fails when   d is large: then SteihaugTrustRegion. The certificate asks for ||g|| and for the
                 negative curvature to vanish, so that a saddle does not count as a solution.

    Parameters
    ----------
    trust_radius : float
        The first radius, in the units of x.
    acceptance : float
        A step is taken when its gain exceeds this, in [0, 1/4).

    References
    ----------
    more1983; conn2000, Chapter 7; nocedal2006, Algorithms 4.1 and 4.3.

    Examples
    --------
    >>> import optedu as oe
    >>> saddle = [0.0, 0.0]
    >>> trace = oe.run(oe.TrustRegionNewton(), oe.problems.DoubleWell(), saddle)
    >>> abs(trace.x).round(6), trace.success
    (array([0., 1.]), True)
    """

    trust_radius: float = 1.0
    acceptance: float = 0.1

    certificate_name = "gradient norm or negative curvature"

    holds = ("f", "g")

    def check(self):
        """Refuse a radius that is not positive and an acceptance out of range."""
        require_positive(self, "trust_radius")
        require_between(self, "acceptance", 0.0, 0.25)

    def init(self, problem, x):
        f, g = problem.value(x), problem.gradient(x)
        w, V = np.linalg.eigh(problem.hessian(x))
        return TrustRegionNewtonState(x, f, g, w, np.ascontiguousarray(V), self.trust_radius)

    def step(self, problem, state):
        x, f, g, w, Q, radius = state
        while radius > SMALLEST * self.trust_radius:
            z, lam = trust_region_step(w, Q, g.ravel(), radius)
            p, length = z.reshape(x.shape), np.sqrt(np.sum(z * z))
            predicted = 0.5 * (lam * length**2 - np.sum(g * p))
            if not predicted > 0.0:
                break
            x_new = x + p
            f_new = problem.value(x_new)
            gain = gain_at(problem, x_new, f, f_new, g, p, predicted)
            radius = next_radius(radius, gain, length)
            if gain > self.acceptance:
                g = problem.gradient(x_new)
                w, V = np.linalg.eigh(problem.hessian(x_new))
                V = np.ascontiguousarray(V)
                return TrustRegionNewtonState(x_new, f_new, g, w, V, radius)
        return TrustRegionNewtonState(x, f, g, w, Q, self.trust_radius)

    def certificate(self, problem, state):
        """Return the larger of the gradient norm and minus the smallest eigenvalue."""
        return max(np.sqrt(np.sum(state.g * state.g)), -state.w[0])
