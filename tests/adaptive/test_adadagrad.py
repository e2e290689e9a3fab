import numpy as np
import pytest

import optedu as oe
from optedu.adaptive.adadagrad import mean_and_variance, size_asked_for
from optedu.problems.generators import random_least_squares
from tests.adaptive.test_distance_over_gradients import run_by_hand


def sum_of_terms(seed=13):
    return random_least_squares(40, 4, seed=seed)


def test_mean_and_unbiased_variance():
    problem, x = sum_of_terms(), np.ones(4)
    batch = np.array([3, 3, 17, 25, 0])
    g = np.array([problem.component_gradient(i, x) for i in batch])
    mean, variance = mean_and_variance(problem, batch, x)
    np.testing.assert_allclose(mean, g.mean(axis=0))
    np.testing.assert_allclose(variance, g.var(axis=0, ddof=1))
    np.testing.assert_array_equal(mean_and_variance(problem, batch[:1], x)[1], np.zeros(4))


def test_the_test_holds_with_the_size_that_it_asks_for():
    rng = np.random.default_rng(0)
    for _ in range(50):
        mean, variance = rng.standard_normal(5), rng.exponential(size=5)
        tolerance = rng.uniform(0.1, 2.0)
        b = size_asked_for(mean, variance, tolerance, False)
        assert variance.sum() / b == pytest.approx(tolerance**2 * (mean @ mean))
        each = size_asked_for(mean, variance, tolerance, True)
        slack = tolerance**2 * mean**2 - variance / each
        assert slack.min() == pytest.approx(0.0, abs=1e-12)
        assert each >= b * (1 - 1e-12)
    assert size_asked_for(np.zeros(2), np.ones(2), 0.5, False) == np.inf
    assert size_asked_for(np.array([0.0, 1.0]), np.ones(2), 0.5, True) == np.inf
    assert size_asked_for(np.zeros(2), np.zeros(2), 0.5, True) == 0.0


@pytest.mark.parametrize("per_coordinate", [True, False])
def test_all_terms_from_the_start_is_adagrad(per_coordinate):
    problem, x0 = sum_of_terms(), np.ones(4)
    method = oe.AdAdaGrad(0.3, per_coordinate=per_coordinate, batch_size=40)
    x, seen = x0, 0.0
    for state in run_by_hand(method.resolve(problem), problem, x0, 20, np.random.default_rng(0))[
        1:
    ]:
        g = problem.gradient(x)
        seen = seen + (g * g if per_coordinate else g @ g)
        x = x - 0.3 * g / np.sqrt(seen)
        np.testing.assert_allclose(state.x, x, rtol=1e-10)


@pytest.mark.parametrize("per_coordinate", [True, False])
def test_batches_grow_by_the_test_and_never_shrink(per_coordinate):
    problem = sum_of_terms()
    method = oe.AdAdaGrad(0.5, per_coordinate=per_coordinate).resolve(problem)
    rng = np.random.default_rng(3)
    state, sizes = method.init(problem, 2 * np.ones(4), rng), []
    for _ in range(100):
        b, same = state.size, np.random.default_rng()
        same.bit_generator.state = rng.bit_generator.state
        sizes.append(b)
        new = method.step(problem, state, rng)
        if b < 40:
            mean, variance = mean_and_variance(problem, same.integers(0, 40, b), state.x)
            asked = size_asked_for(mean, variance, 0.5, per_coordinate)
            assert new.size == min(40, max(b, int(np.ceil(asked))))
        else:
            assert new.size == 40
        state = new
    assert sizes[0] == 2
    assert np.all(np.diff(sizes) >= 0)
    assert sizes[-1] == 40


def test_refuses_bad_numbers():
    for bad in ({"step_size": 0.0}, {"tolerance": -1.0}, {"batch_size": 0}):
        with pytest.raises(ValueError, match=next(iter(bad))):
            oe.AdAdaGrad(**bad)
