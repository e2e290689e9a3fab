import itertools

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import optedu as oe
from optedu.problems.data import breast_cancer
from optedu.problems.generators import random_composite, random_logistic, random_quadratic
from tests.proximal.examples import lasso_violation


def test_on_a_quadratic_one_step_with_an_exact_model_is_the_solution():
    for seed in range(3):
        problem = random_composite(oe.problems.ElasticNet(0.3, 0.2), 6, 20.0, seed)
        method = oe.ProximalNewton(sweeps=5000, forcing=1e-14)
        run = oe.run(method, problem, np.ones(6), max_iter=1, tol=0.0)
        assert run.x == pytest.approx(problem.solution, abs=1e-9)


def test_without_a_penalty_it_is_newtons_method():
    loss = random_logistic(40, 4, 2, 0.1)
    problem = oe.problems.Composite(loss, oe.problems.L1(0.0))
    method = oe.ProximalNewton(sweeps=10_000, forcing=1e-15)
    state, x = method.init(problem, np.zeros(4)), np.zeros(4)
    for _ in range(5):
        state = method.step(problem, state)
        x = x - np.linalg.solve(loss.hessian(x), loss.gradient(x))
        assert state.x == pytest.approx(x, abs=1e-9)


def cancer(weight=0.02):
    A, y = breast_cancer()
    loss = oe.problems.LogisticRegression(A, y, 0.0)
    return oe.problems.Composite(loss, oe.problems.L1(weight))


def test_equal_to_scikit_learn_on_tumours():
    problem = cancer()
    run = oe.run(oe.ProximalNewton(), problem, np.zeros(30), max_iter=30, tol=1e-11)
    assert run.success
    A, y = breast_cancer()
    reference = LogisticRegression(
        C=1 / (0.02 * len(y)), l1_ratio=1.0, solver="liblinear", fit_intercept=False, tol=1e-10,
        max_iter=20_000,
    )  # fmt: skip
    coefficients = reference.fit(A, y).coef_[0]
    assert problem.value(run.x) <= problem.value(coefficients) + 1e-12
    assert run.x == pytest.approx(coefficients, abs=1e-5)
    assert lasso_violation(problem.smooth, run.x, 0.02) <= 1e-10
    np.testing.assert_array_equal(run.x != 0, np.abs(coefficients) > 1e-7)


def test_superlinear_tail_and_linear_with_one_sweep():
    problem = cancer()
    best = oe.run(oe.ProximalNewton(forcing=1e-6, sweeps=2000), problem, np.zeros(30), tol=1e-13).x

    def ratios(method):
        run = oe.run(method, problem, np.zeros(30), max_iter=60, tol=1e-12)
        errors = np.linalg.norm(run.iterates - best, axis=1)
        errors = errors[errors > 1e-9]
        return errors[1:] / errors[:-1]

    full = ratios(oe.ProximalNewton())
    assert full[-1] < 0.05 < full[0]
    assert full[-1] < full[-2] < full[-3]
    one = ratios(oe.ProximalNewton(sweeps=1))  # negative control: the model is not solved
    assert one[-1] > 0.2


def test_values_fall_and_the_search_is_needed_far_away():
    problem = oe.problems.Composite(random_logistic(60, 5, 7, 1e-4), oe.problems.L1(0.01))
    run = oe.run(oe.ProximalNewton(), problem, np.full(5, 12.0), max_iter=60, tol=1e-9)
    assert run.success
    assert all(b <= a for a, b in itertools.pairwise(run.values))
    # a full step at this start would raise F
    assert run.counts["value"] > len(run.values)


def test_a_hessian_that_does_not_bend_is_refused():
    flat = random_quadratic(3, 5.0, 1)
    A = flat.A.copy()
    A[0, 0] = 0.0
    problem = oe.problems.Composite(oe.problems.Quadratic(A, flat.b), oe.problems.L1())
    method = oe.ProximalNewton()
    with pytest.raises(ValueError, match="diagonal must be positive"):
        method.step(problem, method.init(problem, np.ones(3)))
