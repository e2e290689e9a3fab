"""Sweeps: the same numbers as single runs, whoever does the work."""

from __future__ import annotations

from typing import NamedTuple

import distributed
import loky
import numpy as np
import pytest

import optedu as oe

STEPS = np.linspace(0.02, 0.25, 6)


@pytest.fixture(scope="module")
def problem():
    rng = np.random.default_rng(11)
    basis = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    matrix = basis @ np.diag([1.0, 4.0, 10.0]) @ basis.T
    return oe.problems.Quadratic((matrix + matrix.T) / 2, rng.standard_normal(3))


@pytest.fixture(scope="module")
def starts():
    return np.random.default_rng(12).standard_normal((3, 3))


def sweep(problem, starts, **options):
    return oe.sweep(
        oe.HeavyBall,
        step_size=STEPS,
        momentum=[0.0, 0.4],
        problem=problem,
        starts=starts,
        max_iter=200,
        tol=1e-8,
        **options,
    )


@pytest.fixture(scope="module")
def reference(problem, starts):
    return sweep(problem, starts, execution="python")


def assert_same(one, other):
    assert (one.statuses == other.statuses).all()
    assert np.array_equal(one.x, other.x)
    assert np.array_equal(one.iterations, other.iterations)


def test_every_entry_is_the_single_run(problem, starts, reference):
    assert reference.statuses.shape == (6, 2, 3)
    for i, j, s in [(0, 0, 0), (3, 1, 2), (5, 0, 1)]:
        method = oe.HeavyBall(step_size=STEPS[i], momentum=[0.0, 0.4][j])
        trace = oe.run(method, problem, starts[s], max_iter=200, tol=1e-8)
        assert reference.statuses[i, j, s] == trace.status
        assert np.array_equal(reference.x[i, j, s], trace.x)
        assert reference.values[i, j, s] == trace.values[-1]


def test_the_border_of_stability_is_where_theory_says(reference):
    """Heavy ball on a quadratic converges exactly for step < 2 (1 + momentum) / L, L = 10."""
    for j, momentum in enumerate((0.0, 0.4)):
        outside = 2 * (1 + momentum) / 10 < STEPS
        assert (reference.fraction("diverged")[outside, j] == 1).all()
        assert (reference.fraction("diverged")[~outside, j] == 0).all()


def test_loky(problem, starts, reference):
    with loky.get_reusable_executor(max_workers=1) as executor:
        assert_same(sweep(problem, starts, executor=executor, execution="python"), reference)


def test_dask_local_cluster(problem, starts, reference):
    cluster = distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None
    )
    with cluster, distributed.Client(cluster) as client:
        executor = client.get_executor()
        assert_same(sweep(problem, starts, executor=executor, execution="python"), reference)


@pytest.mark.compiled
def test_compiled_sweep_agrees(problem, starts, reference):
    compiled = sweep(problem, starts, execution="compiled")
    assert (compiled.statuses == reference.statuses).all()
    finished = reference.statuses == "converged"
    assert np.allclose(compiled.x[finished], reference.x[finished], rtol=1e-12, atol=1e-12)


class Noisy(NamedTuple):
    x: np.ndarray


@oe.method
class NoisyDescent(NamedTuple):
    step_size: float = 0.1

    def init(self, problem, x, rng):
        return Noisy(x)

    def step(self, problem, state, rng):
        noise = 0.01 * rng.standard_normal(state.x.size)
        return Noisy(state.x - self.step_size * (problem.gradient(state.x) + noise))


def test_random_methods_get_their_own_stream_per_run(problem):
    def once(seed):
        return oe.sweep(
            NoisyDescent,
            step_size=[0.1, 0.1],
            problem=problem,
            starts=np.ones(3),
            max_iter=9,
            seed=seed,
        )

    assert not np.array_equal(once(0).x[0], once(0).x[1])
    assert np.array_equal(once(0).x, once(0).x)
    assert not np.array_equal(once(0).x, once(1).x)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"stepsize": [0.1]}, "no hyperparameter 'stepsize'"),
        ({"step_size": 0.1}, "one or more non-empty sequences"),
        ({"step_size": []}, "one or more non-empty sequences"),
        ({"step_size": [-0.1]}, "step_size must be positive"),
    ],
)
def test_bad_input_gets_a_sentence(problem, options, said):
    with pytest.raises((TypeError, ValueError), match=said):
        oe.sweep(oe.GradientDescent, problem=problem, starts=np.ones(3), **options)


@pytest.mark.parametrize(
    ("starts", "said"),
    [
        (3.0, "at least one array"),
        (np.zeros((0, 3)), "starts is empty"),
        ([1j, 0.0, 0.0], "starts must hold real numbers"),
        ([np.nan, 0.0, 0.0], "starts must be finite"),
        (np.zeros(4), "expects"),
    ],
)
def test_bad_starts_get_a_sentence(problem, starts, said):
    with pytest.raises((TypeError, ValueError), match=said):
        oe.sweep(oe.GradientDescent, problem=problem, starts=starts, step_size=[0.1])


def test_a_method_instead_of_its_class_gets_a_sentence(problem):
    with pytest.raises(TypeError, match="the class of a method"):
        oe.sweep(oe.GradientDescent(0.1), problem=problem, starts=np.ones(3), step_size=[0.1])
