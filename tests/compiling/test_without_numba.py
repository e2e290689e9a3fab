"""Numba is a matter of speed only, and nothing heavy is imported before it is needed."""

import os
import subprocess
import sys
from pathlib import Path

import optedu

SOURCES = str(Path(optedu.__file__).parents[1])
HEAVY = ("numba", "matplotlib", "anywidget", "ipywidgets", "scipy", "tqdm", "PEPit", "cvxpy")
RUN = """
import sys
{prelude}
import numpy as np, optedu as oe
problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
for execution, steps in (("auto", 60_000), ("python", 50)):
    trace = oe.run(oe.GradientDescent(0.01), problem, [5.0, 5.0], max_iter=steps, tol=1e-9,
                   execution=execution)
    assert trace.execution == "python", trace.execution
    print(trace.x.tobytes().hex(), trace.iterations[-1])
try:
    oe.run(oe.GradientDescent(0.1), problem, [1.0, 1.0], execution="compiled")
except oe.CompilationError as error:
    print(error)
"""


def process(code, **environment):
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": SOURCES, **environment},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def plain_numbers():
    import optedu as oe

    problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    for steps in (60_000, 50):
        trace = oe.run(
            oe.GradientDescent(0.01), problem, [5.0, 5.0], max_iter=steps, tol=1e-9,
            execution="python",
        )  # fmt: skip
        yield f"{trace.x.tobytes().hex()} {trace.iterations[-1]}"


def test_without_numba_the_numbers_are_the_same_and_compiling_says_why_not():
    lines = process(RUN.format(prelude='sys.modules["numba"] = None'))
    assert lines[:2] == list(plain_numbers())
    assert lines[2:] == [
        (
            "compiled execution needs Numba, which is missing or switched off: pip install numba, "
            "or use execution='python'"
        )
    ]


def test_with_numba_switched_off_the_numbers_are_the_same():
    lines = process(RUN.format(prelude=""), NUMBA_DISABLE_JIT="1")
    assert lines[:2] == list(plain_numbers())
    assert "switched off" in lines[2]


def test_importing_optedu_imports_nothing_heavy():
    code = f"import sys, optedu; print([name for name in {HEAVY!r} if name in sys.modules])"
    assert process(code) == ["[]"]


def test_a_run_in_python_imports_nothing_heavy():
    code = RUN.format(prelude="").partition("try:")[0].replace('("auto", 60_000)', '("auto", 60)')
    code += f"\nprint([name for name in {HEAVY!r} if name in sys.modules])"
    assert process(code)[-1] == "[]"


def test_importing_optedu_is_quick():
    """Half a second beyond NumPy; it takes a few hundredths."""
    code = (
        "import time, numpy; t = time.perf_counter(); import optedu; print(time.perf_counter() - t)"
    )
    assert min(float(process(code)[0]) for _ in range(3)) < 0.5


def test_names_are_found_without_importing_the_families():
    code = (
        "import sys, optedu; assert 'GradientDescent' in dir(optedu); "
        "print([name for name in sys.modules if name.startswith('optedu.gradient')])"
    )
    assert process(code) == ["[]"]


def test_a_fresh_process_finds_each_public_name():
    for name in ("run", "GradientDescent", "problems", "testing", "proofs", "Status"):
        assert process(f"import optedu; optedu.{name}; print('found')") == ["found"]
