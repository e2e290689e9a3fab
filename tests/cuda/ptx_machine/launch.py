"""Modules in memory, and grids of threads that run them, block after block."""

from __future__ import annotations

import ctypes
import ctypes.util
import functools
import re
from collections.abc import Sequence

import llvmlite.binding as llvm
import numpy as np

from tests.cuda.ptx_machine.code import Compiler
from tests.cuda.ptx_machine.errors import MachineError
from tests.cuda.ptx_machine.text import Function, parsed
from tests.cuda.ptx_machine.thread import (
    AT_BARRIER,
    AT_SHUFFLE,
    ENDED,
    ERRORS,
    FAILED,
    FIELD,
    FIELDS,
    READY,
    RUNTIME,
)

WARP, ALL = 32, 0xFFFFFFFF
FUEL = 1 << 26
"""Jumps and calls that a thread may make."""

MATHEMATICS = ("fma", "fmaf", "exp2", "log2", "sin", "cos", "memset", "memcpy", "roundeven",
               "roundevenf", "floor", "floorf", "ceil", "ceilf", "trunc", "truncf")  # fmt: skip


@functools.cache
def _know_c() -> None:
    """Tell LLVM of this processor, and where C's functions are."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    libraries = ctypes.CDLL(None), ctypes.CDLL(ctypes.util.find_library("m"))
    for name in MATHEMATICS:
        found = next((getattr(lib, name) for lib in libraries if hasattr(lib, name)), None)
        if found is not None:
            llvm.add_symbol(name, ctypes.cast(found, ctypes.c_void_p).value)


def _machine() -> llvm.TargetMachine:
    """Return a machine for this processor; an engine takes it, and drops it at its end."""
    _know_c()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=0,
        reloc="pic", codemodel="default", jit=True,
    )  # fmt: skip


class Loaded:
    """A module of PTX in this process.

    Parameters
    ----------
    ptx : str
    """

    def __init__(self, ptx: str) -> None:
        self.module = parsed(ptx)
        self.memory: dict[str, np.ndarray] = {}
        self.reached = np.zeros(len(self.module.instructions), np.uint8)
        addresses, self.shared_size = {}, 0
        for variable in self.module.variables:
            if variable.space == "shared":
                start = -(-self.shared_size // variable.align) * variable.align
                addresses[variable.name], self.shared_size = start, start + variable.size
            else:
                held = np.zeros(-(-max(variable.size, 1) // 16) * 2, np.uint64)
                self.memory[variable.name] = held
                addresses[variable.name] = held.ctypes.data
        self._addresses = addresses
        self._compile()
        self.fill()

    def _compile(self) -> None:
        compiler = Compiler(self.module, self._addresses, self.reached.ctypes.data)
        text = compiler.text()
        self.frames = compiler.frames
        machine = _machine()
        module = llvm.parse_assembly(_declared(RUNTIME + text))
        options = llvm.create_pipeline_tuning_options(speed_level=0)
        builder = llvm.create_pass_builder(machine, options)
        builder.getModulePassManager().run(module, builder)
        self.engine = llvm.create_mcjit_compiler(module, machine)
        self.engine.finalize_object()
        pointer, integer = ctypes.c_void_p, ctypes.c_int64
        kind = ctypes.CFUNCTYPE(None, pointer, pointer, integer, integer, integer, pointer)
        self.run_warp = kind(self.engine.get_function_address("run_warp"))

    def fill(self) -> None:
        """Give global variables the values that they have when a module is loaded."""
        for variable in self.module.variables:
            if variable.space == "shared":
                continue
            memory = self.memory[variable.name].view(np.uint8)
            memory[:] = 0
            mask = (1 << 8 * variable.item) - 1
            numbers = [self._number(value) & mask for value in variable.value]
            words = np.array(numbers, dtype=f"u{variable.item}").view(np.uint8)
            memory[: words.size] = words

    def _number(self, value: int | str) -> int:
        """Return a value, or the address of what has that name."""
        if isinstance(value, int):
            return value
        name = value.removeprefix("generic(").removesuffix(")")
        return self._addresses.get(name) or self.engine.get_function_address(name)

    def ranges(self) -> list[tuple[int, int]]:
        """Return where the module's global variables begin and end."""
        sizes = {v.name: v.size for v in self.module.variables}
        return [(m.ctypes.data, m.ctypes.data + sizes[name]) for name, m in self.memory.items()]


def _declared(text: str) -> str:
    """Return the IR with declarations of the intrinsics that it calls."""
    lines = set()
    for result, name, given in re.findall(r"call (\w+) @(llvm\.[\w.]+)\(([^)]*)\)", text):
        kinds = ", ".join(part.split()[0] for part in given.split(","))
        lines.add(f"declare {result} @{name}({kinds})")
    return "\n".join([*sorted(lines), text])


