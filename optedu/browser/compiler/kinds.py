"""What a value is, without Numba: enough to name its compiled code and to flatten it."""

from __future__ import annotations

import base64
import math
from typing import Any

import numpy as np

INLINE = 64
"""Arrays up to this size are written as lists of numbers, larger ones as base64 of their bytes."""


def describe(value: Any) -> str:
    """Return a text that two values share exactly when they are compiled alike."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype}[{value.ndim}]"
    if isinstance(value, tuple):
        inside = ", ".join(describe(part) for part in value)
        return f"{type(value).__module__}.{type(value).__qualname__}({inside})"
    return type(value).__name__


def classes(value: Any) -> list[type]:
    """Return the class of every named tuple inside a value, itself among them."""
    if not isinstance(value, tuple):
        return []
    inner = [cls for part in value for cls in classes(part)]
    return [type(value), *inner] if hasattr(value, "_fields") else inner


def leaves(value: Any) -> list[Any]:
    """Return what goes into a value's slots, as JSON: numbers, and arrays with their shape.

    JSON has no infinity; JavaScript makes a number of the word.
    """
    if value is None:
        return []
    if isinstance(value, tuple):
        return [leaf for part in value for leaf in leaves(part)]
    if isinstance(value, np.ndarray):
        flat = np.ascontiguousarray(value).ravel()
        if flat.size <= INLINE:
            return [{"shape": list(value.shape), "data": flat.tolist()}]
        raw = base64.b64encode(flat.tobytes()).decode("ascii")
        return [{"shape": list(value.shape), "base64": raw}]
    if not isinstance(value, float):
        return [int(value)]
    return [value if math.isfinite(value) else str(value).replace("inf", "Infinity")]
