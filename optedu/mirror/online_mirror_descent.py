"""Online mirror descent: one mirror step after each round."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from optedu.gradient.decaying_step import decaying_step, require_decaying_step
from optedu.mirror.steps import first_point, into_the_set, resolve_rounds
from optedu.parameters import require_positive
from optedu.protocol import method


class OnlineMirrorDescentState(NamedTuple):
    x: np.ndarray  # the point for the next round
    k: int  # rounds played


@method
class OnlineMirrorDescent(NamedTuple):
    """Online mirror descent; with the Euclidean map, online gradient descent of Zinkevich.

    Problem      round k reveals f_k after x_k was chosen; the regret against u is the sum of
                 f_k(x_k) - f_k(u). Here f_k is component k, round again after the last.
    Update       x+ = argmin over u of <g, u> + D(u, x) / t_k,   g = grad f_k(x),
                 t_k = step_size / (k + 1)^decay
    Guarantee    decay = 0, convex f_k, psi rho-strongly convex, gradients of dual norm M at most:
                 the regret of n rounds against u is at most
                 D(u, x_0) / step_size + step_size n M^2 / (2 rho) (bubeck2015, proof of Theorem
                 4.2). Euclidean, mu-strongly convex f_k, step_size = 1/mu, decay = 1:
                 at most M^2 (1 + log n) / (2 mu) (hazan2007, Theorem 1).
    Cost         one component gradient and one mirror step per round.
    Use when     losses come one by one and may be anything.
    Fails when   they do not come from anything worse than noise: it does not notice (see
                 OptimisticMirrorDescent).

    Parameters
    ----------
    step_size : float
        The first step size.
    decay : float
        0 keeps the step size.
    components : int, optional
        Number of rounds; by default problem.components.

    References
    ----------
    zinkevich2003; hazan2007, Theorem 1; bubeck2015, Theorem 4.2.

    Examples
    --------
    >>> import optedu as oe
    >>> rounds = oe.problems.LinearRounds([[1.0, 0.0], [0.0, 0.5]])
    >>> problem = oe.problems.Mirrored(rounds, oe.problems.EntropyGeometry())
    >>> oe.run(oe.OnlineMirrorDescent(1.0), problem, max_iter=2).x.round(4)
    array([0.3775, 0.6225])
    """

    step_size: float = 0.1
    decay: float = 0.0
    components: int | None = None

    def check(self):
        """Refuse a step size that is not positive, or a negative decay."""
        require_decaying_step(self)
        require_positive(self, "components")

    def resolve(self, problem):
        """Take the number of rounds from the problem where it is not given."""
        return resolve_rounds(self, problem)

    def init(self, problem, x):
        return OnlineMirrorDescentState(into_the_set(problem, x), 0)

    def step(self, problem, state):
        x, k = state
        g = problem.component_gradient(k % self.components, x)
        t = decaying_step(self.step_size, self.decay, float(k))
        return OnlineMirrorDescentState(problem.mirror_step(x, g, t), k + 1)

    def regret_bound(self, problem: Any, rounds: Any, x0: Any, comparator: Any) -> Any:
        """Return the bound on the regret of so many rounds, None where none is stated."""
        M = getattr(problem, "dual_lipschitz", None)
        if M is None or self.decay > 0:
            return None
        distance = problem.divergence(np.asarray(comparator, float), first_point(problem, x0))
        growth = self.step_size * M**2 / (2 * problem.geometry.modulus)
        return distance / self.step_size + growth * np.asarray(rounds)
