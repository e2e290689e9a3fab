"""The array library of a device: CuPy, or its stand-in for tests."""

from __future__ import annotations

import functools
import types
from typing import Any

import numpy as np

from optedu.cuda.device import Unavailable
from optedu.cuda.places import lives_on_a_device, place_of

CREATING = ("zeros", "ones", "empty", "full", "eye", "identity", "linspace")
"""Functions that make an array from no other, and so in double precision unless they are told."""

FROM_LISTS = ("array", "asarray", "prod")
"""Functions that are also given lists and tuples, in which CuPy takes no numbers beside arrays."""

WIDENING = ("bincount", "where")
"""Functions that answer in double precision though no array is; so do NumPy's."""

TAILORED = ("arange", "isin", "repeat")
"""Functions whose arguments CuPy wants elsewhere."""


@functools.cache
def module_of(device: str) -> Any:
    """Return the module that has NumPy's functions for arrays on a device.

    Parameters
    ----------
    device : {"cuda", "simulator"}

    Raises
    ------
    Unavailable
        If there is no GPU, or CuPy is missing.
    """
    if device != "cuda":
        from optedu.cuda.stand_in import MODULE

        return MODULE
    place_of(device)
    try:
        import cupy
    except ImportError as error:
        raise Unavailable(
            "a run with device='cuda' needs CuPy: pip install 'cupy-cuda12x[ctk]', or "
            "'cupy-cuda13x[ctk]' for a driver of CUDA 13"
        ) from error
    return cupy


def device_of(array: Any) -> str:
    """Return where an array on a device lives: ``"cuda"``, or ``"simulator"`` for the stand-in."""
    return "simulator" if type(array).__module__ == "optedu.cuda.stand_in" else "cuda"


def read_device_array(name: str, value: Any) -> Any:
    """Return an array on a device in C order, as its array library has it, copied only when needed.

    Raises
    ------
    TypeError
        If it holds neither float32 nor float64.
    ValueError
        If it is empty, or holds NaN or inf.
    """
    xp = module_of(device_of(value))
    array = xp.asarray(value)
    if array.dtype not in (np.float32, np.float64):
        raise TypeError(f"{name} on the GPU is {array.dtype}: pass float32 or float64")
    if array.size == 0:
        raise ValueError(f"{name} is empty (shape {array.shape})")
    if not bool(xp.isfinite(array).all()):
        raise ValueError(f"{name} must be finite, and holds NaN or inf")
    return xp.ascontiguousarray(array).reshape(array.shape)


class Library:
    """NumPy's functions for the arrays of a run on a device, all of one precision.

    An attribute is the function of that name.

    Parameters
    ----------
    device : {"cuda", "simulator"}
    kind : numpy.dtype
        float32 or float64.

    Raises
    ------
    Unavailable
        If there is no GPU, or CuPy is missing.
    """

    def __init__(self, device: str, kind: Any) -> None:
        self.device, self.kind, self._module = device, np.dtype(kind), module_of(device)

    def __getattr__(self, name: str) -> Any:
        if name == "errstate":
            return np.errstate
        if name == "random":
            return types.SimpleNamespace(default_rng=self._default_rng)
        found = getattr(self._module, name)
        if name in CREATING:
            found = functools.partial(self._created, found)
        elif name in FROM_LISTS:
            found = functools.partial(self._from_lists, name, found)
        elif name in WIDENING:
            found = functools.partial(self._narrowed, found)
        elif name in TAILORED:
            found = functools.partial(getattr(self, "_" + name), found)
        elif isinstance(getattr(np, name), np.ufunc):
            found = _EntryByEntry(getattr(np, name), found)
        setattr(self, name, found)
        return found

    def _created(self, function: Any, shape: Any, *args: Any, **options: Any) -> Any:
        made = function(self.host(shape), *args, **options)
        told = "dtype" in options or made.dtype != np.float64
        return made if told else made.astype(self.kind, copy=False)

    def _from_lists(self, name: str, function: Any, first: Any, *args: Any, **options: Any) -> Any:
        if not isinstance(first, list | tuple):
            return function(first, *args, **options)
        made = getattr(np, name)(self.host(first), *map(self.host, args), **options)
        return self.put(made) if isinstance(made, np.ndarray) else made

    def _narrowed(self, function: Any, *args: Any, **options: Any) -> Any:
        made = function(*args, **options)
        wide = getattr(made, "dtype", None) == np.float64
        return made.astype(self.kind, copy=False) if wide else made

    def _default_rng(self, seed: Any) -> Draws:
        return Draws(np.random.default_rng(seed), self)

    def _arange(self, function: Any, *bounds: Any, **options: Any) -> Any:
        made = function(*map(self.host, bounds), **options)
        return made if "dtype" in options else self.put(made)

    def _isin(self, function: Any, array: Any, values: Any) -> Any:
        return function(array, self._module.asarray(values, dtype=array.dtype))

    def _repeat(self, function: Any, first: Any, counts: Any, **options: Any) -> Any:
        if isinstance(first, list | tuple):
            return self._from_lists("repeat", function, first, counts, **options)
        if not isinstance(counts, self._module.ndarray):
            return function(first, counts, **options)
        ends, total = self._module.cumsum(counts), int(counts.sum())
        return first[self._module.searchsorted(ends, self._module.arange(total), side="right")]

    def put(self, value: Any) -> Any:
        """Return an array there, its floats in the precision of the run, copied when needed."""
        array = self._module.asarray(value)
        return array.astype(self.kind, copy=False) if array.dtype.kind == "f" else array

    def host(self, value: Any) -> Any:
        """Return an array, or those in a list, in NumPy's memory, one without axes as a number."""
        if type(value) in (list, tuple):
            return type(value)(self.host(part) for part in value)
        if not isinstance(value, self._module.ndarray):
            return value
        return value.get() if value.ndim else value.get().item()


class _EntryByEntry:
    """A function of entries: of numbers alone it is a number, and needs no device."""

    def __init__(self, here: np.ufunc, there: Any) -> None:
        self._here, self._there = here, there

    def __call__(self, *args: Any, **options: Any) -> Any:
        if any(lives_on_a_device(value) for value in args):
            return self._there(*args, **options)
        return self._here(*args, **options).item()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._there, name)


class Draws:
    """A random stream whose arrays are on the device; the numbers are those of NumPy's generator.

    Parameters
    ----------
    rng : numpy.random.Generator
    library : Library
    """

    def __init__(self, rng: np.random.Generator, library: Library) -> None:
        self._rng, self._library = rng, library

    def __getattr__(self, name: str) -> Any:
        draw, library = getattr(self._rng, name), self._library
        if not callable(draw):
            return draw

        def call(*args: Any, **options: Any) -> Any:
            options = {key: library.host(value) for key, value in options.items()}
            drawn = draw(*map(library.host, args), **options)
            return library.put(drawn) if isinstance(drawn, np.ndarray) else drawn

        return call
