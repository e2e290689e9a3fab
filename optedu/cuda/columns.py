"""The methods of a grid of hyperparameters, prepared at once instead of one by one.

`check` and `resolve` of a method are plain Python: they compare hyperparameters with bounds, and
fill in what is missing. Here they are called once, with numbers that stand for a whole axis of the
grid. Where a comparison has one answer for all values, every method would have gone the same way.
Where it has not, or where anything else is done with such a number, this gives up, and the methods
are made one by one.
"""

from __future__ import annotations

import typing
from typing import Any

import numpy as np

from optedu.cuda.runs import Leaf, Methods, flat
from optedu.running.grid import Grid
from optedu.running.run import prepare


class Apart(Exception):
    """The methods of a grid do not all go the same way."""


class Axis:
    """A number that differs from method to method, and can be compared.

    Parameters
    ----------
    values : numpy.ndarray of float64
        One axis of the grid, the others of length 1.
    """

    __array_ufunc__ = None  # NumPy's numbers leave comparisons to this class
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, values: np.ndarray) -> None:
        self.values = values

    def _agreed(self, name: str, other: Any) -> bool:
        other = other.values if isinstance(other, Axis) else other
        answers = getattr(self.values, name)(other)
        if answers is NotImplemented or np.any(answers) != np.all(answers):
            raise Apart
        return bool(np.all(answers))

    def __bool__(self) -> bool:
        return self != 0


for _name in ("__lt__", "__le__", "__gt__", "__ge__", "__eq__", "__ne__"):
    setattr(Axis, _name, lambda self, other, name=_name: self._agreed(name, other))


def methods_of(grid: Grid, problem: Any) -> Methods | None:
    """Return the prepared methods of all runs of a grid, or None where it takes them one by one.

    Raises
    ------
    TypeError, ValueError
        As the first method of the grid does, or `prepare`.
    """
    cls = grid.method_type
    given = grid.method(0)
    first = prepare(given, problem)
    hints = typing.get_type_hints(cls)
    for name, axis in grid.axes.items():
        if hints[name] not in (float, float | None) or axis.dtype.kind not in "iuf":
            return None
        if not np.isfinite(axis).all():
            return None
    count, axes, leaves = len(grid), {}, []
    for place, (name, axis) in enumerate(grid.axes.items()):
        lengths = [1] * len(grid.axes)
        lengths[place] = axis.size
        axes[name] = Axis(axis.astype(np.float64).reshape(lengths))
    example = tuple.__new__(cls, [axes.get(name, value) for name, value in given._asdict().items()])
    try:
        if hasattr(example, "check"):
            example.check()
        ready = prepare(example, problem)._asdict()
    except Exception:  # whatever it is, the methods say it one by one
        return None
    for name, value in ready.items():  # an axis has to stay where it is, and nowhere else
        if value is not axes.get(name, value) or (isinstance(value, Axis) and name not in axes):
            return None
    alike = np.zeros(1, dtype=np.int64)
    for name, value in ready.items():
        if name in axes:
            which = np.arange(axes[name].values.size).reshape(*axes[name].values.shape, 1)
            which = np.broadcast_to(which, grid.shape).ravel()
            leaves.append(Leaf(axes[name].values.ravel(), which))
        else:
            leaves += [Leaf([leaf], alike) for leaf in flat(value)]
    return Methods(first, count, leaves)
