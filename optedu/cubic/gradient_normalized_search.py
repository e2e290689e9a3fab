"""The step of gradient-normalized smoothness, for any approximation of the Hessian."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.cubic.cubic_subproblem import decompose, norm, regularized_step
from optedu.line_search import ROUNDING
from optedu.protocol import portable

TRIALS = 40
SMALLEST = 1e-9


class GradientNormalizedState(NamedTuple):
    x: np.ndarray  # the iterate
    f: float  # its value
    g: np.ndarray  # its gradient
    radius: float  # gamma of the next first trial
    accepted: float  # gamma of the last accepted step
    trials: int  # steps tried so far, accepted or not


@portable
def gradient_normalized_start(problem, x, radius):
    """Return the first state."""
    return GradientNormalizedState(x, problem.value(x), problem.gradient(x), radius, radius, 0)


@portable
def gradient_normalized_step(problem, state, H):
    """Take the step h = -(H + (||g|| / gamma) I)^{-1} g with the largest gamma that passes.

    The trials are gamma, gamma / 2, ...; the test is f(x) - f(x + h) >= ||grad f(x + h)||^2 gamma
    / (8 ||g||). Where the change of f drowns in rounding, -<grad f(x + h), h> stands in for it: on
    a convex function that is the smaller number.
    """
    x, f, g, gamma, accepted, trials = state
    eigenvalues, vectors = decompose(H)
    for _ in range(TRIALS):
        weight = norm(g) / gamma
        h = regularized_step(eigenvalues, vectors, g.ravel(), weight)
        x_new = x + h.reshape(x.shape)
        f_new, g_new = problem.value(x_new), problem.gradient(x_new)
        trials = trials + 1
        gain = f - f_new
        if np.abs(gain) <= ROUNDING * np.abs(f):
            gain = -np.sum(g_new.ravel() * h)
        if 8.0 * weight * gain >= norm(g_new) ** 2:
            radius = max(2.0 * gamma, SMALLEST)
            return GradientNormalizedState(x_new, f_new, g_new, radius, gamma, trials)
        gamma = 0.5 * gamma
    return GradientNormalizedState(x, f, g, gamma, accepted, trials)
