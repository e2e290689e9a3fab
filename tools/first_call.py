"""Measure what a reader's first calls cost, in fresh processes, for the status page."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RESULT = ROOT / "_build" / "first_call.json"

SETUP = """
import json, time
started = time.perf_counter()
import numpy as np
import optedu as oe
oe.run, oe.problems.Quadratic, oe.NesterovAcceleration
imported = time.perf_counter()
rng = np.random.default_rng(0)
basis = np.linalg.qr(rng.standard_normal((20, 20)))[0]
A = basis @ np.diag(np.geomspace(1e-3, 1.0, 20)) @ basis.T
A, b = (A + A.T) / 2, rng.standard_normal(20)
problem, x0 = oe.problems.Quadratic(A, b), np.zeros(20)
method = oe.NesterovAcceleration(step_size=1.0)
began = time.perf_counter()
trace = oe.run(method, problem, x0, max_iter={steps}, tol=0.0, execution="{execution}")
seconds = time.perf_counter() - began
"""

FIRST = SETUP + 'print(json.dumps({{"import": imported - started, "run": seconds}}))\n'

RACE = (
    SETUP
    + """
def plain(steps):
    x = y = x0.copy()
    t = 1.0
    values, norms, iterates = np.empty(steps), np.empty(steps), np.empty((steps, 20))
    for k in range(steps):
        x_new = y - 1.0 * (A @ y - b)
        t_new = (1 + np.sqrt(1 + 4 * t**2)) / 2
        y = x_new + (t - 1) / t_new * (x_new - x)
        x, t = x_new, t_new
        if {record}:
            values[k] = 0.5 * (x @ (A @ x)) - b @ x
            norms[k] = np.linalg.norm(A @ x - b)
            iterates[k] = x
    return x

def compiled(steps):
    every = 1 if {record} else steps
    return oe.run(method, problem, x0, max_iter=steps, tol=0.0, execution="compiled",
                  record_every=every).x

assert np.allclose(plain(10_000), compiled(10_000), rtol=1e-10)
seconds = {{"plain": [], "compiled": []}}
for _ in range(9):
    for name, function in (("plain", plain), ("compiled", compiled)):
        began = time.perf_counter()
        function(10_000)
        seconds[name].append(time.perf_counter() - began)
print(json.dumps({{name: float(np.median(times)) for name, times in seconds.items()}}))
"""
)


def fresh(program: str, cache: str) -> dict[str, float]:
    """Run a program in a process of its own and return what it printed."""
    environment = os.environ | {
        "OPTEDU_CACHE_DIR": cache,
        "PYTHONPATH": str(ROOT),
        "OPENBLAS_NUM_THREADS": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, check=True, capture_output=True, text=True
    )
    return json.loads(done.stdout)


def measure() -> dict[str, float]:
    """Return all figures, in seconds but for the ratios."""
    with tempfile.TemporaryDirectory() as folder:
        cache = str(Path(folder) / "cache")
        python = fresh(FIRST.format(steps=500, execution="python"), cache)
        cold = fresh(FIRST.format(steps=500, execution="compiled"), cache)
        warm = fresh(FIRST.format(steps=500, execution="compiled"), cache)
        recorded = fresh(RACE.format(steps=10, execution="compiled", record=True), cache)
        bare = fresh(RACE.format(steps=10, execution="compiled", record=False), cache)
    return {
        "import": python["import"],
        "python": python["run"],
        "cold": cold["run"],
        "warm": warm["run"],
        "plain": recorded["plain"],
        "compiled": recorded["compiled"],
        "plain_bare": bare["plain"],
        "compiled_bare": bare["compiled"],
    }


def figures() -> dict[str, float]:
    """Return the figures of this core, measured once."""
    from optedu.compiling.fingerprint import core_digest

    digest = core_digest() + hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:16]
    if RESULT.exists():
        known = json.loads(RESULT.read_text(encoding="utf-8"))
        if known["core"] == digest:
            return known["figures"]
    print("measuring the first calls, once for this version of the core ...", flush=True)
    found = measure()
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps({"core": digest, "figures": found}), encoding="utf-8")
    return found


if __name__ == "__main__":
    print(json.dumps(measure(), indent=1))
