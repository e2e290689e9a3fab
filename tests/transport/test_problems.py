"""Bad input, the cloud against the cost, and the linear program of the plans."""

import tracemalloc

import numpy as np
import pytest

import optedu as oe
from optedu.problems.transport_plans import optimal_plan
from tests.transport.instances import cloud, cost_of, dense, solve

P = oe.problems
C = np.array([[0.0, 1.0], [1.0, 0.0]])


@pytest.mark.parametrize("make", [
    lambda a, b: P.EntropicTransport(C, a, b, 0.1),
    lambda a, b: P.TransportPolytope(P.LinearCost(C), a, b),
    lambda a, b: P.PointCloudTransport(C, C, a, b, 0.1),
])  # fmt: skip
@pytest.mark.parametrize(("a", "b", "sentence"), [
    ([0.5, 0.5], [1.0, 0.0], "b must be positive, got 0.0; leave out points without mass"),
    ([1.5, -0.5], [0.5, 0.5], "a must be positive, got -0.5"),
    ([0.5, 0.5], [0.5, 0.6], "a and b must have the same total, got 1 and 1.1"),
    ([0.5, np.nan], [0.5, 0.5], "a must be finite"),
])  # fmt: skip
def test_wrong_masses_get_a_sentence(make, a, b, sentence):
    with pytest.raises(ValueError, match=sentence):
        make(a, b)


def test_shapes_and_regularization_get_a_sentence():
    with pytest.raises(ValueError, match="one row per mass of a"):
        P.EntropicTransport(C, [1.0], [0.5, 0.5], 0.1)
    with pytest.raises(ValueError, match="regularization must be positive"):
        P.EntropicTransport(C, [0.5, 0.5], [0.5, 0.5], 0.0)
    with pytest.raises(ValueError, match="of the same dimension"):
        P.PointCloudTransport(np.ones((2, 3)), C, [0.5, 0.5], [0.5, 0.5], 0.1)
    with pytest.raises(ValueError, match="X and a must have one mass per point"):
        P.PointCloudTransport(np.ones((3, 2)), C, [0.5, 0.5], [0.5, 0.5], 0.1)


def test_totals_other_than_one_are_served():
    one = dense()
    twelve = P.EntropicTransport(one.cost, 12 * one.a, 12 * one.b, one.regularization)
    small, large = (p.plan(solve(oe.Sinkhorn(), p).x) for p in (one, twelve))
    np.testing.assert_allclose(large, 12 * small, rtol=1e-9)


def test_points_are_the_cost_of_their_distances():
    points = cloud(shift=5.0)
    matrix = P.EntropicTransport(cost_of(points), points.a, points.b, points.regularization)
    x, v = np.random.default_rng(2).normal(size=(2, 12))
    for name, arguments in (
        ("value", (x,)), ("gradient", (x,)), ("plan", (x,)), ("hessian_product", (x, v)),
        ("soft_transform", (0, x, 0.5)), ("soft_transform", (1, x, 0.5)),
        ("soft_transform", (2, x, 0.5)),
    ):  # fmt: skip
        np.testing.assert_allclose(
            getattr(points, name)(*arguments), getattr(matrix, name)(*arguments), rtol=1e-10
        )


def test_points_need_no_memory_for_a_cost():
    n = 3000
    rng = np.random.default_rng(3)
    points = P.PointCloudTransport(
        rng.random((n, 2)), rng.random((n, 2)), np.full(n, 1 / n), np.full(n, 1 / n), 0.5
    )
    oe.run(oe.Sinkhorn(), points, max_iter=1, execution="python")  # what is loaded once
    tracemalloc.start()
    oe.run(oe.Sinkhorn(), points, max_iter=2, tol=0.0, execution="python", keep_iterates=False)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * n * n / 20  # 1.2 MB as measured, where a cost takes 72


def test_optimal_plan_is_the_limit_of_entropic_plans():
    problem = dense(t=0.002, seed=4)
    best = optimal_plan(problem.cost, problem.a, problem.b)
    np.testing.assert_allclose(best.sum(axis=1), problem.a, atol=1e-12)
    np.testing.assert_allclose(best.sum(axis=0), problem.b, atol=1e-12)
    plan = problem.plan(solve(oe.StabilizedSinkhorn(), problem, 1e-10).x)
    excess = np.sum(problem.cost * (plan - best))
    assert excess >= -1e-9
    assert excess <= 0.002 * np.log(best.size)
