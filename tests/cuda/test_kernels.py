"""The kernels in the simulator, against formulas and the CPU, at sizes around warps and blocks."""

import sys
from pathlib import Path

import numpy as np
import pytest

from optedu import cuda
from optedu.cuda import kernels, places, simulator
from optedu.cuda.kernels import reductions
from optedu.cuda.places import place_of
from optedu.kernels import patterns
from tests.cuda.kernel_calls import CALLS, SIZES, by_logarithms, differ, draws

pytestmark = [pytest.mark.compiled, pytest.mark.xdist_group("cuda")]

CLOSE = {np.float64: 1e-10, np.float32: 1e-4}
CASES = [(n, np.float64) for n in SIZES] + [(n, np.float32) for n in (1, 33)]


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(("n", "kind"), CASES)
def test_a_kernel_is_its_formula_and_the_cpu(name, n, kind):
    there, formula = CALLS[name](n, kind, "simulator")
    here, _ = CALLS[name](n, kind, "cpu")
    assert differ(here, formula) <= CLOSE[kind]
    assert differ(there, formula) <= CLOSE[kind]
    assert differ(there, here) <= CLOSE[kind]
    arrays = [a for a in there if isinstance(a, np.ndarray)]
    assert all(a.dtype == kind for a in arrays)


BARRIERS = [
    (path.name, number)
    for path in sorted(Path(kernels.__path__[0]).glob("*.py"))
    for number, line in enumerate(path.read_text().splitlines(), 1)
    if line.strip() == "cuda.syncthreads()"
]


def far_clouds():
    """Few points far from many: the first sums are too small, and are made again."""
    x, y = np.linspace(0.0, 1.0, 5)[:, None], np.linspace(9.0, 10.0, 130)[:, None]
    ends = cuda.sinkhorn(x, y, 1e-3, rounds=1, tol=0.0, device="simulator")
    return ends, by_logarithms((x - y.T) ** 2, 1e-3, np.full(5, 0.2), np.full(130, 1 / 130), 1)


def least_entry():
    place, x = place_of("simulator"), np.arange(256.0, 0.0, -1.0)
    out = place.empty(1, np.float64)
    place.launch(reductions.minimum, (1, 1), (reductions.THREADS, 1), place.put(x), out)
    return (out.to_host(),), ([1.0],)


def small(name, n=33):
    return lambda: CALLS[name](n, np.float64, "simulator")


REACHED_BY = {
    "clouds.py": [small("clouds", 130), far_clouds],
    "dense.py": [small("dense")],
    "newton.py": [small("newton")],
    "reductions.py": [small("consensus"), small("logistic"), least_entry],
    "sliced.py": [small("sliced", 65)],
    "tiles.py": [small("cones")],
}


def without(barrier):
    """Return the barrier of the simulator's threads that passes by at one line of the kernels."""

    def wait(thread):
        frame = sys._getframe(1)
        while Path(frame.f_code.co_filename).name not in REACHED_BY:
            frame = frame.f_back
        if (Path(frame.f_code.co_filename).name, frame.f_lineno) != barrier:
            thread.wait_for("block")

    return wait


def agree(calls):
    return all(
        np.allclose(np.asarray(a, float), np.asarray(b, float), rtol=1e-9, atol=1e-9)
        for call in calls
        for a, b in zip(*call(), strict=True)
    )


@pytest.mark.parametrize("barrier", BARRIERS)
def test_without_any_barrier_the_results_are_wrong(barrier, monkeypatch):
    monkeypatch.setattr(simulator.Thread, "syncthreads", without(barrier))
    assert not agree(REACHED_BY[barrier[0]])


def test_with_all_barriers_they_are_right(monkeypatch):
    monkeypatch.setattr(simulator.Thread, "syncthreads", without(None))
    assert agree([far_clouds, least_entry, small("sliced", 65)])


@pytest.mark.parametrize("n", SIZES)
def test_cones_are_those_of_the_portable_kernels(n):
    """In float32, where all sizes of the others are float64."""
    draw = draws(n, np.float32)
    X, W, Y = draw(n, 5), draw(6, 5), draw(n, 6)
    D = (draw(n, 3) > 0).astype(float)
    Z = cuda.cone_products(X, D, W, device="simulator")
    G = cuda.cone_adjoint(X, D, Y, device="simulator")
    assert Z.dtype == G.dtype == np.float32
    X, W, Y = (a.astype(float) for a in (X, W, Y))
    assert differ([Z], [patterns.cone_products(X, D, W)]) <= 1e-5
    assert differ([G], [patterns.cone_adjoint(X, D, Y)]) <= 1e-5


