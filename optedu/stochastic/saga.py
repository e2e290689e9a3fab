"""SAGA: a table of the last gradient of each term, used without bias."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.guarantees import Guarantee
from optedu.minibatch import resolve_components
from optedu.parameters import constant, known, require_between
from optedu.protocol import method
from optedu.stochastic.variance_reduction import component_gradients, require_stage, resolve_stage


class SAGAState(NamedTuple):
    x: np.ndarray  # the iterate
    table: np.ndarray  # of each term the gradient last seen, flat, shape (n, x.size)
    mean: np.ndarray  # the mean of the table, in the shape of x


@method
class SAGA(NamedTuple):
    """The method of Defazio, Bach and Lacoste-Julien, for a smooth finite sum.

    Problem      minimize f(x), the mean of f_1(x), ..., f_n(x), each mu-strongly convex and
                 L-smooth.
    Update       one step is ``draws`` times
                 draw i;  v = grad f_i(x) - table_i + mean;  x <- x - t v
                 table_i <- grad f_i(x) as it was before, mean <- the mean of the new table
    Guarantee    in expectation, for t = 1 / (2 (mu n + L)): after k draws
                 E ||x - x*||^2 <= (1 - mu t)^k (||x_0 - x*||^2 + n / (mu n + L) (f(x_0) - f*))
                 (defazio2014, Corollary 1). A single run may be above.
    Cost         one component gradient per draw, n before the first step, a table of n d numbers.
    Use when     n gradients fit into memory; for linear models each of them is one number.
    Fails when   they do not: see SVRG and SARAH.

    Parameters
    ----------
    step_size : float, optional
        t; by default 1 / (2 (mu n + L)) for mu > 0, else 1 / (3 L), L the
        problem.component_smoothness.
    strong_convexity : float, default 0.0
        mu of every term, which may be less than that of f; only for the step size and the theorem.
    draws : int, optional
        Draws per step of this method; by default n, one pass. The table is copied once a step.
    components : int, optional
        n; by default problem.components.

    References
    ----------
    defazio2014, Theorem 1 and Corollary 1.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.LeastSquares([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]], [1.0, 2.2, 2.0])
    >>> oe.run(oe.SAGA(), problem, [0.0, 0.0], max_iter=200).x.round(4)
    array([1., 2.])
    """

    step_size: float | None = None
    strong_convexity: float = 0.0
    draws: int | None = None
    components: int | None = None

    def check(self):
        """Refuse numbers out of range."""
        require_stage(self, "draws")
        require_between(self, "strong_convexity", 0.0, np.inf)

    def resolve(self, problem):
        """Take n and the step size from the problem where not given."""
        method = resolve_components(self, problem)
        mu = method.strong_convexity
        if method.step_size is None and mu > 0:
            L = constant(method, problem, "component_smoothness", "step_size")
            method = method._replace(step_size=0.5 / (mu * method.components + L))
        return resolve_stage(method, problem, "draws", 1.0, 1 / 3)

    def init(self, problem, x, rng):
        table = component_gradients(problem, self.components, x)
        return SAGAState(x, table, (np.sum(table, axis=0) / self.components).reshape(x.shape))

    def step(self, problem, state, rng):
        x, mean = state.x, state.mean
        table = state.table.copy()
        for _ in range(self.draws):
            i = rng.integers(0, self.components)
            g = problem.component_gradient(i, x)
            change = g - table[i].reshape(x.shape)
            x = x - self.step_size * (change + mean)
            mean = mean + change / self.components
            table[i] = g.ravel()
        return SAGAState(x, table, mean)

    def guarantee(self, problem, k, x0):
        """Return the bound on the root of the mean squared distance, over all draws."""
        constants, mu = known(problem, "component_smoothness", "minimizer"), self.strong_convexity
        if constants is None or mu == 0:
            return None
        L, minimizer = constants
        n, t = self.components, self.step_size
        if not np.isclose(t, 0.5 / (mu * n + L), rtol=1e-9, atol=0.0):
            return None
        gap = problem.value(x0) - problem.value(minimizer)
        start = np.sum((x0 - minimizer) ** 2) + n / (mu * n + L) * gap
        bound = np.sqrt((1 - mu * t) ** (self.draws * np.asarray(k)) * start)
        return Guarantee("distance", bound, "in expectation: defazio2014, Corollary 1")
