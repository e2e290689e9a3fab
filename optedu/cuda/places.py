"""Where kernels run and arrays live: the first GPU, or the simulator.

An array that lives on a GPU already is whatever has ``__cuda_array_interface__``: one of CuPy,
PyTorch, JAX, Numba, or a `DeviceArray` of ours. It is used where it lies, and what is computed from
it stays on the device, as a `DeviceArray`, which the others take without a copy:
``cupy.asarray(result)``, ``torch.as_tensor(result, device="cuda")``. The context is the device's
primary one, which they use too.
"""

from __future__ import annotations

import ctypes
import functools
import math
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from optedu.cuda import device as gpu
from optedu.cuda.device_array import LEGACY_STREAM, DeviceArray, dtype_of, lives_on_a_device
from optedu.cuda.ptx import OLDEST, ptx_of, type_of

DTYPES = ("float32", "float64")

MOST_KEPT = 1 << 28
"""Bytes that were given back and are kept for the next call; to ask the driver takes longer than
many a kernel, and to give back waits for all that is queued."""


class Place:
    """What both places have."""

    room: Callable[[], int]
    allocate: Callable[[int], int | None]
    free: Callable[[int], None]
    wait_for: Callable[[int], None]
    host: Callable[[DeviceArray], np.ndarray]
    write: Callable[[DeviceArray, np.ndarray], None]
    start: Callable[..., None]

    def empty(self, shape: Any, dtype: Any) -> DeviceArray:
        """Return a new array, with anything in it.

        Raises
        ------
        MemoryError
            If the GPU has too little memory.
        """
        shape = (shape,) if isinstance(shape, int) else tuple(shape)
        size = max(math.prod(shape) * np.dtype(dtype).itemsize, 1)
        pointer = self.allocate(size)
        if pointer is None:
            raise MemoryError(
                f"the GPU has {self.room() / 2**30:.1f} GiB left, and an array of shape {shape} in "
                f"{np.dtype(dtype)} needs {size / 2**30:.1f}: take float32, fewer rows at a time, "
                "or device='cpu'"
            )
        return DeviceArray(self, pointer, shape, dtype)

    def launch(
        self,
        kernel: Callable[..., None],
        blocks: tuple[int, int],
        threads: tuple[int, int],
        *arguments: Any,
    ) -> None:
        """Queue a kernel on the legacy stream, or play it.

        Parameters
        ----------
        kernel : callable
            A GPU's is compiled at its first call for these types.
        blocks, threads : tuple of int
            How many, along x and y.
        *arguments
            Arrays that live here, and numbers.
        """
        self.start(kernel, blocks, threads, arguments)

    def put(self, value: Any) -> DeviceArray:
        """Return the array here: in place if it lives on the device, else a copy of it."""
        if lives_on_a_device(value):
            return self.adopt(value)
        value = np.ascontiguousarray(value)
        found = self.empty(value.shape, value.dtype)
        self.write(found, value)
        return found

    def adopt(self, value: Any) -> DeviceArray:
        """Return somebody's array on the device as ours, in place.

        Raises
        ------
        ValueError
            If it is not in C order, or has a mask.
        """
        if isinstance(value, DeviceArray):
            return value
        said = value.__cuda_array_interface__
        shape, dtype = tuple(said["shape"]), np.dtype(said["typestr"])
        strides, step = said.get("strides"), dtype.itemsize
        if said.get("mask") is not None:
            raise ValueError("an array on the GPU has a mask; fill it before it is passed")
        if strides is not None:
            for length, stride in zip(reversed(shape), reversed(strides), strict=True):
                if length > 1 and stride != step:
                    raise ValueError(
                        f"an array of shape {shape} on the GPU is not contiguous: pass "
                        "x.contiguous() (PyTorch) or cupy.ascontiguousarray(x)"
                    )
                step *= length
        if said.get("stream") is not None:
            self.wait_for(int(said["stream"]))
        return DeviceArray(self, said["data"][0], shape, dtype, owner=value)


