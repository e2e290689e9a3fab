"""A hand-written kernel becomes PTX, by Numba's CUDA target, on machines with and without a GPU.

A kernel is a plain Python function of arrays and numbers that speaks to `numba.cuda` about threads,
blocks, shared memory and barriers. Numba types it and lowers it; NVIDIA's libnvvm, which comes with
``pip install 'optedu[cuda]'``, makes the PTX; the driver translates that for the device. Nothing of
Numba's own launcher is used: it wants a CUDA toolkit beside the driver, and asks the GPU which code
to make. Our few hooks into Numba stand all in `_speaking_to_numba`.
"""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import numpy as np
from numba import from_dtype, types

from optedu.compiling import CompilationError

ARCHITECTURES = {"sm_80": (8, 0), "sm_90": (9, 0)}
OLDEST = "sm_80"
"""What a device is given: it translates code for an older one."""

VERSION = "8.3"
"""The version of PTX that is written into the code: drivers of CUDA 12.3 and later read it."""

_one_at_a_time = threading.RLock()


class _Device:
    compute_capability = ARCHITECTURES[OLDEST]


@contextmanager
def _speaking_to_numba(capability: tuple[int, int]) -> Iterator[None]:
    """Let Numba compile for a device that is not there, with the libnvvm of the package."""
    from numba.core import config
    from numba.cuda import cuda_paths

    dispatcher: Any = import_module("numba.cuda.dispatcher")
    _find_libnvvm(cuda_paths)
    with _one_at_a_time:
        kept = config.FORCE_CUDA_CC, dispatcher.get_current_device
        config.FORCE_CUDA_CC, dispatcher.get_current_device = capability, lambda: _Device
        try:
            yield
        finally:
            config.FORCE_CUDA_CC, dispatcher.get_current_device = kept


@functools.cache
def _find_libnvvm(cuda_paths: Any) -> None:
    """Tell Numba where libnvvm and libdevice are; where they are not, it looks for a toolkit."""
    try:
        from cuda.pathfinder import find_bitcode_lib, load_nvidia_dynamic_lib

        library, functions = load_nvidia_dynamic_lib("nvvm").abs_path, find_bitcode_lib("device")
    except (ImportError, RuntimeError):
        return
    place = cuda_paths._env_path_tuple
    cuda_paths.get_cuda_paths._cached_result = cuda_paths.get_cuda_paths() | {
        "nvvm": place("optedu[cuda]", library),
        "libdevice": place("optedu[cuda]", str(functions)),
    }


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
    """Return the name of the kernel in its PTX, and the PTX.

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
        If Numba does not understand the kernel, or libnvvm is missing.
    """
    from numba.core.errors import NumbaError
    from numba.cuda.cudadrv.error import CudaSupportError, NvvmError, NvvmSupportError

    cuda: Any = import_module("numba.cuda")
    capability = ARCHITECTURES[architecture]
    try:
        with _speaking_to_numba(capability):
            text, _ = cuda.compile_ptx(function, kinds, cc=capability)
    except (NvvmSupportError, CudaSupportError) as error:
        raise CompilationError(
            "kernels for a GPU need NVIDIA's libnvvm, which is not found: "
            "pip install 'optedu[cuda]'"
        ) from error
    except (NumbaError, NvvmError) as error:
        raise CompilationError(f"{function.__name__}: {error}") from error
    text = re.sub(r"^\.version \S+", f".version {VERSION}", text, flags=re.M)
    found = re.search(r"\.entry (\w+)\(", text)
    if found is None:
        raise CompilationError(f"{function.__name__}: there is no kernel in the code that was made")
    return found[1], text.rstrip("\0").encode()
