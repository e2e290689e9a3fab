import numpy as np
import pytest

import optedu as oe
from optedu.acceleration.quasar_line_search import _Batch
from optedu.problems.generators import random_least_squares, random_logistic
from tests.acceleration.examples import start


@pytest.mark.parametrize("mu", [None, 0.0])
def test_gap_falls_linearly_in_spite_of_noise_at_the_solution(mu):
    for seed in range(4):
        problem = random_least_squares(30, 5, seed, noise=0.5)
        method = oe.QASVRG(strong_convexity=mu)
        trace = oe.run(method, problem, start(problem, seed), max_iter=800, tol=0.0, seed=seed)
        gap = trace.values - problem.minimum
        assert gap[-1] < 1e-6 * gap[0]
        assert gap[800] < 1e-2 * gap[300] + 1e-13 * gap[0]


def test_batches_average_to_the_whole():
    problem = random_logistic(12, 3, 1)
    x = start(problem, 1)
    whole = _Batch(problem, np.arange(12))
    np.testing.assert_allclose(whole.gradient(x), problem.gradient(x), rtol=1e-12)
    assert whole.value(x) == pytest.approx(problem.value(x), rel=1e-12)
    pairs = [_Batch(problem, np.array([i, (i + 5) % 12])).gradient(x) for i in range(12)]
    np.testing.assert_allclose(np.mean(pairs, axis=0), problem.gradient(x), rtol=1e-12)


def test_equal_components_make_it_deterministic():
    row = np.array([[1.0, -2.0]])
    problem = oe.problems.LeastSquares(np.repeat(row, 6, axis=0), np.ones(6), l2=0.3)
    x0 = np.array([2.0, 1.0])
    first, second = (
        oe.run(oe.QASVRG(), problem, x0, max_iter=20, tol=0.0, seed=seed) for seed in (0, 1)
    )
    np.testing.assert_allclose(first.iterates, second.iterates, atol=1e-10)


def test_snapshot_and_its_gradient_go_together():
    problem = random_least_squares(20, 3, 5)
    method = oe.QASVRG(stage_length=4).resolve(problem)
    rng = np.random.default_rng(0)
    state = method.init(problem, start(problem, 5), rng)
    lengths, k = [], 0
    for _ in range(60):
        np.testing.assert_allclose(state.full, problem.gradient(state.snapshot), rtol=1e-12)
        state = method.step(problem, state, rng)
        k += 1
        if state.k == 0:
            assert state.z is state.x
            assert state.snapshot is state.x
            lengths.append(k)
            k = 0
    assert max(lengths) == 4


def test_default_stage_length():
    problem = random_logistic(25, 3, 2, l2=0.1)
    kappa = problem.component_smoothness / problem.strong_convexity
    method = oe.QASVRG(0.5).resolve(problem)
    growth = 1 + 0.5 / np.sqrt(8 * kappa)
    assert growth ** (method.stage_length - 1) < 8 / 0.5 <= growth**method.stage_length
    assert oe.QASVRG(strong_convexity=0.0).resolve(problem).stage_length == 25


def test_different_seeds_differ():
    problem = random_least_squares(40, 3, 5)
    x0 = start(problem, 5)
    paths = [oe.run(oe.QASVRG(), problem, x0, max_iter=5, seed=s).iterates for s in (0, 0, 1)]
    np.testing.assert_array_equal(paths[0], paths[1])
    assert not np.array_equal(paths[0], paths[2])
