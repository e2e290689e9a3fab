import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import random_least_squares
from tests.acceleration.examples import start

CONSISTENT = random_least_squares(30, 4, 2, noise=0.0)


class Single:
    """One smooth function as a finite sum of one term: no noise."""

    components = 1
    differentiable = True

    def __init__(self, problem):
        self.value, self.gradient = problem.value, problem.gradient
        self.component_smoothness, self.minimum = problem.smoothness, problem.minimum
        self.shape = problem.shape

    def component_value(self, i, x):
        return self.value(x)

    def component_gradient(self, i, x):
        return self.gradient(x)


def test_without_noise_it_is_a_deterministic_method():
    """On a convex function tau = k / (k + 2) is accepted, and the steps are those written here."""
    problem = Single(CONSISTENT)
    x = z = start(CONSISTENT, 0)
    trace = oe.run(oe.QASGD(), problem, x, max_iter=25, tol=0.0)
    step_size = 1 / CONSISTENT.smoothness
    for k in range(25):
        # at the very start x = z, and the search returns 1
        x = x if k == 0 else k / (k + 2) * x + 2 / (k + 2) * z
        z = z - step_size * (2 * k + 3) * CONSISTENT.gradient(x)
        np.testing.assert_allclose(trace.iterates[k + 1], x, atol=1e-11)
    other_seed = oe.run(oe.QASGD(), problem, trace.start, max_iter=25, tol=0.0, seed=9)
    np.testing.assert_array_equal(other_seed.iterates, trace.iterates)


def test_default_step_size():
    L, K = CONSISTENT.component_smoothness, 500
    method = oe.QASGD(0.5, horizon=K).resolve(CONSISTENT)
    assert method.step_size == pytest.approx(np.sqrt(2) * 0.5 / (L * (K + 1) ** 1.5))
    assert method.components == 30
    assert oe.QASGD().resolve(Single(CONSISTENT)).step_size == pytest.approx(
        1 / CONSISTENT.smoothness
    )


def test_reaches_the_common_minimizer():
    gaps = []
    for seed in range(10):
        trace = oe.run(
            oe.QASGD(horizon=2000), CONSISTENT, start(CONSISTENT, seed), max_iter=2000, seed=seed
        )
        gaps.append(trace.values[-1] / trace.values[0])
    assert max(gaps) < 0.15  # measured: 0.01 to 0.082


def test_fails_with_the_step_of_no_noise():
    problem = CONSISTENT
    method = oe.QASGD(step_size=1 / problem.component_smoothness)
    trace = oe.run(method, problem, start(problem, 0), max_iter=3000)
    assert trace.values[-1] > 10 * trace.values.min()


def test_draws_every_component_equally_often():
    seen = np.zeros(30)

    class Spied(Single):
        components = 30

        def component_gradient(self, i, x):
            seen[i] += 1
            return 0.0 * x

        def component_value(self, i, x):
            return 0.0

    oe.run(oe.QASGD(), Spied(CONSISTENT), np.ones(4), max_iter=6000, tol=0.0, seed=4)
    draws = seen.sum()
    assert draws == 6000  # x = z throughout, so that the search asks for nothing
    assert np.abs(seen - 200).max() < 4 * np.sqrt(200)


def test_says_what_is_missing():
    with pytest.raises(TypeError, match=r"calls problem\.component_"):
        oe.run(oe.QASGD(), oe.problems.Quadratic(np.eye(2), np.ones(2)), np.zeros(2))
