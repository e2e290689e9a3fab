"""Every solver is given the same function, and the function's derivatives are its derivatives."""

from __future__ import annotations

import importlib
import importlib.util
import math

import numpy as np
import pytest

from benchmarks.__main__ import names
from benchmarks.harness.measure import measure, reference
from benchmarks.harness.objectives import Logistic, Quadratic
from benchmarks.harness.solvers import Counting, problem_of, sklearn_functions
from tests.benchmarks.small import CONSTRAINED, NETWORKS, OBJECTIVES, SPARSE, TRANSPORT, logistic

DECLARED = {name: importlib.import_module(f"benchmarks.{name}").BENCHMARK for name in names()}


def points(objective, count=5, seed=1):
    rng = np.random.default_rng(seed)
    drawn = 2.0 * rng.standard_normal((count, objective.start.size))
    return objective.clip(drawn) if hasattr(objective, "clip") else drawn


def assert_same_function(objective, value, gradient, rtol=1e-11):
    for x in points(objective):
        assert value(x) == pytest.approx(objective.value(x), rel=rtol)
        np.testing.assert_allclose(gradient(x), objective.gradient(x), rtol=rtol, atol=rtol)


@pytest.mark.parametrize("kind", OBJECTIVES)
@pytest.mark.parametrize("seed", [0, 1])
def test_our_problem_is_the_objective(kind, seed):
    objective = OBJECTIVES[kind](seed)
    problem = problem_of(objective)
    assert_same_function(objective, problem.value, problem.gradient)
    for x in points(objective):
        np.testing.assert_allclose(problem.hessian(x), objective.hessian(x), rtol=1e-10, atol=1e-13)
        np.testing.assert_allclose(
            problem.hessian_product(x, x), objective.hessian_product(x, x), rtol=1e-10, atol=1e-13
        )


@pytest.mark.parametrize("seed", [0, 1])
def test_scikit_learns_own_loss_is_the_objective(seed):
    assert_same_function(logistic(seed), *sklearn_functions(logistic(seed)))


def test_the_comparison_notices_another_ridge_and_another_label():
    objective = logistic()
    for other in (objective._replace(l2=0.02), objective._replace(y=-objective.y)):
        with pytest.raises(AssertionError):
            assert_same_function(objective, *sklearn_functions(other))
        with pytest.raises(AssertionError):
            assert_same_function(objective, problem_of(other).value, problem_of(other).gradient)


@pytest.mark.parametrize(
    ("name", "position"),
    [(name, i) for name in DECLARED for i in range(len(DECLARED[name].solvers))],
)
def test_every_contestants_functions_are_the_objectives(name, position):
    """On a small objective of the benchmark's own kind."""
    named = name if name in SPARSE | CONSTRAINED | TRANSPORT | NETWORKS else "logistic"
    kind = {"first_order": "quadratic"}.get(name, named)
    objective = (OBJECTIVES | SPARSE | CONSTRAINED | TRANSPORT | NETWORKS)[kind](3)
    assert_same_function(objective, *DECLARED[name].solvers[position].objective_of(objective))


