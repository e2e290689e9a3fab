import numpy as np
import pytest

import optedu as oe
from tests.gradient.examples import rotated_maximum_norm, smooth_convex, start
from tests.helpers import KS, assert_bound_holds, assert_bound_is_attained, steps_of


def kinked(count=6):
    for seed in range(count):
        rng = np.random.default_rng(seed)
        if seed % 2:
            problem = oe.problems.AbsoluteValue(rng.standard_normal(seed), 1.5)
        else:
            A = rng.standard_normal((4, 3))
            A = np.vstack([A, -A.sum(axis=0)])  # 0 is among the means of the rows: bounded below
            problem = oe.problems.MaxLinear(A, rng.standard_normal(5))
        yield problem, start(problem, seed)


@pytest.mark.parametrize("decay", [0.0, 0.5, 1.0])
def test_bound_holds(decay):
    for problem, x0 in kinked():
        assert_bound_holds(steps_of(oe.SubgradientMethod(0.2, decay), problem, x0), noise=1e-9)


@pytest.mark.parametrize("k", KS)
def test_the_maximum_norm_attains_the_bound(k):
    problem, x0, R = rotated_maximum_norm(k)
    trace = steps_of(oe.SubgradientMethod(R / np.sqrt(k + 1), decay=0.0), problem, x0, k)
    assert_bound_is_attained(trace, k)
    assert trace.guarantee().bound[-1] == pytest.approx(R / np.sqrt(k + 1), rel=1e-12)


def test_decaying_steps_converge_where_constant_ones_bounce():
    problem = oe.problems.AbsoluteValue([0.35, -1.2], 1.0)
    constant = steps_of(oe.SubgradientMethod(0.5, decay=0.0), problem, [2.0, 1.0], 3000)
    decaying = steps_of(oe.SubgradientMethod(0.5, decay=0.5), problem, [2.0, 1.0], 3000)
    assert constant.values[-100:].min() > 0.1
    assert decaying.values[-100:].max() < 0.05


def test_values_rise_at_times():
    problem = oe.problems.AbsoluteValue([0.35], 1.0)
    assert np.diff(steps_of(oe.SubgradientMethod(0.5), problem, [2.0], 50).values).max() > 0


def test_on_a_smooth_function_constant_steps_are_gradient_descent():
    for problem, x0 in smooth_convex(6):
        h = 0.7 / problem.smoothness
        a = steps_of(oe.SubgradientMethod(h, decay=0.0), problem, x0, 20)
        b = steps_of(oe.GradientDescent(h), problem, x0, 20)
        np.testing.assert_array_equal(a.iterates, b.iterates)


def test_the_steps_decay_as_asked():
    problem = oe.problems.AbsoluteValue([0.0], 1.0)
    x = steps_of(oe.SubgradientMethod(2.0, decay=1.0), problem, [50.0], 4).iterates[:, 0]
    np.testing.assert_allclose(x, 50.0 - np.cumsum([0.0, 2.0, 1.0, 2 / 3, 0.5]), rtol=1e-14)
