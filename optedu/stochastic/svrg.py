"""SVRG: differences to a snapshot, whose full gradient is known."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.guarantees import Guarantee
from optedu.minibatch import minibatch_gradient
from optedu.parameters import known
from optedu.protocol import method
from optedu.stochastic.variance_reduction import draw_terms, require_stage, resolve_stage


class SVRGState(NamedTuple):
    x: np.ndarray  # the snapshot
    g: np.ndarray  # the full gradient there


@method
class SVRG(NamedTuple):
    """The stochastic variance-reduced gradient method of Johnson and Zhang.

    Problem      minimize f(x), the mean of f_1(x), ..., f_n(x), each convex and L-smooth, f
                 mu-strongly convex.
    Update       one step is a stage of m draws: w = x, then m times
                 draw a batch B;  v = grad f_B(w) - grad f_B(x) + grad f(x);  w <- w - t v
                 x+ = w, or with ``average`` the mean of the m points at which v was taken
    Guarantee    in expectation, with ``average`` and batches of one: if rho < 1 and t < 1/(2 L),
                 E f(x_k) - f* <= rho^k (f(x_0) - f*),
                 rho = 1 / (mu t (1 - 2 L t) m) + 2 L t / (1 - 2 L t)
                 (johnson2013, Theorem 1, for a random point of the stage; by convexity for their
                 mean). None is stated for the last point. A single run may be above.
    Cost         2 m b component gradients and a full gradient per stage; two vectors of memory.
    Use when     n is large, accuracy matters, and n gradients do not fit into memory.
    Fails when   a rough answer is enough: SGD has it before the first full gradients have paid.

    Parameters
    ----------
    step_size : float, optional
        t; by default 1 / (10 L), L = problem.component_smoothness.
    stage_length : int, optional
        m, draws per stage; by default 2 n.
    batch_size : int, default 1
        b, terms per draw, with replacement; n or more take all terms once.
    average : bool, default False
        Go on from the mean of the stage's points, not from its last one.
    components : int, optional
        n; by default problem.components.

    References
    ----------
    johnson2013, Theorem 1.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.LeastSquares([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]], [1.0, 2.2, 2.0])
    >>> oe.run(oe.SVRG(), problem, [0.0, 0.0], max_iter=200).x.round(4)
    array([1., 2.])
    """

    step_size: float | None = None
    stage_length: int | None = None
    batch_size: int = 1
    average: bool = False
    components: int | None = None

    holds = ("g",)

    def check(self):
        """Refuse numbers that are not positive."""
        require_stage(self, "stage_length", "batch_size")

    def resolve(self, problem):
        """Take n, the step size and the stage length from the problem where not given."""
        return resolve_stage(self, problem, "stage_length", 2.0, 0.1)

    def init(self, problem, x, rng):
        return SVRGState(x, problem.gradient(x))

    def step(self, problem, state, rng):
        x, full = state
        w, total = x, 0.0 * x
        for _ in range(self.stage_length):
            total = total + w
            batch = draw_terms(rng, self.components, self.batch_size)
            v = minibatch_gradient(problem, batch, w) - minibatch_gradient(problem, batch, x) + full
            w = w - self.step_size * v
        if self.average:
            w = total / self.stage_length
        return SVRGState(w, problem.gradient(w))

    def contraction(self, problem):
        """Return rho of the theorem, or None where it says nothing."""
        constants = known(problem, "component_smoothness", "strong_convexity")
        if constants is None or constants[1] == 0 or not self.average or self.batch_size != 1:
            return None
        L, mu = constants
        t, m = self.step_size, self.stage_length
        if 2 * L * t >= 1:
            return None
        rho = (1 / (mu * t * m) + 2 * L * t) / (1 - 2 * L * t)
        return rho if rho < 1 else None

    def guarantee(self, problem, k, x0):
        """Return the bound on the mean gap, over all draws."""
        rho = self.contraction(problem)
        minimum = getattr(problem, "minimum", None)
        if rho is None or minimum is None:
            return None
        bound = rho ** np.asarray(k) * (problem.value(x0) - minimum)
        return Guarantee("gap", bound, "in expectation: johnson2013, Theorem 1")
