"""Arrays that live on a device are used in place; what does not fit gets one sentence."""

import ctypes
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from optedu import cuda
from optedu.cuda import device, places
from tests.cuda.kernel_calls import draws

pytestmark = [pytest.mark.compiled, pytest.mark.xdist_group("cuda")]

HERE = {"device": "simulator"}


class Foreign:
    """Somebody else's array on the device, as CuPy, PyTorch and JAX show theirs."""

    def __init__(self, array, **said):
        self.array, self.said = array, said

    @property
    def __cuda_array_interface__(self):
        return {
            "shape": self.array.shape, "typestr": self.array.dtype.str, "version": 3,
            "data": (self.array.ctypes.data, True), "strides": None, "stream": None,
        } | self.said  # fmt: skip


@pytest.fixture
def no_copies(monkeypatch):
    """Nothing but vectors of weights may be copied to the device."""
    write = places.Simulator.write

    def refuse(self, array, content):
        assert content.ndim == 1
        write(self, array, content)

    monkeypatch.setattr(places.Simulator, "write", refuse)


@pytest.mark.usefixtures("no_copies")
def test_arrays_are_used_in_place_and_results_stay():
    draw = draws(3)
    x, y, C = draw(5, 2), draw(4, 2), draw(5, 4) ** 2
    kept = x.copy()
    ours = cuda.sinkhorn(Foreign(x), Foreign(y), 0.5, rounds=2, tol=0.0, **HERE)
    theirs = cuda.sinkhorn(x, y, 0.5, rounds=2, tol=0.0, device="cpu")
    assert isinstance(ours.f, places.DeviceArray)
    assert np.allclose(ours.f.to_host(), theirs.f)
    assert np.array_equal(x, kept)
    ends = cuda.sinkhorn_dense(Foreign(C), 0.5, a=ours_weights(5), rounds=1, tol=0.0, **HERE)
    assert isinstance(ends.g, places.DeviceArray)


def ours_weights(n):
    return Foreign(np.full(n, 1.0 / n))


def test_results_are_taken_up_again():
    """A result goes into the next call as it is, and others see it through the interface."""
    draw = draws(4)
    A, y, w = Foreign(draw(6, 3)), Foreign(draw(6)), Foreign(draw(3))
    _, gradient = cuda.linear_gradient(A, y, w, **HERE)
    _, second = cuda.linear_gradient(A, y, gradient, **HERE)
    first = A.array.T @ (A.array @ w.array - y.array)
    assert np.allclose(gradient.to_host(), first)
    assert np.allclose(second.to_host(), A.array.T @ (A.array @ first - y.array))
    said = gradient.__cuda_array_interface__
    seen = np.frombuffer((ctypes.c_double * 3).from_address(said["data"][0]))
    assert said["shape"] == (3,)
    assert said["typestr"] == "<f8"
    assert said["stream"] == 1
    assert np.array_equal(seen, gradient.to_host())
    assert (gradient.ndim, gradient.size, gradient.nbytes) == (1, 3, 24)
    assert repr(gradient) == "DeviceArray(shape=(3,), dtype=float64)"


@pytest.mark.usefixtures("no_copies")
def test_patterns_and_matrices_stay_too():
    draw = draws(5)
    X, W, D = draw(6, 3), draw(4, 3), (draw(6, 4) > 0).view(np.uint8)
    z = cuda.masked_sum(Foreign(X), Foreign(D), Foreign(W), **HERE)
    bits = Foreign(cuda.pack_patterns(D))
    G = cuda.masked_adjoint(Foreign(X), bits, z, patterns_count=4, **HERE)
    right = np.sum(D * (X @ W.T), axis=1)
    assert np.allclose(z.to_host(), right)
    assert np.allclose(G.to_host(), (D * right[:, None]).T @ X)
    Z = cuda.cone_products(Foreign(X), Foreign(D), Foreign(np.vstack([W, W])), **HERE)
    G = cuda.cone_adjoint(Foreign(X), Foreign(D), Z, **HERE)
    signs = 2.0 * D - 1.0
    assert np.allclose(Z.to_host(), np.tile(signs * (X @ W.T), 2))
    assert np.allclose(G.to_host(), np.tile((X.T @ X @ W.T).T, (2, 1)))
    H = np.eye(3) * np.arange(1.0, 5.0)[:, None, None]
    steps = cuda.newton_steps(Foreign(H), Foreign(np.ones((4, 3))), **HERE)
    assert np.allclose(steps.to_host(), -1.0 / np.arange(1.0, 5.0)[:, None])


