"""M-FAC: natural gradient with a sliding window of gradients, and no matrix in the dimension."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.curvature.empirical_fisher import window_coefficients, window_product
from optedu.minibatch import minibatch_gradient, resolve_components
from optedu.parameters import require_between, require_positive
from optedu.protocol import method


class MFACState(NamedTuple):
    x: np.ndarray  # the iterate
    window: np.ndarray  # the last m gradients, flat, as a ring; zeros where none has come yet
    gram: np.ndarray  # their inner products
    u: np.ndarray  # mean of past preconditioned gradients
    k: int  # steps taken; k mod m is the row to be replaced


@method
class MFAC(NamedTuple):
    """Stochastic natural gradient with an empirical Fisher matrix of the last m gradients.

    Problem      minimize f(x), the mean of f_1(x), ..., f_n(x), each differentiable.
    Update       g = mean of grad f_i(x) over a random batch; it replaces the oldest g_j
                 F = damping I + (1/m) sum of g_j g_j';  u+ = b u + (1 - b) F^(-1) g
                 x+ = x - step_size u+
    Guarantee    none known. F^(-1) g is exact to rounding (dynamic algorithm of frantar2021).
    Cost         ``batch_size`` component gradients; O(d m + m^3) arithmetic, memory m d.
    Use when     d is large, gradients are noisy and of low rank.
    Fails when   curvature is not where gradients are: the empirical Fisher matrix is no Hessian.
                 With a small damping the first steps have length m step_size / ||g|| each, and near
                 a minimizer of all terms at once F vanishes and steps become step_size g / damping.

    Parameters
    ----------
    step_size : float, default 0.001
        Multiplies the preconditioned gradient.
    memory : int, default 32
        Number m of gradients in the window.
    damping : float, default 1e-5
        Added to the eigenvalues of the Fisher matrix; in units of a squared gradient.
    momentum : float, default 0.0
        b, in [0, 1).
    batch_size : int, default 1
        Number of terms per step, drawn with replacement.
    components : int, optional
        Number n of terms; by default problem.components.

    References
    ----------
    frantar2021.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.LeastSquares([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]], [1.0, 2.2, 2.0])
    >>> oe.run(oe.MFAC(0.1, memory=4, damping=1.0), problem, [0.0, 0.0]).x.round(4)
    array([1., 2.])
    """

    step_size: float = 1e-3
    memory: int = 32
    damping: float = 1e-5
    momentum: float = 0.0
    batch_size: int = 1
    components: int | None = None

    def check(self):
        """Refuse numbers out of range."""
        require_positive(self, "step_size", "memory", "damping", "batch_size", "components")
        require_between(self, "momentum", 0.0, 1.0)

    def resolve(self, problem):
        """Take the number of terms from the problem where it was not given."""
        return resolve_components(self, problem)

    def init(self, problem, x, rng):
        m = self.memory
        return MFACState(x, np.zeros((m, x.size)), np.zeros((m, m)), 0.0 * x, 0)

    def step(self, problem, state, rng):
        x = state.x
        batch = rng.integers(0, self.components, self.batch_size)
        g = minibatch_gradient(problem, batch, x).ravel()
        window, gram, oldest = state.window.copy(), state.gram.copy(), state.k % self.memory
        window[oldest] = g
        dots = window @ g
        gram[oldest] = dots
        gram[:, oldest] = dots
        B, pivots = window_coefficients(gram, self.damping)
        p = window_product(window, B, pivots, self.damping, g, dots).reshape(x.shape)
        u = self.momentum * state.u + (1.0 - self.momentum) * p
        return MFACState(x - self.step_size * u, window, gram, u, state.k + 1)
