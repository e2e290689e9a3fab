"""What a sweep says to CUDA's driver, and in which order, without a GPU."""

import ctypes
import math

import numpy as np
import pytest

import optedu as oe
from optedu.cuda import assemble, device, jobs, runs, sweeping
from optedu.cuda.jobs import Kernel
from optedu.cuda.rehearsal import Rehearsal
from optedu.running.run import prepare
from tests.cuda.test_rehearsal import BOWL, starts

pytestmark = [pytest.mark.compiled, pytest.mark.xdist_group("cuda")]

FREE = 1 << 30


class Driver:
    """The driver's part of NVIDIA's bindings; its kernel is the rehearsed one.

    It has what is asked for and nothing else, and says no to what is out of order.
    """

    class CUresult:
        CUDA_SUCCESS = "fine"

    class CUlimit:
        CU_LIMIT_STACK_SIZE = "stack"

    def __init__(self, kernel):
        self.plays, self.calls, self.held, self.current = Rehearsal(kernel), [], {}, None

    def __getattribute__(self, name):
        if name.startswith("cu") and name != "current":
            self.calls.append(name)
        return object.__getattribute__(self, name)

    def cuDeviceGet(self, number):
        assert number == 0
        return "fine", "device"

    def cuDevicePrimaryCtxRetain(self, it):
        assert it == "device"
        return "fine", "context"

    def cuCtxSetCurrent(self, context):
        self.current = context
        return ("fine",)

    def cuCtxSetLimit(self, which, value):
        assert self.current == "context"
        assert which == "stack"
        assert value >= 1 << 12
        return ("fine",)

    def cuModuleLoadData(self, code):
        assert self.current == "context"
        assert isinstance(code, bytes)
        assert code.index(b"\0") == len(code) - 1
        return "fine", "module"

    def cuModuleUnload(self, module):
        assert module == "module"
        assert not self.held
        return ("fine",)

    def cuModuleGetFunction(self, module, name):
        assert (module, name) == ("module", assemble.ENTRY.encode())
        return "fine", "function"

    def cuMemGetInfo(self):
        return "fine", FREE, 2 * FREE

    def cuMemAlloc(self, size):
        memory = np.full(size, 255, np.uint8)
        self.held[memory.ctypes.data] = memory
        return "fine", memory.ctypes.data

    def cuMemFree(self, pointer):
        del self.held[int(pointer)]
        return ("fine",)

    def cuMemcpyHtoD(self, to, source, size):
        ctypes.memmove(to, source, size)
        return ("fine",)

    cuMemcpyDtoH = cuMemcpyHtoD

    def cuLaunchKernel(self, function, *given):
        grid, block, (shared, stream, arguments, extra) = given[:3], given[3:6], given[6:]
        assert function == "function"
        assert (grid[1:], block, shared, stream, extra) == ((1, 1), (128, 1, 1), 0, 0, 0)
        values, kinds = arguments
        assert all(isinstance(value, int) for value in values)
        assert [ctypes.sizeof(kind) for kind in kinds] == [8] * 6
        blocks, width, count, answers, arenas, arena = values
        assert grid[0] == math.ceil(count / 128)
        assert self.held[arenas].size == count * arena
        for run in range(count):
            self.plays._number.value = run
            self.plays._kernel(blocks, width, count, answers, arenas, arena)
        return ("fine",)

    def cuCtxSynchronize(self):
        return ("fine",)


