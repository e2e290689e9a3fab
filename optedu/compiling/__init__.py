"""Numba's share of the work: the same text compiled for this machine's processor.

Nothing here is imported until a run asks for it, and nothing else in the package imports Numba.
"""

from __future__ import annotations

import functools
import importlib.util
import os
from collections.abc import Callable
from typing import Any


class CompilationError(TypeError):
    """A method or problem that runs in Python and cannot be compiled; says why."""


def available() -> bool:
    """Whether Numba is installed and not switched off by ``NUMBA_DISABLE_JIT=1``."""
    switched_off = os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0")
    return not switched_off and importlib.util.find_spec("numba") is not None


@functools.cache
def compiled_advance() -> Callable[..., Any]:
    """Return `optedu.kernels.loop.advance`, compiled per pair and cached on disk.

    Raises
    ------
    CompilationError
        If Numba is missing.
    """
    if not available():
        raise CompilationError(
            "compiled execution needs Numba, which is missing or switched off: "
            "pip install numba, or use execution='python'"
        )
    from optedu.compiling.backend import compile_loop

    return compile_loop()
