"""The proximal point method: minimize f near where we are, again and again."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.guarantees import Guarantee, over_steps
from optedu.parameters import known, require_positive
from optedu.protocol import method


class ProximalPointState(NamedTuple):
    x: np.ndarray  # the iterate


@method
class ProximalPoint(NamedTuple):
    """Implicit gradient descent: x+ = x - step_size * (a subgradient of f at x+).

    Problem      minimize f(x), f convex with a prox; kinks and constraints are welcome.
    Update       x+ = prox(x, step_size) = argmin over u of f(u) + ||u - x||^2 / (2 step_size)
    Guarantee    tight: f(x_k) - f* <= ||x_0 - x*||^2 / (4 step_size k)
                 (taylor2017, Theorem 4.1), attained by a linear function on x >= 0.
    Cost         one prox per step, a problem in itself.
    Use when     the prox is known; every step size converges, a longer one sooner.
    Fails when   the prox costs as much as the problem.

    Parameters
    ----------
    step_size : float
        Any positive number.

    References
    ----------
    martinet1970; rockafellar1976; taylor2017, Theorem 4.1.

    Examples
    --------
    >>> import optedu as oe
    >>> trace = oe.run(oe.ProximalPoint(), oe.problems.L1(1.0), [2.5, 0.5])
    >>> trace.iterates.tolist()
    [[2.5, 0.5], [1.5, 0.0], [0.5, 0.0], [0.0, 0.0]]
    """

    step_size: float = 1.0

    def check(self):
        """Refuse a step size that is not positive."""
        require_positive(self, "step_size")

    def resolve(self, problem):
        """Refuse a problem whose prox is that of a part of it."""
        if hasattr(problem, "regularizer"):
            raise ValueError(
                f"ProximalPoint needs the prox of the whole objective, but that of "
                f"{type(problem).__name__} is its regularizer's; use ProximalGradient"
            )
        return self

    def init(self, problem, x):
        return ProximalPointState(x)

    def step(self, problem, state):
        return ProximalPointState(problem.prox(state.x, self.step_size))

    def guarantee(self, problem, k, x0):
        """Return the bound of taylor2017, Theorem 4.1, on the gap."""
        constants = known(problem, "minimizer")
        if constants is None:
            return None
        squared = np.sum((x0 - constants[0]) ** 2)
        bound = over_steps(squared / (4 * self.step_size), k)
        return Guarantee("gap", bound, "taylor2017, Theorem 4.1")