@pytest.mark.parametrize("count", [1, 128, 129])
def test_a_sweep_through_the_driver_ends_as_its_rehearsal(monkeypatch, count):
    method = prepare(oe.GradientDescent(0.3), BOWL)
    kernel = jobs.kernel_of(method, BOWL, 1, jobs.HOST)
    driver = Driver(kernel)
    monkeypatch.setattr(device, "driver", lambda: driver)
    given = BOWL, [method] * count, starts(BOWL, count), None, 50, 1e-9
    gpu = device.GPU(Kernel(b".version 8.3", kernel.slots))
    ours = list(runs.ends_of(gpu, runs.Batch(kernel, *given)))
    theirs = list(runs.ends_of(Rehearsal(kernel), runs.Batch(kernel, *given)))
    assert len(ours) == count
    for a, b in zip(ours, theirs, strict=True):
        assert (a.status, a.steps) == (b.status, b.steps)
        assert np.array_equal(a.x, b.x)
    order = driver.calls
    assert order[:2] == ["cuDeviceGet", "cuDevicePrimaryCtxRetain"]
    assert order.index("cuModuleLoadData") < order.index("cuMemAlloc")
    launched = order.index("cuLaunchKernel")
    assert order[launched + 1] == "cuCtxSynchronize"
    assert "cuMemcpyHtoD" in order[:launched]
    assert "cuMemcpyDtoH" in order[launched:]
    gpu.release()
    assert not driver.held


def test_a_sweep_gives_back_its_memory_and_its_kernel_also_when_it_fails(monkeypatch):
    kernel = jobs.kernel_of(prepare(oe.GradientDescent(0.3), BOWL), BOWL, 1, jobs.HOST)
    driver = Driver(kernel)
    monkeypatch.setattr(device, "driver", lambda: driver)
    monkeypatch.setitem(sweeping.PLACES, "cuda", (device.GPU, jobs.HOST))
    monkeypatch.setattr(jobs, "kernel_of", lambda *_: Kernel(b".version 8.3", kernel.slots))
    pairs = [(oe.GradientDescent(0.3), x) for x in starts(BOWL, 5)]
    assert len(sweeping.sweep_ends("cuda", BOWL, pairs, 0, 50, 1e-9)) == 5
    assert driver.calls[-1] == "cuModuleUnload"
    said = type("CUresult", (), {"name": "CUDA_ERROR_LAUNCH_FAILED"})
    monkeypatch.setattr(driver, "cuLaunchKernel", lambda *_: (said,))
    with pytest.raises(RuntimeError, match="says CUDA_ERROR_LAUNCH_FAILED"):
        sweeping.sweep_ends("cuda", BOWL, pairs, 0, 50, 1e-9)
    assert driver.calls[-1] == "cuModuleUnload"
    assert not driver.held


def test_a_method_is_prepared_once_however_many_its_runs(monkeypatch):
    done = []

    def noted(method, problem):
        done.append(method)
        return prepare(method, problem)

    monkeypatch.setattr(sweeping, "prepare", noted)
    methods = [oe.GradientDescent(0.3), oe.GradientDescent(0.2)]
    pairs = [(method, x) for method in methods for x in starts(BOWL, 5)]
    ends = sweeping.sweep_ends("rehearsal", BOWL, pairs, 0, 99, 1e-9)
    assert len(ends) == 10
    assert done == methods


def test_what_the_driver_refuses_is_an_error(monkeypatch):
    driver = Driver(jobs.kernel_of(prepare(oe.GradientDescent(0.3), BOWL), BOWL, 1, jobs.HOST))
    said = type("CUresult", (), {"name": "CUDA_ERROR_INVALID_PTX"})
    monkeypatch.setattr(device, "driver", lambda: driver)
    monkeypatch.setattr(driver, "cuModuleLoadData", lambda code: (said, 0))
    with pytest.raises(RuntimeError, match="says CUDA_ERROR_INVALID_PTX"):
        device.GPU(Kernel(b".version 9.9", []))


def test_nvidia_s_bindings_have_what_is_asked_of_them():
    bindings = pytest.importorskip("cuda.bindings.driver")
    asked = [name for name in vars(Driver) if name.startswith("cu")]
    assert "cuLaunchKernel" in asked
    for name in (*asked, "cuInit", "cuDeviceGetCount"):
        assert callable(getattr(bindings, name))
    assert bindings.CUlimit.CU_LIMIT_STACK_SIZE == 0
    assert bindings.CUresult.CUDA_SUCCESS == 0
