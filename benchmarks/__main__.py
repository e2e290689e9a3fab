"""Run benchmarks, each in a process of its own: ``python -m benchmarks [name ...]``."""

from __future__ import annotations

import argparse
import importlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.harness import machine, peers

ROOT = Path(__file__).resolve().parents[1]


def names() -> list[str]:
    """Return the benchmarks there are, one for each file of this folder."""
    return sorted(path.stem for path in Path(__file__).parent.glob("[!_]*.py"))


def run_here(name: str, rounds: int | None) -> None:
    """Run one benchmark in this process and store its result."""
    from benchmarks.harness import benchmark, results

    declared = importlib.import_module(f"benchmarks.{name}").BENCHMARK
    if rounds:
        declared = declared._replace(rounds=rounds)
    print(f"{name}: {declared.title}", flush=True)
    results.write(benchmark.execute(name, declared, lambda text: print(text, flush=True)))


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"of {', '.join(names())}")
    parser.add_argument("--rounds", type=int, help="warm runs of each solver")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in names()]
    if unknown:
        parser.error(f"no benchmark {unknown[0]!r}; there are {', '.join(names())}")
    if options.here:
        run_here(options.names[0], options.rounds)
        return
    python = peers.python()
    more = ["--rounds", str(options.rounds)] if options.rounds else []
    threads = dict.fromkeys(machine.THREADS, "1")
    failed = []
    for name in options.names or names():
        with tempfile.TemporaryDirectory() as cache:  # so that a first call does compile
            environment = threads | dict(os.environ) | {"OPTEDU_CACHE_DIR": cache}
            command = [python, "-m", "benchmarks", "--here", name, *more]
            code = subprocess.run(command, cwd=ROOT, env=environment).returncode
        failed += [name] if code else []
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