class Grid:
    """A launch of a kernel.

    Parameters
    ----------
    loaded : Loaded
    kernel : Function
    blocks, threads : tuple of int, three each
    arguments : sequence of numpy.ndarray
        The bytes of each parameter.
    ranges : list of (int, int)
        Memory that may be reached, besides the module's.
    stack : int
        Bytes of each thread's local memory.
    """

    def __init__(
        self, loaded: Loaded, kernel: Function, blocks: Sequence[int], threads: Sequence[int],
        arguments: Sequence[np.ndarray], ranges: list[tuple[int, int]], stack: int,
    ) -> None:  # fmt: skip
        self.loaded, self.kernel, self.blocks, self.shape = loaded, kernel, blocks, threads
        self._arguments = arguments
        self._given = np.array([a.ctypes.data for a in arguments] or [0], dtype=np.int64)
        self._table = np.array(ranges + loaded.ranges() or [(0, 0)], dtype=np.int64)
        self._count = threads[0] * threads[1] * threads[2]
        self._frames = np.empty((self._count, loaded.frames[kernel.name]), np.uint8)
        self._local = np.empty((self._count, stack), np.uint8)
        self._shared = np.empty(loaded.shared_size + 16, np.uint8)
        self._entry = loaded.engine.get_function_address(kernel.name)
        self.threads = np.zeros((self._count, len(FIELDS)), dtype=np.int64)

    def run(self) -> None:
        """Run all blocks, one after the other."""
        for z in range(self.blocks[2]):
            for y in range(self.blocks[1]):
                for x in range(self.blocks[0]):
                    self._begin(x, y, z)
                    self._run_block()

    def word(self, name: str) -> np.ndarray:
        """Return a word of all threads."""
        return self.threads[:, FIELD[name]]

    def _begin(self, *index: int) -> None:
        """Make the threads of a block, and fill their memory with what is no number."""
        for memory in (self._frames, self._local, self._shared):
            memory[...] = 255
        self.threads[...] = 0
        numbers, (width, height, _) = np.arange(self._count), self.shape
        own = numbers % width, numbers // width % height, numbers // (width * height)
        for k, axis in enumerate("xyz"):
            self.word(f"%tid.{axis}")[:] = own[k]
            self.word(f"%ntid.{axis}")[:] = self.shape[k]
            self.word(f"%ctaid.{axis}")[:] = index[k]
            self.word(f"%nctaid.{axis}")[:] = self.blocks[k]
        self.word("%laneid")[:] = numbers % WARP
        self.word("fuel")[:] = FUEL
        self.word("frame")[:] = self._frames.ctypes.data + numbers * self._frames.shape[1]
        self.word("local")[:] = self._local.ctypes.data + numbers * self._local.shape[1]
        self.word("local_size")[:] = self._local.shape[1]
        self.word("shared")[:] = -(-self._shared.ctypes.data // 16) * 16
        self.word("shared_size")[:] = self.loaded.shared_size
        self.word("table")[:] = self._table.ctypes.data
        self.word("count")[:] = len(self._table)

    def _run_block(self) -> None:
        """Let warps run ahead as far as they can, forwards and backwards by turns."""
        warps = [range(i, min(i + WARP, self._count)) for i in range(0, self._count, WARP)]
        state, turn = self.word("state"), 0
        while not (state == ENDED).all():
            for warp in warps if turn % 2 == 0 else reversed(warps):
                self._run_warp(warp, turn)
            if (state == AT_BARRIER).all():
                self.word("result")[:] = int(self.word("given").any())
                state[:] = READY
            elif not (state == ENDED).all():
                raise MachineError(f"{self._told()} left while others wait for them at a barrier")
            turn += 1

    def _run_warp(self, warp: range, turn: int) -> None:
        mine = slice(warp.start, warp.stop)
        state = self.word("state")[mine]
        while True:
            first, step = (warp.start, 1) if turn % 2 == 0 else (warp.stop - 1, -1)
            self.loaded.run_warp(
                self._entry, self.threads.ctypes.data, first, len(warp), step,
                self._given.ctypes.data,
            )  # fmt: skip
            if (state == FAILED).any():
                self._explain(warp.start + int(np.argmax(state == FAILED)))
            waiting = state != ENDED
            if len(set(self.word("at")[mine][waiting])) > 1:
                raise MachineError(f"{self._told()} of one warp wait at different instructions")
            if not (state == AT_SHUFFLE).any():
                return
            if not (state == AT_SHUFFLE).all() or len(warp) < WARP:
                raise MachineError(f"{self._told()} are too few for a shuffle")
            self._shuffle(mine)
            state[:] = READY
            turn += 1

    def _shuffle(self, mine: slice) -> None:
        """Give each lane what it asked for, by the rules of ``shfl.sync``."""
        given, b, c, mask = (self.word(name)[mine] for name in ("given", "b", "c", "mask"))
        if not (mask == ALL).all():
            raise MachineError(f"{self._told()} shuffle without the others of their warp")
        mode = self.loaded.module.instructions[int(self.word("at")[mine.start])].parts[2]
        lane, by, clamp, segment = np.arange(WARP), b & 31, c & 31, c >> 8 & 31
        first, last = lane & segment, (lane & segment) | (clamp & ~segment)
        source = {
            "up": lane - by, "down": lane + by, "bfly": lane ^ by, "idx": first | (by & ~segment),
        }[mode]  # fmt: skip
        holds = source >= last if mode == "up" else source <= last
        self.word("holds")[mine] = holds
        self.word("result")[mine] = given[np.where(holds, source, lane)]

    def _told(self) -> str:
        x, y, z = (int(self.word(f"%ctaid.{axis}")[0]) for axis in "xyz")
        return f"threads of block ({x}, {y}, {z}) of {self.kernel.name[:60]}"

    def _explain(self, thread: int) -> None:
        error, at, address = (int(self.word(name)[thread]) for name in ("error", "at", "address"))
        text = self.loaded.module.instructions[at].text
        where = f", address {address:#x}," if error in (1, 2) else ""
        raise MachineError(f"{text!r}{where} {ERRORS[error]}: thread {thread}, {self._told()}")
