"""What needs an NVIDIA GPU, step by step within a number of seconds: the command behind `make gpu`.

compile     the code of all kernels, on all cores, into the cache; this one needs no GPU
tests       those marked `gpu`
benchmarks  benchmarks.gpu, the most important sizes first
pictures    benchmarks.harness.gpu_pictures

Each step is a process of its own, prints as it goes, and stores each result as soon as it has it. A
step that fails does not keep the others from running. Nothing is installed: the Python that runs
this file has what is needed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any
from unittest import mock

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

SECONDS = 540.0
"""Of all steps together."""

SHARES = {"compile": 0.3, "tests": 0.6, "benchmarks": 0.7, "pictures": 1.0}
"""The part of the seconds that are left, which a step may take."""

LIBRARIES = ("OPENBLAS", "OMP", "MKL", "NUMEXPR")
MOST_BESIDE = 4
"""Processes of tests that share the GPU."""

WORTH_A_LINE = 5.0
"""Seconds of a compilation that is told."""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("steps", nargs="*", metavar="step", help=f"of {', '.join(SHARES)}")
    parser.add_argument("--only", default="", help="names of benchmarks, without pictures")
    parser.add_argument("--out", type=Path, help="folder of results (benchmarks/results)")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of all steps together")
    options = parser.parse_args()
    unknown = [step for step in options.steps if step not in SHARES]
    if unknown:
        parser.error(f"no step {unknown[0]!r}; there are {', '.join(SHARES)}")
    if len(options.steps) == 1:
        sys.exit(STEPS[options.steps[0]](options))
    require_a_gpu()
    say(world())
    steps = options.steps or [s for s in SHARES if not (options.only and s == "pictures")]
    sys.exit(all_of(steps, options))


def require_a_gpu() -> None:
    """End with one sentence where there is none."""
    from optedu.cuda.device import Unavailable, driver

    try:
        driver()
    except Unavailable as error:
        sys.exit(str(error))


def world() -> str:
    """What is installed here, in one line."""
    from optedu.compiling import CompilationError
    from optedu.cuda.libraries import libnvvm
    from optedu.cuda.target import version

    names = ("numpy", "scipy", "numba", "llvmlite", "cuda-bindings")
    found = ", ".join(f"{name} {metadata.version(name)}" for name in names)
    try:
        library = str(libnvvm())
    except CompilationError as error:
        library = str(error)
    return f"Python {platform.python_version()}, {found}; target: {version()}; {library}"


def all_of(steps: list[str], options: argparse.Namespace) -> int:
    """Run steps one after the other; return 1 if one failed."""
    began, failed = time.monotonic(), []
    out = ["--out", str(options.out)] if options.out else []
    for step in steps:
        left = options.seconds - (time.monotonic() - began)
        allowed = SHARES[step] * left
        if allowed < 1:
            say(f"{step}: no time is left")
            failed.append(step)
            continue
        say(f"{step}: at most {allowed:.0f} s")
        command = [sys.executable, __file__, step, "--seconds", f"{allowed:.1f}", *out]
        start = time.monotonic()
        try:
            code = subprocess.run(
                [*command, "--only", options.only], cwd=ROOT, env=settings(step), timeout=left
            ).returncode
        except subprocess.TimeoutExpired:
            code = "cut off"
        say(f"{step}: {time.monotonic() - start:.0f} s{f', failed ({code})' if code else ''}")
        failed += [step] if code else []
    return int(bool(failed))


def settings(step: str) -> dict[str, str]:
    """The environment of a step. Tests run beside each other, benchmarks give the CPU two."""
    paths = [str(ROOT), os.environ.get("PYTHONPATH")]
    told = {"PYTHONPATH": os.pathsep.join(filter(None, paths)), "PYTHONUNBUFFERED": "1"}
    if step in ("compile", "tests"):
        told |= {f"{name}_NUM_THREADS": "1" for name in (*LIBRARIES, "NUMBA")}
    elif step == "benchmarks":
        told |= {f"{name}_NUM_THREADS": "2" for name in LIBRARIES[:2]}
    return {**os.environ, **told}


def say(text: str) -> None:
    print(f"== {text}", flush=True)


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def compile_all(options: argparse.Namespace) -> int:
    """Compile all kernels in as many processes as there are cores."""
    from optedu.cuda.ptx import compiler_digest

    began = time.monotonic()
    compiler_digest()  # read the libraries once, before the processes part
    tasks[:] = [*pairs(), *kernels()]
    failures = done = 0
    with multiprocessing.get_context("fork").Pool(min(cores(), len(tasks))) as pool:
        results = pool.imap_unordered(_do, range(len(tasks)))
        for _ in tasks:
            left = options.seconds - (time.monotonic() - began)
            try:
                label, seconds, error = results.next(timeout=max(left, 0.0))
            except multiprocessing.TimeoutError:
                print("no time is left: what is missing is compiled when it is needed", flush=True)
                break
            failures, done = failures + (error is not None), done + 1
            if error is not None or seconds > WORTH_A_LINE:
                print(f"{label}: {error or f'{seconds:.1f} s'}", flush=True)
    taken = time.monotonic() - began
    print(f"{done - failures} of {len(tasks)} kernels compiled in {taken:.1f} s", flush=True)
    return int(failures > 0)


tasks: list[tuple[str, Callable[[], Any]]] = []
"""What the processes share: they are forks of this one."""


def _do(number: int) -> tuple[str, float, str | None]:
    label, task = tasks[number]
    began, error = time.monotonic(), None
    try:
        task()
    except Exception as problem:
        error = f"{type(problem).__name__}: {problem}"
    return label, time.monotonic() - began, error


class Noted(BaseException):
    """A sweep has asked for its kernel, and need not go on."""


def pairs() -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield the kernels of sweeps that tests, benchmarks and pictures make, for GPU and CPU."""
    from benchmarks.gpu.sweeps import SWEEPS
    from benchmarks.harness.gpu_pictures import PICTURES
    from optedu.browser.compiler.kinds import describe
    from optedu.cuda import jobs
    from optedu.cuda.assemble import OLDEST
    from optedu.running.run import prepare
    from tests.cuda.test_rehearsal import CASES

    real, found = jobs.kernel_of, {}

    def note(method: Any, problem: Any, axes: int, target: str) -> None:
        found.setdefault(repr((describe((method, problem)), axes)), (method, problem, axes))
        raise Noted

    for methods, problem in CASES.values():
        with suppress(Noted):
            note(prepare(methods[0], problem), problem, 1, "")
    with mock.patch.object(jobs, "kernel_of", note):
        for make in PICTURES.values():
            with suppress(Noted):
                make()("rehearsal", 2)
        for make in SWEEPS.values():
            with suppress(Noted):
                make().made(make().starts(2), "rehearsal")
    for pair in found.values():
        label = f"{type(pair[0]).__name__} on {type(pair[1]).__name__}"
        yield label, lambda pair=pair: [real(*pair, t) for t in (OLDEST, jobs.HOST)]


