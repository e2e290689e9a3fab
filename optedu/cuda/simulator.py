"""A grid of threads played on this processor: the kernels' own text, statement by statement.

`numba.cuda` in a kernel is replaced by Numba's simulated module, with two things added. Threads
take turns in an order that is known, forwards and backwards by turns, so that a barrier that is
missing gives wrong numbers every time and not now and then. And what a GPU leaves undefined is an
error or a NaN: threads that leave while others wait at a barrier, a warp that is not whole at a
shuffle, shared and local memory before it is written. It is for tests: a million times slower than
a GPU.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from types import CellType, FunctionType
from typing import Any

import numpy as np
from numba import cuda, types
from numba.core.dispatcher import Dispatcher
from numba.cuda.dispatcher import CUDADispatcher
from numba.cuda.simulator.kernelapi import Dim3, FakeCUDAModule
from numba.np import numpy_support

WARP = 32


class SimulationError(RuntimeError):
    """A kernel did what a GPU leaves undefined."""


def poisoned(shape: Any, kind: Any) -> np.ndarray:
    """Return an array of NaN, or of the largest integer: what nobody has written yet."""
    dtype = numpy_support.as_dtype(kind) if isinstance(kind, types.Type) else np.dtype(kind)
    bad = np.nan if dtype.kind == "f" else np.iinfo(dtype).max
    return np.full(shape, bad, dtype)


class Thread(threading.Thread):
    """One thread of a block; it runs only between `resume` and its next barrier."""

    def __init__(self, block: Block, index: tuple[int, int, int], number: int) -> None:
        super().__init__(daemon=True)
        self.blockIdx, self.threadIdx, self.thread_id = block.index, Dim3(*index), number
        self.block, self.waits_for, self.error = block, None, None
        self.arrays = self.exchanges = 0
        self._mine, self._theirs = threading.Lock(), threading.Lock()
        self._mine.acquire()
        self._theirs.acquire()

    def run(self) -> None:
        """Run the kernel."""
        self._mine.acquire()
        try:
            if not self.block.stopped:
                with np.errstate(all="ignore"):
                    self.block.function(*self.block.arguments)
        except BaseException as error:
            self.error = error
        self.waits_for = "end"
        self._theirs.release()

    def resume(self) -> None:
        """Go on to the next barrier, or the end."""
        self._mine.release()
        self._theirs.acquire()

    def wait_for(self, whom: str) -> None:
        """Wait for the ``"block"`` or the ``"warp"``."""
        self.waits_for = whom
        self._theirs.release()
        self._mine.acquire()
        if self.block.stopped:
            raise SystemExit

    def syncthreads(self) -> None:
        """Wait for the block."""
        self.wait_for("block")

    def exchanged(self, whom: str, value: Any) -> list[Any]:
        """Return what all threads of the block or the warp gave, in order."""
        self.exchanges += 1
        first = 0 if whom == "block" else self.thread_id // WARP * WARP
        count = len(self.block.threads) if whom == "block" else WARP
        board = self.block.boards[self.exchanges % 2]
        board[self.thread_id] = value
        self.wait_for(whom)
        return board[first : first + count]


class Block:
    """A block of threads, and what they share."""

    def __init__(
        self, function: Callable[..., None], arguments: tuple[Any, ...], index: Dim3, shape: Any
    ) -> None:
        self.function, self.arguments, self.index = function, arguments, index
        self.shared: list[np.ndarray] = []
        x, y, z = shape
        self.threads = [
            Thread(self, (n % x, n // x % y, n // (x * y)), n) for n in range(x * y * z)
        ]
        self.boards = [[None] * len(self.threads) for _ in range(2)]
        self.stopped = False

    def run(self) -> None:
        """Run all threads to their ends, from barrier to barrier, a warp as far as it can go."""
        for thread in self.threads:
            thread.start()
        warps = [self.threads[i : i + WARP] for i in range(0, len(self.threads), WARP)]
        try:
            turn = 0
            while not all(thread.waits_for == "end" for thread in self.threads):
                for warp in warps if turn % 2 == 0 else reversed(warps):
                    self._go_on(warp, turn)
                if len({thread.waits_for for thread in self.threads}) > 1:
                    raise SimulationError("threads left while others wait for them at a barrier")
                turn += 1
        finally:
            self.stopped = True
            for thread in self.threads:
                if thread.waits_for != "end":
                    thread.resume()

    def _go_on(self, warp: list[Thread], turn: int) -> None:
        """Run a warp to the next barrier of the block, through its own shuffles."""
        while True:
            for thread in warp if turn % 2 == 0 else reversed(warp):
                thread.resume()
                if thread.error is not None:
                    raise thread.error
            states = {thread.waits_for for thread in warp}
            if "warp" not in states:
                return
            if len(states) > 1 or len(warp) < WARP:
                raise SimulationError("a shuffle needs all 32 threads of its warp")
            turn += 1


def current() -> Any:
    """Return the thread that asks."""
    return threading.current_thread()


class Shared:
    """Shared memory: the k-th array that a thread asks for is the block's k-th."""

    def array(self, shape: Any, dtype: Any) -> np.ndarray:
        """Return the array, the same for all threads of the block."""
        thread = current()
        known = thread.block.shared
        if thread.arrays == len(known):
            known.append(poisoned(shape, dtype))
        thread.arrays += 1
        return known[thread.arrays - 1]


