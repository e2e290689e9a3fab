"""Gradient descent on differences along every axis."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.black_box.differences import central_differences, forward_differences
from optedu.parameters import require_positive, step_from_smoothness
from optedu.protocol import method


class FiniteDifferenceDescentState(NamedTuple):
    x: np.ndarray  # the iterate


@method
class FiniteDifferenceDescent(NamedTuple):
    """Gradient descent whose gradient is made of 2 d values, or of d + 1.

    Problem      minimize f(x), f smooth, from values alone.
    Update       g_j = (f(x + c e_j) - f(x - c e_j)) / (2 c),  or (f(x + c e_j) - f(x)) / c
                 x+ = x - t g
    Guarantee    with exact values ||g - grad f(x)|| <= sqrt(d) M c^2 / 6 for central differences,
                 M the Lipschitz constant of the Hessian, and <= sqrt(d) L c / 2 for forward ones.
    Cost         2 d values, or d + 1.
    Use when     d is small, the values are exact, and gradients cannot be had.
    Fails when   values carry an error e: the difference has the error e / c (central) or 2 e / c.

    Parameters
    ----------
    step_size : float, optional
        t; by default 1 / problem.smoothness.
    smoothing : float
        c, in the units of x.
    central : bool
        Central differences; if off, forward ones.

    References
    ----------
    kiefer1952.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [4.0, 3.0])
    >>> oe.run(oe.FiniteDifferenceDescent(), problem, [0.0, 0.0], max_iter=100).x.round(4)
    array([1., 1.])
    """

    step_size: float | None = None
    smoothing: float = 1e-5
    central: bool = True

    def check(self):
        """Refuse lengths that are not positive."""
        require_positive(self, "step_size", "smoothing")

    def resolve(self, problem):
        """Take step_size = 1/L where none is given."""
        return step_from_smoothness(self, problem)

    def init(self, problem, x):
        return FiniteDifferenceDescentState(x)

    def step(self, problem, state):
        x, c = state.x, self.smoothing
        if self.central:
            g = central_differences(problem, x, c)
        else:
            g = forward_differences(problem, x, c)
        return FiniteDifferenceDescentState(x - self.step_size * g)
