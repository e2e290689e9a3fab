"""Runs on an NVIDIA GPU, through CUDA's driver."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np

from optedu.cuda.assemble import ENTRY
from optedu.cuda.jobs import Kernel

THREADS = 128
"""Threads of a block."""

STACK = 1 << 14
"""Bytes of a thread's stack: functions that are called by address have no bound known before."""

SHARE = 0.8
"""The part of the free memory that is used."""


class Unavailable(RuntimeError):
    """There is no GPU to run on; the sentence says what is missing."""


def driver() -> Any:
    """Return CUDA's driver, ready for use.

    Raises
    ------
    Unavailable
        If a package, the driver or a device is missing.
    """
    try:
        from cuda.bindings import driver as found
    except ImportError as error:
        raise Unavailable(
            "device='cuda' needs NVIDIA's bindings: pip install 'optedu[cuda]'"
        ) from error
    try:
        said = found.cuInit(0)[0]
    except RuntimeError as error:
        raise Unavailable(f"device='cuda' needs NVIDIA's driver: {error}") from error
    if said != found.CUresult.CUDA_SUCCESS:
        raise Unavailable(f"device='cuda' found no GPU: the driver says {said.name}")
    if _checked(found, found.cuDeviceGetCount()) == 0:
        raise Unavailable("device='cuda' found no GPU: the driver counts none")
    return found


def is_available() -> bool:
    """Whether there is a GPU."""
    try:
        driver()
    except Unavailable:
        return False
    return True


def _checked(driver: Any, answer: tuple[Any, ...]) -> Any:
    said, *rest = answer
    if said != driver.CUresult.CUDA_SUCCESS:
        raise RuntimeError(f"CUDA's driver says {said.name}")
    return rest[0] if len(rest) == 1 else tuple(rest)


class GPU:
    """A place in the memory of the first GPU, whose context lives as long as the process.

    Parameters
    ----------
    kernel : Kernel
        Of an architecture that is not newer than the device's.

    Raises
    ------
    Unavailable
        If there is no GPU.
    """

    def __init__(self, kernel: Kernel) -> None:
        self._driver = driver()
        device = self._call("cuDeviceGet", 0)
        self._call("cuCtxSetCurrent", self._call("cuDevicePrimaryCtxRetain", device))
        self._call("cuCtxSetLimit", self._driver.CUlimit.CU_LIMIT_STACK_SIZE, STACK)
        self._module = self._call("cuModuleLoadData", kernel.code + b"\0")
        self._kernel = self._call("cuModuleGetFunction", self._module, ENTRY.encode())
        self._held: list[Any] = []

    def _call(self, name: str, *arguments: Any) -> Any:
        return _checked(self._driver, getattr(self._driver, name)(*arguments))

    def room(self) -> int:
        """Return the bytes that may be taken."""
        free, _ = self._call("cuMemGetInfo")
        return int(SHARE * free)

    def allocate(self, size: int) -> int:
        """Return the address of so many bytes."""
        self._held.append(self._call("cuMemAlloc", size))
        return int(self._held[-1])

    def write(self, address: int, content: np.ndarray) -> None:
        """Copy bytes to an address."""
        if content.nbytes:
            self._call("cuMemcpyHtoD", address, content.ctypes.data, content.nbytes)

    def read(self, address: int, size: int) -> np.ndarray:
        """Return the bytes at an address."""
        content = np.empty(size, dtype=np.uint8)
        self._call("cuMemcpyDtoH", content.ctypes.data, address, size)
        return content

    def launch(self, blocks: int, width: int, runs: int, answers: int, arena: int) -> None:
        """Make the runs, a thread for each, and wait for them."""
        arenas = self.allocate(runs * arena)
        address, integer = ctypes.c_void_p, ctypes.c_int64
        given = (
            (blocks, width, runs, answers, arenas, arena),
            (address, integer, integer, address, address, integer),
        )
        grid = -(-runs // THREADS)
        self._call("cuLaunchKernel", self._kernel, grid, 1, 1, THREADS, 1, 1, 0, 0, given, 0)
        self._call("cuCtxSynchronize")

    def release(self) -> None:
        """Give back all that was allocated."""
        for pointer in self._held:
            self._call("cuMemFree", pointer)
        self._held.clear()

    def close(self) -> None:
        """Give back the kernel."""
        self._call("cuModuleUnload", self._module)
