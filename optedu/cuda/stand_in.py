"""NumPy's arrays with the manners of CuPy's, for tests where there is no GPU.

An `Array` never becomes one of NumPy's by itself, and is not mixed with them; what would be a
number of NumPy's is an array without axes. So a line that works here leaves nothing on the wrong
side. It does not model what CuPy lacks or does differently; the names that the package uses are
compared with CuPy's where that is installed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

WITHOUT_ARRAYS = {
    "arange", "array", "einsum", "empty", "eye", "full", "identity", "isclose", "linspace", "ones",
    "zeros",
}  # fmt: skip
"""Functions, apart from those that go entry by entry, that are not given an array first."""


_operations, _waits = [0], [0]


def operations() -> int:
    """Return how many operations on arrays there were: on a GPU each is a launch, or several."""
    return _operations[0]


def waits() -> int:
    """Return how often a number or an array came to the host: a GPU has to end its work before."""
    return _waits[0]


class Array(NDArrayOperatorsMixin):
    """An array that stands for one on a GPU.

    Parameters
    ----------
    content : numpy.ndarray
        What it holds; not copied.
    """

    def __init__(self, content: np.ndarray) -> None:
        self._content = content

    def get(self) -> np.ndarray:
        """Return a copy in NumPy's memory, as CuPy calls it."""
        _waits[0] += 1
        return self._content.copy()

    def astype(self, dtype: Any, copy: bool = True) -> Array:
        """Return the entries in a type: the very array where it has it and no copy is wanted."""
        if not copy and self._content.dtype == dtype:
            return self
        return _guarded(self._content.astype)(dtype)

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        raise TypeError("an array on the device does not become NumPy's by itself: use get()")

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        return _guarded(getattr(ufunc, method))(*inputs, **options)

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        return _guarded(function)(*args, **options)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        found = getattr(self._content, name)
        return _guarded(found) if callable(found) else _wrapped(found)

    @property
    def __cuda_array_interface__(self) -> dict[str, Any]:
        content = self._content
        strides = None if content.flags.c_contiguous else content.strides
        return {
            "shape": content.shape, "typestr": content.dtype.str, "strides": strides,
            "data": (content.ctypes.data, False), "stream": None, "version": 3,
        }  # fmt: skip

    def __getitem__(self, index: Any) -> Array:
        parts = index if isinstance(index, tuple) else (index,)
        if all(isinstance(part, int | np.integer) for part in parts):
            return Array(self._content[(*parts, ...)])  # one entry is a view, too
        return _wrapped(self._content[_bare(index)])

    def __setitem__(self, index: Any, value: Any) -> None:
        if isinstance(value, list | tuple):
            raise TypeError("a list is written into an array on the device")
        self._content[_bare(index)] = _bare(value)

    def __iter__(self) -> Iterator[Array]:
        return (self[i] for i in range(len(self)))

    def __len__(self) -> int:
        return len(self._content)

    def __bool__(self) -> bool:
        return bool(self.get())

    def __float__(self) -> float:
        return float(self.get())

    def __int__(self) -> int:
        return int(self.get())

    def __format__(self, how: str) -> str:
        return format(self.get(), how)

    def item(self, *at: int) -> Any:
        """Return an entry as a number of Python's."""
        return self.get().item(*at)

    def tolist(self) -> Any:
        """Return the entries as numbers of Python's."""
        return self.get().tolist()

    def __repr__(self) -> str:
        return f"stand_in.Array({self._content!r})"


def _bare(value: Any) -> Any:
    """Return what NumPy is to see; its own arrays are refused, and numbers beside arrays."""
    if isinstance(value, Array):
        return value._content
    if isinstance(value, np.ndarray):
        raise TypeError("an array of NumPy's among arrays on the device")
    if type(value) in (list, tuple):
        return type(value)(_bare(part) for part in value)
    return value


def _refuse_what_cupy_refuses(name: str, args: tuple[Any, ...]) -> None:
    """Raise where CuPy would, but NumPy would not."""
    first = args[0] if args else None
    kinds = {isinstance(first, Array)}
    if isinstance(first, list | tuple):
        kinds = {isinstance(part, Array) for part in first}
        if len(kinds) > 1 or (True in kinds and name in WITHOUT_ARRAYS - {"array"}):
            raise TypeError(f"{name}: numbers and arrays on the device in one list")
    if True not in kinds and name not in WITHOUT_ARRAYS:
        raise TypeError(f"{name} is given no array on the device")
    second = args[1] if len(args) > 1 else None
    if name == "isin" and not isinstance(second, Array):
        raise TypeError("isin: values that are no array on the device")
    if name == "repeat" and isinstance(second, Array):
        raise TypeError("repeat: counts on the device")  # CuPy takes them from 14.1 on
    if name == "arange" and any(isinstance(value, Array) for value in args):
        raise TypeError("arange: bounds on the device")


def _wrapped(value: Any) -> Any:
    """Return what NumPy answered, its arrays and numbers as arrays on the device."""
    if isinstance(value, np.ndarray | np.generic):
        return Array(np.asarray(value))
    if isinstance(value, list):
        return [_wrapped(part) for part in value]
    if isinstance(value, tuple):
        parts = [_wrapped(part) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    return value


def _guarded(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of NumPy's as one of arrays on the device."""
    of = getattr(function, "__self__", function)
    entry_by_entry = isinstance(of, np.ufunc | np.ndarray)

    def call(*args: Any, **options: Any) -> Any:
        _operations[0] += 1
        if not entry_by_entry:
            _refuse_what_cupy_refuses(function.__name__, args)
        options = {name: _bare(value) for name, value in options.items()}
        answer = function(*(_bare(value) for value in args), **options)
        return Array(np.asarray(answer)) if isinstance(answer, bool) else _wrapped(answer)

    return call


class Module:
    """A module of NumPy's as one of arrays on the device.

    Parameters
    ----------
    original : module
    """

    ndarray = Array

    def __init__(self, original: Any) -> None:
        self._original = original

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._original, name)
        if name == "linalg":
            return Module(found)
        return _guarded(found) if callable(found) and not isinstance(found, type) else found

    def asarray(self, value: Any, dtype: Any = None) -> Array:
        """Return an array on the device: itself, or a copy of one in NumPy's memory."""
        if isinstance(value, Array):
            return value if dtype in (None, value.dtype) else value.astype(dtype)
        if hasattr(value, "to_host"):
            value = value.to_host()
        return Array(np.array(value, dtype))


MODULE = Module(np)
"""What stands for the module ``cupy``."""
