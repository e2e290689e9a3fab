"""Any method that asks for values and gradients, on random terms of a sum."""

from __future__ import annotations

from typing import Any, NamedTuple

from optedu.adaptive.adam import Adam
from optedu.minibatch import (
    draw_batch,
    minibatch_gradient,
    minibatch_value,
    require_batch,
    resolve_components,
)
from optedu.protocol import is_method, method, problem

ASKED = frozenset(("value", "gradient"))


@problem
class _Batch(NamedTuple):
    """The mean of some terms of a finite sum, as a problem of its own."""

    whole: Any  # the finite sum
    indices: Any  # which terms

    def value(self, x):
        return minibatch_value(self.whole, self.indices, x)

    def gradient(self, x):
        return minibatch_gradient(self.whole, self.indices, x)


@method
class Minibatch(NamedTuple):
    """Take each step of another method on a few terms of the sum, drawn at random.

    Problem      minimize f(x), the mean of f_1(x), ..., f_n(x).
    Update       draw b terms with replacement; one step of ``method`` on their mean in place of f
    Guarantee    none of its own.
    Cost         b component gradients (and values) for each gradient (and value) of ``method``.
    Use when     n is large and the method stands noise: AdaGrad, Adam and their family.
    Fails when   the method takes a gradient for the truth: line searches, Barzilai-Borwein steps.

    Parameters
    ----------
    method : method
        Deterministic; asks its problem for values and gradients only.
    batch_size : int, default 1
        Number b of terms per step.
    components : int, optional
        Number n of terms; by default problem.components.

    References
    ----------
    robbins1951.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.LeastSquares([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]], [1.0, 2.2, 2.0])
    >>> oe.run(oe.Minibatch(oe.AdaGrad(0.5)), problem, [0.0, 0.0], max_iter=1000).x.round(3)
    array([1., 2.])
    """

    method: Any = Adam()
    batch_size: int = 1
    components: int | None = None

    def check(self):
        """Refuse what is no deterministic method of first order, and sizes below one."""
        if isinstance(self.method, type) or not is_method(self.method) or self.method.takes_rng:
            raise ValueError(
                f"Minibatch: method must be a method without random choices, got {self.method!r}"
            )
        if self.method.needs - ASKED:
            raise ValueError(
                f"Minibatch: {type(self.method).__name__} calls problem."
                f"{min(self.method.needs - ASKED)}; only values and gradients come in batches"
            )
        require_batch(self)

    def resolve(self, problem):
        """Take n from the problem, and fill in the method's defaults."""
        inner = self.method
        if hasattr(inner, "resolve"):
            inner = inner.resolve(problem)
        return resolve_components(self._replace(method=inner), problem)

    def init(self, problem, x, rng):
        batch = draw_batch(rng, self.components, self.batch_size)
        return self.method.init(_Batch(problem, batch), x)

    def step(self, problem, state, rng):
        batch = draw_batch(rng, self.components, self.batch_size)
        return self.method.step(_Batch(problem, batch), state)
