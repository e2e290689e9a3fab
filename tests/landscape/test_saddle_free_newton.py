import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import quadratic_with_spectrum, random_logistic
from tests.helpers import steps_of

SPECTRUM = [5.0, 2.0, 0.3, -0.2, -1.0, -4.0]
METHODS = [oe.SaddleFreeNewton(damping=0.0), oe.KrylovSaddleFreeNewton(order=6, damping=0.0)]


@pytest.mark.parametrize("method", METHODS)
def test_a_convex_quadratic_takes_one_step_which_is_newtons(method):
    problem = quadratic_with_spectrum(np.abs(SPECTRUM), seed=1)
    x0 = np.random.default_rng(2).normal(1.0, 2.0, 6)
    found = steps_of(method, problem, x0, 1).x
    np.testing.assert_allclose(found, problem.minimizer, atol=1e-12)
    np.testing.assert_allclose(found, steps_of(oe.NewtonMethod(), problem, x0, 1).x, atol=1e-12)


@pytest.mark.parametrize("method", METHODS)
def test_at_a_saddle_newton_arrives_and_saddle_free_doubles_the_distance_of_escape(method):
    saddle = np.random.default_rng(3).standard_normal(6)
    problem = quadratic_with_spectrum(SPECTRUM, seed=4, minimizer=saddle)
    eigenvalues, Q = np.linalg.eigh(problem.A)
    x0 = saddle + 0.1 * np.random.default_rng(5).standard_normal(6)
    newton = steps_of(oe.NewtonMethod(), problem, x0, 1).x
    np.testing.assert_allclose(newton, saddle, atol=1e-12)
    path = (steps_of(method, problem, x0, 8).iterates - saddle) @ Q
    expected = path[0] * np.where(eigenvalues < 0, 2.0, 0.0) ** np.arange(9)[:, None]
    np.testing.assert_allclose(path, expected, rtol=1e-9, atol=1e-9)


def test_a_shorter_step_multiplies_by_one_plus_it():
    problem = quadratic_with_spectrum(SPECTRUM, seed=4, minimizer=np.zeros(6))
    eigenvalues, Q = np.linalg.eigh(problem.A)
    x0 = np.ones(6)
    x = steps_of(oe.SaddleFreeNewton(step_size=0.3, damping=0.0), problem, x0, 1).x
    factors = 1 - 0.3 * np.sign(eigenvalues)
    np.testing.assert_allclose(x @ Q, factors * (x0 @ Q), rtol=1e-11)


def test_damping_adds_to_the_absolute_curvatures():
    problem = quadratic_with_spectrum(SPECTRUM, seed=4, minimizer=np.zeros(6))
    eigenvalues, Q = np.linalg.eigh(problem.A)
    x0 = np.ones(6)
    for method in (oe.SaddleFreeNewton(damping=0.7), oe.KrylovSaddleFreeNewton(6, damping=0.7)):
        x = steps_of(method, problem, x0, 1).x
        factors = 1 - eigenvalues / (np.abs(eigenvalues) + 0.7)
        np.testing.assert_allclose(x @ Q, factors * (x0 @ Q), rtol=1e-9)


def test_steps_are_no_longer_than_asked():
    problem = quadratic_with_spectrum([1.0, -1e-9], seed=6, minimizer=np.zeros(2))
    for cls in (oe.SaddleFreeNewton, oe.KrylovSaddleFreeNewton):
        path = steps_of(cls(damping=0.0, longest_step=0.25), problem, [1.0, 2.0], 5).iterates
        lengths = np.linalg.norm(np.diff(path, axis=0), axis=1)
        np.testing.assert_allclose(lengths, 0.25, rtol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_a_full_krylov_space_gives_the_dense_step(seed):
    problem = random_logistic(30, 7, seed)
    indefinite = quadratic_with_spectrum(SPECTRUM, seed=seed)
    x0 = np.random.default_rng(seed).standard_normal(7)
    for f, x in ((problem, x0), (indefinite, x0[:6])):
        dense = steps_of(oe.SaddleFreeNewton(damping=1e-3), f, x, 3).iterates
        krylov = steps_of(oe.KrylovSaddleFreeNewton(x.size, damping=1e-3), f, x, 3).iterates
        np.testing.assert_allclose(krylov, dense, rtol=1e-8, atol=1e-8)
        smaller = steps_of(oe.KrylovSaddleFreeNewton(2, damping=1e-3), f, x, 3).iterates
        assert np.abs(smaller - dense).max() > 1e-3


def test_a_krylov_space_that_ends_early_gives_the_dense_step():
    problem = quadratic_with_spectrum([3.0, 3.0, 3.0, -1.0, -1.0, 0.5], seed=7)
    x0 = np.random.default_rng(8).standard_normal(6)
    trace = steps_of(oe.KrylovSaddleFreeNewton(6, damping=0.0), problem, x0, 1)
    assert trace.counts["hessian_product"] == 3
    dense = steps_of(oe.SaddleFreeNewton(damping=0.0), problem, x0, 1).x
    np.testing.assert_allclose(trace.x, dense, atol=1e-10)


def steps_to_a_minimum(method, problem, x0):
    trace = oe.run(method, problem, x0, max_iter=30_000, tol=1e-9)
    assert trace.success
    assert np.linalg.eigvalsh(problem.hessian(trace.x))[0] > 0
    return len(trace) - 1


def test_the_monkey_saddle_is_left_in_a_logarithm_of_steps_gradient_descent_needs_the_inverse():
    problem, ours, theirs = oe.problems.MonkeySaddle(), [], []
    for distance in (1e-1, 1e-2, 1e-3):
        x0 = distance * np.array([np.cos(0.35), np.sin(0.35)])
        method = oe.SaddleFreeNewton(damping=1e-12, longest_step=0.5)
        ours.append(steps_to_a_minimum(method, problem, x0))
        krylov = oe.KrylovSaddleFreeNewton(2, damping=1e-12, longest_step=0.5)
        assert steps_to_a_minimum(krylov, problem, x0) == ours[-1]
        theirs.append(steps_to_a_minimum(oe.GradientDescent(0.1), problem, x0))
    assert all(5 * a < b for a, b in zip(ours, theirs, strict=True))
    assert max(np.diff(ours)) < 12  # the same number more for each tenth of the distance
    assert theirs[2] > 5 * theirs[1]


def test_newton_goes_to_the_saddle_of_the_double_well_and_saddle_free_newton_to_a_minimum():
    problem, x0 = oe.problems.DoubleWell(), np.array([1.0, 0.1])
    newton = oe.run(oe.NewtonMethod(), problem, x0)
    assert newton.success
    assert np.abs(newton.x).max() < 1e-6
    ours = oe.run(oe.SaddleFreeNewton(longest_step=0.5), problem, x0)
    assert ours.success
    np.testing.assert_allclose(ours.x, [0.0, 1.0], atol=1e-6)


def test_on_the_saddle_itself_it_stays():
    trace = oe.run(oe.SaddleFreeNewton(), oe.problems.DoubleWell(), [0.0, 0.0])
    assert len(trace) == 1


@pytest.mark.parametrize("cls", [oe.SaddleFreeNewton, oe.KrylovSaddleFreeNewton])
def test_wrong_hyperparameters_are_refused(cls):
    with pytest.raises(ValueError, match="damping"):
        cls(damping=-1.0)
    with pytest.raises(ValueError, match="longest_step"):
        cls(longest_step=0.0)