def test_weights_without_a_partner_are_refused():
    X, D = np.ones((3, 2)), np.ones((3, 1))
    with pytest.raises(ValueError, match=r"^W must have two of each pattern, 2 P of them, got 3"):
        cuda.cone_products(X, D, np.ones((3, 2)), device="cpu")
    with pytest.raises(ValueError, match=r"^D must have shape \(3, 2\), got \(3, 1\)"):
        cuda.cone_adjoint(X, D, np.ones((3, 4)), device="cpu")


class Large:
    """An array on the device that is only asked for its shape."""

    def __init__(self, *shape, kind="<f4"):
        self.__cuda_array_interface__ = {
            "shape": shape, "typestr": kind, "version": 3, "data": (8, False), "strides": None,
            "stream": None,
        }  # fmt: skip


def test_grids_and_blocks_are_no_larger_than_a_gpu_takes(monkeypatch):
    launched = []
    monkeypatch.setattr(
        places.Simulator,
        "start",
        lambda self, kernel, *shape_of_grid: launched.append(shape_of_grid),
    )
    monkeypatch.setattr(places.Simulator, "room", lambda self: 1 << 60)
    monkeypatch.setattr(places.Simulator, "allocate", lambda self, size: 8)
    monkeypatch.setattr(places.Simulator, "write", lambda self, array, content: None)
    monkeypatch.setattr(places.Simulator, "host", lambda self, array: np.zeros(array.shape))
    here, n = {"device": "simulator"}, 3_000_000
    ones = [Large(n), Large(n)]
    cuda.sinkhorn(Large(n, 3), Large(n, 3), 0.1, a=ones[0], b=ones[1], rounds=1, **here)
    for rows, columns in ((n, 5), (5, n)):
        a, b = Large(rows), Large(columns)
        cuda.sinkhorn_dense(Large(rows, columns), 0.1, a=a, b=b, rounds=1, **here)
        cuda.linear_gradient(Large(rows, columns), a, b, **here)
        D, words = Large(rows, columns, kind="|u1"), Large(rows, -(-columns // 32), kind="<i4")
        for gates in (D, words):
            cuda.masked_sum(Large(rows, 40), gates, Large(columns, 40), **here)
            cuda.masked_adjoint(Large(rows, 40), gates, a, patterns_count=columns, **here)
            cuda.cone_products(Large(rows, 40), gates, Large(2 * columns, 40), **here)
            cuda.cone_adjoint(Large(rows, 40), gates, Large(rows, 2 * columns), **here)
    for points, lines in ((n, 3), (1000, n)):
        cloud = Large(points, 3)
        cuda.sliced_distances(cloud, cloud, Large(lines, 3), **here)
    with pytest.raises(
        ValueError, match=r"^directions: at most 65535 at a time for 3000000 points"
    ):
        cuda.sliced_distances(Large(n, 3), Large(n, 3), Large(65_536, 3), **here)
    for d in (3, 3000):
        told = {"alpha": 1.0, "drift": 0.1, "noise": 0.1, "seed": 0, "step": 0}
        cuda.consensus_step(Large(n, d), Large(n), **told, **here)
    cuda.newton_steps(Large(n, 8, 8), Large(n, 8), **here)
    for blocks, threads, _ in launched:
        assert blocks[0] < 1 << 31
        assert blocks[1] <= 65_535
        assert threads[0] * threads[1] <= 1024
        assert threads[0] * threads[1] % 32 == 0
    assert len(launched) > 500


@pytest.mark.parametrize("device", ["simulator", "cpu"])
@pytest.mark.parametrize(("n", "t"), [(33, 1e-2), (257, 1e-3)])
def test_clouds_far_from_each_other_do_not_overflow(n, t, device):
    ours, formula = CALLS["clouds"](n, np.float64, device, t=t, rounds=1)
    assert differ(ours[:2], formula[:2]) <= 1e-10
    x, y = np.linspace(0.0, 1.0, 20)[:, None], np.linspace(9.0, 10.0, n)[:, None]
    ends = cuda.sinkhorn(x, y, t, rounds=1, tol=0.0, device=device)
    formula = by_logarithms((x - y.T) ** 2, t, np.full(20, 0.05), np.full(n, 1 / n), 1)
    assert differ(ends, formula) <= 1e-10


@pytest.mark.parametrize("device", ["simulator", "cpu"])
def test_it_ends_at_the_tolerance(device):
    C = np.array([[0.0, 1.0, 2.0], [1.0, 0.0, 1.0]])
    a, b = np.array([0.3, 0.7]), np.array([0.5, 0.0, 0.5])
    ends = cuda.sinkhorn_dense(C, 0.5, a=a, b=b, tol=1e-9, device=device)
    plan = np.exp((ends.f[:, None] + ends.g - C) / 0.5)
    assert np.allclose(plan.sum(axis=1), a, atol=1e-9)
    assert np.allclose(plan.sum(axis=0), b, atol=1e-12)
    assert ends.error <= 1e-9
    assert ends.rounds < 1000
    assert ends.rounds % 10 == 0


@pytest.mark.parametrize("n", SIZES)
def test_sums_and_minima(n):
    place, x = place_of("simulator"), np.random.default_rng(n).normal(size=n)
    x[n // 2] = -9.0
    given, out = place.put(x), place.empty(1, np.float64)
    place.launch(reductions.total, (1, 1), (reductions.THREADS, 1), given, out)
    assert np.isclose(out.to_host()[0], x.sum(), rtol=1e-13)
    place.launch(reductions.minimum, (1, 1), (reductions.THREADS, 1), given, out)
    assert out.to_host()[0] == -9.0
    parts, sums = place.put(np.outer(x, [1.0, -2.0])), place.empty(2, np.float64)
    place.launch(reductions.sum_of_rows, (1, 1), (32, reductions.GROUPS), parts, sums)
    assert np.allclose(sums.to_host(), [x.sum(), -2 * x.sum()], rtol=1e-12)


def test_the_same_call_gives_the_same_bits():
    first, _ = CALLS["logistic"](33, np.float32, "simulator")
    again, _ = CALLS["logistic"](33, np.float32, "simulator")
    assert first[0] == again[0]
    assert np.array_equal(first[1], again[1])


@pytest.mark.parametrize("device", ["simulator", "cpu"])
def test_what_is_not_positive_definite_is_nan(device):
    H = np.stack([np.eye(3), -np.eye(3), np.diag([1.0, 1.0, 0.0]), 2 * np.eye(3)])
    steps = cuda.newton_steps(H, np.ones((4, 3)), device=device)
    assert np.isnan(steps).all(axis=1).tolist() == [False, True, True, False]
    assert np.allclose(steps[[0, 3]], [[-1.0] * 3, [-0.5] * 3])


def test_lists_that_do_not_fit_into_shared_memory_are_sorted_too(monkeypatch):
    from optedu.cuda.kernels import sliced

    monkeypatch.setattr(sliced, "SHARED_BYTES", 100)
    for n in (2, 33):
        ours, formula = CALLS["sliced"](n, np.float64, "simulator")
        assert differ(ours, formula) <= 1e-10


def test_a_step_conserves_nothing_but_its_own_draws():
    """The noise depends on (seed, step, particle, coordinate), and on nothing else."""
    X = np.random.default_rng(0).normal(size=(600, 4))
    given = {"alpha": 1.0, "drift": 0.0, "noise": 1.0}
    whole, mean = cuda.consensus_step(X, np.zeros(600), seed=7, step=0, **given, device="cpu")
    xi = (whole - X) / (X - mean)
    assert abs(xi.mean()) < 5 / np.sqrt(xi.size)
    assert abs(xi.var() - 1.0) < 5 * np.sqrt(2 / xi.size)
    assert abs(np.corrcoef(xi[:-1, 0], xi[1:, 0])[0, 1]) < 5 / np.sqrt(599)
    small, mean = cuda.consensus_step(X[:40], np.zeros(40), seed=7, step=0, **given, device="cpu")
    assert np.allclose((small - X[:40]) / (X[:40] - mean), xi[:40])
    for other in ({"seed": 8, "step": 0}, {"seed": 7, "step": 1}):
        moved, mean = cuda.consensus_step(X[:40], np.zeros(40), **other, **given, device="cpu")
        assert not np.isclose((moved - X[:40]) / (X[:40] - mean), xi[:40]).any()


def test_philox_is_the_published_generator():
    """The known answers of Random123: for counter and key zero, and for all ones."""
    from optedu.cuda.kernels.particles import philox

    def words(*numbers):
        return [int(w) for w in philox.py_func(*(np.uint64(n) for n in numbers))]

    assert words(0, 0, 0, 0, 0, 0) == [0x6627E8D5, 0xE169C58D]
    ones = 0xFFFFFFFF
    assert words(ones, ones, ones, ones, ones, ones) == [0x408F276D, 0x41C83B0E]