class Local:
    """Memory of a thread's own."""

    def array(self, shape: Any, dtype: Any) -> np.ndarray:
        """Return a new array."""
        return poisoned(shape, dtype)


class Grid(FakeCUDAModule):
    """What `numba.cuda` is for the threads of a grid."""

    @property
    def shared(self) -> Shared:
        """Shared memory."""
        return Shared()

    @property
    def local(self) -> Local:
        """Memory of a thread's own."""
        return Local()

    def shfl_xor_sync(self, mask: int, value: Any, lanes: int) -> Any:
        """Return the value of the lane whose number differs in these bits."""
        thread = current()
        return thread.exchanged("warp", value)[thread.thread_id % WARP ^ lanes]

    def shfl_sync(self, mask: int, value: Any, lane: int) -> Any:
        """Return the value of a lane."""
        return current().exchanged("warp", value)[lane]

    def syncwarp(self) -> None:
        """Wait for the warp."""
        current().wait_for("warp")

    def syncthreads_or(self, value: Any) -> bool:
        """Wait for the block, and return whether any thread gave something true."""
        return any(current().exchanged("block", bool(value)))


class _Now:
    """Stands for `numba.cuda` in a kernel's text, and hands all questions to the grid that runs."""

    grid_now: Any = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.grid_now, name)


class _Mathematics:
    """Stands for `math`: in the argument's precision, and without exceptions, as on a GPU."""

    def __getattr__(self, name: str) -> Any:
        return getattr(math, name) if name in ("inf", "nan", "pi") else getattr(np, name)


_now = _Now()
_mathematics = _Mathematics()
_played: dict[Any, Any] = {}


def played(item: Any) -> Any:
    """Return what a name in a kernel means in the simulator; functions are made anew, once."""
    if item is cuda:
        return _now
    if item is math:
        return _mathematics
    if isinstance(item, (Dispatcher, CUDADispatcher)):
        item = item.py_func
    elif not (isinstance(item, FunctionType) and "cuda" in item.__globals__):
        return item
    if item not in _played:
        names = dict(item.__globals__)
        cells = tuple(CellType(played(cell.cell_contents)) for cell in item.__closure__ or ())
        _played[item] = FunctionType(
            item.__code__, names, item.__name__, item.__defaults__, closure=cells
        )
        for name in item.__code__.co_names:
            if name in names:
                names[name] = played(names[name])
    return _played[item]


def play(
    function: Callable[..., None],
    blocks: tuple[int, int],
    threads: tuple[int, int],
    *arguments: Any,
) -> None:
    """Run a kernel on a grid.

    Parameters
    ----------
    function : callable
        The kernel.
    blocks, threads : tuple of int
        How many, along x and y.
    *arguments
        NumPy arrays, which are written to, and numbers.

    Raises
    ------
    SimulationError
        If it does what a GPU leaves undefined.
    """
    text = played(function)
    grid, block = (*blocks, 1), (*threads, 1)
    _now.grid_now = Grid(grid, block, 0)
    try:
        for y in range(blocks[1]):
            for x in range(blocks[0]):
                Block(text, arguments, Dim3(x, y, 0), block).run()
    finally:
        _now.grid_now = None
