"""A hand-written kernel becomes PTX, by Numba's CUDA target, on machines with and without a GPU.

A kernel is a plain Python function of arrays and numbers that speaks to `numba.cuda` about threads,
blocks, shared memory and barriers. Numba types it and lowers it, the target that is built into
Numba or NVIDIA's own (`numba-cuda`), whichever is installed; NVIDIA's libnvvm makes the PTX; the
driver translates that for the device. Nothing of Numba's own launcher is used: it wants a CUDA
toolkit beside the driver, and asks the GPU which code to make. Our few hooks into Numba stand all
in `_speaking_to_numba`.

PTX is kept on disk, in a folder named after the sources of the kernel and all that it calls, in a
file named after the compiler. Where there is no compiler that works, what another machine left in
the folder is taken.
"""

from __future__ import annotations

import functools
import hashlib
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numba import from_dtype, types

from optedu.compiling import CompilationError
from optedu.compiling.cache import cache_root
from optedu.compiling.fingerprint import core_digest, fingerprint
from optedu.cuda import store
from optedu.cuda.libraries import libdevice, libnvvm

ARCHITECTURES = {"sm_80": (8, 0), "sm_90": (9, 0)}
OLDEST = "sm_80"
"""What a device is given: it translates code for an older one."""

VERSION = "8.3"
"""The version of PTX that is written into the code: drivers of CUDA 12.3 and later read it."""

ENTRY = re.compile(rb"\.entry (\w+)\(")

_one_at_a_time = threading.RLock()


class _Device:
    compute_capability = ARCHITECTURES[OLDEST]


class _Found(NamedTuple):
    by: str
    info: str


@contextmanager
def _speaking_to_numba(capability: tuple[int, int]) -> Iterator[None]:
    """Let Numba compile for a device that is not there, with the libraries that we found."""
    from optedu.cuda.target import cuda

    dispatcher: Any = import_module("numba.cuda.dispatcher")
    config, paths = cuda.config, import_module("numba.cuda.cuda_paths").get_cuda_paths
    places = {"nvvm": libnvvm(), "libdevice": libdevice()}
    with _one_at_a_time:
        kept = config.FORCE_CUDA_CC, dispatcher.get_current_device, vars(paths).copy()
        config.FORCE_CUDA_CC, dispatcher.get_current_device = capability, lambda: _Device
        paths._cached_result = {name: _Found("optedu", str(path)) for name, path in places.items()}
        try:
            yield
        finally:
            config.FORCE_CUDA_CC, dispatcher.get_current_device = kept[:2]
            vars(paths).clear()
            vars(paths).update(kept[2])


def type_of(argument: Any) -> types.Type:
    """Return Numba's type of a kernel's argument: an array in C order, or a number."""
    if hasattr(argument, "ndim") and getattr(argument, "ndim", 0) > 0:
        return types.Array(from_dtype(np.dtype(argument.dtype)), argument.ndim, "C")
    if isinstance(argument, np.generic):
        return from_dtype(argument.dtype)
    return types.float64 if isinstance(argument, float) else types.int64


def ptx_of(
    function: Callable[..., None], kinds: tuple[types.Type, ...], architecture: str = OLDEST
) -> tuple[str, bytes]:
    """Return the name of the kernel in its PTX, and the PTX, compiled now or before.

    Parameters
    ----------
    function : callable
        The kernel.
    kinds : tuple of numba.types.Type
        Of its arguments, see `type_of`.
    architecture : {"sm_80", "sm_90"}

    Raises
    ------
    CompilationError
        If Numba does not understand the kernel, or libnvvm is missing, and no other machine's code
        is at hand.
    """
    parts = fingerprint(function), [str(kind) for kind in kinds], architecture, VERSION
    name = hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
    folder = cache_root() / "cuda" / "kernels" / name
    try:
        path = folder / f"{compiler_digest()}.ptx"
        code = store.kept(path, lambda: _compiled(function, kinds, architecture))
    except CompilationError:
        made = _made_elsewhere(folder)
        if made is None:
            raise
        code = made
    found = ENTRY.search(code)
    if found is None:
        raise CompilationError(f"{function.__name__}: there is no kernel in the code that was made")
    return found[1].decode(), code


@functools.cache
def compiler_digest() -> str:
    """Return a digest of what makes PTX: this file, Numba, its CUDA target, NVIDIA's libraries.

    Raises
    ------
    CompilationError
        If there is no libnvvm.
    """
    from optedu.cuda.target import version

    digest = hashlib.sha256(f"{core_digest()} {version()}".encode())
    for path in (Path(__file__), libnvvm(), libdevice()):
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]


def _made_elsewhere(folder: Path) -> bytes | None:
    """Return code of the same sources by another compiler, the newest that is whole."""
    files = folder.glob("*.ptx")
    for path in sorted(files, key=lambda path: path.stat().st_mtime, reverse=True):
        if (code := store.read(path)) is not None:
            return code
    return None


def _compiled(
    function: Callable[..., None], kinds: tuple[types.Type, ...], architecture: str
) -> bytes:
    """Return the PTX of a kernel, made by Numba and libnvvm."""
    from optedu.cuda.target import cuda

    capability = ARCHITECTURES[architecture]
    try:
        with _speaking_to_numba(capability):
            text, _ = cuda.compile_ptx(function, kinds, cc=capability)
    except (ImportError, AttributeError) as error:
        raise CompilationError(f"Numba's CUDA target cannot be used: {error}") from error
    except _refusals() as error:
        raise CompilationError(f"{function.__name__}: {error}") from error
    text = re.sub(r"^\.version \S+", f".version {VERSION}", text, flags=re.M)
    return text.rstrip("\0").encode()


def _refusals() -> tuple[type[Exception], ...]:
    """Return the exceptions that say that a kernel is not understood."""
    found = [
        import_module("numba.core.errors").NumbaError,
        import_module("numba.cuda.cudadrv.error").NvvmError,
    ]
    with suppress(ImportError):  # Numba's own target does without
        found.append(import_module("cuda.bindings.nvvm").nvvmError)
    return tuple(found)
