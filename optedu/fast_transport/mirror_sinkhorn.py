"""Mirror Sinkhorn: a mirror step on the plan, then one of its marginals."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.parameters import require_positive
from optedu.problems.transport_plans import round_to_polytope
from optedu.protocol import method, portable
from optedu.transport.constants import with_marginals


class MirrorSinkhornState(NamedTuple):
    x: np.ndarray  # the mean of the plans, rounded to the polytope
    P: np.ndarray  # the plan, with one marginal exact
    mean: np.ndarray  # the mean of the plans
    u: np.ndarray  # logarithms of how the rows have been scaled
    total: float  # sum of the step sizes
    k: int  # steps taken


@portable
def mirror_sinkhorn_start(x, ab):
    """Return the state of Mirror Sinkhorn at a positive plan x."""
    n = x.shape[0]
    return MirrorSinkhornState(round_to_polytope(x, ab[:n], ab[n:]), x, x, np.zeros(n), 0.0, 0)


@portable
def mirror_sinkhorn_step(problem, state, G, step_size, decay, ab):
    """Return the state of Mirror Sinkhorn after a step with this gradient."""
    _, P, mean, u, total, k = state
    n, eta = P.shape[0], step_size / (k + 1.0) ** decay
    Q = P * np.exp(-eta * G)
    if k % 2 == 0:
        P = problem.bregman_project(1, Q)
    else:
        P = problem.bregman_project(0, Q)
        u = u + np.log(np.sum(P, axis=1) / np.sum(Q, axis=1))
    mean = mean + (P - mean) / (k + 2)
    x = round_to_polytope(mean, ab[:n], ab[n:])
    return MirrorSinkhornState(x, P, mean, u, total + eta, k + 1)


@portable
def rounded_gap(problem, state, ab):
    """Return a bound on F(x) - min F, from dual potentials of the cost grad F(x)."""
    n, x, G = state.x.shape[0], state.x, problem.gradient(state.x)
    f = state.u / max(state.total, 1e-300)
    g, best = np.empty(x.shape[1]), np.empty(n)
    for j in range(g.size):
        g[j] = np.min(G[:, j] - f)
    for i in range(n):
        best[i] = np.min(G[i] - g)
    return np.sum(G * x) - np.sum(ab[:n] * best) - np.sum(ab[n:] * g)


def mirror_sinkhorn_defaults(method, problem):
    """Return the method with the step size of the theory, and the problem's marginals.

    Raises
    ------
    ValueError
        If they are neither given nor known.
    """
    method = with_marginals(method, problem)
    if method.step_size is not None:
        return method
    B = getattr(problem, "largest_gradient", None)
    if not B:
        raise ValueError(
            f"{type(method).__name__} needs a step size: problem.largest_gradient is unknown. "
            "Pass step_size=..."
        )
    n, ab = problem.shape[0], method.marginals / method.marginals[: problem.shape[0]].sum()
    delta = np.abs(np.log(ab[:n])).max() + np.abs(np.log(ab[n:])).max()
    return method._replace(step_size=float(np.sqrt(delta) / B))


@method
class MirrorSinkhorn(NamedTuple):
    """Multiply the plan by exp(-step * gradient), then scale its columns or its rows.

    Problem      minimize a convex F(P) over the plans P >= 0 with row sums a, column sums b.
    Update       Q = P * exp(-eta_k grad F(P)),   eta_k = step_size / (k + 1)^decay
                 P+ = columns of Q scaled to b (k even), rows scaled to a (k odd)
                 x+ = the mean of all plans so far, rounded to the polytope
    Guarantee    decay = 1/2: the mean's F and marginals are within O(1 / sqrt(k)) of the optimal
                 ones, with exact and with unbiased gradients (ballu2023); no constant is stated.
    Cost         one gradient, n m exponentials, a few passes over the plan.
    Use when     F is not linear, or gradients are noisy, and a rough plan will do.
    Fails when   accuracy is wanted: each further digit takes a hundred times the steps.

    The certificate is the duality gap of x for the cost grad F(x), with the potentials that the
    scalings have made; it bounds F(x) - min F. With decay = inf only the first step has a length,
    and P moves as in Sinkhorn's method at regularization 1 / step_size.

    Parameters
    ----------
    step_size : float, optional
        eta_0; by default sqrt(delta) / B, B = problem.largest_gradient,
        delta = max |log a_i| + max |log b_j|, masses as parts of the total.
    decay : float
        How fast the steps shorten, 0 to inf.
    marginals : numpy.ndarray, shape (n + m,), optional
        (a, b); by default the problem's.

    References
    ----------
    ballu2023; altschuler2017, Algorithm 2, for the rounding.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> objective = oe.problems.LinearCost([[0.0, 1.0], [1.0, 0.0]])
    >>> problem = oe.problems.TransportPolytope(objective, [0.5, 0.5], [0.5, 0.5])
    >>> trace = oe.run(oe.MirrorSinkhorn(), problem, max_iter=500, tol=0.01)
    >>> bool(problem.value(trace.x) <= trace.certificate.value)
    True
    """

    step_size: float | None = None
    decay: float = 0.5
    marginals: np.ndarray | None = None

    certificate_name = "duality gap of the rounded plan"
    may_rest = True

    def check(self):
        """Refuse a step size that is not positive, and a decay that is negative."""
        require_positive(self, "step_size")
        if not self.decay >= 0:
            raise ValueError(f"MirrorSinkhorn: decay must be 0 or more, got {self.decay}")

    def resolve(self, problem):
        """Take the step size of the theory, and the problem's marginals."""
        return mirror_sinkhorn_defaults(self, problem)

    def init(self, problem, x):
        return mirror_sinkhorn_start(x, self.marginals)

    def step(self, problem, state):
        G = problem.gradient(state.P)
        return mirror_sinkhorn_step(problem, state, G, self.step_size, self.decay, self.marginals)

    def certificate(self, problem, state):
        """Duality gap of x for the linearized objective."""
        return rounded_gap(problem, state, self.marginals)