@pytest.mark.parametrize("kind", OBJECTIVES)
def test_derivatives_by_differences(kind):
    objective = OBJECTIVES[kind]()
    rng = np.random.default_rng(2)
    for x in points(objective, 3):
        v, h = rng.standard_normal(x.size), 1e-5
        slope = (objective.value(x + h * v) - objective.value(x - h * v)) / (2 * h)
        assert slope == pytest.approx(objective.gradient(x) @ v, rel=1e-7)
        change = (objective.gradient(x + h * v) - objective.gradient(x - h * v)) / (2 * h)
        np.testing.assert_allclose(objective.hessian_product(x, v), change, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(objective.hessian(x) @ v, change, rtol=1e-6, atol=1e-9)
        value, gradient = objective.value_and_gradient(x)
        assert value == pytest.approx(objective.value(x), rel=1e-13)
        np.testing.assert_allclose(gradient, objective.gradient(x), rtol=1e-12)


@pytest.mark.parametrize("kind", OBJECTIVES)
def test_the_gap_is_the_difference_of_values(kind):
    objective = OBJECTIVES[kind]()
    a, b = points(objective, 2)
    assert objective.gap(a, b) == pytest.approx(objective.value(a) - objective.value(b), rel=1e-12)
    assert objective.gap(a, b) == pytest.approx(-objective.gap(b, a), rel=1e-12)


def test_the_gap_sees_what_the_difference_of_values_cannot():
    objective = logistic(n=400)
    x = np.zeros(objective.start.size)
    g = objective.gradient(x)
    step = 1e-10 * g
    expected = -1e-10 * (g @ g) + 0.5 * step @ objective.hessian(x) @ step
    assert objective.gap(x - step, x) == pytest.approx(expected, rel=1e-5)


def test_large_margins_do_not_overflow():
    objective = Logistic(np.array([[1e4], [-1e4]]), np.array([1.0, 1.0]), 1e-3)
    with np.errstate(over="raise", invalid="raise"):
        value, gradient = objective.value_and_gradient(np.array([1.0]))
    assert value == pytest.approx(5e3 + 5e-4)
    assert gradient == pytest.approx([5e3 + 1e-3])


def test_counting_counts_the_calls_of_the_work_model_and_no_others():
    counting = Counting(OBJECTIVES["quadratic"]())
    x = counting.start
    counting.value(x), counting.value(x), counting.hessian_product(x, x), counting.gap(x, x)
    assert dict(counting.counts) == {"value": 2, "hessian_product": 1}


def test_works_by_hand():
    n, d = 11, 4
    objective = logistic(n=n, d=d)
    assert objective.works["gradient"] == (4 * n * d, 8 * n * d, n)
    # one triangle with its diagonal of A' W A, and the product A x
    assert objective.works["hessian"].flops == 2 * n * d + 2 * n * d * (d + 1) / 2
    assert Quadratic(np.eye(d), np.ones(d)).works["gradient"] == (2 * d * d, 8 * d * d, 0)
    assert math.isclose(objective.data_bytes, 8 * n * d)


@pytest.mark.parametrize("name", SPARSE)
def test_an_l1_objective_is_solved_by_its_reference_and_judged_by_its_gap(name):
    """Ours reaches the reference; at other points the gap bounds the distance to it."""
    objective = SPARSE[name]()
    best = reference(objective)
    first = objective.value(objective.start)
    assert measure(objective, best, best).gradient_norm <= 1e-12
    found = DECLARED[name].solvers[0].prepare(objective)(1e-11 * first).x
    assert measure(objective, found, best).gradient_norm <= 1e-10
    rng = np.random.default_rng(4)
    for scale in (1e-4, 1e-2, 1.0):
        x = best + scale * rng.standard_normal(best.size)
        assert 0 < objective.gap(x, best) <= objective.error(x) / first * (1 + 1e-9) + 1e-15
        assert objective.gap(x, best) == pytest.approx(
            (objective.value(x) - objective.value(best)) / first, rel=1e-6, abs=1e-13
        )


def test_the_peers_of_the_elastic_net_solve_our_problem():
    """Those that are here, each by its own weights; the negative control has another ridge."""
    objective = SPARSE["logistic_sparse"]()
    best = reference(objective)
    other = objective._replace(l2=2 * objective.l2)
    for solver in DECLARED["logistic_sparse"].solvers:
        module = solver.library.replace("scikit-learn", "sklearn")
        if importlib.util.find_spec(module) and "compiled" not in solver.name:
            found = solver.prepare(objective)(1e-10)
            assert abs(objective.gap(found.x, best)) <= 1e-8
            wrong = solver.prepare(other)(1e-10)
            assert objective.gap(wrong.x, best) > 1e-5


@pytest.mark.parametrize("name", CONSTRAINED)
def test_a_constrained_objective_is_solved_by_its_reference_and_judged_by_its_error(name):
    """Ours and every peer that is here reach the reference, and no point near is better."""
    objective = CONSTRAINED[name]()
    best = reference(objective)
    assert measure(objective, best, best).gradient_norm <= 1e-12
    assert measure(objective, objective.start, best).gradient_norm > 1e-3
    for solver in DECLARED[name].solvers:
        if importlib.util.find_spec(solver.library):
            found = solver.prepare(objective)(1e-7 * objective.scale)
            assert objective.error(found.x) <= 2e-2 * objective.scale
            assert -1e-14 < objective.gap(found.x, best) < 2e-2
    rng = np.random.default_rng(4)
    for size in (1e-4, 1e-2):
        x = best + size * rng.standard_normal(best.size)
        if name == "frank_wolfe":
            x *= objective.radius / np.abs(x).sum()
        assert objective.error(x) > 0
        assert objective.gap(x, best) > 0


@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_is_judged_as_a_point_and_as_a_network(name):
    """Ours and the conic solvers find the minimum, which a bound from our multipliers confirms."""
    objective = NETWORKS[name]()
    best = reference(objective)
    assert measure(objective, best, best).gradient_norm <= 1e-6
    for solver in DECLARED[name].solvers:
        if solver.library in ("optedu", "cvxpy"):
            found = solver.prepare(objective)(1e-7 * objective.scale)
            assert objective.error(found.x) <= 1e-4 * objective.scale, solver.name
    out = best.reshape(objective.shape).copy()
    out[np.argmax(np.linalg.norm(out, axis=1))] *= -1.0  # leaves its cone: another network
    assert objective.error(out.ravel()) > 1e-2 * objective.scale
    longer = replace_exact(objective)
    assert longer.scale == pytest.approx(objective.scale, rel=1e-5)


def replace_exact(f):
    """The same objective, whose reference is a run of ADMM within its dual bound."""
    return type(f)(f.X, f.y, f.gates, f.beta, exact=False)


def test_the_error_of_a_ball_bounds_the_gap_and_refuses_points_outside():
    objective = CONSTRAINED["frank_wolfe"]()
    best = reference(objective)
    for x in points(objective):
        x *= 0.9 * objective.radius / np.abs(x).sum()
        assert objective.value(x) - objective.value(best) <= objective.error(x)
        assert math.isnan(objective.error(2 * x))


def test_the_reference_of_total_variation_is_the_taut_string():
    from optedu.problems.linear_composites import total_variation_solution

    objective = CONSTRAINED["total_variation"]()
    exact = total_variation_solution(objective.b, objective.weight)
    np.testing.assert_allclose(objective.best, exact, atol=1e-11)
