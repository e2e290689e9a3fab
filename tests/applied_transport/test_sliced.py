"""Slices: distances, slopes through the sort, and where the gradient may be trusted."""

import itertools

import numpy as np
import pytest

import optedu as oe
from optedu.applied_transport.augmented_flow import random_directions, sliced_flow
from optedu.problems.sliced import matched_difference, sliced_square

P = oe.problems


def clouds(n=12, d=3, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)), 0.4 + rng.standard_normal((n, d)) @ rng.normal(size=(d, d))


def slope(f, x, u, h=1e-5):
    return (f(x + h * u) - f(x - h * u)) / (2 * h)


def test_ranks_meet_as_in_the_best_of_all_matchings():
    rng = np.random.default_rng(1)
    p, q = rng.standard_normal((2, 6))
    best = min(np.sum((p - q[list(order)]) ** 2) for order in itertools.permutations(range(6)))
    assert np.sum(matched_difference(p, q) ** 2) == pytest.approx(best, rel=1e-12)


def test_the_oracles_agree():
    x, y = clouds()
    problem = P.SlicedWasserstein(y, random_directions(5, 3, np.random.default_rng(2)))
    assert oe.testing.check_problem(problem, around=x, radius=1e-4).passed
    x, y = clouds(6)
    assert oe.testing.check_problem(P.MaxSlicedWasserstein(x, y), radius=1e-4).passed


@pytest.mark.parametrize("seed", range(3))
def test_gradients_are_slopes(seed):
    rng = np.random.default_rng(seed)
    x, y = clouds(seed=seed)
    directions = random_directions(6, 3, rng)
    larger = random_directions(6, 5, rng)
    augmented = P.AugmentedSliced(x, y, larger, 4, 0.3, seed)
    for problem, at in (
        (P.SlicedWasserstein(y, directions), x),
        (P.MaxSlicedWasserstein(x, y), rng.standard_normal(3)),
        (augmented, augmented.start),
    ):
        u = rng.standard_normal(at.shape)
        g = problem.gradient(at)
        assert slope(problem.value, at, u) == pytest.approx(np.sum(g * u), rel=1e-6, abs=1e-8)

    def square(points):
        moved = augmented._replace(x=points)
        w = augmented.start
        return sliced_square(moved.lift(moved.x, w), moved.lift(y, w), larger)

    u = rng.standard_normal(x.shape)
    found = np.sum(augmented.cloud_gradient(augmented.start) * u)
    assert slope(square, x, u) == pytest.approx(found, rel=1e-6, abs=1e-8)


def test_steps_up_to_the_longest_never_raise_it_and_longer_ones_do():
    for seed in range(10):
        rng = np.random.default_rng(seed)
        x, y = clouds(seed=seed)
        problem = P.SlicedWasserstein(y, random_directions(4, 3, rng))
        h, f, g = problem.longest_step, problem.value(x), problem.gradient(x)
        assert problem.value(x - h * g) <= f - 0.5 * h * np.sum(g * g) + 1e-12
    one = P.SlicedWasserstein([[0.0]], [[1.0]])  # tight: a single point, a single direction
    x = np.array([[1.0]])
    assert one.value(x - one.longest_step * one.gradient(x)) == 0.0
    assert one.value(x - 2.1 * one.longest_step * one.gradient(x)) > one.value(x)


def test_one_step_on_the_line_arrives():
    rng = np.random.default_rng(3)
    x, y = rng.standard_normal((2, 9, 1))
    problem = P.SlicedWasserstein(y, [[1.0]])
    arrived = x - problem.longest_step * problem.gradient(x)
    assert np.sort(arrived[:, 0]) == pytest.approx(np.sort(y[:, 0]), abs=1e-14)


def test_max_sliced_finds_the_direction_of_a_shift():
    x, _ = clouds(40, 4)
    shift = np.array([1.0, -2.0, 0.5, 0.0])
    problem = P.MaxSlicedWasserstein(x, x + shift)
    trace = oe.run(oe.LBFGS(), problem, np.ones(4), tol=1e-9)
    assert trace.success
    assert abs(trace.x @ shift) == pytest.approx(np.linalg.norm(trace.x) * np.linalg.norm(shift))
    assert -problem.value(trace.x) == pytest.approx(shift @ shift)


def test_gradient_of_a_direction_is_orthogonal_to_it_and_scales():
    x, y = clouds()
    problem, v = P.MaxSlicedWasserstein(x, y), np.array([1.0, -0.3, 0.7])
    assert problem.gradient(v) @ v == pytest.approx(0.0, abs=1e-14)
    assert problem.gradient(3 * v) == pytest.approx(problem.gradient(v) / 3, rel=1e-12)


def test_flows_arrive():
    x, y = clouds(30, 2, 5)
    path = sliced_flow(x, y, 20, 60, 0.5, seed=1)
    fine = random_directions(200, 2, np.random.default_rng(9))
    values = [P.SlicedWasserstein(y, fine).value(z) for z in path]
    assert values[-1] < 0.01 * values[0]  # measured 0.001
    assert path[0] is not x or np.array_equal(path[0], x)


def test_bad_input_gets_a_sentence():
    x, y = clouds()
    with pytest.raises(ValueError, match="length 1"):
        P.SlicedWasserstein(y, 2 * np.eye(3))
    with pytest.raises(ValueError, match="in the other"):
        P.MaxSlicedWasserstein(x, y[:-1])
    with pytest.raises(ValueError, match="more than 3 columns"):
        P.AugmentedSliced(x, y, np.eye(3))
