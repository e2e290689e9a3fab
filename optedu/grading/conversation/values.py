"""Values as a tree that JSON can hold, and the bytes of their arrays; and back.

What comes out is made here from exact built-in types, base arrays of whitelisted dtypes, named
tuples and references: no code or class of the other side gets in, so nothing that was received can
lie about what it is equal to.
"""

from __future__ import annotations

import keyword
import math
import unicodedata
from collections import namedtuple
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

DEPTH = 24
DIMENSIONS = 8
LONGEST = 2**40
"""Largest extent of an array, also of one with no entries."""

DTYPES = (
    "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
    "float16", "float32", "float64", "complex64", "complex128",
)  # fmt: skip
_SIZES = {name: np.dtype(name).itemsize for name in DTYPES}
_NAMES = {np.dtype(name): name for name in DTYPES}


class Malformed(ValueError):
    """What arrived is no message."""


class NotData(TypeError):
    """What was to be sent is no data."""


class Reference(NamedTuple):
    """Something that stays where it is: the number its owner gave it, what it is, what it has.

    Parameters
    ----------
    kind : str
        ``"function"``, ``"iterator"``, ``"problem"``, ``"method"`` or ``"object"``.
    handle : int
    about : dict
        Data that describes it.
    """

    kind: str
    handle: int
    about: dict[str, Any]


class Own(NamedTuple):
    """A reference that comes back to its owner."""

    handle: int


class Stream(NamedTuple):
    """A random generator, which the receiver makes: its number, and at first sight its seed."""

    handle: int
    words: list[int]


@lru_cache(maxsize=512)
def named(name: str, fields: tuple[str, ...]) -> Any:
    """Return the class of named tuples of a name and fields.

    Raises
    ------
    Malformed
        If one of them is no plain public name.
    """
    if not _is_name(name.lstrip("_") or "x") or not all(_is_name(field) for field in fields):
        raise Malformed("a named tuple has a name that is none")
    if len(fields) > 64 or len(set(fields)) < len(fields):
        raise Malformed("a named tuple has too many fields, or one twice")
    return namedtuple(name.lstrip("_") or "x", fields)


def _is_name(name: Any) -> bool:
    return (
        isinstance(name, str)
        and len(name) <= 64
        and name == unicodedata.normalize("NFKC", name)
        and name.isidentifier()
        and not name.startswith("_")
        and not keyword.iskeyword(name)
    )


class Writer:
    """The tree of a value, and the bytes of its arrays."""

    def __init__(self, refer: Callable[[Any], Any], limit: int) -> None:
        self.refer, self.limit = refer, limit
        self.parts: list[bytes] = []

    def tree(self, value: Any, depth: int = 0) -> Any:
        """Return what JSON can hold of a value."""
        cls = type(value)
        if value is None or cls is bool or cls is int or cls is float or cls is str:
            return value
        if depth > DEPTH:
            raise NotData(f"nested deeper than {DEPTH} levels")
        if isinstance(value, np.ndarray):
            return self._array(value)
        if isinstance(value, np.generic):
            return self._scalar(value)
        if cls is list:
            return [self.tree(entry, depth + 1) for entry in value]
        if cls is tuple:
            return {"t": [self.tree(entry, depth + 1) for entry in value]}
        if cls is dict:
            if not all(type(key) is str for key in value):
                raise NotData("the keys of a dictionary must be strings")
            return {"d": [[key, self.tree(entry, depth + 1)] for key, entry in value.items()]}
        if cls is complex:
            return {"c": [value.real, value.imag]}
        return self._other(value, depth)

    def _array(self, value: np.ndarray) -> Any:
        if value.nbytes > self.limit:
            raise NotData(f"more than {self.limit / 2**20:.0f} MiB")
        plain = np.array(value, order="C", subok=False)
        name = self._name(plain)
        self.parts.append(plain.astype(name, copy=False).tobytes())
        return {"a": [name, list(plain.shape)]}

    def _scalar(self, value: np.generic) -> Any:
        plain = np.array(value, subok=False)
        name = self._name(plain)
        self.parts.append(plain.astype(name, copy=False).tobytes())
        return {"s": name}

    def _name(self, plain: np.ndarray) -> str:
        """Return the name of the dtype that is sent, in native order and at most 64 bits."""
        name = _NAMES.get(plain.dtype)
        if name is None:
            name = "float64" if plain.dtype == np.longdouble else plain.dtype.name
            if name not in _SIZES:
                raise NotData(f"an array of dtype {plain.dtype} is no array of numbers")
        return name

    def _other(self, value: Any, depth: int) -> Any:
        found = self.refer(value)
        if isinstance(found, Reference):
            return {"r": [found.kind, found.handle, self.tree(found.about, depth + 1)]}
        if isinstance(found, Own):
            return {"o": found.handle}
        if isinstance(found, Stream):
            return {"g": [found.handle, found.words]}
        for plain in (bool, int, float, complex, str):  # a subclass is sent as what it is a kind of
            if isinstance(value, plain):
                return self.tree(plain.__new__(plain, value), depth)
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            name, fields = type(value).__name__, tuple(value._fields)
            entries = [self.tree(entry, depth + 1) for entry in tuple.__iter__(value)]
            return {"n": [name, list(fields), entries]}
        if isinstance(value, (list, tuple, dict)):
            for base in (list, tuple, dict):
                if isinstance(value, base):
                    return self.tree(base(value), depth)
        if isinstance(value, (set, frozenset, range)):
            return self.tree(list(value), depth)
        raise NotData(f"a {type(value).__name__} is no data")


