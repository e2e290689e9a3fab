"""NVIDIA's own bindings take what they are handed; they read it before they look for a driver."""

import ctypes

import numpy as np
import pytest

import optedu as oe
from optedu.cuda import device, places
from optedu.cuda.portable import proximal_step
from optedu.cuda.sweeping import sweep_ends
from tests.cuda.ptx_machine import Driver
from tests.cuda.test_rehearsal import BOWL, starts

pytestmark = [pytest.mark.compiled, pytest.mark.xdist_group("cuda")]


class Noting(Driver):
    """The stand-in, which writes down what it is asked."""

    def __init__(self):
        super().__init__()
        self.asked = []

    def __getattribute__(self, name):
        found = super().__getattribute__(name)
        if not (name.startswith("cu") and callable(found)):
            return found

        def noted(*given):
            self.asked.append((name, given))
            return found(*given)

        return noted


@pytest.fixture(scope="module")
def bindings():
    found = pytest.importorskip("cuda.bindings.driver")
    try:
        found.cuInit(0)
    except RuntimeError:
        return found
    pytest.skip("there is a driver, and these arguments mean nothing to it")


@pytest.fixture(scope="module")
def asked():
    """All calls of a sweep and of a kernel written by hand."""
    driver = Noting()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(device, "driver", lambda: driver)
        places.place_of.cache_clear()
        sweep_ends("cuda", BOWL, [(oe.GradientDescent(0.3), x) for x in starts(BOWL, 3)], 0, 9, 0.0)
        for kind in (np.float32, np.float64):
            x = np.ones(5, kind)
            proximal_step(5, x, x, 0.5, 0.9, np.empty_like(x), device="cuda")
        places.place_of("cuda").release()
        places.place_of.cache_clear()
    return driver.asked


def handles(bindings, name, given):
    """Return the arguments with the driver's handles in the place of our stand-ins."""
    if name == "cuCtxSetLimit":
        return bindings.CUlimit.CU_LIMIT_STACK_SIZE, given[1]
    if name == "cuDeviceGetAttribute":
        which = bindings.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR
        return which, bindings.CUdevice(0)
    first = {"cuCtxSetCurrent": "CUcontext", "cuDevicePrimaryCtxRetain": "CUdevice",
             "cuModuleGetFunction": "CUmodule", "cuModuleUnload": "CUmodule",
             "cuLaunchKernel": "CUfunction"}  # fmt: skip
    return (getattr(bindings, first[name])(0), *given[1:]) if name in first else given


def test_what_is_asked_can_be_read(bindings, asked):
    names = {name for name, _ in asked}
    assert {"cuModuleLoadData", "cuMemAlloc", "cuMemFree", "cuMemcpyHtoD", "cuMemcpyDtoH",
            "cuLaunchKernel", "cuCtxSetLimit"} <= names  # fmt: skip
    for name, given in asked:
        with pytest.raises(RuntimeError, match=r"driver library|libcuda"):
            getattr(bindings, name)(*handles(bindings, name, given))


@pytest.mark.parametrize(
    "words", [((0, 1.5), (ctypes.c_void_p, ctypes.c_int64)), ((0,), (ctypes.c_void_p,) * 2)]
)
def test_what_is_wrong_is_refused_without_a_driver(bindings, words):
    with pytest.raises(TypeError):
        bindings.cuLaunchKernel(bindings.CUfunction(0), 1, 1, 1, 128, 1, 1, 0, 0, words, 0)
