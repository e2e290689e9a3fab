"""A run on a device: one method, one problem, large arrays."""

from __future__ import annotations

import functools
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from optedu.cuda import places
from optedu.cuda.arrays import Draws, Library, device_of
from optedu.cuda.device import Unavailable
from optedu.cuda.device_array import size_of
from optedu.cuda.functions import ENOUGH
from optedu.cuda.substitutes import substitutes
from optedu.cuda.twins import Twins
from optedu.kernels import loop
from optedu.running.site import HERE, Site, leaves

TOGETHER = 1 << 26
"""Bytes of a column's arrays that wait on the device at the most."""


@functools.cache
def twins_of(device: str, kind: np.dtype) -> Twins:
    """Return the twins for a device and a precision, made once.

    Raises
    ------
    Unavailable
        If there is no GPU, or CuPy is missing.
    """
    return Twins(Library(device, kind), substitutes)


def check(problem: Any) -> None:
    """Let a problem or method whose arrays live on a device check its data there."""
    arrays = [array for array in leaves(problem) if places.lives_on_a_device(array)]
    twins_of(device_of(arrays[0]), places.dtype_of(arrays[0])).value(problem).check()


def on_the_host(value: Any) -> Any:
    """Return a problem or an array that lives on a device as one of NumPy's, in float64."""
    arrays = [array for array in leaves(value) if places.lives_on_a_device(array)]
    twins = twins_of(device_of(arrays[0]), places.dtype_of(arrays[0]))
    home = twins.home(twins.value(value), False)
    return home.astype(np.float64) if isinstance(home, np.ndarray) else home


class DeviceSite(Site):
    """The memory of a device.

    Parameters
    ----------
    twins : Twins
    stays : bool
        Whether the caller's arrays live there, so that results do too.
    """

    def __init__(self, twins: Twins, stays: bool) -> None:
        self.twins, self.stays = twins, stays
        self.name = twins.library.device
        self.loop = twins._seen(loop)
        twins.forget()

    def taken(self, value: Any) -> Any:
        """Return the twin of a problem or a method, or an array on the device."""
        return self.twins.value(value)

    def stream(self, rng: np.random.Generator) -> Draws:
        """Return a stream whose arrays are on the device."""
        return Draws(rng, self.twins.library)

    def column(self, rows: np.ndarray) -> Any:
        """Return rows that take numbers and arrays of the device."""
        return _Column(rows, self.twins.library)

    def filled(self, columns: tuple[Any, ...]) -> None:
        """Copy the arrays that were written into the columns, those of each at once."""
        for column in columns:
            column.copy()

    def host(self, array: Any) -> np.ndarray:
        """Return a copy in NumPy's memory."""
        return self.twins.library.host(array)

    def told(self, value: Any) -> Any:
        """Return what the caller gets: NumPy's arrays, or where they are if results stay."""
        return self.twins.home(value, self.stays)

    def left(self) -> None:
        """Let go of the run's arrays."""
        self.twins.forget()

    def errors(self) -> AbstractContextManager[Any]:
        """Let a failing factorization raise, as NumPy's do; CuPy answers NaN."""
        if self.name != "cuda":
            return nullcontext()
        import cupyx

        return cupyx.errstate(linalg="raise")


class _Column:
    """Rows in NumPy's memory that take numbers and arrays of a device.

    Nobody writes into an array of a state, so that it may be copied later.
    """

    def __init__(self, rows: np.ndarray, library: Library) -> None:
        self._rows, self._library, self.shape = rows, library, rows.shape
        self._waiting: dict[int, Any] = {}

    def __setitem__(self, row: int, value: Any) -> None:
        if self._rows.ndim > 1 and places.lives_on_a_device(value):
            self._waiting[row] = value
            if len(self._waiting) * self._rows[row].nbytes >= TOGETHER:
                self.copy()
        else:
            self._rows[row] = self._library.host(value)

    def copy(self) -> None:
        """Copy the arrays that wait for it."""
        if self._waiting:
            together = self._library.stack(list(self._waiting.values()))
            self._rows[list(self._waiting)] = self._library.host(together)
            self._waiting = {}


def site_for(device: str, *given: Any) -> Site:
    """Return where to run.

    Parameters
    ----------
    device : {"cpu", "cuda", "auto", "simulator"}
        As it was asked for; ``"auto"`` is the GPU if an array lives there, or if there is one, with
        CuPy, and all arrays together have `ENOUGH` entries.
    *given
        Method, problem and start.

    Raises
    ------
    ValueError
        If there is no such device, or arrays on a GPU are to be computed with on the CPU.
    TypeError
        If arrays on a GPU have several precisions.
    Unavailable
        If there is no GPU, or CuPy is missing.
    """
    arrays = tuple(leaves(given))
    chosen = places.choose(device, arrays, sum(map(size_of, arrays)), ENOUGH)
    if chosen == "cpu":
        return HERE
    there = [array for array in arrays if places.lives_on_a_device(array)]
    if there:
        chosen = device_of(there[0])
    named = {f"array {i}": array for i, array in enumerate(there)}
    kind = places.kind_of(**named) if named else np.dtype(np.float64)
    try:
        return DeviceSite(twins_of(chosen, kind), bool(there))
    except Unavailable:
        if device != "auto" or there:
            raise
        return HERE
