"""The simulator finds what a GPU would leave undefined, and a body is the same everywhere."""

import math

import numpy as np
import pytest
from numba import cuda, njit

from optedu.cuda.kernels.reductions import warp_sum
from optedu.cuda.places import place_of
from optedu.cuda.portable import portable_kernel, proximal_step
from optedu.cuda.simulator import SimulationError, play

pytestmark = [pytest.mark.compiled, pytest.mark.xdist_group("cuda")]


def reversed_in_shared(x, wait):
    shared = cuda.shared.array(64, x.dtype)
    shared[cuda.threadIdx.x] = x[cuda.threadIdx.x]
    if wait:
        cuda.syncthreads()
    x[cuda.threadIdx.x] = shared[63 - cuda.threadIdx.x]


def test_a_missing_barrier_is_seen():
    x = np.arange(64.0)
    play(reversed_in_shared, (1, 1), (64, 1), x, True)
    assert np.array_equal(x, np.arange(64.0)[::-1])
    play(reversed_in_shared, (1, 1), (64, 1), x, False)
    assert np.isnan(x).any()


def test_a_missing_second_barrier_is_seen():
    """Threads that come back to write before all have read: wrong in one of the two orders."""

    def shifted(x, wait):
        shared = cuda.shared.array(32, x.dtype)
        for turn in range(4):
            shared[cuda.threadIdx.x] = x[turn, cuda.threadIdx.x]
            cuda.syncthreads()
            x[turn, cuda.threadIdx.x] = shared[(cuda.threadIdx.x + 1) % 32]
            if wait:
                cuda.syncthreads()

    start = np.arange(128.0).reshape(4, 32)
    right, wrong = start.copy(), start.copy()
    play(shifted, (1, 1), (32, 1), right, True)
    play(shifted, (1, 1), (32, 1), wrong, False)
    assert np.array_equal(right, np.roll(start, -1, axis=1))
    assert not np.array_equal(wrong, right)


def test_threads_that_leave_before_a_barrier_are_an_error():
    def leaves(x):
        if cuda.threadIdx.x < 3:
            cuda.syncthreads()
        x[cuda.threadIdx.x] = 1.0

    with pytest.raises(SimulationError, match="threads left while others wait"):
        play(leaves, (1, 1), (32, 1), np.zeros(32))


def test_half_a_warp_cannot_shuffle():
    def half(x):
        if cuda.threadIdx.x < 16:
            x[cuda.threadIdx.x] = warp_sum(x[cuda.threadIdx.x])

    with pytest.raises(SimulationError, match="all 32 threads"):
        play(half, (1, 1), (32, 1), np.ones(32))


def test_an_error_in_a_thread_comes_out():
    def outside(x):
        x[cuda.grid(1)] = 1.0

    with pytest.raises(IndexError):
        play(outside, (1, 1), (32, 1), np.ones(31))


@pytest.mark.parametrize("blocks", [1, 3])
def test_warps_are_on_their_own(blocks):
    """One warp shuffles more often than the other, as rows of different length would make it."""

    def sums(x, out):
        warp = cuda.threadIdx.x // 32
        for _ in range(warp + 1):
            total = warp_sum(x[cuda.threadIdx.x])
        if cuda.threadIdx.x % 32 == 0:
            out[cuda.blockIdx.x, warp] = total

    out = np.zeros((blocks, 2))
    play(sums, (blocks, 1), (64, 1), np.arange(64.0), out)
    assert np.array_equal(out, [[496.0, 1520.0]] * blocks)


@njit
def squashed(v):
    return v / (1.0 + abs(v))


@portable_kernel
def wave(i, x, shift, times, out):
    """A body with a function, two kinds of numbers, and two dimensions."""
    v = math.sin(x[i] + shift)
    for k in range(times):
        out[i, k] = squashed(v) * (k + 1)


@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize("n", [1, 2, 31, 32, 33, 255, 256, 257])
def test_a_body_is_the_same_everywhere(n, kind):
    x = np.random.default_rng(n).normal(size=n).astype(kind)
    v = np.sin(x.astype(float) + 0.25)
    right = np.outer(v / (1 + np.abs(v)), [1.0, 2.0, 3.0])
    for device in ("python", "serial", "cpu", "simulator"):
        out = np.full((n, 3), np.nan, kind)
        wave(n, x, 0.25, 3, out, device=device)
        assert np.allclose(out, right, rtol=0, atol=1e-14 if kind is np.float64 else 1e-6), device


def test_a_grid_that_is_too_small_goes_on(monkeypatch):
    from optedu.cuda import portable

    monkeypatch.setattr(portable, "BLOCKS", 1)
    x, out = np.arange(300.0), np.full((300, 1), np.nan)
    wave(300, x, 0.0, 1, out, device="simulator")
    assert np.allclose(out[:, 0], np.sin(x) / (1 + np.abs(np.sin(x))))


@pytest.mark.parametrize("device", ["python", "cpu", "simulator"])
def test_the_proximal_step_is_the_shrunk_one(device):
    rng = np.random.default_rng(0)
    x, g, out = rng.normal(size=50), rng.normal(size=50), np.empty(50)
    proximal_step(50, x, g, 0.5, 0.8, out, device=device)
    v = x - 0.5 * g
    assert np.allclose(out, np.sign(v) * np.maximum(np.abs(v) - 0.4, 0.0), atol=1e-15)
    assert (out == 0).any()
    assert (out != 0).any()


def test_auto_without_a_gpu_is_the_cpu():
    out = np.empty((2, 1))
    wave(2, np.zeros(2), 0.0, 1, out, device="auto")
    assert np.array_equal(out, [[0.0], [0.0]])
    assert place_of("simulator").name() == "simulator"
