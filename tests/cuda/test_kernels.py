"""The kernels in the simulator, against formulas and the CPU, at sizes around warps and blocks."""

import numpy as np
import pytest

from optedu import cuda
from optedu.cuda.kernels import reductions
from optedu.cuda.places import place_of
from tests.cuda.kernel_calls import CALLS, SIZES, by_logarithms, differ

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
    place.launch(reductions.sum_of_rows, (1, 1), (128, 1), parts, sums)
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
