"""FISTA that forgets its momentum when it points uphill."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.parameters import require_positive, step_from_smoothness
from optedu.protocol import method


class RestartedFISTAState(NamedTuple):
    x: np.ndarray  # the iterate
    y: np.ndarray  # the extrapolated point, where the gradient is taken
    t: float  # the momentum sequence, 1 after a restart
    value: float  # F(x) for the function scheme, 0 for the gradient scheme


@method
class RestartedFISTA(NamedTuple):
    """FISTA with the adaptive restart of O'Donoghue and Candes.

    Problem      minimize F(x) = f(x) + g(x), f convex with L-Lipschitz gradient, g convex with
                 a prox.
    Update       x+ = prox(y - step_size * grad f(y), step_size)
                 restart (t = 1, y+ = x+) when
                   gradient scheme: <y - x+, x+ - x> > 0, the step goes against the momentum;
                   function scheme: F(x+) > F(x);
                 else t+ = (1 + sqrt(1 + 4 t^2)) / 2,  y+ = x+ + (t - 1) / t+ * (x+ - x)
    Guarantee    none known beyond one dimension: the restart is a heuristic, which adapts to an
                 unknown strong convexity in practice.
    Cost         one gradient and one prox per step; the function scheme one value more.
    Use when     FISTA oscillates: strong convexity near the minimizer, unknown beforehand.
    Fails when   the curvature changes along the way so that restarts come too early; then the
                 speed is that of proximal gradient.

    Parameters
    ----------
    step_size : float, optional
        Length of the step per unit of gradient; by default 1 / problem.smoothness.
    function_scheme : bool, default False
        Restart when the value rises, instead of by the angle.

    References
    ----------
    odonoghue2015, Section 3.

    Examples
    --------
    >>> import optedu as oe
    >>> smooth = oe.problems.LeastSquares([[1.0, 0.0], [0.0, 1.0]], [3.0, 0.5])
    >>> problem = oe.problems.Composite(smooth, oe.problems.L1(1.0))
    >>> oe.run(oe.RestartedFISTA(), problem, [0.0, 0.0]).x
    array([2., 0.])
    """

    step_size: float | None = None
    function_scheme: bool = False

    def check(self):
        """Refuse a step size that is not positive."""
        require_positive(self, "step_size")

    def resolve(self, problem):
        """Take step_size = 1/L where none is given."""
        return step_from_smoothness(self, problem)

    def init(self, problem, x):
        return RestartedFISTAState(x, x, 1.0, problem.value(x) if self.function_scheme else 0.0)

    def step(self, problem, state):
        x, y, t, value = state
        h = self.step_size
        x_new = problem.prox(y - h * problem.gradient(y), h)
        if self.function_scheme:
            value_new = problem.value(x_new)
            uphill = value_new > value
        else:
            value_new = 0.0
            uphill = np.sum((y - x_new) * (x_new - x)) > 0
        if uphill:
            return RestartedFISTAState(x_new, x_new, 1.0, value_new)
        t_new = (1 + np.sqrt(1 + 4 * t**2)) / 2
        y_new = x_new + (t - 1) / t_new * (x_new - x)
        return RestartedFISTAState(x_new, y_new, t_new, value_new)
