"""Eckart and Young give the minimum, the singular values the spectrum at the saddle 0."""

import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import random_rotation


def problem_with(singular, shape=(5, 4), rank=2, seed=3):
    s = np.asarray(singular)
    P, Q = random_rotation(shape[0], seed), random_rotation(shape[1], seed + 1)
    M = (P[:, : s.size] * s) @ Q[:, : s.size].T
    return oe.problems.MatrixFactorization(M, rank)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_the_minimum_is_half_the_squares_of_the_left_out_singular_values(rank):
    singular = [3.0, 2.0, 1.0, 0.5]
    problem = problem_with(singular, rank=rank)
    assert problem.minimum == pytest.approx(0.5 * np.sum(np.square(singular[rank:])), rel=1e-12)
    X = problem.minimizer
    assert problem.value(X) == pytest.approx(problem.minimum, rel=1e-12)
    assert np.abs(problem.gradient(X)).max() < 1e-13
    U, V = problem.factors(X)
    assert pytest.approx(V.T @ V, abs=1e-12) == U.T @ U
    eigenvalues = np.linalg.eigvalsh(problem.hessian(X))
    # the rank^2 directions U K, V -K' change nothing; all others curve upwards
    assert np.abs(eigenvalues[: rank**2]).max() < 1e-12
    assert eigenvalues[rank**2] > 0.1


def test_zero_is_a_strict_saddle_whose_eigenvalues_are_the_singular_values():
    problem = problem_with([3.0, 2.0, 1.0, 0.5])
    assert np.array_equal(problem.gradient(problem.saddle), np.zeros((9, 2)))
    eigenvalues = np.linalg.eigvalsh(problem.hessian(problem.saddle))
    s = [3.0, 2.0, 1.0, 0.5]
    expected = np.sort(np.repeat([*s, *(-np.array(s)), 0.0], 2))
    assert eigenvalues == pytest.approx(expected, abs=1e-12)


def test_other_choices_of_singular_triples_are_saddles_and_no_traps():
    problem = problem_with([3.0, 2.0, 1.0, 0.5])
    P, s, Qt = np.linalg.svd(problem.M, full_matrices=False)
    chosen = [0, 2]
    X = np.vstack([P[:, chosen] * np.sqrt(s[chosen]), Qt[chosen].T * np.sqrt(s[chosen])])
    assert np.abs(problem.gradient(X)).max() < 1e-13
    assert problem.value(X) > problem.minimum + 1.0
    # turning the third triple towards the second one descends: curvature s_3 - s_2
    assert np.linalg.eigvalsh(problem.hessian(X))[0] == pytest.approx(1.0 - 2.0, abs=1e-12)


def test_gradient_descent_from_near_the_saddle_ends_at_the_minimum():
    problem = problem_with([3.0, 2.0, 1.0, 0.5])
    trace = oe.run(oe.GradientDescent(step_size=0.05), problem, max_iter=3000, tol=1e-9)
    assert trace.values[-1] == pytest.approx(problem.minimum, rel=1e-10)


def test_the_oracles_agree():
    for shape, rank in (((5, 4), 2), ((3, 6), 3), ((4, 4), 1)):
        problem = problem_with([2.0, 1.0], shape, rank)
        assert oe.testing.check_problem(problem).passed
