"""beta-GD, SPIDER with normalized steps, and the problem made for them."""

import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import random_quadratic, random_rotation
from tests.adaptive.test_distance_over_gradients import run_by_hand
from tests.helpers import assert_bound_holds, measured_and_bound, steps_of


def rotated_cosh(d=4, far=6.0, seed=0):
    """cosh along rotated axes, and a start whose gradient is about e^far / d."""
    Q = random_rotation(d, seed)
    problem = oe.problems.HyperbolicCosine(Q, Q @ np.full(d, 0.7))
    return problem, problem.minimizer + far * Q[0]


def test_powers_zero_and_one_are_known_methods():
    problem = random_quadratic(4, 9.0, seed=1)
    x0 = np.full(4, 3.0)
    for power, known in (
        (0.0, oe.GradientDescent(0.05)),
        (1.0, oe.NormalizedGradientDescent(0.05, decay=0.0)),
    ):
        runs = [
            steps_of(m, problem, x0, 30).iterates
            for m in (oe.PowerNormalizedGradient(0.05, power), known)
        ]
        np.testing.assert_allclose(runs[0], runs[1], rtol=1e-13)


@pytest.mark.parametrize("power", [0.3, 0.5, 2 / 3])
def test_step_has_the_length_of_the_rule(power):
    problem, x0 = rotated_cosh()
    g = problem.gradient(x0)
    x = steps_of(oe.PowerNormalizedGradient(1e-3, power), problem, x0, 1).x
    np.testing.assert_allclose(x0 - x, 1e-3 * g / np.linalg.norm(g) ** power, rtol=1e-9)


@pytest.mark.parametrize("step", [0.5, 0.1, 0.02])
@pytest.mark.parametrize("d", [1, 4])
def test_bound_on_the_gradient(step, d):
    problem, x0 = rotated_cosh(d)
    trace = steps_of(oe.PowerNormalizedGradient(step), problem, x0, 500)
    assert_bound_holds(trace, ks=(1, 2, 5, 10, 50, 200, 500))


def test_bound_is_not_idle():
    """In one dimension it bounces at half a step from the minimizer: a quarter of the bound."""
    problem, x0 = rotated_cosh(1, far=2.25)
    trace = steps_of(oe.PowerNormalizedGradient(0.5), problem, x0, 2000)
    measured, bound = measured_and_bound(trace, [2000])
    assert measured[0] == pytest.approx(np.sinh(0.25))
    assert measured[0] > 0.25 * bound[0]


def test_no_bound_where_the_step_is_long_or_the_power_another():
    problem, x0 = rotated_cosh()
    assert oe.PowerNormalizedGradient(0.6).guarantee(problem, 3, x0) is None
    assert oe.PowerNormalizedGradient(0.1, 0.5).guarantee(problem, 3, x0) is None
    assert oe.PowerNormalizedGradient(0.1).guarantee(random_quadratic(4, 2.0), 3, x0) is None


def test_curvature_is_bounded_by_the_slope():
    rng = np.random.default_rng(2)
    for n, d in ((1, 1), (3, 5), (4, 4)):
        problem = oe.problems.HyperbolicCosine(rng.normal(size=(n, d)), rng.normal(size=n))
        L0, L1 = problem.generalized_smoothness
        for _ in range(50):
            x = rng.normal(0.0, 4.0, d)
            curvature = np.linalg.norm(problem.hessian(x), 2)
            assert curvature <= (L0 + L1 * np.linalg.norm(problem.gradient(x))) * (1 + 1e-12)
    assert oe.problems.HyperbolicCosine(np.ones((2, 1)), np.zeros(2)).generalized_smoothness is None


def test_spider_with_all_terms_is_normalized_gradient_descent():
    """A period of one: the estimate is the gradient itself, and so is any later one with batch n
    drawn without gaps; here by period alone."""
    problem, x0 = rotated_cosh(4, 2.0)
    method = oe.NormalizedSPIDER(0.05, period=1, batch_size=1)
    runs = [
        oe.run(m, problem, x0, max_iter=40, tol=0.0, execution="python").iterates
        for m in (method, oe.PowerNormalizedGradient(0.05))
    ]
    np.testing.assert_allclose(runs[0], runs[1], rtol=1e-12)


def test_spider_follows_its_rule():
    """With the batches of the run; a telescoping sum in place of a recursion."""
    problem, x0 = rotated_cosh(4, 2.0)
    method = oe.NormalizedSPIDER(0.05, period=6, batch_size=2).resolve(problem)
    rng, same = np.random.default_rng(1), np.random.default_rng(1)
    states = run_by_hand(method, problem, x0, 20, rng)
    x, v = [x0], None
    for k in range(20):
        if k % 6 == 0:
            v = problem.gradient(x[k])
        else:
            batch = same.integers(0, 4, 2)
            v = v + np.mean(
                [problem.component_gradient(i, x[k]) - problem.component_gradient(i, x[k - 1])
                 for i in batch], axis=0,
            )  # fmt: skip
        x.append(x[k] - 0.05 * v / np.linalg.norm(v))
    np.testing.assert_allclose([s.x for s in states], x, rtol=1e-11)


def test_spider_takes_roots_for_defaults():
    problem = oe.problems.HyperbolicCosine(np.ones((30, 2)), np.zeros(30))
    method = oe.NormalizedSPIDER().resolve(problem)
    assert (method.period, method.batch_size, method.components) == (5, 5, 30)


def test_refuses_bad_numbers():
    for cls, bad in (
        (oe.PowerNormalizedGradient, {"step_size": 0.0}),
        (oe.PowerNormalizedGradient, {"power": 1.5}),
        (oe.NormalizedSPIDER, {"period": 0}),
        (oe.NormalizedSPIDER, {"step_size": -1.0}),
    ):
        with pytest.raises(ValueError, match=next(iter(bad))):
            cls(**bad)
