"""SAG: a step along the mean of the gradients last seen, which is biased."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.guarantees import Guarantee
from optedu.parameters import known
from optedu.protocol import method
from optedu.stochastic.variance_reduction import component_gradients, require_stage, resolve_stage


class SAGState(NamedTuple):
    x: np.ndarray  # the iterate
    table: np.ndarray  # of each term the gradient last seen, flat, shape (n, x.size)
    mean: np.ndarray  # the mean of the table, in the shape of x


@method
class SAG(NamedTuple):
    """The stochastic average gradient method of Schmidt, Le Roux and Bach.

    Problem      minimize f(x), the mean of f_1(x), ..., f_n(x), each convex and L-smooth, f
                 mu-strongly convex.
    Update       one step is ``draws`` times
                 draw i;  table_i <- grad f_i(x);  x <- x - t (mean of the table)
    Guarantee    in expectation, for t = 1 / (16 L) and a ``centred`` table: after k draws
                 E f(x) - f* <= (1 - min(mu / (16 L), 1 / (8 n)))^k c,
                 c = 3/2 (f(x_0) - f*) + 4 L / n ||x_0 - x*||^2
                 (schmidt2017, Theorem 1). A single run may be above.
    Cost         one component gradient per draw, n before the first step, a table of n d numbers.
    Use when     as SAGA; the larger step 1 / L, beyond the theorem, often pays.
    Fails when   there is a nonsmooth term: the direction is biased, and no prox is in its theory.

    Parameters
    ----------
    step_size : float, optional
        t; by default 1 / (16 L), L = problem.component_smoothness.
    draws : int, optional
        Draws per step of this method; by default n, one pass. The table is copied once a step.
    centred : bool, default False
        Begin with the table grad f_i(x_0) - grad f(x_0), as the theorem does, whose mean is 0; by
        default with grad f_i(x_0).
    components : int, optional
        n; by default problem.components.

    References
    ----------
    schmidt2017, Theorem 1.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.LeastSquares([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]], [1.0, 2.2, 2.0])
    >>> oe.run(oe.SAG(), problem, [0.0, 0.0], max_iter=500).x.round(4)
    array([1., 2.])
    """

    step_size: float | None = None
    draws: int | None = None
    centred: bool = False
    components: int | None = None

    def check(self):
        """Refuse numbers that are not positive."""
        require_stage(self, "draws")

    def resolve(self, problem):
        """Take n and the step size from the problem where not given."""
        return resolve_stage(self, problem, "draws", 1.0, 1 / 16)

    def init(self, problem, x, rng):
        table = component_gradients(problem, self.components, x)
        mean = np.sum(table, axis=0) / self.components
        if self.centred:
            return SAGState(x, table - mean, 0.0 * x)
        return SAGState(x, table, mean.reshape(x.shape))

    def step(self, problem, state, rng):
        x, mean = state.x, state.mean
        table = state.table.copy()
        for _ in range(self.draws):
            i = rng.integers(0, self.components)
            g = problem.component_gradient(i, x)
            mean = mean + (g - table[i].reshape(x.shape)) / self.components
            table[i] = g.ravel()
            x = x - self.step_size * mean
        return SAGState(x, table, mean)

    def guarantee(self, problem, k, x0):
        """Return the bound on the mean gap, over all draws."""
        constants = known(problem, "component_smoothness", "strong_convexity", "minimizer")
        if constants is None or constants[1] == 0 or not self.centred:
            return None
        L, mu, minimizer = constants
        n = self.components
        if not np.isclose(self.step_size, 1 / (16 * L), rtol=1e-9, atol=0.0):
            return None
        gap = problem.value(x0) - problem.value(minimizer)
        start = 1.5 * gap + 4 * L / n * np.sum((x0 - minimizer) ** 2)
        rate = 1 - min(mu / (16 * L), 1 / (8 * n))
        bound = rate ** (self.draws * np.asarray(k)) * start
        return Guarantee("gap", bound, "in expectation: schmidt2017, Theorem 1")
