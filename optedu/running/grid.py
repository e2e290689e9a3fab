"""The runs of a sweep: every combination of hyperparameters, from every start."""

from __future__ import annotations

import functools
import itertools
from typing import Any

import numpy as np


class Grid:
    """Runs in order: the last hyperparameter goes on before the others, and the starts before it.

    Parameters
    ----------
    method_type : type
        The method's class.
    axes : dict of str to numpy.ndarray
        The swept values.
    fixed : dict
        The other arguments.
    starts : numpy.ndarray, shape (s, *x.shape)
    """

    def __init__(
        self,
        method_type: Any,
        axes: dict[str, np.ndarray],
        fixed: dict[str, Any],
        starts: np.ndarray,
    ) -> None:
        self.method_type, self.axes, self.fixed, self.starts = method_type, axes, fixed, starts
        self.sizes = tuple(axis.size for axis in axes.values())
        self.shape = (*self.sizes, len(starts))

    def __len__(self) -> int:
        return int(np.prod(self.shape))

    def method(self, number: int) -> Any:
        """Return the method at a point of the flattened grid of hyperparameters."""
        at = np.unravel_index(number, self.sizes)
        swept = {name: v[i].item() for (name, v), i in zip(self.axes.items(), at, strict=True)}
        return self.method_type(**self.fixed, **swept)

    @functools.cached_property
    def methods(self) -> list[Any]:
        """All methods, in the order of the grid."""
        values = itertools.product(*(axis.tolist() for axis in self.axes.values()))
        return [
            self.method_type(**self.fixed, **dict(zip(self.axes, swept, strict=True)))
            for swept in values
        ]

    def job(self, number: int) -> tuple[Any, np.ndarray]:
        """Return the method and the start of a run."""
        point, start = divmod(number, len(self.starts))
        return self.method(point), self.starts[start]

    def jobs(self) -> list[tuple[Any, np.ndarray]]:
        """Return the methods and starts of all runs."""
        return list(itertools.product(self.methods, self.starts))
