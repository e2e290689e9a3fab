"""What the checks of problems compare by: closeness, and differences along a line."""

from __future__ import annotations

from typing import Any

import numpy as np


def agree(a: Any, b: Any, what: str, tolerance: float = 1e-6) -> None:
    """Require that two arrays have one shape and are close, relative to the second one's size."""
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    assert a.shape == b.shape, f"{what}: shape {a.shape} against {b.shape}"
    error = float(np.abs(a - b).max(initial=0.0))
    size = float(np.abs(b).max(initial=0.0))
    assert error <= tolerance * (1 + size), f"{what}: off by {error:.2e}"


def slope(f: Any, x: np.ndarray, u: np.ndarray) -> Any:
    """Return the derivative of f at x along u, of fourth order and with the rounding damped."""
    h = 1e-3 * max(1.0, float(np.abs(x).max()))
    far, near = f(x + 2 * h * u) - f(x - 2 * h * u), f(x + h * u) - f(x - h * u)
    h6 = h / 2
    close = f(x + h6 * u) - f(x - h6 * u)
    coarse, fine = (8 * near - far) / (12 * h), (8 * close - near) / (12 * h6)
    return (16 * fine - coarse) / 15
