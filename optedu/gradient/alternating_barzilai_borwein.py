"""Barzilai and Borwein's two step sizes in turn."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.gradient.spectral_step import spectral_step
from optedu.parameters import require_positive, step_from_smoothness
from optedu.protocol import method


class AlternatingBarzilaiBorweinState(NamedTuple):
    x: np.ndarray  # the iterate
    g: np.ndarray  # its gradient
    step_size: float  # the step size to be used next
    short: bool  # whether that is the short one


@method
class AlternatingBarzilaiBorwein(NamedTuple):
    """Gradient descent with the long and the short two-point step size in turn.

    Problem      minimize f(x), f differentiable; made for strongly convex quadratics.
    Update       x+ = x - t g;  s = x+ - x,  y = grad f(x+) - grad f(x)
                 next t = <s, y> / <y, y> after a long step, <s, s> / <s, y> after a short one
    Guarantee    strongly convex quadratics: converges, as every mixture of the two step sizes
                 does (dai2003); no closed bound is known.
    Cost         one gradient per step.
    Use when     as BarzilaiBorwein; usually with fewer bursts of f.
    Fails when   f is far from a quadratic; then GlobalBarzilaiBorwein.

    Parameters
    ----------
    first_step : float, optional
        The first step size; by default 1 / problem.smoothness.
    smallest_step, largest_step : float
        The step size is kept between these.

    References
    ----------
    barzilai1988; dai2003.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    >>> oe.run(oe.AlternatingBarzilaiBorwein(), problem, [0.0, 0.0]).x.round(4)
    array([0.2, 0.4])
    """

    first_step: float | None = None
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
        return AlternatingBarzilaiBorweinState(x, problem.gradient(x), self.first_step, True)

    def step(self, problem, state):
        x = state.x - state.step_size * state.g
        g = problem.gradient(x)
        short = not state.short
        t = spectral_step(x - state.x, g - state.g, short, state.step_size)
        t = min(max(t, self.smallest_step), self.largest_step)
        return AlternatingBarzilaiBorweinState(x, g, t, short)
