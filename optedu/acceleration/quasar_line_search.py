"""The line search that lets momentum work without convexity, and the mini-batch it may see."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from optedu.parameters import constant, require_positive
from optedu.protocol import portable, problem

TRIALS = 100


@problem
class _Batch(NamedTuple):
    """The mean of some components of a finite sum, as a problem of its own."""

    whole: Any  # the finite sum
    indices: Any  # which components

    def value(self, x):
        total = 0.0
        for i in self.indices:
            total += self.whole.component_value(i, x)
        return total / len(self.indices)

    def gradient(self, x):
        total = 0.0 * x
        for i in self.indices:
            total = total + self.whole.component_gradient(i, x)
        return total / len(self.indices)


@portable
def quasar_line_search(problem, x, v, guess, weight, penalty, slack, L):
    """Return alpha in [0, 1] such that a step from alpha x + (1 - alpha) v makes progress.

    With h(a) = f(a x + (1 - a) v) and p = penalty ||x - v||^2, alpha satisfies
    weight h(alpha) + alpha (h'(alpha) - alpha p) <= weight h(1) + slack.
    For a convex f every alpha of Nesterov's method does, and it is tried first.
    """
    d = x - v
    square = np.sum(d * d)
    if square <= 1e-30 * max(1.0, np.sum(x * x)):
        return 1.0
    p = penalty * square
    top = problem.value(x)
    limit = weight * top + slack
    point = v + guess * d
    slope = np.sum(problem.gradient(point) * d)
    if weight * problem.value(point) + guess * (slope - guess * p) <= limit:
        return guess
    if np.sum(problem.gradient(x) * d) <= slack + p:
        return 1.0
    if weight == 0.0 or weight * problem.value(v) <= limit:
        return 0.0
    low, high = 0.0, 1.0 - (slack + p) / (L * square)
    end = problem.value(v + high * d)
    alpha = high
    for _ in range(TRIALS):
        point = v + alpha * d
        height = problem.value(point)
        slope = np.sum(problem.gradient(point) * d)
        if weight * height + alpha * (slope - alpha * p) <= limit:
            break
        if height <= end:
            high = alpha
        else:
            low = alpha
        alpha = (low + high) / 2
    return alpha


def resolve_finite_sum(method: Any, problem: Any) -> Any:
    """Return the method with the number of terms and their smoothness from the problem.

    Raises
    ------
    ValueError
        If one is not given and the problem does not know it.
    """
    if method.components is None:
        n = constant(method, problem, "components", "components")
        method = method._replace(components=int(n))
    if method.smoothness is None:
        L = constant(method, problem, "component_smoothness", "smoothness")
        method = method._replace(smoothness=L)
    return method


def check_finite_sum(method: Any) -> None:
    """Refuse a quasar-convexity constant above 1, or numbers that are not positive.

    Raises
    ------
    ValueError
        Naming the argument and what was received.
    """
    require_positive(method, "quasar_convexity", "components", "smoothness")
    if method.quasar_convexity > 1:
        raise ValueError(
            f"{type(method).__name__}: quasar_convexity must be at most 1, "
            f"got {method.quasar_convexity}"
        )
