"""The very kernel of the GPU on this machine's processor, one run after the other.

It is how the kernel is tested where there is no GPU: same source, same compiler, same arenas, same
blocks. What it cannot show is what only a GPU does: its own elementary functions, and its clock.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import functools

import llvmlite.binding as llvm
import numpy as np

from optedu.browser.compiler.link import MATHEMATICS
from optedu.cuda.assemble import ENTRY, targets
from optedu.cuda.jobs import Kernel

ROOM = 1 << 30


@functools.cache
def _know_c() -> None:
    """Tell LLVM where C's functions are that a kernel may call."""
    libraries = ctypes.CDLL(None), ctypes.CDLL(ctypes.util.find_library("m"))
    for name in ("memset", "memcpy", "memmove", *MATHEMATICS):
        found = next(getattr(library, name) for library in libraries if hasattr(library, name))
        llvm.add_symbol(name, ctypes.cast(found, ctypes.c_void_p).value)


class Rehearsal:
    """A place in this process's own memory.

    Parameters
    ----------
    kernel : Kernel
        Of the target `optedu.cuda.jobs.HOST`.
    """

    def __init__(self, kernel: Kernel) -> None:
        targets()
        llvm.initialize_native_target()
        _know_c()
        machine = llvm.Target.from_default_triple().create_target_machine(
            reloc="pic", codemodel="default"
        )
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(kernel.code))
        self._engine.finalize_object()
        address, integer = ctypes.c_void_p, ctypes.c_int64
        kind = ctypes.CFUNCTYPE(None, address, integer, integer, address, address, integer)
        self._kernel = kind(self._engine.get_function_address(ENTRY))
        self._number = ctypes.c_int64.from_address(
            self._engine.get_global_value_address("optedu_number")
        )
        self._held: list[np.ndarray] = []

    def room(self) -> int:
        """Return the bytes that may be taken."""
        return ROOM

    def allocate(self, size: int) -> int:
        """Return the address of so many bytes."""
        self._held.append(np.empty(-(-size // 8), dtype=np.int64))
        return self._held[-1].ctypes.data

    def write(self, address: int, content: np.ndarray) -> None:
        """Copy bytes to an address."""
        ctypes.memmove(address, content.ctypes.data, content.nbytes)

    def read(self, address: int, size: int) -> np.ndarray:
        """Return the bytes at an address."""
        return np.frombuffer(ctypes.string_at(address, size), dtype=np.uint8).copy()

    def launch(self, blocks: int, width: int, runs: int, answers: int, arena: int) -> None:
        """Make the runs one after the other."""
        arenas = self.allocate(runs * arena)
        for run in range(runs):
            self._number.value = run
            self._kernel(blocks, width, runs, answers, arenas, arena)

    def release(self) -> None:
        """Give back all that was allocated."""
        self._held.clear()

    def close(self) -> None:
        """Keep the kernel: it belongs to the process."""
