"""What all calls have in common: shapes, a device and a precision, launches, answers."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from optedu.cuda import places
from optedu.cuda.kernels import reductions
from optedu.cuda.portable import PortableKernel

ENOUGH = 1 << 22
"""Entries (pairs, multiplications) from which ``device="auto"`` takes a GPU, if there is one."""

SHARES = 1024
"""Blocks that a sum is split among, at most."""


def cdiv(a: int, b: int) -> int:
    """Return a / b, rounded up."""
    return -(-a // b)


def require(name: str, array: Any, *shape: int | None) -> tuple[int, ...]:
    """Return the shape of an array, wherever it lies.

    Parameters
    ----------
    name : str
        What the caller calls it.
    array : array_like
    *shape : int or None
        The lengths that it must have; None stands for any but 0.

    Raises
    ------
    ValueError
        If it has another shape.
    """
    said = getattr(array, "__cuda_array_interface__", None)
    found = tuple(said["shape"]) if said is not None else np.shape(array)
    fits = len(found) == len(shape) and all(
        want in (None, have) for want, have in zip(shape, found, strict=True)
    )
    if not fits or 0 in found:
        wanted = ", ".join("any" if n is None else str(n) for n in shape)
        raise ValueError(f"{name} must have shape ({wanted}), got {found}")
    return found


class Work:
    """One call: where it is computed, in which precision, and where its results go.

    Parameters
    ----------
    device : str
        As the caller asked for it.
    entries : int
        How many are visited, see `ENOUGH`.
    *others : array_like
        Arrays without a precision: patterns.
    **arrays : array_like or None
        What is computed with, by the caller's names. Where one lives on a device, results stay.

    Raises
    ------
    ValueError, TypeError
        If devices or types do not fit, see `places.choose` and `places.kind_of`.
    """

    def __init__(self, device: str, entries: int, *others: Any, **arrays: Any) -> None:
        given = {name: array for name, array in arrays.items() if array is not None}
        everything = *others, *given.values()
        self.device = places.choose(device, everything, entries, ENOUGH)
        self.kind = places.kind_of(**given)
        self.stays = any(places.lives_on_a_device(array) for array in everything)

    @property
    def on_cpu(self) -> bool:
        """Whether NumPy computes."""
        return self.device == "cpu"

    @functools.cached_property
    def place(self) -> Any:
        """The GPU, or the simulator; `Unavailable` where there is none."""
        return places.place_of(self.device)

    def taken(self, *arrays: Any) -> tuple[Any, ...]:
        """Return arrays where the work is done, in its precision: NumPy's, or on the device."""
        if self.on_cpu:
            return tuple(np.asarray(array, self.kind) for array in arrays)
        return tuple(self.put(array, self.kind) for array in arrays)

    def put(self, value: Any, kind: Any) -> places.DeviceArray:
        """Return an array on the device; NumPy's are copied, in a type."""
        if not places.lives_on_a_device(value):
            value = np.asarray(value, kind)
        return self.place.put(value)

    def empty(self, *shape: int) -> places.DeviceArray:
        """Return a new array on the device."""
        return self.place.empty(shape, self.kind)

    def _numbers(self, arguments: tuple[Any, ...]) -> list[Any]:
        return [self.kind.type(a) if isinstance(a, float) else a for a in arguments]

    def launch(self, kernel: Any, blocks: Any, threads: Any, *arguments: Any) -> None:
        """Queue a kernel; floats are taken in the precision of the call."""
        blocks = blocks if isinstance(blocks, tuple) else (blocks, 1)
        threads = threads if isinstance(threads, tuple) else (threads, 1)
        self.place.launch(kernel, blocks, threads, *self._numbers(arguments))

    def each(self, body: PortableKernel, n: int, *arguments: Any) -> None:
        """Queue a portable body for the indices below n."""
        body.launch(self.place, n, *self._numbers(arguments))

    def added(self, parts: places.DeviceArray, *shape: int) -> places.DeviceArray:
        """Return the sum of the rows of an array (k, d), in a shape."""
        shares, size = parts.shape
        if shares == 1:
            return parts.reshape(*(shape or (size,)))
        out = self.empty(*(shape or (size,)))
        threads = reductions.WARP, reductions.GROUPS
        self.launch(reductions.sum_of_rows, cdiv(size, reductions.WARP), threads, parts,
                    out.reshape(size))  # fmt: skip
        return out

    def reduced(self, kernel: Any, values: places.DeviceArray) -> places.DeviceArray:
        """Return a vector's total or minimum, shape (1,): by blocks, and then by one."""
        blocks = min(cdiv(values.size, 8 * reductions.THREADS), SHARES)
        if blocks > 1:
            parts = self.empty(blocks)
            self.launch(kernel, blocks, reductions.THREADS, values, parts)
            values = parts
        out = self.empty(1)
        self.launch(kernel, 1, reductions.THREADS, values, out)
        return out

    def total(self, values: Any) -> float:
        """Return the sum of a vector, to the host."""
        if self.on_cpu:
            return float(values.sum())
        return float(self.reduced(reductions.total, values).to_host()[0])

    def answer(self, array: Any) -> Any:
        """Return a result to the caller: in place, or as NumPy's."""
        return array if self.stays or self.on_cpu else array.to_host()
