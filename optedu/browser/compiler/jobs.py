"""One piece of compiled code: what it is made from, and where it is kept."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import io
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from optedu.browser.compiler.kinds import classes, describe
from optedu.compiling import CompilationError
from optedu.compiling.cache import cache_root, drop_older
from optedu.compiling.fingerprint import core_digest, fingerprint

HERE = Path(__file__).resolve().parent
SOURCES = (
    *(
        HERE / f"{name}.py"
        for name in ("jobs", "layout", "objects", "remote", "retarget", "words", "worker")
    ),
    HERE.parents[1] / "forms.py",
    *sorted((HERE.parent / "runtime").glob("*.py")),
)
"""What decides about compiled code; the rest of this folder only carries it about."""

MOST_PROCESSES = 2

ENVIRONMENT = {
    "NUMBA_OPT": "0",
    "NUMBA_LOOP_VECTORIZE": "0",
    "NUMBA_SLP_VECTORIZE": "0",
    "NUMBA_CPU_NAME": "generic",
    "NUMBA_CPU_FEATURES": "",
    "NUMBA_DISABLE_JIT": "0",
    "PYTHONHASHSEED": "0",  # Numba walks through sets, and equal sources shall give equal bytes
}
"""Numba's settings for code that will be optimized for another machine."""


@dataclass(frozen=True)
class Job:
    """A method, a problem or the runtime, to be compiled once.

    `oracles` are those that a method may call, or that a problem exports; `axes` is the number of
    axes of an iterate.
    """

    kind: str
    item: Any = None
    oracles: tuple[str, ...] = ()
    differentiable: bool = True
    axes: int = 1

    @functools.cached_property
    def name(self) -> str:
        """Return the name that the code is exported and kept under: a digest of its sources."""
        parts = [self.kind, describe(self.item), self.oracles, self.differentiable, self.axes]
        parts += [fingerprint(cls) for cls in classes(self.item)] + [compiler_digest()]
        return f"{self.kind[0]}{hashlib.sha256(repr(parts).encode()).hexdigest()[:16]}"


@dataclass(frozen=True)
class Compiled:
    """An object file, its argument slots, and the C names that it expects from outside."""

    code: bytes
    slots: list[dict[str, Any]]
    wants: list[str]


@functools.cache
def compiler_digest() -> str:
    """Return a digest of everything that all modules are made with."""
    digest = hashlib.sha256(core_digest().encode())
    for path in SOURCES:
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def compile_all(jobs: Sequence[Job]) -> dict[str, Compiled | str]:
    """Return, by name, the compiled code of each job, or the sentence that says why not.

    Raises
    ------
    CompilationError
        If no compiler can be started at all.
    """
    found: dict[str, Compiled | str] = {}
    missing: dict[str, Job] = {}
    for job in jobs:
        known = _read(job.name)
        if known is None:
            missing[job.name] = job
        else:
            found[job.name] = known
    found.update(_in_processes(list(missing.values())))
    return found


def _in_processes(jobs: list[Job]) -> Iterator[tuple[str, Compiled | str]]:
    """Compile in processes of their own, whose Numba is set for another machine."""
    if not jobs:
        return
    if importlib.util.find_spec("numba") is None:
        raise CompilationError("a live figure needs Numba, which is missing: pip install numba")
    processes = max(1, min(os.cpu_count() or 1, MOST_PROCESSES, len(jobs) // 3))
    with ThreadPoolExecutor(processes) as pool:
        shares = pool.map(_in_a_process, [jobs[i::processes] for i in range(processes)])
        for share in shares:
            yield from share


def _in_a_process(jobs: list[Job]) -> list[tuple[str, Compiled | str]]:
    """Compile some jobs."""
    from numba import cloudpickle

    answer = subprocess.run(
        [sys.executable, "-m", "optedu.browser.compiler.worker"],
        input=cloudpickle.dumps([(job.name, cloudpickle.dumps(job)) for job in jobs]),
        env={**os.environ, **ENVIRONMENT, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        check=False,
    )
    if answer.returncode != 0:
        lines = answer.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
        raise CompilationError(f"the compiler cannot be started: {lines[-1]}")
    stream = io.BytesIO(answer.stdout)
    return [cloudpickle.load(stream) for _ in jobs]


def folder() -> Path:
    """Return where compiled code is kept."""
    return cache_root() / "wasm" / compiler_digest()


def _read(name: str) -> Compiled | str | None:
    try:
        about = json.loads((folder() / f"{name}.json").read_text(encoding="utf-8"))
        if "reason" in about:
            return about["reason"]
        code = (folder() / f"{name}.o").read_bytes()
    except (OSError, ValueError):
        return None
    if hashlib.sha256(code).hexdigest() != about["sha256"]:
        return None
    return Compiled(code, about["slots"], about["wants"])


def keep(name: str, made: Compiled | str) -> None:
    """Keep compiled code as soon as there is any; a folder that cannot be written to costs time."""
    try:
        if not folder().is_dir():
            folder().mkdir(parents=True, exist_ok=True, mode=0o700)
            drop_older(folder())
        if isinstance(made, str):
            about: dict[str, Any] = {"reason": made}
        else:
            _put(folder() / f"{name}.o", made.code)
            digest = hashlib.sha256(made.code).hexdigest()
            about = {"slots": made.slots, "wants": made.wants, "sha256": digest}
        _put(folder() / f"{name}.json", json.dumps(about).encode())
    except OSError:
        return


def _put(path: Path, content: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(content)
    os.replace(file.name, path)
