"""Steihaug's trust region: conjugate gradients that stop at the wall."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.newton.truncated_conjugate_gradient import (
    LOOSEST,
    next_forcing,
    truncated_conjugate_gradient,
)
from optedu.newton.trust_radius import gain_at, next_radius
from optedu.parameters import require_between, require_positive
from optedu.protocol import method

SMALLEST = 1e-18  # a radius below this part of the first one ends the trials


class SteihaugTrustRegionState(NamedTuple):
    x: np.ndarray  # the iterate
    f: float  # its value
    g: np.ndarray  # its gradient
    radius: float  # how far the next model is trusted
    forcing: float  # relative accuracy of the next step


@method
class SteihaugTrustRegion(NamedTuple):
    """Newton in a trust region, by Hessian products alone.

    Problem      minimize f(x), f twice differentiable.
    Update       p by conjugate gradients on H p = -g until ||H p + g|| <= eta ||g||, or to the
                 boundary ||p|| = radius: along the step that crosses it, or along the first
                 direction without positive curvature
                 gain, acceptance and radius as in TrustRegionNewton; eta as in NewtonCG
    Guarantee    the model falls at least half as much as it could (convex models; yuan2000), and
                 always as much as along the gradient, so that the gradient tends to 0
                 (steihaug1983; nocedal2006, Theorem 4.6). No closed bound is stated.
    Cost         one gradient per step, one Hessian product per inner iteration, one value per
                 trial; memory of a few vectors.
    Use when     d is large and f is not convex.
    Fails when   g = 0 at a saddle: conjugate gradients then see no direction at all, and the hard
                 case is invisible to them (TrustRegionNewton finds it).

    Parameters
    ----------
    trust_radius : float
        The first radius, in the units of x.
    acceptance : float
        A step is taken when its gain exceeds this, in [0, 1/4).

    References
    ----------
    steihaug1983; yuan2000; conn2000, Section 7.5; nocedal2006, Algorithm 7.2.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    >>> oe.run(oe.SteihaugTrustRegion(), problem, [0.0, 0.0]).x.round(4)
    array([0.2, 0.4])
    """

    trust_radius: float = 1.0
    acceptance: float = 0.1

    holds = ("f", "g")

    def check(self):
        """Refuse a radius that is not positive and an acceptance out of range."""
        require_positive(self, "trust_radius")
        require_between(self, "acceptance", 0.0, 0.25)

    def init(self, problem, x):
        f, g = problem.value(x), problem.gradient(x)
        return SteihaugTrustRegionState(x, f, g, self.trust_radius, LOOSEST)

    def step(self, problem, state):
        x, f, g, radius, forcing = state
        old = np.sqrt(np.sum(g * g))
        while radius > SMALLEST * self.trust_radius:
            p, predicted, _ = truncated_conjugate_gradient(problem, x, g, forcing * old, radius)
            if not predicted > 0.0:
                break
            x_new = x + p
            f_new = problem.value(x_new)
            gain = gain_at(problem, x_new, f, f_new, g, p, predicted)
            radius = next_radius(radius, gain, np.sqrt(np.sum(p * p)))
            if gain > self.acceptance:
                g_new = problem.gradient(x_new)
                forcing = next_forcing(forcing, old, np.sqrt(np.sum(g_new * g_new)))
                return SteihaugTrustRegionState(x_new, f_new, g_new, radius, forcing)
        return SteihaugTrustRegionState(x, f, g, self.trust_radius, forcing)
