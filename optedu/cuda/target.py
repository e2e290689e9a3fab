"""Numba's target for NVIDIA's GPUs, in a version that works.

Where NVIDIA's successor `numba-cuda` is installed, it takes the place of Numba's own target. Some
of its versions ask NumPy or Numba for names that newer ones dropped, and then kernels can neither
be imported nor compiled; in that case this process takes Numba's own target instead. So kernels say
``from optedu.cuda.target import cuda``.
"""

from __future__ import annotations

import importlib.util
import sys
from importlib import import_module, metadata
from typing import Any

REDIRECTS = "_numba_cuda_redirector"
"""The module whose finder hands out `numba-cuda` when `numba.cuda` is asked for."""


def _tried() -> Any:
    """Return the target, with all that it knows to compile loaded."""
    target = import_module("numba.cuda.descriptor").cuda_target
    target.typing_context.refresh()
    target.target_context.refresh()
    return import_module("numba.cuda")


def _own() -> Any:
    """Return Numba's own target, whatever was imported before."""
    for name in [name for name in sys.modules if f"{name}.".startswith("numba.cuda.")]:
        del sys.modules[name]
    registries = import_module("numba.core.target_extension")
    place = registries.target_registry.get("cuda")
    for registry in (registries.jit_registry, registries.dispatcher_registry):
        registry.pop(place, None)
    sys.meta_path[:] = [it for it in sys.meta_path if type(it).__module__ != REDIRECTS]
    return import_module("numba.cuda")


def chosen() -> Any:
    """Return NVIDIA's target where it is installed and works, else Numba's own."""
    if importlib.util.find_spec("numba_cuda") is None:
        return import_module("numba.cuda")
    try:
        return _tried()
    except (ImportError, AttributeError):
        return _own()


cuda = chosen()


def version() -> str:
    """Return which target it is: that of Numba comes with Numba."""
    theirs = "numba_cuda" in str(cuda.__file__)
    return f"numba-cuda {metadata.version('numba-cuda')}" if theirs else "Numba's own"
