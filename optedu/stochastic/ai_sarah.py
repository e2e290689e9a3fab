"""AI-SARAH: recursive gradients whose step size comes from the batch itself."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.minibatch import minibatch_gradient, require_batch, resolve_components
from optedu.parameters import require_between, require_positive
from optedu.protocol import method, portable
from optedu.stochastic.variance_reduction import draw_terms


class AISARAHState(NamedTuple):
    x: np.ndarray  # the iterate, after whole stages
    g: np.ndarray  # the full gradient there
    inverse: float  # the smoothed inverse of the local step size; 0 before the first one


@portable
def implicit_step(problem, batch, w, v, g):
    """Return -xi'(0) / |xi''(0)|, xi(a) = ||grad f_B(w - a v) - g + v||^2, g = grad f_B(w).

    xi'(0) = -2 <v, H v> and xi''(0) = 2 ||H v||^2 + 2 <v, c>, H the Hessian of f_B and c the second
    derivative of a -> grad f_B(w - a v). Both come from central differences of gradients, over a
    length of 1e-3 max(1, ||w||). Returns 0 where xi'' vanishes.
    """
    length = np.sqrt(np.sum(v * v))
    if length == 0.0:
        return 0.0
    h = 1e-3 * max(1.0, np.sqrt(np.sum(w * w))) / length
    ahead = minibatch_gradient(problem, batch, w + h * v)
    behind = minibatch_gradient(problem, batch, w - h * v)
    product = (ahead - behind) / (2.0 * h)
    c = (ahead - g + (behind - g)) / (h * h)
    slope = np.sum(v * product)
    curvature = abs(np.sum(product * product) + np.sum(v * c))
    return slope / curvature if curvature > 0.0 else 0.0


@method
class AISARAH(NamedTuple):
    """AI-SARAH of Shi, Sadiev, Loizou, Richtarik and Takac: SARAH without a step size to choose.

    Problem      minimize f(x), the mean of f_1(x), ..., f_n(x), each convex and smooth.
    Update       one step is a stage: w = x, v = grad f(x), and until
                 ||v||^2 <= gamma ||grad f(x)||^2: draw a batch B;
                 a = -xi'(0) / |xi''(0)|, xi(a) = ||grad f_B(w - a v) - grad f_B(w) + v||^2
                 t = min(a, 1 / delta);  delta <- beta delta + (1 - beta) / a, at first 1 / a
                 w+ = w - t v;  v <- grad f_B(w+) - grad f_B(w) + v;  x+ = w
    Guarantee    none stated here.
    Cost         4 b component gradients per draw and a full gradient per stage. The authors take
                 xi'' from automatic differentiation; here, where problems have no third
                 derivatives, it comes from two more gradients, at w + h v and w - h v.
    Use when     nothing is known of L and nobody wants to tune.
    Fails when   xi'' nearly vanishes at the start, far out where a loss is flat: nothing bounds the
                 first step, and delta remembers it. f is not convex: then ``a`` may be negative,
                 and 1 / delta replaces it.

    Parameters
    ----------
    batch_size : int, default 16
        b, terms per draw, with replacement; n or more take all terms once.
    contraction : float, default 1 / 32
        gamma, in (0, 1): a stage ends when the squared norm of v has shrunk so far.
    memory : float, default 0.999
        beta, in [0, 1): weight of the past in the smoothed inverse step.
    stage_length : int, optional
        At most so many draws per stage; by default 10 n / b, and 100 at least. The paper has no
        such limit.
    components : int, optional
        n; by default problem.components.

    References
    ----------
    shi2023, Algorithm 2.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.LeastSquares([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]], [1.0, 2.2, 2.0])
    >>> oe.run(oe.AISARAH(batch_size=1), problem, [0.0, 0.0], max_iter=200).x.round(4)
    array([1., 2.])
    """

    batch_size: int = 16
    contraction: float = 1 / 32
    memory: float = 0.999
    stage_length: int | None = None
    components: int | None = None

    holds = ("g",)

    def check(self):
        """Refuse numbers out of range."""
        require_batch(self)
        require_positive(self, "contraction", "stage_length")
        require_between(self, "contraction", 0.0, 1.0)
        require_between(self, "memory", 0.0, 1.0)

    def resolve(self, problem):
        """Take n from the problem, and from it the limit of a stage, where not given."""
        method = resolve_components(self, problem)
        if method.stage_length is None:
            length = max(100, round(10 * method.components / method.batch_size))
            method = method._replace(stage_length=length)
        return method

    def init(self, problem, x, rng):
        return AISARAHState(x, problem.gradient(x), 0.0)

    def step(self, problem, state, rng):
        w, v, inverse = state
        target = self.contraction * np.sum(v * v)
        for _ in range(self.stage_length):
            batch = draw_terms(rng, self.components, self.batch_size)
            g = minibatch_gradient(problem, batch, w)
            a = implicit_step(problem, batch, w, v, g)
            t = a
            if inverse > 0.0 and (a <= 0.0 or a * inverse > 1.0):
                t = 1.0 / inverse
            if a > 0.0:
                inverse = (
                    self.memory * inverse + (1.0 - self.memory) / a if inverse > 0.0 else 1.0 / a
                )
            w = w - t * v
            v = minibatch_gradient(problem, batch, w) - g + v
            if np.sum(v * v) <= target:
                break
        return AISARAHState(w, problem.gradient(w), inverse)
