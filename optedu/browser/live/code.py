"""Python text that makes a problem or a method again, and names in words."""

from __future__ import annotations

import functools
import re
import typing
from typing import Any

import numpy as np

from optedu import discovery

MOST_NUMBERS = 40
_PIECES = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z0-9]+")
_ZEROS = re.compile(r"e([+-])0*(\d)")


def number(value: float) -> str:
    """Return the shortest text that reads as this float: ``3``, ``0.1``, ``1e-6``, ``np.inf``."""
    value = float(value)
    if not np.isfinite(value):
        return {"inf": "np.inf", "-inf": "-np.inf"}.get(str(value), "np.nan")
    if value == 0 and np.signbit(value):
        return "-0.0"  # the integer 0 has no sign
    return _ZEROS.sub(lambda m: f"e{m[1].replace('+', '')}{m[2]}", repr(value)).removesuffix(".0")


def literal(value: Any, hint: Any = float) -> str | None:
    """Return the text of a field's value, or None where there is none.

    Parameters
    ----------
    value : object
        A number, an array, a word, integers in a tuple, None, or a registered problem or method.
    hint : type
        The field's annotation. Only a field that reads its value (a float, an array) may be given
        3 for 3.0.
    """
    if hasattr(value, "_fields"):
        return constructor(value)
    if value is None or isinstance(value, bool | int | str):
        return repr(value)
    if isinstance(value, float):
        return number(value) if float in (hint, *typing.get_args(hint)) else repr(value)
    if isinstance(value, np.ndarray) and value.dtype.kind in "iuf":
        return _nested(value.tolist())
    if isinstance(value, tuple) and all(isinstance(v, int) for v in value):
        return repr(value)
    return None


def _nested(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(_nested(v) for v in value)}]"
    return str(value) if isinstance(value, int) else number(value)


def constructor(item: Any, most: int = MOST_NUMBERS) -> str | None:
    """Return the call that makes an equal problem or method, or None where it would be too long.

    It holds `most` numbers at the most.

    Fields that have their default are left out. Evaluate it with ``import optedu as oe`` and
    ``import numpy as np``; a class that is not in the package must be known, too.
    """
    cls = type(item)
    if not hasattr(cls, "_fields") or count_numbers(item) > most:
        return None
    hints, defaults, arguments = typing.get_type_hints(cls), cls._field_defaults, []
    for field, value in zip(cls._fields, item, strict=True):
        if field in defaults and same(value, defaults[field]):
            continue
        text = literal(value, hints.get(field))
        if text is None:
            return None
        arguments.append(f"{field}={text}" if field in defaults else text)
    return f"{public_name(cls)}({', '.join(arguments)})"


def count_numbers(value: Any) -> int:
    """Return how many numbers a problem holds, those of its parts included."""
    if isinstance(value, np.ndarray):
        return value.size
    if isinstance(value, tuple):
        return sum(count_numbers(v) for v in value)
    return int(isinstance(value, float | int) and not isinstance(value, bool))


def same(one: Any, other: Any) -> bool:
    """Whether two fields hold the same, bit for bit."""
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        alike = one.shape == other.shape and one.dtype == other.dtype
        return alike and one.tobytes() == other.tobytes()
    if type(one) is not type(other):
        return False
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float):
        return one == other and np.signbit(one) == np.signbit(other)
    return bool(one == other)


def public_name(cls: type) -> str:
    """Return how a reader writes the class: ``oe.HeavyBall``, ``oe.problems.L1``, or its name."""
    name, where = cls.__name__, cls.__module__
    if discovery.methods().get(name) == where:
        return f"oe.{name}"
    if discovery.decorated("problems").get(name) == where:
        return f"oe.problems.{name}"
    return name


def words(cls: type) -> str:
    """Return a class name in words: ``heavy ball``, ``Nesterov acceleration``, ``FISTA``.

    A piece that the package's own text never writes in small letters is a proper name.
    """
    pieces = _PIECES.findall(cls.__name__)
    if max(len(piece) for piece in pieces) < 4:
        return cls.__name__  # OptEx is a name, not words
    return " ".join(
        piece.lower() if piece.lower() in _small_words() or piece in ("Of", "P") else piece
        for piece in pieces
    )


@functools.cache
def _small_words() -> frozenset[str]:
    text = "\n".join(path.read_text(encoding="utf-8") for path in discovery.PACKAGE.glob("*/*.py"))
    prose = re.sub(r"^(from|import) .*$", "", text, flags=re.MULTILINE)
    return frozenset(re.findall(r"(?<![\w.])[a-z]{3,}(?![\w(])", prose))
