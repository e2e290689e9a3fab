"""Saddle-free Newton: Newton's step with the absolute values of the curvatures."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.landscape.absolute_inverse import absolute_solve, limited
from optedu.parameters import require_between, require_positive
from optedu.protocol import method


class SaddleFreeNewtonState(NamedTuple):
    x: np.ndarray  # the iterate


@method
class SaddleFreeNewton(NamedTuple):
    """Newton's method, repelled by saddles: every curvature is taken positive.

    Problem      minimize f(x), f twice differentiable, of a few hundred variables at the most.
    Update       x+ = x - t (|H| + damping I)^-1 g,  H = grad^2 f(x) = V diag(lambda) V',
                 |H| = V diag(abs(lambda)) V',  the step no longer than `longest_step`
    Guarantee    t = 1, damping = 0, quadratic f: the distance to the critical point becomes 0 along
                 positive curvature and is multiplied by 2 along negative curvature, in one step.
                 No global guarantee.
    Cost         one gradient, one Hessian and its eigenvectors, O(d^3), per step.
    Use when     Newton's method is drawn to a saddle.
    Fails when   the Hessian is nearly singular and g is not small along its kernel: the step is as
                 long as 1 / damping; then set longest_step. A start exactly on
                 a saddle stays there.

    Parameters
    ----------
    step_size : float
        t; 1 is Newton's.
    damping : float
        Added to every absolute curvature.
    longest_step : float
        Longer steps are shortened to this length.

    References
    ----------
    pascanu2014; dauphin2014.

    Examples
    --------
    >>> import optedu as oe
    >>> saddle = oe.problems.Quadratic([[2.0, 0.0], [0.0, -2.0]], [0.0, 0.0])
    >>> method = oe.SaddleFreeNewton(damping=0.0)
    >>> oe.run(method, saddle, [1.0, 0.1], max_iter=3).iterates.round(12) + 0.0
    array([[1. , 0.1],
           [0. , 0.2],
           [0. , 0.4],
           [0. , 0.8]])
    """

    step_size: float = 1.0
    damping: float = 1e-6
    longest_step: float = np.inf

    def check(self):
        """Refuse a step size or length that is not positive, and a negative damping."""
        require_positive(self, "step_size", "longest_step")
        require_between(self, "damping", 0.0, np.inf)

    def init(self, problem, x):
        return SaddleFreeNewtonState(x)

    def step(self, problem, state):
        x = state.x
        g = problem.gradient(x).ravel() + 0.0
        eigenvalues, V = np.linalg.eigh(problem.hessian(x))
        d = self.step_size * absolute_solve(eigenvalues, np.ascontiguousarray(V.T), g, self.damping)
        return SaddleFreeNewtonState(x - limited(d, self.longest_step).reshape(x.shape))