def test_patterns_on_the_device_decide_where_to_compute():
    draw = draws(5)
    X, W, D = draw(6, 3), draw(4, 3), (draw(6, 4) > 0).view(np.uint8)
    z = cuda.masked_sum(X, Foreign(D), W, **HERE)
    assert isinstance(z, places.DeviceArray)
    assert np.allclose(z.to_host(), np.sum(D * (X @ W.T), axis=1))
    with pytest.raises(ValueError, match=r"^device='cpu' got an array that lives on a GPU"):
        cuda.masked_sum(X, Foreign(D), W, device="cpu")
    with pytest.raises(
        TypeError, match=r"^D on the GPU must be bytes, or bits in int32, got float"
    ):
        cuda.masked_sum(X, Foreign(D.astype(float)), W, **HERE)


def test_another_shape_is_the_same_memory():
    x = places.place_of("simulator").put(np.arange(6.0))
    matrix = x.reshape(2, 3)
    del x
    assert matrix.to_host().tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]


def test_memory_is_given_back():
    place = places.place_of("simulator")
    before = len(place._held)
    draw = draws(6)
    kept = cuda.linear_gradient(Foreign(draw(6, 3)), Foreign(draw(6)), Foreign(draw(3)), **HERE)
    assert len(place._held) == before + 1
    del kept
    assert len(place._held) == before


@pytest.mark.parametrize(
    ("arrays", "error", "sentence"),
    [
        ([np.ones((3, 2), np.int64), None], TypeError, "A on the GPU is int64: the kernels take"),
        ([np.ones((3, 2), np.float16), None], TypeError, "A on the GPU is float16"),
        ([np.ones((3, 2), np.float32), None], TypeError, "must have one precision: A is float32"),
        ([np.ones((4, 2)), None], ValueError, r"y must have shape \(4\), got \(3,\)"),
        ([np.ones((3, 2)), (24, 8)], ValueError, r"shape \(3, 2\) on the GPU is not contiguous"),
        ([np.ones((3, 2)), (8, 24)], ValueError, "ascontiguousarray"),
    ],
)
def test_what_does_not_fit_gets_a_sentence(arrays, error, sentence):
    A = Foreign(arrays[0], strides=arrays[1])
    with pytest.raises(error, match=sentence):
        cuda.linear_gradient(A, Foreign(np.ones(3)), Foreign(np.ones(2)), **HERE)


def test_contiguous_strides_are_taken():
    A = Foreign(np.ones((3, 2)), strides=(16, 8))
    value, _ = cuda.linear_gradient(A, Foreign(np.ones(3)), Foreign(np.ones(2)), **HERE)
    assert value == 1.5


def test_masks_and_wrong_devices_are_refused():
    A = Foreign(np.ones((3, 2)), mask=Foreign(np.ones((3, 2), bool)))
    with pytest.raises(ValueError, match="has a mask"):
        cuda.linear_gradient(A, np.ones(3), np.ones(2), **HERE)
    with pytest.raises(ValueError, match=r"^device='cpu' got an array that lives on a GPU"):
        cuda.linear_gradient(A, np.ones(3), np.ones(2), device="cpu")
    with pytest.raises(ValueError, match=r"^device must be 'cpu', 'cuda' or 'auto', got 'tpu'"):
        cuda.linear_gradient(np.ones((3, 2)), np.ones(3), np.ones(2), device="tpu")
    with pytest.raises(TypeError, match="A must hold real numbers, got complex128"):
        cuda.linear_gradient(np.ones((3, 2), complex), np.ones(3), np.ones(2))


def test_a_stream_is_waited_for(monkeypatch):
    seen = []
    monkeypatch.setattr(places.Simulator, "wait_for", lambda self, stream: seen.append(stream))
    cuda.linear_gradient(Foreign(np.ones((3, 2)), stream=7), np.ones(3), np.ones(2), **HERE)
    assert seen == [7]


def test_too_little_memory_is_said(monkeypatch):
    monkeypatch.setattr(places.Simulator, "room", lambda self: 100)
    with pytest.raises(
        MemoryError, match=r"^the GPU has 0.0 GiB left, and an array of shape \(9, 2"
    ):
        cuda.linear_gradient(np.ones((9, 2)), np.ones(9), np.ones(2), **HERE)


def test_without_a_gpu_there_is_one_sentence(monkeypatch):
    places.place_of.cache_clear()
    monkeypatch.setitem(sys.modules, "cuda.bindings", None)
    with pytest.raises(device.Unavailable, match=r"^device='cuda' needs NVIDIA's bindings: pip"):
        cuda.newton_steps(np.eye(2)[None], np.ones((1, 2)), device="cuda")
    steps = cuda.newton_steps(np.eye(2)[None], np.ones((1, 2)), device="auto")
    assert np.array_equal(steps, -np.ones((1, 2)))


