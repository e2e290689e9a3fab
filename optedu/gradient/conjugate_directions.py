"""What the nonlinear conjugate gradient methods share: all but the ratio b."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.line_search import inner, wolfe_step
from optedu.protocol import portable


class ConjugateDirectionsState(NamedTuple):
    x: np.ndarray  # the iterate
    f: float  # its value
    g: np.ndarray  # its gradient
    direction: np.ndarray  # p, along which the next search goes
    step_size: float  # its first trial


@portable
def conjugate_start(problem, x, first_step):
    """Return the first state: the first direction is steepest descent."""
    g = problem.gradient(x)
    return ConjugateDirectionsState(x, problem.value(x), g, -g, first_step)


@portable
def conjugate_search(problem, state, decrease, curvature):
    """Search along the state's direction; returns (t, x+, f(x+), g+)."""
    return wolfe_step(
        problem, state.x, state.f, state.g, state.direction, state.step_size, decrease, curvature
    )


@portable
def conjugate_turn(state, t, x, f, g, beta):
    """Return the next state, with direction -g + beta p, or -g where that does not descend.

    The first trial of the next search promises the decrease that the last one did
    (nocedal2006, Section 3.5).
    """
    direction = -g + beta * state.direction
    slope = inner(g, direction)
    if not slope < 0.0 or t == 0.0:
        direction = -g
        slope = inner(g, direction)
    first = state.step_size
    if t > 0.0 and slope < 0.0:
        first = t * inner(state.g, state.direction) / slope
    return ConjugateDirectionsState(x, f, g, direction, first)
