"""The Barzilai-Borwein method: step sizes from the last two gradients."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.gradient.spectral_step import spectral_step
from optedu.parameters import require_positive, step_from_smoothness
from optedu.protocol import method


class BarzilaiBorweinState(NamedTuple):
    x: np.ndarray  # the iterate
    g: np.ndarray  # its gradient
    step_size: float  # the step size to be used next


@method
class BarzilaiBorwein(NamedTuple):
    """Gradient descent with the two-point step sizes of Barzilai and Borwein.

    Problem      minimize f(x), f differentiable; made for strongly convex quadratics.
    Update       x+ = x - t g;  s = x+ - x,  y = grad f(x+) - grad f(x)
                 next t = <s, s> / <s, y> (long) or <s, y> / <y, y> (short)
    Guarantee    strongly convex quadratics: R-linear convergence (dai2002), superlinear in two
                 dimensions (barzilai1988); no closed bound is known. On a quadratic the long step
                 is the exact line search's step of the iteration before.
    Cost         one gradient per step.
    Use when     f is close to a quadratic; often as fast as conjugate gradients.
    Fails when   f is far from a quadratic: nothing makes f decrease, it may cycle or diverge; then
                 GlobalBarzilaiBorwein. A step size for which <s, y> <= 0 is not replaced.

    Parameters
    ----------
    first_step : float, optional
        The first step size; by default 1 / problem.smoothness.
    short : bool
        Use the short step size instead of the long one.
    smallest_step, largest_step : float
        The step size is kept between these.

    References
    ----------
    barzilai1988; raydan1993; dai2002.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    >>> oe.run(oe.BarzilaiBorwein(), problem, [0.0, 0.0]).x.round(4)
    array([0.2, 0.4])
    """

    first_step: float | None = None
    short: bool = False
    smallest_step: float = 1e-10
    largest_step: float = 1e10

    holds = ("g",)

    def check(self):
        """Refuse step sizes that are not positive."""
        require_positive(self, "first_step", "smallest_step", "largest_step")

    def resolve(self, problem):
        """Take first_step = 1/L where none is given."""
        return step_from_smoothness(self, problem, "first_step")

    def init(self, problem, x):
        return BarzilaiBorweinState(x, problem.gradient(x), self.first_step)

    def step(self, problem, state):
        x = state.x - state.step_size * state.g
        g = problem.gradient(x)
        t = spectral_step(x - state.x, g - state.g, self.short, state.step_size)
        t = min(max(t, self.smallest_step), self.largest_step)
        return BarzilaiBorweinState(x, g, t)
