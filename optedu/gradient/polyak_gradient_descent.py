"""Gradient descent with Polyak's step size, for a known minimum."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.guarantees import Guarantee
from optedu.line_search import inner, ratio
from optedu.parameters import constant, known, require_between, require_positive
from optedu.protocol import method


class PolyakGradientDescentState(NamedTuple):
    x: np.ndarray  # the iterate


@method
class PolyakGradientDescent(NamedTuple):
    """Gradient or subgradient descent with the step that Polyak's argument asks for.

    Problem      minimize f(x), f convex with known minimum f*; smooth or not.
    Update       x+ = x - scale (f(x) - f*) / ||g||^2 * g,  g a (sub)gradient of f at x
    Guarantee    with R = ||x_0 - x*||, c = scale (2 - scale): c (f(x) - f*)^2 / ||g||^2 is what
                 ||x - x*||^2 loses at least; so min over i <= k of f(x_i) - f* is at most
                 M R / sqrt(c (k + 1)) for subgradients bounded by M (polyak1987; attained by the
                 maximum norm for scale = 1), at most 2 L R^2 / (c (k + 1)) for L-Lipschitz
                 gradients.
                 Tight, scale = 2, f mu-strongly convex: ||x_k - x*|| <=
                 ((L - mu) / (L + mu))^k R (barre2020, Proposition 1), attained by
                 <x, diag(mu, L) x> / 2 from (mu^-1/2, L^-1/2).
    Cost         one value and one gradient per step.
    Use when     f* is known: interpolation (f* = 0), feasibility, a dual bound.
    Fails when   f* is wrong: too high, it stops short of the minimum; too low, it keeps jumping.

    Parameters
    ----------
    minimum : float, optional
        The minimum f*; by default problem.minimum.
    scale : float
        Factor of the step size, in (0, 2].

    References
    ----------
    polyak1987; barre2020, Proposition 1.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    >>> oe.run(oe.PolyakGradientDescent(), problem, [0.0, 0.0]).x.round(4)
    array([0.2, 0.4])
    """

    minimum: float | None = None
    scale: float = 1.0

    def check(self):
        """Refuse a factor that moves away from the minimizer."""
        require_positive(self, "scale")
        require_between(self, "scale", 0.0, np.nextafter(2.0, 3.0))

    def resolve(self, problem):
        """Take the problem's minimum where none is given."""
        if self.minimum is not None:
            return self
        return self._replace(minimum=constant(self, problem, "minimum", "minimum"))

    def init(self, problem, x):
        return PolyakGradientDescentState(x)

    def step(self, problem, state):
        x = state.x
        g = problem.gradient(x)
        gap = problem.value(x) - self.minimum
        return PolyakGradientDescentState(x - self.scale * ratio(gap, inner(g, g)) * g)

    def guarantee(self, problem, k, x0):
        """Return the bound on the distance for scale = 2, else on the best gap so far."""
        minimizer = known(problem, "minimizer", "strong_convexity")
        if minimizer is None:
            return None
        k, minimizer, mu = np.asarray(k), *minimizer
        R = np.sqrt(np.sum((x0 - minimizer) ** 2))
        L, M = getattr(problem, "smoothness", None), getattr(problem, "lipschitz", None)
        c = self.scale * (2 - self.scale)
        if L is not None and mu > 0 and c == 0:
            bound = ((L - mu) / (L + mu)) ** k * R
            return Guarantee("distance", bound, "barre2020, Proposition 1")
        if c > 0 and L is not None:
            return Guarantee("best_gap", 2 * L * R**2 / (c * (k + 1)), "polyak1987")
        if c > 0 and M is not None:
            return Guarantee("best_gap", M * R / np.sqrt(c * (k + 1)), "polyak1987")
        return None
