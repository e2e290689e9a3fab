"""Where NVIDIA's compiler library and its elementary functions lie on this machine.

`cuda-pathfinder` knows packages, conda and the loader. A toolkit that was installed by itself it
finds by ``CUDA_HOME``, which many machines do not set; so we look beside what was found, and where
NVIDIA's installers put things.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from optedu.compiling import CompilationError

INSTALLED = ("/usr/local/cuda", "/usr/local/cuda-*", "/opt/cuda", "/usr/lib/nvidia-cuda-toolkit")
LIBNVVM = ("nvvm/lib64/libnvvm.so*", "lib64/libnvvm.so*", "lib/libnvvm.so*")
LIBDEVICE = ("nvvm/libdevice/libdevice.10.bc", "libdevice/libdevice.10.bc")


@functools.cache
def libnvvm() -> Path:
    """Return the library that makes PTX; it is loaded.

    Raises
    ------
    CompilationError
        If there is none.
    """
    try:
        from cuda.pathfinder import load_nvidia_dynamic_lib

        found = load_nvidia_dynamic_lib("nvvm").abs_path
        if found:
            return Path(found)
    except (ImportError, RuntimeError):
        pass
    for path in _below(_roots(), LIBNVVM):
        try:
            ctypes.CDLL(str(path))  # whoever loads it by name from now on gets this one
        except OSError:
            continue
        return path
    raise CompilationError(
        "kernels for a GPU need NVIDIA's libnvvm, which is not found: pip install 'optedu[cuda]'"
    )


@functools.cache
def libdevice() -> Path:
    """Return the file of NVIDIA's elementary functions.

    Raises
    ------
    CompilationError
        If there is none.
    """
    try:
        from cuda.pathfinder import find_bitcode_lib

        return Path(find_bitcode_lib("device"))
    except (ImportError, RuntimeError):
        pass
    beside: tuple[Path, ...] = ()
    with contextlib.suppress(CompilationError):
        beside = tuple(libnvvm().resolve().parents)
    for path in _below((*_roots(), *beside), LIBDEVICE):
        return path
    raise CompilationError(
        "this pair needs NVIDIA's elementary functions (libdevice), which are not found: "
        "pip install 'optedu[cuda]'"
    )


def _roots() -> Iterator[Path]:
    """Yield folders of toolkits: those that the user names, then those that are usual."""
    for name in ("CUDA_HOME", "CUDA_PATH"):
        if os.environ.get(name):
            yield Path(os.environ[name])
    if compiler := shutil.which("nvcc"):
        yield Path(compiler).resolve().parents[1]
    for pattern in INSTALLED:
        place = Path(pattern)
        yield from sorted(place.parent.glob(place.name), reverse=True)


def _below(roots: Iterator[Path] | tuple[Path, ...], patterns: tuple[str, ...]) -> Iterator[Path]:
    for root in roots:
        for pattern in patterns:
            yield from sorted(root.glob(pattern))
