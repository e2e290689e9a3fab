"""The adapters: each solver solves, stops where it is told, and its calls are counted."""

from __future__ import annotations

import numpy as np
import pytest

import optedu as oe
from benchmarks.harness.measure import measure, reference
from benchmarks.harness.solvers import ours, scipy_cg, scipy_minimize, sklearn_logistic
from tests.benchmarks.small import logistic, quadratic

LOGISTIC = [
    ours(lambda: oe.GradientDescent(), "gradient descent"),
    ours(oe.LBFGS, "L-BFGS"),
    scipy_minimize("L-BFGS-B", "L-BFGS-B", ftol=0.0),
    scipy_minimize("trust-exact", "trust-exact", derivatives="hess"),
    scipy_minimize("trust-ncg", "trust-ncg", derivatives="hessp"),
    sklearn_logistic("newton-cholesky", "newton-cholesky"),
    sklearn_logistic("newton-cg", "newton-cg"),
    sklearn_logistic("lbfgs", "lbfgs"),
]
QUADRATIC = [
    ours(oe.ConjugateGradient, "conjugate gradients"),
    scipy_cg(),
    scipy_minimize("CG", "CG", norm=2),
]


@pytest.mark.parametrize("solver", LOGISTIC, ids=lambda solver: solver.name)
def test_logistic_solvers_find_the_same_point(solver):
    objective = logistic()
    x = solver.prepare(objective)(1e-7).x
    np.testing.assert_allclose(x, reference(objective), atol=2e-5)


@pytest.mark.parametrize("solver", QUADRATIC, ids=lambda solver: solver.name)
def test_quadratic_solvers_find_the_same_point(solver):
    objective = quadratic()
    np.testing.assert_allclose(solver.prepare(objective)(1e-8).x, reference(objective), atol=2e-6)


@pytest.mark.parametrize("solver", LOGISTIC, ids=lambda solver: solver.name)
def test_a_smaller_tolerance_gives_a_better_point(solver):
    objective = logistic()
    best, solve = reference(objective), solver.prepare(objective)
    loose, tight = (measure(objective, solve(own).x, best).gradient_norm for own in (1e-2, 1e-7))
    assert tight < loose
    assert tight < 1e-5


@pytest.mark.parametrize("solver", LOGISTIC + QUADRATIC, ids=lambda solver: solver.name)
def test_the_counting_run_is_the_same_run(solver):
    objective = quadratic() if solver in QUADRATIC else logistic()
    plain = solver.prepare(objective)(1e-6)
    counted = (solver.count or solver.prepare)(objective)(1e-6)
    np.testing.assert_array_equal(counted.x, plain.x)
    assert counted.counts.keys() <= objective.works.keys()
    assert sum(counted.counts.values()) >= counted.steps > 0


def test_value_and_gradient_at_once_are_one_call():
    counts = ours(oe.LBFGS, "L-BFGS").count(logistic())(1e-6).counts
    assert counts.pop("value_and_gradient") > 0
    assert counts == {"value": 1, "gradient": 1}  # at the start


def test_scikit_learn_is_left_as_it_was():
    from sklearn.linear_model._linear_loss import LinearModelLoss

    before = dict(vars(LinearModelLoss))
    solver = sklearn_logistic("newton-cholesky", "")
    found = solver.count(logistic())(1e-8)
    assert dict(vars(LinearModelLoss)) == before
    assert found.counts["gradient_and_hessian"] in (found.steps, found.steps + 1)
