"""Barzilai-Borwein steps with a nonmonotone line search that makes them safe."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.gradient.spectral_step import spectral_step
from optedu.line_search import armijo_step
from optedu.parameters import require_between, require_positive
from optedu.protocol import method


class GlobalBarzilaiBorweinState(NamedTuple):
    x: np.ndarray  # the iterate
    g: np.ndarray  # its gradient
    step_size: float  # first trial of the next step
    recent: np.ndarray  # the last `memory` values of f


@method
class GlobalBarzilaiBorwein(NamedTuple):
    """Raydan's method: Barzilai-Borwein steps, shortened when f exceeds its recent worst.

    Problem      minimize f(x), f differentiable and bounded below.
    Update       t = long Barzilai-Borwein step size
                 while f(x - t g) > max of the last `memory` values - decrease t ||g||^2:
                 t = shrink * t;  x+ = x - t g
    Guarantee    every limit point is stationary when the level set of f(x_0) is bounded
                 (raydan1997); no closed bound is known. With memory = 1 the values
                 decrease.
    Cost         one gradient per step, one value per trial; most steps need one.
    Use when     large smooth problems, far from quadratic.
    Fails when   f is ill conditioned beyond what first derivatives can see.

    Parameters
    ----------
    first_step : float
        First trial of the first step.
    memory : int
        Number of values whose largest one bounds the next.
    shrink, decrease : float
        As in BacktrackingGradientDescent.
    smallest_step, largest_step : float
        The first trial is kept between these.

    References
    ----------
    raydan1997; grippo1986.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    >>> oe.run(oe.GlobalBarzilaiBorwein(), problem, [0.0, 0.0]).x.round(4)
    array([0.2, 0.4])
    """

    first_step: float = 1.0
    memory: int = 10
    shrink: float = 0.5
    decrease: float = 1e-4
    smallest_step: float = 1e-10
    largest_step: float = 1e10

    holds = ("g",)

    def check(self):
        """Refuse factors with which the search could not end."""
        require_positive(self, "first_step", "memory", "shrink", "decrease")
        require_positive(self, "smallest_step", "largest_step")
        require_between(self, "shrink", 0.0, 1.0)
        require_between(self, "decrease", 0.0, 1.0)

    def init(self, problem, x):
        recent = np.full(self.memory, problem.value(x))
        return GlobalBarzilaiBorweinState(x, problem.gradient(x), self.first_step, recent)

    def step(self, problem, state):
        worst = np.max(state.recent)
        g, first = state.g, state.step_size
        t, x, f = armijo_step(problem, state.x, worst, g, -g, first, self.decrease, self.shrink)
        g = problem.gradient(x)
        t = spectral_step(x - state.x, g - state.g, False, first)
        t = min(max(t, self.smallest_step), self.largest_step)
        recent = np.append(state.recent[1:], f)
        return GlobalBarzilaiBorweinState(x, g, t, recent)
