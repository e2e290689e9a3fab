"""Natural gradient descent: the steepest descent that no change of parameters can alter."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.parameters import require_between, require_positive
from optedu.protocol import method


class NaturalGradientState(NamedTuple):
    x: np.ndarray  # the iterate


@method
class NaturalGradient(NamedTuple):
    """Gradient descent in the metric of the Fisher information.

    Problem      minimize f(x) = -log likelihood of a model (plus a ridge).
    Update       x+ = x - t (F(x) + damping I)^(-1) grad f(x)
                 F(x) is the expectation, under the model at x, of the squared score.
    Guarantee    invariant under smooth changes of parameters, up to O(t^2) per step (martens2020).
                 Where the outputs are the natural parameters of an exponential family and linear
                 in x, F is the Hessian and the step Newton's.
    Cost         one gradient and one Fisher matrix, a solve of order d^3, per step.
    Use when     a model has a likelihood and no more than a few thousand parameters.
    Fails when   F is singular (more parameters than the data can tell apart) and damping = 0: the
                 solve fails, or the step is huge. Far from the solution t = 1 may overshoot.

    Parameters
    ----------
    step_size : float
        t; 1 is Newton's step where F is the Hessian.
    damping : float
        Added to the eigenvalues of F, 0 or more.

    References
    ----------
    amari1998; martens2020.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.LeastSquares([[1.0, 0.0], [0.0, 2.0]], [1.0, 4.0])
    >>> oe.run(oe.NaturalGradient(), problem, [5.0, -3.0], max_iter=1).x
    array([1., 2.])
    """

    step_size: float = 1.0
    damping: float = 0.0

    def check(self):
        """Refuse a step size that is not positive, and a negative damping."""
        require_positive(self, "step_size")
        require_between(self, "damping", 0.0, np.inf)

    def init(self, problem, x):
        return NaturalGradientState(x)

    def step(self, problem, state):
        x = state.x
        g = np.ascontiguousarray(problem.gradient(x)).reshape(x.size)
        F = problem.fisher(x) + self.damping * np.eye(x.size)
        d = np.linalg.solve(F, g).reshape(x.shape)
        return NaturalGradientState(x - self.step_size * d)