class Reader:
    """The value of a tree."""

    def __init__(self, body: memoryview, restore: Callable[[Any], Any]) -> None:
        self.body, self.at, self.restore = body, 0, restore
        self.tags: dict[str, Callable[[Any, int], Any]] = {
            "a": self._array, "s": self._scalar, "t": self._tuple, "d": self._dict,
            "c": self._complex, "n": self._named, "r": self._reference, "o": self._own,
            "g": self._stream,
        }  # fmt: skip

    def value(self, tree: Any, depth: int = 0) -> Any:
        """Return the value."""
        if not isinstance(tree, (list, dict)):
            return tree
        if depth > DEPTH:
            raise Malformed("a message that is nested too deep")
        if isinstance(tree, list):
            return [self.value(entry, depth + 1) for entry in tree]
        if len(tree) != 1:
            raise Malformed("a value without a kind")
        tag, content = next(iter(tree.items()))
        if tag not in self.tags:
            raise Malformed("a value of an unknown kind")
        return self.tags[tag](content, depth + 1)

    def _bytes(self, size: int) -> memoryview:
        if self.at + size > len(self.body):
            raise Malformed("an array without its bytes")
        self.at += size
        return self.body[self.at - size : self.at]

    def _array(self, content: Any, depth: int) -> np.ndarray:
        name, shape = _pair(content)
        must(type(name) is str and name in _SIZES, "an array of an unknown dtype")
        must(type(shape) is list and len(shape) <= DIMENSIONS, "an array without a shape")
        must(all(type(n) is int and 0 <= n <= LONGEST for n in shape), "an array without a shape")
        data = self._bytes(math.prod(shape) * _SIZES[name])
        return np.frombuffer(bytearray(data), dtype=name).reshape(shape)

    def _scalar(self, content: Any, depth: int) -> np.generic:
        must(type(content) is str and content in _SIZES, "a number of an unknown dtype")
        return np.frombuffer(bytes(self._bytes(_SIZES[content])), dtype=content)[0]

    def _tuple(self, content: Any, depth: int) -> tuple[Any, ...]:
        must(type(content) is list, "a tuple without entries")
        return tuple(self.value(entry, depth) for entry in content)

    def _dict(self, content: Any, depth: int) -> dict[str, Any]:
        must(type(content) is list, "a dictionary without entries")
        pairs = [_pair(entry) for entry in content]
        must(all(type(key) is str for key, _ in pairs), "a dictionary without keys")
        return {key: self.value(entry, depth) for key, entry in pairs}

    def _complex(self, content: Any, depth: int) -> complex:
        real, imaginary = _pair(content)
        must(type(real) is float and type(imaginary) is float, "a complex number of no numbers")
        return complex(real, imaginary)

    def _named(self, content: Any, depth: int) -> Any:
        must(type(content) is list and len(content) == 3, "a named tuple without fields")
        name, fields, entries = list[Any](content)
        must(type(name) is str and type(fields) is list, "a named tuple without fields")
        must(all(type(field) is str for field in fields), "a named tuple without fields")
        must(type(entries) is list and len(entries) == len(fields), "a named tuple with gaps")
        read = [self.value(entry, depth) for entry in entries]
        return self.restore(named(name, tuple(fields))(*read))

    def _reference(self, content: Any, depth: int) -> Any:
        must(type(content) is list and len(content) == 3, "a reference to nothing")
        kind, handle, about = content
        must(type(kind) is str and type(handle) is int, "a reference to nothing")
        described = self.value(about, depth)
        must(type(described) is dict, "a reference to nothing")
        return self.restore(Reference(kind, handle, described))

    def _own(self, content: Any, depth: int) -> Any:
        must(type(content) is int, "a reference to nothing")
        return self.restore(Own(content))

    def _stream(self, content: Any, depth: int) -> Any:
        handle, words = _pair(content)
        must(type(handle) is int and type(words) is list, "a generator without a number")
        must(all(type(w) is int and 0 <= w < 2**32 for w in words), "a generator without a seed")
        return self.restore(Stream(handle, words))


def _pair(content: Any) -> Any:
    must(type(content) is list and len(content) == 2, "a value that is cut off")
    return content


def must(condition: bool, otherwise: str) -> None:
    """Refuse what arrived unless the condition holds."""
    if not condition:
        raise Malformed(otherwise)
