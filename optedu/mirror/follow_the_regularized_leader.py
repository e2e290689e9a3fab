"""Follow the regularized leader: what would have been best so far, held back by a regularizer."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from optedu.gradient.decaying_step import decaying_step, require_decaying_step, sums_of_steps
from optedu.mirror.steps import first_point, into_the_set, resolve_rounds
from optedu.parameters import require_positive
from optedu.protocol import method


class FollowTheRegularizedLeaderState(NamedTuple):
    x: np.ndarray  # the point for the next round
    first: np.ndarray  # x_0, where the regularizer is least
    G: np.ndarray  # sum of the gradients
    k: int  # rounds played


@method
class FollowTheRegularizedLeader(NamedTuple):
    """Follow the regularized leader, each loss replaced by its linear model where it was played.

    Problem      round k reveals f_k after x_k was chosen, f_k convex.
    Update       x_k = argmin over u of sum over s < k of <grad f_s(x_s), u> + D(u, x_0) / t_k,
                 t_k = step_size / (k + 1)^decay
    Guarantee    psi rho-strongly convex, gradients of dual norm M at most: the regret of n rounds
                 against u is at most D(u, x_0) / t_{n-1} + M^2 / (2 rho) (t_0 + ... + t_{n-1})
                 (orabona2019, Chapter 7): with decay = 1/2 of the order sqrt(n) for all n.
    Cost         one component gradient and one mirror step per round.
    Use when     no horizon is known; the divergence to far points is unbounded, as that of the
                 entropy, where mirror descent with shrinking steps has no such bound.
    Fails when   t is infinite: the leader without a regularizer is led by the nose (see the
                 chapter).

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
    shalevshwartz2012; orabona2019, Chapter 7.

    Examples
    --------
    >>> import optedu as oe
    >>> rounds = oe.problems.LinearRounds([[1.0, 0.0], [0.0, 0.5]])
    >>> problem = oe.problems.Mirrored(rounds, oe.problems.EntropyGeometry())
    >>> oe.run(oe.FollowTheRegularizedLeader(1.0, 0.0), problem, max_iter=2).x.round(4)
    array([0.3775, 0.6225])
    """

    step_size: float = 0.5
    decay: float = 0.5
    components: int | None = None

    def check(self):
        """Refuse a step size that is not positive, or a negative decay."""
        require_decaying_step(self)
        require_positive(self, "components")

    def resolve(self, problem):
        """Take the number of rounds from the problem where it is not given."""
        return resolve_rounds(self, problem)

    def init(self, problem, x):
        first = into_the_set(problem, x)
        return FollowTheRegularizedLeaderState(first, first, 0.0 * first, 0)

    def step(self, problem, state):
        x, first, G, k = state
        G_new = G + problem.component_gradient(k % self.components, x)
        t = decaying_step(self.step_size, self.decay, k + 1.0)
        x_new = problem.mirror_step(first, G_new, t)
        return FollowTheRegularizedLeaderState(x_new, first, G_new, k + 1)

    def regret_bound(self, problem: Any, rounds: Any, x0: Any, comparator: Any) -> Any:
        """Return the bound on the regret of so many rounds, 1 or more."""
        M = getattr(problem, "dual_lipschitz", None)
        if M is None:
            return None
        last = np.asarray(rounds) - 1
        distance = problem.divergence(np.asarray(comparator, float), first_point(problem, x0))
        total, _ = sums_of_steps(self.step_size, self.decay, last)
        shortest = decaying_step(self.step_size, self.decay, last.astype(float))
        return distance / shortest + M**2 / (2 * problem.geometry.modulus) * total
