"""Compiled kernels, kept on disk under a digest of all that they are made from.

The IR of a pair is made in a process of its own, and serves all targets.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optedu.browser.compiler.jobs import ENVIRONMENT, compiler_digest
from optedu.browser.compiler.kinds import classes, describe
from optedu.compiling import CompilationError
from optedu.compiling.cache import cache_root
from optedu.compiling.fingerprint import fingerprint
from optedu.cuda import store
from optedu.cuda.assemble import for_the_gpu, for_the_host

HOST = "host"
"""The target that is this machine's own processor; the others are architectures of GPUs."""


@dataclass(frozen=True)
class Kernel:
    """The code of a kernel, and what a run's block holds, slot by slot."""

    code: bytes
    slots: list[dict[str, Any]]


@functools.cache
def digest_of(*modules: str) -> str:
    """Return a digest of the sources that all programs, or all kernels, are made with."""
    digest = hashlib.sha256(compiler_digest().encode())
    for name in modules:
        digest.update((Path(__file__).parent / f"{name}.py").read_bytes())
    return digest.hexdigest()[:16]


def kernel_of(method: Any, problem: Any, axes: int, target: str) -> Kernel:
    """Return the kernel of a pair for a target, compiled now or before.

    Parameters
    ----------
    method, problem
        As they are run: only their types matter.
    axes : int
        Number of axes of an iterate.
    target : str
        ``"host"``, or an architecture such as ``"sm_80"``.

    Raises
    ------
    CompilationError
        With the sentence that says why there is none.
    """
    pair = (method, problem)
    parts = [describe(pair), axes, digest_of("jobs", "program"), *map(fingerprint, classes(pair))]
    name = hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
    folder = cache_root() / "cuda" / name
    program = store.kept(folder / "program", lambda: _packed(*_in_a_process(method, problem, axes)))
    slots, _, text = program.partition(b"\n")

    def made() -> bytes:
        source = gzip.decompress(text).decode()
        return for_the_host(source) if target == HOST else for_the_gpu(source, target)

    code = store.kept(folder / f"{target}-{digest_of('assemble')}", made)
    return Kernel(code, json.loads(slots))


def _packed(text: str, slots: list[dict[str, Any]]) -> bytes:
    return json.dumps(slots).encode() + b"\n" + gzip.compress(text.encode(), mtime=0)


def _in_a_process(method: Any, problem: Any, axes: int) -> tuple[str, list[dict[str, Any]]]:
    """Return the IR of a pair and the slots of its block, from a process set for other machines."""
    from numba import cloudpickle

    answer = subprocess.run(
        [sys.executable, "-m", "optedu.cuda.jobs"],
        input=cloudpickle.dumps((method, problem, axes)),
        env={**os.environ, **ENVIRONMENT, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        check=False,
    )
    if answer.returncode != 0:
        lines = answer.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
        raise CompilationError(f"the compiler stopped: {lines[-1]}")
    made = cloudpickle.loads(answer.stdout)
    if isinstance(made, str):
        raise CompilationError(made)
    return made


def main() -> None:
    """Read a pickled pair from the standard input; write its program, or why there is none."""
    from numba import cloudpickle

    from optedu import protocol
    from optedu.browser.compiler import objects
    from optedu.cuda import program

    method, problem, axes = cloudpickle.loads(sys.stdin.buffer.read())
    with redirect_stdout(io.StringIO()):
        objects.prepare()
        for cls in classes((method, problem)):
            if cls not in protocol.classes and protocol.public_functions(cls):
                objects.register(cls)
        try:
            made: Any = program.linked(method, problem, axes)
        except CompilationError as error:
            made = str(error)
    sys.stdout.buffer.write(cloudpickle.dumps(made))


if __name__ == "__main__":
    main()
