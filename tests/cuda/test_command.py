"""`make gpu`: its steps, their time, and what it says where there is no GPU."""

import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import gpu
import pytest

from benchmarks.harness import gpu_pictures

pytestmark = [pytest.mark.compiled, pytest.mark.xdist_group("cuda")]

ROOT = Path(__file__).resolve().parents[2]


def command(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["gpu.py", *arguments])
    with pytest.raises(SystemExit) as ended:
        gpu.main()
    return ended.value.code


def test_without_a_gpu_there_is_one_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "cuda.bindings", None)
    assert re.match(r"device='cuda' needs NVIDIA's bindings: pip", command(monkeypatch))


def test_what_is_installed_is_one_line():
    said = gpu.world()
    assert re.match(r"Python 3\.\d+\.\d+, numpy \d", said)
    assert "target: Numba's own" in said or "target: numba-cuda" in said
    assert "\n" not in said


def test_an_unknown_step_is_named(monkeypatch, capsys):
    assert command(monkeypatch, "measure") == 2
    assert "no step 'measure'; there are compile, tests" in capsys.readouterr().err


@pytest.fixture
def started(monkeypatch):
    """What is started, with the seconds that it is given; the tests fail, benchmarks take long."""
    clock, done = [0.0], []

    def run(command, timeout, env, cwd):
        step, seconds = command[2], float(command[command.index("--seconds") + 1])
        done.append((step, seconds, command))
        assert seconds <= timeout
        assert env["PYTHONPATH"].startswith(str(ROOT))
        clock[0] += {"compile": 10.0, "tests": 20.0, "benchmarks": seconds}.get(step, 1.0)
        return SimpleNamespace(returncode=int(step == "tests"))

    monkeypatch.setattr(gpu, "require_a_gpu", lambda: None)
    monkeypatch.setattr(gpu, "world", lambda: "")
    monkeypatch.setattr(gpu.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(gpu.subprocess, "run", run)
    return done


def test_a_step_that_fails_keeps_none_from_running(monkeypatch, started):
    assert command(monkeypatch, "--seconds", "100", "--out", "elsewhere") == 1
    assert [step for step, *_ in started] == ["compile", "tests", "benchmarks", "pictures"]
    given = [seconds for _, seconds, _ in started]
    assert given == pytest.approx([30.0, 54.0, 49.0, 21.0])
    assert all("elsewhere" in command for *_, command in started)


def test_one_benchmark_makes_no_pictures(monkeypatch, started):
    command(monkeypatch, "--only", "consensus")
    assert [step for step, *_ in started] == ["compile", "tests", "benchmarks"]


def test_a_step_without_time_is_not_started(monkeypatch, started):
    assert command(monkeypatch, "--seconds", "30") == 1
    assert [step for step, *_ in started] == ["compile", "tests"]


def test_a_step_that_hangs_is_cut_off(monkeypatch, started, capsys):
    def hangs(command, timeout, **given):
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(gpu.subprocess, "run", hangs)
    assert command(monkeypatch) == 1
    assert capsys.readouterr().out.count("failed (cut off)") == 4


def test_pictures_are_made_while_there_is_time(monkeypatch, tmp_path, capsys):
    clock, made = [0.0], []

    def write(name, device, folder):
        made.append((name, device, folder))
        clock[0] += 4.0

    monkeypatch.setattr(gpu.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(gpu_pictures, "write", write)
    assert gpu.pictures(SimpleNamespace(seconds=7.0, out=tmp_path)) == 1
    names = list(gpu_pictures.PICTURES)
    assert made == [(name, "cuda", tmp_path / "gpu_pictures") for name in names[:2]]
    assert f"no time is left for {', '.join(names[2:])}" in capsys.readouterr().out


def test_what_tests_and_benchmarks_launch_is_compiled_before(monkeypatch):
    pairs = {label for label, _ in gpu.pairs()}
    assert {"LBFGS on Rosenbrock", "NewtonMethod on RootsOfUnity"} <= pairs
    kernels = {label for label, _ in gpu.kernels()}
    assert {"cloud", "masked_sum", "fused_gradient", "newton_steps", "total"} <= kernels


def test_a_kernel_that_cannot_be_compiled_is_told(monkeypatch, capsys):
    def fails():
        raise ValueError("no such thing")

    tasks = [("good", lambda: None), ("bad", fails)]
    monkeypatch.setattr(gpu, "pairs", lambda: tasks)
    monkeypatch.setattr(gpu, "kernels", list)
    assert gpu.compile_all(SimpleNamespace(seconds=60.0)) == 1
    said = capsys.readouterr().out
    assert "bad: ValueError: no such thing" in said
    assert "1 of 2 kernels compiled" in said
