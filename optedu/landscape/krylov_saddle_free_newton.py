"""Saddle-free Newton in a Krylov space: absolute curvatures from Hessian products."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.landscape.absolute_inverse import absolute_solve, limited
from optedu.landscape.lanczos import ritz_pairs
from optedu.parameters import require_between, require_positive
from optedu.protocol import method


class KrylovSaddleFreeNewtonState(NamedTuple):
    x: np.ndarray  # the iterate


@method
class KrylovSaddleFreeNewton(NamedTuple):
    """Saddle-free Newton with the Hessian seen only in the Krylov space of the gradient.

    Problem      minimize f(x), f twice differentiable, Hessian products known.
    Update       V, T = Lanczos at g: V has k orthonormal rows, T = V H V'
                 x+ = x - t V' (|T| + damping I)^-1 V g,  no longer than `longest_step`
    Guarantee    equal to SaddleFreeNewton when k = d, and whenever the Lanczos process ends early.
                 No global guarantee.
    Cost         one gradient and k Hessian products per step, k vectors of memory.
    Use when     d is too large for the Hessian.
    Fails when   as SaddleFreeNewton; and a small k does not see a weak negative curvature to which
                 g is nearly orthogonal: exactly the curvature that holds a plateau together.

    Parameters
    ----------
    order : int
        k, the dimension of the Krylov space.
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
    >>> method = oe.KrylovSaddleFreeNewton(order=2, damping=0.0)
    >>> oe.run(method, saddle, [1.0, 0.1], max_iter=2).x.round(12) + 0.0
    array([0. , 0.4])
    """

    order: int = 20
    step_size: float = 1.0
    damping: float = 1e-6
    longest_step: float = np.inf

    def check(self):
        """Refuse an order, step size or length that is not positive, and a negative damping."""
        require_positive(self, "order", "step_size", "longest_step")
        require_between(self, "damping", 0.0, np.inf)

    def init(self, problem, x):
        return KrylovSaddleFreeNewtonState(x)

    def step(self, problem, state):
        x = state.x
        g = problem.gradient(x).ravel() + 0.0
        values, vectors = ritz_pairs(problem, x, g, self.order)
        d = self.step_size * absolute_solve(values, vectors, g, self.damping)
        return KrylovSaddleFreeNewtonState(x - limited(d, self.longest_step).reshape(x.shape))