class GPU(Place):
    """The first GPU, through CUDA's driver.

    Raises
    ------
    Unavailable
        If there is none, or it is older than compute capability 8.0.
    """

    def __init__(self) -> None:
        self._driver = gpu.driver()
        self._device = self._call("cuDeviceGet", 0)
        self._context = self._call("cuDevicePrimaryCtxRetain", self._device)
        self._kernels: dict[Any, Any] = {}
        self._sizes: dict[int, int] = {}
        self._kept: dict[int, list[int]] = {}
        self._bytes_kept = 0
        major, minor = (
            self.attribute("COMPUTE_CAPABILITY_MAJOR"),
            self.attribute("COMPUTE_CAPABILITY_MINOR"),
        )
        if major < 8:
            raise gpu.Unavailable(
                f"device='cuda' needs a GPU of compute capability 8.0 or newer, this one has "
                f"{major}.{minor}"
            )

    def _call(self, name: str, *arguments: Any) -> Any:
        return gpu._checked(self._driver, getattr(self._driver, name)(*arguments))

    def _here(self) -> None:
        self._call("cuCtxSetCurrent", self._context)

    def attribute(self, name: str) -> int:
        """Return one of the device's numbers by its name in CUDA."""
        names = self._driver.CUdevice_attribute
        which = getattr(names, f"CU_DEVICE_ATTRIBUTE_{name}")
        return int(self._call("cuDeviceGetAttribute", which, self._device))

    def name(self) -> str:
        """Return the device's name."""
        return self._call("cuDeviceGetName", 100, self._device).decode().rstrip("\0")

    def room(self) -> int:
        """Return the free bytes."""
        self._here()
        return int(self._call("cuMemGetInfo")[0])

    def allocate(self, size: int) -> int | None:
        """Return the address of so many bytes, or nothing where there are too few.

        What was given back is taken first: all our kernels and copies are queued on one stream, so
        whoever had it is done when the next begins.
        """
        if self._kept.get(size):
            self._bytes_kept -= size
            return self._kept[size].pop()
        if size > self.room():
            self.release()
            if size > self.room():
                return None
        pointer = int(self._call("cuMemAlloc", size))
        self._sizes[pointer] = size
        return pointer

    def free(self, pointer: int) -> None:
        """Give memory back, to the next call or to the driver."""
        size = self._sizes[pointer]
        if self._bytes_kept + size <= MOST_KEPT:
            self._bytes_kept += size
            self._kept.setdefault(size, []).append(pointer)
        else:
            del self._sizes[pointer]
            self._here()
            self._call("cuMemFree", pointer)

    def release(self) -> None:
        """Give the driver what is kept, here and by CuPy."""
        self._here()
        if "cupy" in sys.modules:
            sys.modules["cupy"].get_default_memory_pool().free_all_blocks()
        kept, self._kept, self._bytes_kept = self._kept, {}, 0
        for pointer in (pointer for pointers in kept.values() for pointer in pointers):
            del self._sizes[pointer]
            self._call("cuMemFree", pointer)

    def wait_for(self, stream: int) -> None:
        """Wait for what somebody has queued on a stream."""
        self._here()
        if stream != LEGACY_STREAM:
            self._call("cuStreamSynchronize", stream)

    def wait(self) -> None:
        """Wait for all that was launched."""
        self._here()
        self._call("cuCtxSynchronize")

    def write(self, array: DeviceArray, content: np.ndarray) -> None:
        """Copy from NumPy's memory."""
        self._here()
        if content.nbytes:
            self._call("cuMemcpyHtoD", array.pointer, content.ctypes.data, content.nbytes)

    def host(self, array: DeviceArray) -> np.ndarray:
        """Copy to NumPy's memory; waits for the kernels before."""
        self._here()
        content = np.empty(array.shape, array.dtype)
        if content.nbytes:
            self._call("cuMemcpyDtoH", content.ctypes.data, array.pointer, content.nbytes)
        return content

    def start(self, kernel: Any, blocks: Any, threads: Any, arguments: tuple[Any, ...]) -> None:
        """Hand a kernel to the driver."""
        self._here()
        kinds = tuple(type_of(argument) for argument in arguments)
        key = kernel, kinds
        if key not in self._kernels:
            name, code = ptx_of(kernel, kinds, OLDEST)
            module = self._call("cuModuleLoadData", code + b"\0")
            self._kernels[key] = self._call("cuModuleGetFunction", module, name.encode())
        values, words = [], []
        for argument in arguments:
            for value, word in _words(argument):
                values.append(value)
                words.append(word)
        self._call(
            "cuLaunchKernel", self._kernels[key], *blocks, 1, *threads, 1, 0, 0,
            (tuple(values), tuple(words)), 0,
        )  # fmt: skip

    def seconds(self, work: Callable[[], None]) -> float:
        """Return how long queued work takes on the device, by its own clock."""
        self._here()
        begin, end = (self._call("cuEventCreate", 0) for _ in range(2))
        self._call("cuEventRecord", begin, 0)
        work()
        self._here()
        self._call("cuEventRecord", end, 0)
        self._call("cuEventSynchronize", end)
        taken = self._call("cuEventElapsedTime", begin, end) / 1e3
        for event in (begin, end):
            self._call("cuEventDestroy", event)
        return float(taken)


