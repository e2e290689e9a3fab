"""An array in a GPU's memory, ours or somebody else's."""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np

LEGACY_STREAM = 1
"""Where our kernels are queued, as the interface calls it: who takes a result waits for them."""


class DeviceArray:
    """An array in a GPU's memory, in C order.

    Parameters
    ----------
    place : GPU or Simulator
        Where it lives.
    pointer : int
        Address of its first entry.
    shape : tuple of int
    dtype : numpy.dtype
    owner : object, optional
        What keeps the memory alive; by default the array itself, which then frees it.
    """

    def __init__(
        self, place: Any, pointer: int, shape: tuple[int, ...], dtype: Any, owner: Any = None
    ) -> None:
        self._place, self.pointer, self._owner = place, pointer, owner
        self.shape, self.dtype = tuple(int(n) for n in shape), np.dtype(dtype)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of entries."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Number of bytes."""
        return self.size * self.dtype.itemsize

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        return {
            "shape": self.shape, "typestr": self.dtype.str, "data": (self.pointer, False),
            "strides": None, "stream": LEGACY_STREAM, "version": 3,
        }  # fmt: skip

    def reshape(self, *shape: int) -> DeviceArray:
        """Return the same entries as an array of another shape."""
        return DeviceArray(self._place, self.pointer, shape, self.dtype, owner=self)

    def to_host(self) -> np.ndarray:
        """Return a copy in NumPy's memory."""
        return self._place.host(self)

    def __repr__(self) -> str:
        return f"DeviceArray(shape={self.shape}, dtype={self.dtype})"

    def __del__(self) -> None:
        if self._owner is None and not sys.is_finalizing():
            self._place.free(self.pointer)


def lives_on_a_device(value: Any) -> bool:
    """Whether an array lies in a GPU's memory."""
    return hasattr(value, "__cuda_array_interface__")


def dtype_of(value: Any) -> np.dtype:
    """Return the type of an array's entries as NumPy calls it, wherever the array lies."""
    if lives_on_a_device(value):
        return np.dtype(value.__cuda_array_interface__["typestr"])
    return np.asarray(value).dtype


def size_of(value: Any) -> int:
    """Return how many entries an array has, wherever it lies; PyTorch's ``size`` is a method."""
    if lives_on_a_device(value):
        return math.prod(value.__cuda_array_interface__["shape"])
    return int(value.size)
