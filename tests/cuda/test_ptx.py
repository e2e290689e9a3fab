"""Kernels are compiled for GPUs, and NVIDIA's assembler takes them, without a GPU."""

import re
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest

import optedu as oe
from optedu.compiling import CompilationError
from optedu.cuda import assemble, device, jobs, libraries
from optedu.running.run import prepare
from tests.cuda.test_rehearsal import BOWL, CASES, LOGISTIC

pytestmark = [pytest.mark.compiled, pytest.mark.xdist_group("cuda")]


def assembled(code, architecture, folder):
    from cuda.pathfinder import find_nvidia_binary_utility

    source = folder / "kernel.ptx"
    source.write_bytes(code)
    command = [find_nvidia_binary_utility("ptxas"), "-v", f"-arch={architecture}", str(source)]
    done = subprocess.run([*command, "-o", str(folder / "kernel.cubin")], capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return done.stderr.decode()


@pytest.mark.parametrize("name", CASES)
def test_the_assembler_takes_every_kernel(name, tmp_path):
    methods, problem = CASES[name]
    code = jobs.kernel_of(prepare(methods[0], problem), problem, 1, assemble.OLDEST).code
    assert b".target sm_80" in code
    for architecture in ("sm_80", "sm_90"):
        said = assembled(code, architecture, tmp_path)
        assert re.search(rf"Compiling entry function '{assemble.ENTRY}'", said)
        assert "spill" in said


def test_elementary_functions_come_from_libdevice():
    code = jobs.kernel_of(oe.GradientDescent(0.1), LOGISTIC, 1, assemble.OLDEST).code.decode()
    assert "extern" not in code
    assert libraries.libdevice().name == "libdevice.10.bc"


def test_what_a_gpu_does_not_have_is_named():
    text = """
target datalayout = "e-m:e"
target triple = "x86_64"
declare void @write_to_disk()
define i64 @optedu_one(i64 %address) {
  call void @write_to_disk()
  ret i64 0
}
"""
    with pytest.raises(CompilationError, match="a GPU has no write_to_disk"):
        assemble.for_the_gpu(text)


GRID = {"problem": BOWL, "step_size": [0.1, 0.2], "starts": np.ones(2)}


class NoDevice:
    """CUDA's driver on a machine with a driver and no GPU."""

    class CUresult:
        CUDA_SUCCESS = "fine"

    def cuInit(self, flags):
        return ("fine",)

    def cuDeviceGetCount(self):
        return "fine", 0


def test_without_a_gpu_there_is_one_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "cuda.bindings", SimpleNamespace(driver=NoDevice()))
    with pytest.raises(device.Unavailable, match=r"^device='cuda' found no GPU: the driver counts"):
        oe.sweep(oe.GradientDescent, device="cuda", **GRID)
    monkeypatch.setitem(sys.modules, "cuda.bindings", None)
    with pytest.raises(device.Unavailable, match=r"^device='cuda' needs NVIDIA's bindings"):
        oe.sweep(oe.GradientDescent, device="cuda", **GRID)


def test_auto_without_a_gpu_is_the_processor(monkeypatch):
    monkeypatch.setitem(sys.modules, "cuda.bindings", None)
    sweep = oe.sweep(
        oe.GradientDescent, device="auto", execution="python", max_iter=600_000, **GRID
    )
    assert (sweep.statuses == "converged").all()


@pytest.mark.parametrize("limit", [{"max_iter": -1}, {"max_iter": 2.5}, {"tol": -1.0}])
def test_limits_are_refused_as_on_a_processor(limit):
    for place in ("rehearsal", "cpu"):
        with pytest.raises(ValueError, match=rf"^{next(iter(limit))} must be"):
            oe.sweep(oe.GradientDescent, device=place, **GRID, **limit)


def test_other_devices_are_refused():
    with pytest.raises(ValueError, match="device must be 'cpu', 'cuda' or 'auto', got 'tpu'"):
        oe.sweep(oe.GradientDescent, problem=BOWL, step_size=[0.1], starts=np.ones(2), device="tpu")
