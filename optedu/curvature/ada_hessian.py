"""AdaHessian: Adam with the Hessian's diagonal in place of the squared gradient."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.landscape.hutchinson import hutchinson_diagonal
from optedu.parameters import require_between, require_positive
from optedu.protocol import method, portable


@portable
def block_average(values, block):
    """Return |values| with each run of ``block`` entries replaced by its mean; the last is shorter.

    The result has the shape of ``values``, whose entries are counted row by row.
    """
    flat = np.abs(values).ravel()
    averaged = np.empty(flat.size)
    for first in range(0, flat.size, block):
        last = min(first + block, flat.size)
        averaged[first:last] = np.sum(flat[first:last]) / (last - first)
    return averaged.reshape(values.shape)


class AdaHessianState(NamedTuple):
    x: np.ndarray  # the iterate
    u: np.ndarray  # moving average of gradients
    v: np.ndarray  # moving average of squared diagonals
    t: int  # steps taken


@method
class AdaHessian(NamedTuple):
    """Adaptive descent scaled by a moving average of the Hessian's diagonal.

    Problem      minimize f(x), f twice differentiable; made for sums over data.
    Update       D = mean of z * (Hess f(x) z) over random signs z;  s = block average of |D|
                 u = b1 u + (1 - b1) grad f(x),  v = b2 v + (1 - b2) s^2,  t = t + 1
                 x+ = x - step_size (u / (1 - b1^t)) / ((v / (1 - b2^t))^(power / 2) + offset)
    Guarantee    none known. One sample gives D exactly where the Hessian is diagonal; else entry i
                 has the variance sum over j != i of H_ij^2 (hutchinson1990).
    Cost         one gradient and ``samples`` Hessian products per step.
    Use when     coordinates are badly scaled and the Hessian is nearly diagonal.
    Fails when   the Hessian is far from diagonal: the estimate is then mostly noise, and squared,
                 so that v is too large on average and steps are too short.

    Parameters
    ----------
    step_size : float, default 0.15
        1 is Newton's step on a diagonal quadratic.
    gradient_decay : float, default 0.9
        b1, in [0, 1).
    hessian_decay : float, default 0.999
        b2, in [0, 1).
    power : float, default 1.0
        Hessian power in [0, 1]; 0 is momentum without scaling.
    block : int, default 1
        Number of consecutive entries that share a scale.
    samples : int, default 1
        Number of random sign vectors per step.
    offset : float, default 1e-4
        Added to the scale; in units of curvature.

    References
    ----------
    yao2021; hutchinson1990.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[300.0, 0.0], [0.0, 2.0]], [300.0, 1.0])
    >>> newton = oe.AdaHessian(1.0, 0.0, 0.0, offset=0.0)
    >>> oe.run(newton, problem, [7.0, -9.0], max_iter=1).x
    array([1. , 0.5])
    """

    step_size: float = 0.15
    gradient_decay: float = 0.9
    hessian_decay: float = 0.999
    power: float = 1.0
    block: int = 1
    samples: int = 1
    offset: float = 1e-4

    def check(self):
        """Refuse numbers out of range."""
        require_positive(self, "step_size", "block", "samples")
        require_between(self, "gradient_decay", 0.0, 1.0)
        require_between(self, "hessian_decay", 0.0, 1.0)
        require_between(self, "offset", 0.0, np.inf)
        if not 0 <= self.power <= 1:
            raise ValueError(f"AdaHessian: power must be between 0 and 1, got {self.power}")

    def init(self, problem, x, rng):
        return AdaHessianState(x, 0.0 * x, 0.0 * x, 0)

    def step(self, problem, state, rng):
        x, t = state.x, state.t + 1
        b1, b2 = self.gradient_decay, self.hessian_decay
        D = hutchinson_diagonal(problem, x, rng, self.samples)
        s = block_average(D, self.block)
        u = b1 * state.u + (1.0 - b1) * problem.gradient(x)
        v = b2 * state.v + (1.0 - b2) * s * s
        scale = (v / (1.0 - b2**t)) ** (0.5 * self.power) + self.offset
        return AdaHessianState(x - self.step_size * (u / (1.0 - b1**t)) / scale, u, v, t)