def _words(argument: Any) -> list[tuple[Any, Any]]:
    """Return a kernel's parameters for an argument, as Numba lays them out, with their C types."""
    pointer, integer = ctypes.c_void_p, ctypes.c_int64
    if isinstance(argument, DeviceArray):
        strides, step = [], argument.dtype.itemsize
        for length in reversed(argument.shape):
            strides.insert(0, step)
            step *= length
        head = [(0, pointer), (0, pointer), (argument.size, integer),
                (argument.dtype.itemsize, integer), (argument.pointer, pointer)]  # fmt: skip
        return head + [(number, integer) for number in (*argument.shape, *strides)]
    if isinstance(argument, np.generic):
        return [(argument.item(), np.ctypeslib.as_ctypes_type(argument.dtype))]
    return [(argument, ctypes.c_double if isinstance(argument, float) else integer)]


class Simulator(Place):
    """The memory of this process, and the simulator: for tests."""

    def __init__(self) -> None:
        self._held: dict[int, np.ndarray] = {}

    def room(self) -> int:
        """Return the free bytes: a gibibyte."""
        return 1 << 30

    def name(self) -> str:
        """Return what it is."""
        return "simulator"

    def allocate(self, size: int) -> int | None:
        """Return the address of so many bytes, each 255, or nothing where there are too few."""
        if size > self.room():
            return None
        held = np.full(size, 255, np.uint8)
        self._held[held.ctypes.data] = held
        return held.ctypes.data

    def free(self, pointer: int) -> None:
        """Give memory back."""
        self._held.pop(pointer, None)

    def wait_for(self, stream: int) -> None:
        """Nothing is queued."""

    def wait(self) -> None:
        """Nothing is queued."""

    def _view(self, array: DeviceArray) -> np.ndarray:
        if array.size == 0:
            return np.empty(array.shape, array.dtype)
        memory = (ctypes.c_uint8 * array.nbytes).from_address(array.pointer)
        return np.frombuffer(memory, array.dtype).reshape(array.shape)

    def write(self, array: DeviceArray, content: np.ndarray) -> None:
        """Copy from NumPy's memory."""
        self._view(array)[...] = content

    def host(self, array: DeviceArray) -> np.ndarray:
        """Copy to NumPy's memory."""
        return self._view(array).copy()

    def start(self, kernel: Any, blocks: Any, threads: Any, arguments: tuple[Any, ...]) -> None:
        """Run a kernel."""
        from optedu.cuda.simulator import play

        seen = (self._view(a) if isinstance(a, DeviceArray) else a for a in arguments)
        play(kernel, blocks, threads, *seen)

    def seconds(self, work: Callable[[], None]) -> float:
        """Return how long some work takes here."""
        began = time.perf_counter()
        work()
        return time.perf_counter() - began


@functools.cache
def place_of(device: str) -> GPU | Simulator:
    """Return the place: ``"cuda"``, or ``"simulator"``."""
    return GPU() if device == "cuda" else Simulator()


def choose(device: str, arrays: tuple[Any, ...], work: float, enough: float) -> str:
    """Return where to compute: ``"cpu"``, ``"cuda"`` or ``"simulator"``.

    Parameters
    ----------
    device : {"cpu", "cuda", "auto", "simulator"}
        As it was asked for.
    arrays : tuple
        What is computed with; arrays on a device stay there.
    work, enough : float
        Entries that the function visits, and how many of them make ``"auto"`` take a GPU.

    Raises
    ------
    ValueError
        If there is no such device, or an array on a GPU is to be computed with on the CPU.
    """
    if device not in ("cpu", "cuda", "auto", "simulator"):
        raise ValueError(f"device must be 'cpu', 'cuda' or 'auto', got {device!r}")
    there = any(lives_on_a_device(array) for array in arrays)
    if device == "cpu" and there:
        raise ValueError(
            "device='cpu' got an array that lives on a GPU: copy it to the host first, or take "
            "device='cuda'"
        )
    if device != "auto":
        return device
    return "cuda" if there or (work >= enough and gpu.is_available()) else "cpu"


def kind_of(**arrays: Any) -> np.dtype:
    """Return the one precision of all arrays: float32 if all are, float64 else.

    Raises
    ------
    TypeError
        If an array on a device has another type, or one that differs from the others'.
    """
    there = {name: a for name, a in arrays.items() if lives_on_a_device(a)}
    kinds = {}
    for name, array in there.items():
        kinds[name] = dtype_of(array)
        if kinds[name].name not in DTYPES:
            raise TypeError(
                f"{name} on the GPU is {kinds[name]}: the kernels take float32 and float64"
            )
    if len(set(kinds.values())) > 1:
        told = ", ".join(f"{name} is {kind}" for name, kind in kinds.items())
        raise TypeError(f"arrays on the GPU must have one precision: {told}")
    if kinds:
        return next(iter(kinds.values()))
    host = [np.asarray(a) for a in arrays.values() if a is not None]
    for name, array in arrays.items():
        if array is not None and np.asarray(array).dtype.kind not in "fiub":
            raise TypeError(f"{name} must hold real numbers, got {np.asarray(array).dtype}")
    single = all(a.dtype == np.float32 for a in host)
    return np.dtype(np.float32 if single else np.float64)
