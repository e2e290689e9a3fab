"""A stand-in for CUDA's driver and a GPU: it is handed PTX and arguments, as the driver is."""

from __future__ import annotations

import ctypes
from types import SimpleNamespace
from typing import Any

import numpy as np

from tests.cuda.ptx_machine.errors import MachineError
from tests.cuda.ptx_machine.launch import Grid, Loaded

ROOM = 1 << 30
BLOCKS, THREADS = ((1 << 31) - 1, 65_535, 65_535), (1024, 1024, 64)
"""The largest grid and block."""

SHARED = 48 << 10
"""Bytes of shared memory that a block has without asking."""


class Driver:
    """The part of ``cuda.bindings.driver`` that this project calls."""

    class CUresult:
        CUDA_SUCCESS = "fine"

    class CUlimit:
        CU_LIMIT_STACK_SIZE = "stack"

    CUdevice_attribute = SimpleNamespace(
        CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR=8,
        CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR=0,
        CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT=2,
    )

    def __init__(self) -> None:
        self.held: dict[int, tuple[np.ndarray, int]] = {}
        self.stack, self.launches = 1 << 10, 0
        self.modules: dict[bytes, Loaded] = {}

    def cuDeviceGet(self, number: int) -> tuple[Any, ...]:
        return "fine", number

    def cuDevicePrimaryCtxRetain(self, device: int) -> tuple[Any, ...]:
        return "fine", "context"

    def cuCtxSetCurrent(self, context: str) -> tuple[Any, ...]:
        return ("fine",)

    def cuCtxSetLimit(self, which: str, value: int) -> tuple[Any, ...]:
        self.stack = value
        return ("fine",)

    def cuDeviceGetAttribute(self, which: int, device: int) -> tuple[Any, ...]:
        return "fine", which

    def cuDeviceGetName(self, length: int, device: int) -> tuple[Any, ...]:
        return "fine", b"PTX machine\0"

    def cuModuleLoadData(self, code: bytes) -> tuple[Any, ...]:
        if not code.endswith(b"\0") or code.count(b"\0") != 1:
            raise MachineError("PTX ends with one zero byte, and has no other")
        if code not in self.modules:
            self.modules[code] = Loaded(code[:-1].decode())
        self.modules[code].fill()
        return "fine", self.modules[code]

    def cuModuleUnload(self, module: Loaded) -> tuple[Any, ...]:
        if module not in self.modules.values():
            raise MachineError("a module is given back that was not loaded")
        return ("fine",)

    def cuModuleGetFunction(self, module: Loaded, name: bytes) -> tuple[Any, ...]:
        return "fine", (module, module.module.functions[name.decode()])

    def cuMemGetInfo(self) -> tuple[Any, ...]:
        return "fine", ROOM, 2 * ROOM

    def cuMemAlloc(self, size: int) -> tuple[Any, ...]:
        if size <= 0:
            raise MachineError(f"{size} bytes were asked for")
        memory = np.full(size + 256, 255, np.uint8)
        pointer = -(-memory.ctypes.data // 256) * 256
        self.held[pointer] = memory, size
        return "fine", pointer

    def cuMemFree(self, pointer: int) -> tuple[Any, ...]:
        del self.held[int(pointer)]
        return ("fine",)

    def _reach(self, pointer: int, size: int) -> None:
        for start, (_, held) in self.held.items():
            if start <= pointer and pointer + size <= start + held:
                return
        raise MachineError(f"a copy of {size} bytes reaches outside of what was allocated")

    def cuMemcpyHtoD(self, to: int, source: int, size: int) -> tuple[Any, ...]:
        self._reach(to, size)
        ctypes.memmove(to, source, size)
        return ("fine",)

    def cuMemcpyDtoH(self, to: int, source: int, size: int) -> tuple[Any, ...]:
        self._reach(source, size)
        ctypes.memmove(to, source, size)
        return ("fine",)

    def cuLaunchKernel(self, function: Any, *given: Any) -> tuple[Any, ...]:
        loaded, kernel = function
        blocks, threads, (shared, stream, (values, kinds), extra) = given[:3], given[3:6], given[6:]
        if (shared, stream, extra) != (0, 0, 0):
            raise MachineError("the machine knows the first stream, and no shared memory on demand")
        for sizes, most in ((blocks, BLOCKS), (threads, THREADS)):
            if not all(1 <= size <= limit for size, limit in zip(sizes, most, strict=True)):
                raise MachineError(f"a launch of {blocks} blocks of {threads} threads")
        if np.prod(threads) > 1024 or loaded.shared_size > SHARED:
            raise MachineError(f"{threads} threads, {loaded.shared_size} bytes of shared memory")
        arguments = [
            np.frombuffer(kind(value), np.uint8) for value, kind in zip(values, kinds, strict=True)
        ]
        sizes = [variable.size for variable in kernel.parameters]
        if [argument.nbytes for argument in arguments] != sizes:
            raise MachineError(f"{kernel.name} takes parameters of {sizes} bytes")
        ranges = [(start, start + size) for start, (_, size) in self.held.items()]
        Grid(loaded, kernel, blocks, threads, arguments, ranges, self.stack).run()
        self.launches += 1
        return ("fine",)

    def cuCtxSynchronize(self) -> tuple[Any, ...]:
        return ("fine",)

    def cuStreamSynchronize(self, stream: int) -> tuple[Any, ...]:
        return ("fine",)
