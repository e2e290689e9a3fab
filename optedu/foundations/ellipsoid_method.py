"""The ellipsoid method: cut an ellipsoid through its centre, wrap the half in a smaller one."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.foundations.search_region import range_over_ball
from optedu.guarantees import Guarantee
from optedu.parameters import require_positive
from optedu.protocol import method


class EllipsoidMethodState(NamedTuple):
    x: np.ndarray  # centre of the ellipsoid
    B: np.ndarray  # its shape: the ellipsoid is x + B u, ||u|| <= 1, and P = B B'
    g: np.ndarray  # subgradient at the centre


@method
class EllipsoidMethod(NamedTuple):
    """Ellipsoid method with central cuts, in any dimension n.

    Problem      minimize f(x), f convex on R^n, with a minimizer in the ball of the given radius
                 around x_0; g is any subgradient, f need not be differentiable.
    Update       x+ = x - P g / ((n + 1) sqrt(g'P g))
                 P+ = n^2 / (n^2 - 1) (P - 2/(n + 1) P g g'P / (g'P g)),  P_0 = radius^2 I
                 (n = 1: P+ = P / 4). P is kept as B B', so that rounding cannot make it
                 indefinite; see `step`.
    Guarantee    x* stays inside, so f(x_k) - f* <= sqrt(g'P g): the certificate, attained by a
                 linear f. The volume shrinks by the exact factor
                 v = n/(n + 1) (n^2/(n^2 - 1))^((n - 1)/2) <= exp(-1/(2 n)), hence
                 min_{i <= k} f(x_i) - f* <= v^(k/n) (max f - f*), the maximum over the first
                 ball (bubeck2015, Lemma 2.3 and the proof of Theorem 2.4).
    Cost         one subgradient and O(n^2) arithmetic per step.
    Use when     n is small and f is rough or badly conditioned: the speed knows neither.
    Fails when   the dimension grows (2 n^2 steps per factor e), or x* is outside the ball.

    Parameters
    ----------
    radius : float
        Radius of a ball around x_0 that holds a minimizer.

    References
    ----------
    bubeck2015, Section 2.2.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    >>> trace = oe.run(oe.EllipsoidMethod(radius=2.0), problem, [1.0, 0.0])
    >>> trace.status.value, bool(trace.values[-1] - problem.minimum <= trace.certificate.value)
    ('converged', True)
    """

    radius: float

    certificate_name = "largest gap inside the ellipsoid"

    def check(self):
        """Refuse a radius that is not positive."""
        require_positive(self, "radius")

    def init(self, problem, x):
        return EllipsoidMethodState(x, self.radius * np.eye(x.size), problem.gradient(x))

    def step(self, problem, state):
        x, B, g = state.x, state.B, state.g
        n = x.size
        slope = B.T @ g
        width = np.sqrt(np.sum(slope * slope))
        if width == 0.0:
            return state
        e = slope / width
        across = B @ e
        stretch = 1.0
        if n > 1:
            stretch = n / np.sqrt(n * n - 1.0)
        flat = B - across.reshape(n, 1) * e
        B = stretch * flat + n / (n + 1.0) * (across.reshape(n, 1) * e)
        x = x - across / (n + 1.0)
        return EllipsoidMethodState(x, B, problem.gradient(x))

    def certificate(self, problem, state):
        """Return sqrt(g'P g), at least f(x) - f*."""
        slope = state.B.T @ state.g
        return np.sqrt(np.sum(slope * slope))

    def guarantee(self, problem, k, x0):
        """Return the bound that the shrinking volume gives on the best gap so far."""
        spread = range_over_ball(problem, x0, self.radius)
        if spread is None:
            return None
        bound = spread * volume_ratio(x0.size) ** (np.asarray(k) / x0.size)
        return Guarantee("best_gap", bound, "bubeck2015, Lemma 2.3 and Theorem 2.4")


def volume_ratio(n: int) -> float:
    """Return the factor by which one step shrinks the volume in dimension n.

    Parameters
    ----------
    n : int
        Dimension, at least 1.

    Returns
    -------
    float
        At most exp(-1 / (2 n)).
    """
    if n == 1:
        return 0.5
    return n / (n + 1) * (n * n / (n * n - 1)) ** ((n - 1) / 2)