def kernels() -> Iterator[tuple[str, Callable[[], Any]]]:
    """Yield the kernels written by hand that tests and benchmarks launch, for types and lengths."""
    from benchmarks.gpu import ahead
    from optedu.cuda.ptx import ptx_of
    from tests.cuda.kernel_calls import launched_on_a_gpu

    found = ahead.of_cases() | ahead.of_networks() | launched_on_a_gpu()
    for kernel, kinds in found:
        yield kernel.__name__, lambda kernel=kernel, kinds=kinds: ptx_of(kernel, kinds)


def tests(options: argparse.Namespace) -> int:
    """Run the tests marked `gpu`, some beside each other."""
    beside = str(max(1, min(MOST_BESIDE, cores() // 2)))
    command = [sys.executable, "-m", "pytest", "-v", "-n", beside, "-m", "gpu", "--durations=5"]
    environment = {**os.environ, "OPTEDU_GPU": "1"}  # a test that finds no GPU fails
    try:
        return subprocess.run(
            [*command, "tests/cuda"], cwd=ROOT, env=environment, timeout=options.seconds
        ).returncode
    except subprocess.TimeoutExpired:
        print(f"the tests were cut off after {options.seconds:.0f} s", flush=True)
        return 1


def benchmarks(options: argparse.Namespace) -> int:
    """Measure, in as many seconds as there are."""
    from benchmarks.gpu.results import RESULTS
    from benchmarks.gpu.session import NAMES, Session

    names = tuple(options.only.split()) or NAMES
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        print(f"no benchmark {unknown[0]!r}; there are {', '.join(NAMES)}")
        return 2
    folder = options.out / "gpu" if options.out else RESULTS
    session = Session(budget=options.seconds, folder=folder)
    session.run(names, say=lambda text: print(text, flush=True))
    return 0


def pictures(options: argparse.Namespace) -> int:
    """Make pictures for as long as there is time."""
    from benchmarks.harness.gpu_pictures import PICTURES, STORE, write

    began, folder = time.monotonic(), options.out / "gpu_pictures" if options.out else STORE
    for number, name in enumerate(PICTURES):
        start = time.monotonic()
        if start - began > options.seconds:
            print(f"no time is left for {', '.join(list(PICTURES)[number:])}", flush=True)
            return 1
        write(name, "cuda", folder)
        print(f"{name}: {time.monotonic() - start:.1f} s", flush=True)
    return 0


STEPS = {"compile": compile_all, "tests": tests, "benchmarks": benchmarks, "pictures": pictures}

if __name__ == "__main__":
    main()
