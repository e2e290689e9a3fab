"""A machine that executes PTX on this processor: what a GPU's driver would be given, and no other.

`text` reads PTX, `arithmetic` says in LLVM's IR what each instruction computes, `body` and `code`
compile a module, `thread` checks what it reaches, `launch` runs grids of threads, and `driver` is a
stand-in for CUDA's driver that owns one.

It is strict where a GPU is silent: memory that nobody wrote is NaN, and an access outside of what
was allocated or off its alignment, a division by zero, a shuffle or a barrier that not all
threads reach, is an error that names the instruction. Approximate instructions are exact, but for
``rcp.approx.ftz.f64`` and ``rsqrt.approx.ftz.f64``, whose lower half is zero as on a GPU.
Instructions that our compilers have not written so far are refused by their text. Not seen are
races within a warp's order of turns, ``fma`` where the assembler may make one, and time.
"""

from tests.cuda.ptx_machine.driver import Driver
from tests.cuda.ptx_machine.errors import MachineError

__all__ = ["Driver", "MachineError"]
