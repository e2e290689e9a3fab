"""Optimization on an NVIDIA GPU: many runs at once, and kernels written by hand.

Many runs, one per thread, from the same source as everything else: `jobs` compiles a pair of method
and problem, in a process of its own, from Numba's IR; `assemble` makes of it a kernel for the GPU,
or the same kernel for this machine's processor, which is how it is tested where there is no GPU
(`rehearsal`); `device` runs it on one; `runs` lays out the arguments and reads the results.

Where threads make one sum or share one tile, a kernel is written by hand (`kernels`) and called by
a function of this package, on a CPU too (`functions`). `portable` makes one body for one index both
a loop and a grid; `ptx` compiles; `places` is where arrays live, the GPU or the `simulator` that
tests use.
"""

from typing import Any

FUNCTIONS = (
    "cone_adjoint", "cone_products", "consensus_step", "linear_gradient", "masked_adjoint",
    "masked_sum", "newton_steps", "pack_patterns", "sinkhorn", "sinkhorn_dense",
    "sliced_distances",
)  # fmt: skip


def __getattr__(name: str) -> Any:
    """Find a function when it is first asked for: they import Numba."""
    if name not in FUNCTIONS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from optedu.cuda import functions

    return getattr(functions, name)


def __dir__() -> list[str]:
    return sorted([*globals(), *FUNCTIONS])
