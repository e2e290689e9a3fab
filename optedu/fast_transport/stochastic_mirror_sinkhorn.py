"""Mirror Sinkhorn with the gradient of one term, drawn at random."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.fast_transport.mirror_sinkhorn import (
    mirror_sinkhorn_defaults,
    mirror_sinkhorn_start,
    mirror_sinkhorn_step,
    rounded_gap,
)
from optedu.parameters import constant, require_positive
from optedu.protocol import method


@method
class StochasticMirrorSinkhorn(NamedTuple):
    """Mirror Sinkhorn that looks at one term of the objective per step.

    Problem      minimize the mean of convex F_i(P) over the plans with row sums a, column sums b.
    Update       Q = P * exp(-eta_k grad F_i(P)), i drawn,   eta_k = step_size / (k + 1)^decay
                 P+ = columns of Q scaled to b (k even), rows scaled to a (k odd)
                 x+ = the mean of all plans so far, rounded to the polytope
    Guarantee    decay = 1/2: the mean's F and marginals are within O(1 / sqrt(k)) of the optimal
                 ones, on average (ballu2023); no constant is stated.
    Cost         the gradient of one term, n m exponentials, a few passes over the plan.
    Use when     the cost is known by samples only, or changes from step to step.
    Fails when   accuracy is wanted.

    Parameters
    ----------
    step_size : float, optional
        eta_0; by default as in `MirrorSinkhorn`.
    decay : float
        How fast the steps shorten.
    components : int, optional
        Number of terms; by default the problem's.
    marginals : numpy.ndarray, shape (n + m,), optional
        (a, b); by default the problem's.

    References
    ----------
    ballu2023.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> noise = np.random.default_rng(0).uniform(0, 2, (9, 2, 2))
    >>> objective = oe.problems.SampledCost(noise + np.array([[0.0, 1.0], [1.0, 0.0]]))
    >>> problem = oe.problems.TransportPolytope(objective, [0.5, 0.5], [0.5, 0.5])
    >>> trace = oe.run(oe.StochasticMirrorSinkhorn(), problem, max_iter=500, seed=0)
    >>> bool(trace.certificate.value < 0.5)
    True
    """

    step_size: float | None = None
    decay: float = 0.5
    components: int | None = None
    marginals: np.ndarray | None = None

    certificate_name = "duality gap of the rounded plan"

    def check(self):
        """Refuse a step size that is not positive, and a decay that is negative."""
        require_positive(self, "step_size", "components")
        if not self.decay >= 0:
            raise ValueError(f"StochasticMirrorSinkhorn: decay must be 0 or more, got {self.decay}")

    def resolve(self, problem):
        """Take the step size of the theory, the number of terms and the marginals."""
        method = mirror_sinkhorn_defaults(self, problem)
        if method.components is None:
            count = int(constant(self, problem, "components", "components"))
            method = method._replace(components=count)
        return method

    def init(self, problem, x, rng):
        return mirror_sinkhorn_start(x, self.marginals)

    def step(self, problem, state, rng):
        G = problem.component_gradient(rng.integers(0, self.components), state.P)
        return mirror_sinkhorn_step(problem, state, G, self.step_size, self.decay, self.marginals)

    def certificate(self, problem, state):
        """Duality gap of x for the linearized objective."""
        return rounded_gap(problem, state, self.marginals)
