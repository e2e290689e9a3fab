"""Davis-Yin three-operator splitting: a gradient and two proxes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.parameters import require_positive, step_from_smoothness
from optedu.protocol import method
from optedu.splitting.residuals import norm, require_relaxation


class DavisYinState(NamedTuple):
    x: np.ndarray  # prox of f_0 at z, the candidate solution
    z: np.ndarray  # what the method iterates on


@method
class DavisYin(NamedTuple):
    """Davis-Yin splitting: the common parent of Douglas-Rachford and proximal gradient.

    Problem      minimize h(x) + f_0(x) + f_1(x), h convex with L-Lipschitz gradient, f_0 and f_1
                 convex with a prox each.
    Update       x = prox_0(z, step_size)
                 y = prox_1(2 x - z - step_size * grad h(x), step_size)
                 z+ = z + relaxation (y - x)
    Guarantee    0 < step_size < 2/L and relaxation below 2 - step_size L / 2: z converges and x
                 tends to a minimizer (davis2017). h = 0: Douglas-Rachford. f_0 = 0:
                 proximal gradient. f_1 = 0: the same with the prox first.
    Cost         one gradient and one prox of each term per step.
    Use when     two regularizers, or a regularizer and a set, stand beside a smooth loss.
    Fails when   step_size > 2/L.

    Parameters
    ----------
    step_size : float, optional
        By default 1 / problem.smoothness, the smoothness of h.
    relaxation : float, default 1.0
        Multiplies the change of z; in (0, 2].

    References
    ----------
    davis2017.

    Examples
    --------
    >>> import optedu as oe
    >>> fit = oe.problems.LeastSquares([[1.0, 0.0], [0.0, 1.0]], [3.0, 0.5])
    >>> box = oe.problems.Indicator(oe.problems.LInfBall(1.0))
    >>> problem = oe.problems.SmoothSumOfTwo(fit, oe.problems.L1(1.0), box)
    >>> oe.run(oe.DavisYin(), problem, [0.0, 0.0]).x.round(6)
    array([1., 0.])
    """

    step_size: float | None = None
    relaxation: float = 1.0

    certificate_name = "three-term residual"
    may_rest = True

    def check(self):
        """Refuse a step size that is not positive and a relaxation out of range."""
        require_positive(self, "step_size")
        require_relaxation(self)

    def resolve(self, problem):
        """Take step_size = 1/L where none is given."""
        return step_from_smoothness(self, problem)

    def init(self, problem, x):
        return DavisYinState(problem.component_prox(0, x, self.step_size), x)

    def step(self, problem, state):
        x, z = state
        t = self.step_size
        y = problem.component_prox(1, 2.0 * x - z - t * problem.gradient(x), t)
        z_new = z + self.relaxation * (y - x)
        return DavisYinState(problem.component_prox(0, z_new, t), z_new)

    def certificate(self, problem, state):
        """||x - prox_1(x - u - grad h(x), 1)||, u = (z - x) / step_size a subgradient of f_0."""
        x, z = state
        u = (z - x) / self.step_size
        return norm(x - problem.component_prox(1, x - u - problem.gradient(x), 1.0))
