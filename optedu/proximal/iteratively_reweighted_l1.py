"""Iteratively reweighted l1: a concave penalty, replaced by its tangent, again and again."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.parameters import require_positive, step_from_smoothness
from optedu.protocol import method, portable


class IterativelyReweightedL1State(NamedTuple):
    x: np.ndarray  # the iterate


@portable
def weighted_l1_residual(x, g, weights):
    """Distance of -g from the subgradients of sum_i weights_i |x_i| at x."""
    off = np.where(x != 0.0, np.abs(g + weights * np.sign(x)), np.maximum(np.abs(g) - weights, 0.0))
    return np.sqrt(np.sum(off * off))


@method
class IterativelyReweightedL1(NamedTuple):
    """Solve a sequence of weighted lassos whose weights fall where the last solution was large.

    Problem      minimize F(x) = f(x) + weight sum_i log(1 + |x_i| / epsilon), f with L-Lipschitz
                 gradient: Composite(f, LogSum(weight, epsilon)).
    Update       w_i = weight / (epsilon + |x_i|), the slope of the penalty
                 x+ = `inner_steps` proximal gradient steps from x on f(u) + sum_i w_i |u_i|
    Guarantee    step_size <= 1/L: each step lowers F by at least the sum of
                 ||u_j+1 - u_j||^2 / (2 step_size) over its inner steps, since the weighted l1 norm
                 is a tangent that lies above the concave penalty (candes2008);
                 no rate.
    Cost         `inner_steps` gradients per step.
    Use when     l1 shrinks what you know to be large, and there is a good start: the lasso.
    Fails when   started at 0 with small epsilon: weights of weight/epsilon hold everything at 0.

    Parameters
    ----------
    inner_steps : int
        Proximal gradient steps with one set of weights; 1 reweights at every step.
    step_size : float, optional
        By default 1 / problem.smoothness.
    weight, epsilon : float, optional
        Numbers of the log-sum penalty; by default those of the problem's regularizer.

    References
    ----------
    candes2008.

    Examples
    --------
    >>> import optedu as oe
    >>> loss = oe.problems.LeastSquares([[1.0, 0.0], [0.0, 1.0]], [3.0, 0.5])
    >>> problem = oe.problems.Composite(loss, oe.problems.LogSum(1.0, 1.0))
    >>> oe.run(oe.IterativelyReweightedL1(), problem, [3.0, 0.5]).x.round(4)
    array([2.7321, 0.    ])
    """

    inner_steps: int = 10
    step_size: float | None = None
    weight: float | None = None
    epsilon: float | None = None

    certificate_name = "distance of 0 from the subgradients of F"

    def check(self):
        """Refuse numbers that are not positive."""
        require_positive(self, "inner_steps", "step_size", "weight", "epsilon")

    def resolve(self, problem):
        """Take step_size = 1/L and the penalty's own numbers where none are given."""
        found = step_from_smoothness(self, problem)
        for name in ("weight", "epsilon"):
            if getattr(found, name) is None:
                value = getattr(getattr(problem, "regularizer", None), name, None)
                if value is None:
                    raise ValueError(
                        f"IterativelyReweightedL1 needs {name}: the problem has no regularizer "
                        f"LogSum that says it. Pass {name}=..."
                    )
                found = found._replace(**{name: float(value)})
        return found

    def init(self, problem, x):
        return IterativelyReweightedL1State(x)

    def step(self, problem, state):
        h, u = self.step_size, state.x
        w = self.weight / (self.epsilon + np.abs(state.x))
        for _ in range(self.inner_steps):
            v = u - h * problem.gradient(u)
            u = np.sign(v) * np.maximum(np.abs(v) - h * w, 0.0)
        return IterativelyReweightedL1State(u)

    def certificate(self, problem, state):
        """Return the distance of 0 from grad f(x) plus the subgradients of the penalty."""
        w = self.weight / (self.epsilon + np.abs(state.x))
        return weighted_l1_residual(state.x, problem.gradient(state.x), w)
