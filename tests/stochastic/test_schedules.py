import numpy as np
import pytest
from scipy.optimize import minimize_scalar

import optedu as oe
from optedu.stochastic.last_iterate import (
    best_step_size,
    last_iterate_bound,
    steps_from_weights,
    weighted_bound,
)
from optedu.stochastic.refinement import refined_schedule
from optedu.stochastic.schedules import (
    cosine_decay,
    inverse_decay,
    linear_decay,
    warmup_stable_decay,
)
from tests.stochastic.examples import AsOneTerm, least_deviations, states


def test_linear_decay_meets_zero_one_step_after_its_end():
    for n in (1, 2, 7):
        line = np.append(linear_decay(n), 0.0)
        np.testing.assert_allclose(np.diff(line), -1 / n)
        assert line[0] == 1.0


def test_schedules_meet_at_their_borders():
    np.testing.assert_array_equal(warmup_stable_decay(5, 0, 5), linear_decay(5))
    np.testing.assert_array_equal(warmup_stable_decay(5), np.ones(5))
    np.testing.assert_allclose(warmup_stable_decay(4, 4, 0), [0.25, 0.5, 0.75, 1.0])
    np.testing.assert_allclose(inverse_decay(4, power=0.5) ** 2, inverse_decay(4))
    assert cosine_decay(8)[4] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: linear_decay(0), "at least one step"),
        (lambda: warmup_stable_decay(4, 3, 2), "must fit into 4 steps"),
        (lambda: inverse_decay(4, delay=0.0), "delay must be positive"),
        (lambda: refined_schedule([1.0]), "a vector of two or more"),
        (lambda: refined_schedule(np.zeros(9)), "must be positive"),
        (lambda: refined_schedule(np.ones(9), smoothing=1.0), "smoothing must be in"),
        (lambda: last_iterate_bound([1.0, 0.0], 1.0, 1.0), "positive step sizes"),
    ],
)
def test_nonsense_is_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_equal_norms_are_refined_to_linear_decay():
    T = 50
    np.testing.assert_allclose(
        refined_schedule(np.full(T, 3.7)), linear_decay(T - 1).tolist() + [0]
    )


def test_refinement_minimizes_the_bound():
    """Weights norm^-2 are best for the bound from which they come; no others do better."""
    rng = np.random.default_rng(0)
    norms = np.exp(rng.standard_normal(30))
    D = 2.0
    best = D * norms**-2 / np.sqrt(np.sum(norms**-2))
    least = weighted_bound(best, D, norms)
    assert least == pytest.approx(D / np.sqrt(np.sum(norms**-2)))
    for _ in range(100):
        assert weighted_bound(best * np.exp(rng.standard_normal(30)), D, norms) > least
    steps = steps_from_weights(best)
    np.testing.assert_allclose(refined_schedule(norms, smoothing=0.0), steps / steps.max())


def test_a_spike_does_not_move_the_smoothed_schedule():
    norms = np.ones(101)
    norms[40] = 1e3
    np.testing.assert_allclose(refined_schedule(norms), refined_schedule(np.ones(101)))
    assert refined_schedule(norms, smoothing=0.0)[40] < 1e-5


def sums(steps, D, G):
    """Return the bound as its formula reads, in loops."""
    T = len(steps)
    S = [sum(steps[k:]) for k in range(T)]
    A = [sum(steps[t] ** 2 * G[t] ** 2 for t in range(k, T)) for k in range(T)]
    late = sum(steps[k] / S[k + 1] * A[k] / S[k] for k in range(T - 1)) / 2
    return (D**2 + A[0]) / (2 * S[0]) + late


def test_bound_is_its_formula_and_best_step_size_its_minimizer():
    rng = np.random.default_rng(1)
    schedule, G, D = rng.uniform(0.2, 1.0, 12), rng.uniform(0.5, 2.0, 12), 1.7
    assert last_iterate_bound(schedule, D, G) == pytest.approx(sums(schedule, D, G))
    best, least = best_step_size(schedule, D, G)
    assert last_iterate_bound(best * schedule, D, G) == pytest.approx(least)
    found = minimize_scalar(lambda t: last_iterate_bound(t * schedule, D, G), (0.01, 1.0))
    assert found.x == pytest.approx(best, rel=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_bounds_hold_on_every_run_with_subgradients(seed):
    rng = np.random.default_rng(seed)
    problem = oe.problems.AbsoluteDeviations(
        rng.standard_normal((30, 3)), 2 * rng.standard_normal(30)
    )
    single = AsOneTerm(problem)
    minimizer = least_deviations(problem)
    minimum = problem.value(minimizer)
    x0 = minimizer + rng.standard_normal(3)
    D, G, T = np.linalg.norm(x0 - minimizer), problem.lipschitz, 40
    for schedule in (np.ones(T), linear_decay(T), warmup_stable_decay(T, 5, 10), cosine_decay(T)):
        for t in (0.003, 0.03, 0.1):
            method = oe.StochasticGradient(t, schedule)
            xs = [state.x for state in states(method, single, x0, T - 1)]
            norms = [np.linalg.norm(problem.gradient(x)) for x in xs]
            gap = problem.value(xs[-1]) - minimum
            assert (
                gap
                <= last_iterate_bound(t * schedule, D, norms)
                <= last_iterate_bound(t * schedule, D, G)
            )
    weights = rng.uniform(0.003, 0.03, T)
    method = oe.StochasticGradient(1.0, steps_from_weights(weights))
    last = list(states(method, single, x0, T - 1))[-1].x
    assert problem.value(last) - minimum <= weighted_bound(weights, D, G)


def test_bound_is_attained_by_a_cone():
    """With T = 1 no step is taken, and the best bound is D G, the gap of a cone at distance D."""
    assert best_step_size([1.0], 2.0, 1.5)[1] == pytest.approx(2.0 * 1.5)
