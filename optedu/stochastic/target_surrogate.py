"""Target-based surrogates: many cheap steps of the model for each gradient of the loss."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.minibatch import minibatch_gradient, resolve_components
from optedu.parameters import require_between, require_positive
from optedu.protocol import method


class TargetSurrogateState(NamedTuple):
    x: np.ndarray  # the iterate


@method
class TargetSurrogate(NamedTuple):
    """Stochastic surrogate optimization (SSO) of a loss behind a linear model.

    Problem      minimize f(x), the mean of l_1(<a_1, x>), ..., l_n(<a_n, x>), where l_i' is
                 expensive and the outputs <a_i, x> of the model are cheap.
    Update       draw a batch B;  g = gradient of its mean at x
                 q(u) = <g, u - x> + mean over i in B of <a_i, u - x>^2 / (2 step_size)
                 x+ = u_m, after m = inner_steps gradient steps on q from u_0 = x
    Guarantee    with all terms and step_size <= 1 / L, L the smoothness of all l_i, f(x) + q is
                 nowhere below f, so that f(x+) <= f(x) for each m (lavington2023). One inner step
                 is a step of stochastic gradient descent.
    Cost         batch_size component gradients and one Jacobian per step; inner_steps products with
                 its rows of the batch, forwards and back.
    Use when     a derivative of the loss costs a simulation, an answer of an expert, a query.
    Fails when   the loss is as cheap as the model; or noise that one batch has is fitted exactly.

    Parameters
    ----------
    step_size : float, default 1.0
        In the space of the outputs.
    inner_steps : int, default 10
        m.
    inner_step_size : float, optional
        In the space of x; by default, and at 0, step_size / (mean over the batch of ||a_i||^2),
        which never makes q larger.
    batch_size : int, default 0
        Number of terms per step, drawn with replacement; 0 takes all terms, each once.
    components : int, optional
        Number n of terms; by default problem.components.

    References
    ----------
    lavington2023.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.LogisticRegression([[1.0, 1.0], [-2.0, 1.0]], [1.0, -1.0])
    >>> trace = oe.run(oe.TargetSurrogate(4.0), problem, [0.0, 0.0], max_iter=50)
    >>> trace.counts["component_gradient"], bool(trace.values[-1] < 0.02)
    (100, True)
    """

    step_size: float = 1.0
    inner_steps: int = 10
    inner_step_size: float | None = None
    batch_size: int = 0
    components: int | None = None

    def check(self):
        """Refuse numbers out of range."""
        require_positive(self, "step_size", "inner_steps", "components")
        require_between(self, "inner_step_size", 0.0, np.inf)
        require_between(self, "batch_size", 0, np.inf)

    def resolve(self, problem):
        """Take the number of terms from the problem; an inner step size of 0 means the default.

        Raises
        ------
        ValueError
            If the model has not one output per term.
        """
        method = resolve_components(self, problem)
        shape = getattr(problem, "shape", None)
        rows = method.components if shape is None else len(problem.jacobian(np.zeros(shape)))
        if rows != method.components:
            raise ValueError(
                f"TargetSurrogate needs one output of the model per term, got {rows} outputs and "
                f"{method.components} terms; LeastSquares and LogisticRegression have that"
            )
        if method.inner_step_size is None:
            method = method._replace(inner_step_size=0.0)
        return method

    def init(self, problem, x, rng):
        return TargetSurrogateState(x)

    def step(self, problem, state, rng):
        x, b = state.x, self.batch_size
        if b > 0:
            batch = rng.integers(0, self.components, b)
        else:
            batch = np.arange(self.components)
        g = minibatch_gradient(problem, batch, x)
        rows = problem.jacobian(x)[batch]
        size = np.sum(rows * rows)
        h = self.inner_step_size
        if h == 0.0:
            h = self.step_size * len(batch) / size
        s = 0.0 * x  # u - x
        for _ in range(self.inner_steps):
            s = s - h * (g + rows.T @ (rows @ s) / (self.step_size * len(batch)))
        return TargetSurrogateState(x + s)
