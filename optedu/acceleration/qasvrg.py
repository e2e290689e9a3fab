"""QASVRG: variance-reduced acceleration for quasar-convex finite sums."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.acceleration.quasar_line_search import (
    _Batch,
    check_finite_sum,
    quasar_line_search,
    resolve_finite_sum,
)
from optedu.parameters import require_between, require_positive
from optedu.protocol import method


class QASVRGState(NamedTuple):
    x: np.ndarray  # the iterate
    z: np.ndarray  # the sequence that carries the momentum
    snapshot: np.ndarray  # where the full gradient was taken
    full: np.ndarray  # that gradient
    k: int  # steps since the snapshot


@method
class QASVRG(NamedTuple):
    """Quasar-accelerated variance-reduced gradient of Fu, Xu and Wilson.

    Problem      minimize f(x), the mean of f_1(x), ..., f_n(x), each smooth, f gamma-quasar-convex:
                 f* >= f(y) + <grad f(y), x* - y> / gamma + mu/2 ||x* - y||^2 for all y.
    Update       draw a batch B of size b_k without replacement; y = tau x + (1 - tau) z, tau by a
                 line search on f_B;  g = grad f_B(y) - grad f_B(w) + grad f(w), w the snapshot
                 x+ = y - g / L
                 mu = 0: z+ = z - gamma (2 k + 3) / (8 L) g,
                         b_k = n gamma (2k+3) / (gamma (n-1) / 8 + gamma (2k+3));
                 mu > 0: z+ = (s z + a y - g) / (a + s), a = gamma mu / 2, s = sqrt(2 L mu),
                         b_k = 8 n (r + gamma) / ((n-1) gamma + 8 (r + gamma)), r = sqrt(8 L / mu)
                 new snapshot w = z = x+ after ``stage_length`` steps, or when <g, x+ - x> > 0
    Guarantee    none verified. These are the rules of the authors' experiments; the text of the
                 theorems (fu2023) could not be compared. Their stage length for mu = 0 needs
                 f(w) - f* and ||w - x*||, which nobody knows: here it is a parameter.
    Cost         2 b_k component gradients per step and those of the line search, one full gradient
                 per stage.
    Use when     the terms are many and accuracy matters, so that noise must vanish.
    Fails when   n is small: the batches are then nearly everything, and QuasarAcceleration is
                 simpler.

    Parameters
    ----------
    quasar_convexity : float, default 1.0
        gamma, in (0, 1].
    strong_convexity : float, optional
        mu; by default problem.strong_convexity, 0 where it is unknown.
    stage_length : int, optional
        Largest number of steps between snapshots; by default n for mu = 0, and
        log(8 / gamma) / log(1 + gamma / sqrt(8 L / mu)) for mu > 0.
    accuracy : float, default 0.0
        What the line search may lose, in units of f.
    components : int, optional
        Number n of terms; by default problem.components.
    smoothness : float, optional
        L of every f_i; by default problem.component_smoothness.

    References
    ----------
    fu2023.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.LeastSquares([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]], [1.0, 2.2, 2.0])
    >>> oe.run(oe.QASVRG(), problem, [0.0, 0.0], max_iter=500).x.round(4)
    array([1., 2.])
    """

    quasar_convexity: float = 1.0
    strong_convexity: float | None = None
    stage_length: int | None = None
    accuracy: float = 0.0
    components: int | None = None
    smoothness: float | None = None

    def check(self):
        """Refuse numbers out of range."""
        check_finite_sum(self)
        require_positive(self, "stage_length")
        require_between(self, "strong_convexity", 0.0, np.inf)
        require_between(self, "accuracy", 0.0, np.inf)

    def resolve(self, problem):
        """Take n, L, mu and the stage length from the problem where not given."""
        method = resolve_finite_sum(self, problem)
        mu, gamma, length = self.strong_convexity, self.quasar_convexity, self.stage_length
        if mu is None:
            mu = float(getattr(problem, "strong_convexity", None) or 0.0)
        if length is None:
            length = method.components
            if mu > 0:
                growth = np.log1p(gamma / np.sqrt(8 * method.smoothness / mu))
                length = int(np.ceil(np.log(8 / gamma) / growth))
        return method._replace(strong_convexity=mu, stage_length=length)

    def init(self, problem, x, rng):
        return QASVRGState(x, x, x, problem.gradient(x), 0)

    def step(self, problem, state, rng):
        x, z, w, full, k = state
        gamma, mu, L, n = (
            self.quasar_convexity,
            self.strong_convexity,
            self.smoothness,
            self.components,
        )
        if mu > 0:
            root = np.sqrt(8 * L / mu)
            size = 8 * n * (root + gamma) / ((n - 1) * gamma + 8 * (root + gamma))
            weight, penalty, slack = root / 2, gamma * mu / 4, 0.0
            guess = weight / (1 + weight)
        else:
            size = n * (2 * k + 3) / ((n - 1) / 8 + 2 * k + 3)
            weight, penalty = gamma * (k + 1) ** 2 / (4 * k + 6), 0.0
            slack, guess = gamma * self.accuracy, 1 - (2 * k + 3) / (k + 2) ** 2
        batch = rng.permutation(n)[: min(n, int(np.ceil(size)))]
        sample = _Batch(problem, batch)
        tau = quasar_line_search(sample, x, z, guess, weight, penalty, slack, L)
        y = z + tau * (x - z)
        g = sample.gradient(y) - sample.gradient(w) + full
        x_new = y - g / L
        if k + 1 >= self.stage_length or np.sum(g * (x_new - x)) > 0:
            return QASVRGState(x_new, x_new, x_new, problem.gradient(x_new), 0)
        if mu > 0:
            a, s = gamma * mu / 2, np.sqrt(2 * L * mu)
            z_new = (s * z + a * y - g) / (a + s)
        else:
            z_new = z - gamma * (2 * k + 3) / (8 * L) * g
        return QASVRGState(x_new, z_new, w, full, k + 1)
