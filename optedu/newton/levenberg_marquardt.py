"""Levenberg-Marquardt: Gauss-Newton, damped by as much as it needs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.newton.residual_model import require_least_squares
from optedu.newton.trust_radius import drowns, gain_ratio
from optedu.parameters import require_positive
from optedu.protocol import method

TRIALS = 60


class LevenbergMarquardtState(NamedTuple):
    x: np.ndarray  # the iterate
    r: np.ndarray  # its residuals
    scale: np.ndarray  # D: for each variable the longest column of J met so far
    lam: float  # the damping
    growth: float  # factor of the damping after the next failure


@method
class LevenbergMarquardt(NamedTuple):
    """The Levenberg-Marquardt method, damping after Nielsen, scaling after More.

    Problem      minimize f(x) = ||r(x)||^2 / 2, r differentiable with Jacobian J.
    Update       (J'J + lam D^2) p = -J'r;   gain = (f(x) - f(x + p)) / (decrease of the model)
                 gain > 0:  x+ = x + p,  lam *= max(1/3, 1 - (2 gain - 1)^3),  growth = 2
                 else:      lam *= growth,  growth *= 2
                 D: the largest norm so far of each column of J, or 1 where `scaled` is off
    Guarantee    none closed. f never rises; as a trust region in disguise its gradients tend to 0
                 (more1978, for his choice of lam), and near a solution with small residuals it is
                 Gauss-Newton.
    Cost         one Jacobian and its singular value decomposition per step, one residual per
                 trial; all trials share the decomposition. At the very end, where f no longer
                 tells a step from rounding, one Jacobian per trial.
    Use when     data are to be fitted: the default for nonlinear least squares.
    Fails when   the residuals are large and bend: linear convergence only; or at a local minimum.

    Parameters
    ----------
    damping : float
        The first lam, relative to the largest column of J D^-1.
    scaled : bool
        Measure each variable by its column of J, so that units do not matter.

    References
    ----------
    levenberg1944; marquardt1963; more1978; nielsen1999; nocedal2006, Section 10.3.

    Examples
    --------
    >>> import optedu as oe
    >>> trace = oe.run(oe.LevenbergMarquardt(), oe.problems.Rosenbrock(), [-1.2, 1.0])
    >>> trace.success, trace.x.round(4)
    (True, array([1., 1.]))
    """

    damping: float = 1e-3
    scaled: bool = True

    def check(self):
        """Refuse a damping that is not positive."""
        require_positive(self, "damping")

    def resolve(self, problem):
        """Refuse a problem that is not a sum of squares."""
        require_least_squares(self, problem)
        return self

    def init(self, problem, x):
        J = problem.jacobian(x)
        columns = np.sqrt(np.sum(J * J, axis=0))
        scale = np.ones(columns.shape)
        lam = self.damping * np.max(columns) ** 2
        if self.scaled:
            scale = np.where(columns > 0.0, columns, 1.0)
            lam = self.damping
        return LevenbergMarquardtState(x, problem.residual(x), scale, max(lam, 1e-300), 2.0)

    def step(self, problem, state):
        x, r, scale, lam, growth = state
        J = problem.jacobian(x)
        if self.scaled:
            scale = np.maximum(scale, np.sqrt(np.sum(J * J, axis=0)))
        U, s, Vt = np.linalg.svd(J / scale, full_matrices=False)
        b = U.T @ r
        for _ in range(TRIALS):
            z = -(s * b) / (s * s + lam)
            p = (Vt.T @ z) / scale
            x_new = x + p.reshape(x.shape)
            r_new = problem.residual(x_new)
            actual = 0.5 * np.sum((r - r_new) * (r + r_new))
            if drowns(r @ r, r_new @ r_new):  # then the slopes at both ends tell more
                actual = -0.5 * (J.T @ r + problem.jacobian(x_new).T @ r_new) @ p
            predicted = 0.5 * np.sum(z * (lam * z - s * b))
            gain = gain_ratio(actual, predicted)
            if gain > 0.0:
                lam = lam * max(1.0 / 3.0, 1.0 - (2.0 * min(gain, 1.0) - 1.0) ** 3)
                return LevenbergMarquardtState(x_new, r_new, scale, max(lam, 1e-300), 2.0)
            lam, growth = lam * growth, 2.0 * growth
            if not lam < 1e200:
                break
        return LevenbergMarquardtState(x, r, scale, state.lam, state.growth)
