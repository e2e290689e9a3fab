"""Two values per step along random signs, with gains that decay: for values with noise."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.black_box.differences import slope_along
from optedu.parameters import require_positive
from optedu.protocol import method


class SPSAState(NamedTuple):
    x: np.ndarray  # the iterate
    k: int  # steps taken


@method
class SPSA(NamedTuple):
    """Simultaneous perturbation stochastic approximation.

    Problem      minimize f(x), f smooth, from values that may carry noise.
    Update       s random signs;  g_j = (f(x + c s) - f(x - c s)) / (2 c s_j),  x+ = x - a g
                 a = step_size / (delay + k + 1)^0.602,  c = smoothing / (k + 1)^0.101
    Guarantee    converges almost surely under conditions of spall1992; no constant is stated here.
    Cost         two values per step.
    Use when     values are noisy: a length c that falls slowly keeps the noise at bay.
    Fails when   values are exact: gains that decay are slower than constant ones.

    The exponents and the advice to take a delay of a tenth of the steps are those of spall1998.

    Parameters
    ----------
    step_size : float
        Numerator of the gain a.
    smoothing : float
        Length c of the first difference; about the standard deviation of the noise in f.
    delay : float
        Steps by which the decay of a is put off.

    References
    ----------
    spall1992; spall1998.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [4.0, 3.0])
    >>> oe.run(oe.SPSA(), problem, [0.0, 0.0], max_iter=1000, seed=1).x.round(2)
    array([1., 1.])
    """

    step_size: float = 0.2
    smoothing: float = 0.1
    delay: float = 10.0

    def check(self):
        """Refuse gains that are not positive."""
        require_positive(self, "step_size", "smoothing")
        if not self.delay >= 0:
            raise ValueError(f"SPSA: delay must be at least 0, got {self.delay}")

    def init(self, problem, x, rng):
        return SPSAState(x, 0)

    def step(self, problem, state, rng):
        x, k = state
        s = np.where(rng.random(x.size) < 0.5, -1.0, 1.0).reshape(x.shape)
        a = self.step_size / (self.delay + k + 1.0) ** 0.602
        c = self.smoothing / (k + 1.0) ** 0.101
        g = slope_along(problem, x, c * s) / (2.0 * c) * s  # 1 / s_j is s_j
        return SPSAState(x - a * g, k + 1)
