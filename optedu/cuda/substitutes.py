"""What a run on a device calls instead of loops that are written for a processor's cache.

A kernel by hand is for large arrays: below `WORTH` entries the text of the function does, over the
array library.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np

from optedu.cuda import functions
from optedu.cuda.functions.transport import cloud_halves, dense_halves
from optedu.cuda.functions.work import Work
from optedu.cuda.kernels.clouds import WIDEST
from optedu.cuda.places import lives_on_a_device
from optedu.cuda.twins import Twins
from optedu.kernels import patterns, transport
from optedu.problems.least_squares import LeastSquares
from optedu.problems.logistic_regression import LogisticRegression

WORTH = 1 << 16
"""Entries from which a kernel by hand is called."""

BLOCK = 1 << 24
"""Entries of a block of a plan on a device, where the text makes one: 128 MiB in float64."""

Functions = dict[Callable[..., Any], Callable[..., Any]]


def substitutes(twins: Twins) -> Functions:
    """Return the functions of a device by those in whose place they are called."""
    return {**_of_patterns(twins), **_of_linear_models(twins), **_of_transport(twins)}


class Remembered:
    """A function of arrays that do not change, with its last few answers.

    Parameters
    ----------
    function : callable
    twins : Twins
        Whose `Twins.forget` empties it.
    size : int
        Answers that are kept; with them their arrays, so that an identity stays one.
    """

    def __init__(self, function: Callable[..., Any], twins: Twins, size: int = 4) -> None:
        self._function, self._size = function, size
        twins.memories.append(self)
        self._known: OrderedDict[tuple[Any, ...], tuple[Any, Any]] = OrderedDict()

    def __call__(self, *args: Any) -> Any:
        """Return the answer for these very arrays, and numbers."""
        key = tuple(id(arg) if lives_on_a_device(arg) else arg for arg in args)
        known = self._known
        found = known.get(key)
        if found is None:
            found = known[key] = args, self._function(*args)
            if len(known) > self._size:
                known.popitem(last=False)
        return found[1]

    def forget(self) -> None:
        """Let all arrays go: between two runs their owner may write to them."""
        self._known = OrderedDict()


def _bytes(D: Any) -> Any:
    """Return zeros and ones as bytes, or None where there is another number."""
    return D.astype(np.uint8) if bool(((D == 0.0) | (D == 1.0)).all()) else None


def _of_patterns(twins: Twins) -> Functions:
    """Products with patterns of zeros and ones."""
    library, bytes_of = twins.library, Remembered(_bytes, twins)

    def by_hand(name: str) -> Callable[..., Any]:
        text, hand = twins.text(getattr(patterns, name)), getattr(functions, name)

        def call(X, D, other):
            gates = bytes_of(D) if D.size >= WORTH else None
            if gates is None:
                return text(X, D, other)
            other = library.ascontiguousarray(other)
            return library.put(hand(X, gates, other, device=library.device))

        return call

    names = ("masked_sum", "masked_adjoint", "cone_products", "cone_adjoint")
    return {getattr(patterns, name): by_hand(name) for name in names}


def _of_linear_models(twins: Twins) -> Functions:
    """Value and gradient in one pass over the data."""

    def once(function: Callable[..., Any], y: str, loss: str, pick: Any) -> Callable[..., Any]:
        text, library = twins.text(function), twins.library

        def call(self, x):
            if self.A.size < WORTH:
                return text(self, x)
            value, g = functions.linear_gradient(
                self.A, getattr(self, y), x, loss=loss, device=library.device
            )
            return pick((value + 0.5 * self.l2 * (x @ x), library.put(g) + self.l2 * x))

        return call

    found: Functions = {}
    for cls, y, loss in ((LeastSquares, "b", "squares"), (LogisticRegression, "y", "logistic")):
        for function, pick in (
            (cls.gradient, lambda both: both[1]), (cls.value_and_gradient, lambda both: both),
        ):  # fmt: skip
            found[function] = once(function, y, loss, pick)
    return found


def _of_transport(twins: Twins) -> Functions:
    """Half-steps of Sinkhorn, and the sums of a plan, from one kernel for rows and columns."""
    library = twins.library

    def halves(make: Callable[..., Any], *args: Any) -> Callable[[int, Any, Any], Any]:
        *data, t, a, b = args
        arrays = [*data, a, b]
        work = Work(library.device, a.size * b.size, *data, a=a, b=b)
        *data, a, b = work.taken(*arrays)
        both = make(work, *data, t, a, b)

        def transformed(side: int, old: Any, other: Any) -> Any:
            half, new = both[side], work.empty(old.size)
            half.launch(*work.taken(old, other), half.log_weights, new, half.errors)
            return library.put(new)

        return transformed

    def of_cost(C, t, a, b):
        return halves(dense_halves, C, t, a, b)

    def of_clouds(X, Y, t, a, b):
        return halves(cloud_halves, X, Y, t, a, b)

    costs, clouds = Remembered(of_cost, twins), Remembered(of_clouds, twins)
    ones = Remembered(lambda n: library.ones(n), twins)

    def sums(transformed: Callable[..., Any], f: Any, g: Any, t: float) -> Any:
        """Where all masses are 1, a transform takes t times the logarithm of the sum."""
        new = transformed(0, f, g), transformed(1, g, f)
        return library.concatenate(
            [library.exp((old - to) / t) for old, to in zip((f, g), new, strict=True)]
        )

    def rows_to(C, f, g, t, a):
        return costs(C, float(t), a, ones(g.size))(0, f, g)

    def columns_to(C, f, g, t, b):
        return costs(C, float(t), ones(f.size), b)(1, g, f)

    def both_to(C, f, g, t, a, b):
        transformed = costs(C, float(t), a, b)
        f = transformed(0, f, g)
        return f, transformed(1, g, f)

    def plan_sums(C, f, g, t):
        return sums(costs(C, float(t), ones(f.size), ones(g.size)), f, g, t)

    def cloud_rows_to(X, Y, f, g, t, a):
        return clouds(X, Y, float(t), a, ones(g.size))(0, f, g)

    def cloud_both_to(X, Y, f, g, t, a, b):
        transformed = clouds(X, Y, float(t), a, b)
        f = transformed(0, f, g)
        return f, transformed(1, g, f)

    def cloud_plan_sums(X, Y, f, g, t):
        return sums(clouds(X, Y, float(t), ones(f.size), ones(g.size)), f, g, t)

    def where_it_pays(hand: Callable[..., Any]) -> tuple[Any, Callable[..., Any]]:
        function = getattr(transport, hand.__name__)
        text = twins.text(function)

        def call(first, second, *rest):
            of_points = second.ndim == 2
            entries = len(first) * len(second) if of_points else first.size
            if entries < WORTH or (of_points and first.shape[1] > WIDEST):
                return text(first, second, *rest)
            return hand(first, second, *rest)

        return function, call

    def block_rows(n, m):
        return max(1, min(n, BLOCK // m))

    hands = (
        rows_to, columns_to, both_to, plan_sums, cloud_rows_to, cloud_both_to, cloud_plan_sums,
    )  # fmt: skip
    return {transport.block_rows: block_rows, **dict(map(where_it_pays, hands))}