class Driver:
    """CUDA's driver, with this process's memory for the device's; launches are only noted."""

    class CUresult:
        CUDA_SUCCESS = "fine"

    class CUdevice_attribute:
        CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR = "major"
        CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR = "minor"

    def __init__(self, major=9):
        self.major, self.held, self.codes, self.launched, self.freed = major, {}, [], [], 0

    def __getattr__(self, name):
        """Nothing to do, and nothing to answer: contexts, streams, memory that is given back."""
        return lambda *arguments: ("fine", 0)

    def cuInit(self, flags):
        return ("fine",)

    def cuDeviceGetCount(self):
        return "fine", 1

    def cuDeviceGetAttribute(self, which, device):
        return "fine", self.major if which == "major" else 0

    def cuMemGetInfo(self):
        return "fine", 1 << 30, 1 << 31

    def cuMemAlloc(self, size):
        memory = np.zeros(size, np.uint8)
        self.held[memory.ctypes.data] = memory
        return "fine", memory.ctypes.data

    def cuMemFree(self, pointer):
        self.freed += 1
        return ("fine",)

    def cuMemcpyHtoD(self, to, source, size):
        ctypes.memmove(to, source, size)
        return ("fine",)

    cuMemcpyDtoH = cuMemcpyHtoD

    def cuModuleLoadData(self, code):
        self.codes.append(code)
        return "fine", len(self.codes)

    def cuLaunchKernel(self, *arguments):
        self.launched.append(arguments)
        return ("fine",)


def test_what_the_driver_is_given(monkeypatch):
    driver = Driver()
    monkeypatch.setattr(device, "driver", lambda: driver)
    gpu = places.GPU()
    x, out = gpu.put(np.array([3.0, 4.0])), gpu.empty(1, np.float64)
    assert np.array_equal(gpu.host(x), [3.0, 4.0])

    from optedu.cuda.kernels.reductions import total

    for _ in range(2):
        gpu.launch(total, (1, 1), (256, 1), x, out)
    assert len(driver.codes) == 1
    assert driver.codes[0].startswith(b"//")
    assert driver.codes[0].endswith(b"\0")
    (_, *grid, shared, stream, (values, words), extra) = driver.launched[0]
    assert grid == [1, 1, 1, 256, 1, 1]
    assert (shared, stream, extra) == (0, 0, 0)
    assert values == (0, 0, 2, 8, x.pointer, 2, 8, 0, 0, 1, 8, out.pointer, 1, 8)
    assert len(words) == len(values)


def test_memory_that_was_given_back_is_used_again(monkeypatch):
    driver = Driver()
    monkeypatch.setattr(device, "driver", lambda: driver)
    monkeypatch.setattr(places, "MOST_KEPT", 100)
    gpu = places.GPU()
    first = gpu.empty(10, np.float64)
    address = first.pointer
    del first
    again = gpu.empty(10, np.float64)
    assert again.pointer == address
    other = gpu.empty(10, np.float64)
    assert other.pointer != address
    assert len(driver.held) == 2
    del again, other  # 160 bytes: the second is given to the driver
    assert driver.freed == 1
    asked = []
    pool = SimpleNamespace(free_all_blocks=lambda: asked.append("CuPy's pool"))
    cupy = SimpleNamespace(get_default_memory_pool=lambda: pool)
    monkeypatch.setitem(sys.modules, "cupy", cupy)
    monkeypatch.setattr(driver, "cuMemGetInfo", lambda: ("fine", 10, 1 << 31))
    with pytest.raises(MemoryError, match=r"^the GPU has 0.0 GiB left"):
        gpu.empty(11, np.float64)
    assert driver.freed == 2
    assert asked == ["CuPy's pool"]


def test_an_old_gpu_is_refused(monkeypatch):
    monkeypatch.setattr(device, "driver", lambda: Driver(major=7))
    with pytest.raises(
        device.Unavailable, match=r"compute capability 8.0 or newer, this one has 7"
    ):
        places.GPU()


def test_the_driver_has_what_is_called():
    """Every name that `places` and `device` ask of NVIDIA's bindings is there, without a GPU."""
    import inspect
    import re

    from cuda.bindings import driver

    for module in (places, device):
        for name in re.findall(r'_call\(\s*"(cu\w+)"', inspect.getsource(module)):
            assert callable(getattr(driver, name)), name
    for name in ("COMPUTE_CAPABILITY_MAJOR", "MULTIPROCESSOR_COUNT", "CLOCK_RATE"):
        assert hasattr(driver.CUdevice_attribute, f"CU_DEVICE_ATTRIBUTE_{name}")
