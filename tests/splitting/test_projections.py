"""Projections in turn: rates on lines, distances that never grow, nearest points, Kaczmarz."""

import cvxpy as cp
import numpy as np
import pytest

import optedu as oe
from tests.helpers import KS, steps_of
from tests.splitting.examples import equations, lines, polyhedron, start

P = oe.problems


@pytest.mark.parametrize("angle", [0.2, 0.8, 1.4])
def test_two_lines_contract_by_the_squared_cosine(angle):
    problem, meeting = lines(angle)
    trace = steps_of(oe.AlternatingProjections(), problem, start(2, 5), 50)
    errors = np.linalg.norm(trace.iterates - meeting, axis=1)
    c2 = np.cos(angle) ** 2
    for k in KS[:4]:
        assert errors[k] == pytest.approx(c2 ** (k - 1) * errors[1], rel=1e-7, abs=1e-14)
        assert errors[k] <= np.cos(angle) ** (2 * k - 1) * errors[0] * (1 + 1e-9) + 1e-14


def test_the_bound_on_lines_is_attained():
    """From a point of the first line's direction that loses nothing at first: c^(2k-1) exactly."""
    angle = 0.6
    problem, meeting = lines(angle, turn=0.3)
    x0 = meeting + np.array([np.cos(0.3), np.sin(0.3)])
    errors = np.linalg.norm(
        steps_of(oe.AlternatingProjections(), problem, x0, 10).iterates - meeting, axis=1
    )
    for k in (1, 2, 5, 10):
        assert errors[k] == pytest.approx(np.cos(angle) ** (2 * k - 1), rel=1e-9)
        assert errors[k] > 0.8 * np.cos(angle) ** (2 * k - 1)


@pytest.mark.parametrize("seed", [42, 50, 52, 59])
def test_distance_to_every_common_point_never_grows(seed):
    problem = polyhedron(seed)
    trace = oe.run(oe.AlternatingProjections(), problem, start(3, 41), tol=1e-9)
    assert trace.success
    assert (problem.A @ trace.x - problem.b).max() < 1e-8
    rng = np.random.default_rng(seed)
    inside = np.random.default_rng(seed)
    inside.standard_normal((5, 3))
    center = inside.standard_normal(3)
    for _ in range(20):
        point = center + 0.03 * rng.standard_normal(3)
        if (problem.A @ point <= problem.b).all():
            distances = np.linalg.norm(trace.iterates - point, axis=1)
            assert (np.diff(distances) <= 1e-12).all()


@pytest.mark.parametrize("seed", [42, 48, 50, 59, 64])
def test_dykstra_finds_the_nearest_point(seed):
    problem, x0 = polyhedron(seed), start(3, 41)
    trace = oe.run(oe.Dykstra(), problem, x0, max_iter=20_000, tol=1e-10)
    assert trace.success
    x = cp.Variable(3)
    cp.Problem(cp.Minimize(cp.sum_squares(x - x0)), [problem.A @ x <= problem.b]).solve(
        solver=cp.CLARABEL, tol_gap_abs=1e-12, tol_gap_rel=1e-12, tol_feas=1e-12
    )
    np.testing.assert_allclose(trace.x, x.value, atol=1e-6)
    p = trace.state.increments
    np.testing.assert_allclose(x0, trace.x + p.sum(axis=0), atol=1e-9)
    for row, a in zip(p, problem.A, strict=True):  # each increment is an outward normal
        np.testing.assert_allclose(row, max(row @ a, 0.0) / (a @ a) * a, atol=1e-9)


def test_alternating_projections_do_not_find_the_nearest_point():
    problem, x0 = polyhedron(79), start(3, 41)
    nearest = oe.run(oe.Dykstra(), problem, x0, max_iter=20_000, tol=1e-10).x
    other = oe.run(oe.AlternatingProjections(), problem, x0, tol=1e-10).x
    assert np.linalg.norm(other - x0) > np.linalg.norm(nearest - x0) + 0.1


def test_on_affine_sets_dykstra_is_alternating_projections():
    problem = equations()
    one, other = (
        steps_of(m, problem, start(4, 6), 20).iterates
        for m in (oe.Dykstra(), oe.AlternatingProjections())
    )
    np.testing.assert_allclose(one, other, atol=1e-10)


def test_kaczmarz_contracts_in_expectation_as_proven():
    """The mean over all choices of the row, exactly; orthogonal rows attain the bound."""
    rng = np.random.default_rng(7)
    A = rng.standard_normal((6, 4))
    A /= np.linalg.norm(A, axis=1, keepdims=True)
    solution = rng.standard_normal(4)
    problem = P.Hyperplanes(A, A @ solution)
    rate = 1 - np.linalg.svd(A, compute_uv=False)[-1] ** 2 / 6
    for _ in range(20):
        x = solution + rng.standard_normal(4)
        after = np.mean(
            [np.sum((problem.component_project(i, x) - solution) ** 2) for i in range(6)]
        )
        assert after <= rate * np.sum((x - solution) ** 2) * (1 + 1e-12)
    square = P.Hyperplanes(np.eye(4), solution)
    after = np.mean([np.sum((square.component_project(i, x) - solution) ** 2) for i in range(4)])
    assert after == pytest.approx((1 - 1 / 4) * np.sum((x - solution) ** 2))
    assert after > 0.8 * (1 - 1 / 4) * np.sum((x - solution) ** 2)


def test_kaczmarz_follows_its_expectation():
    """200 runs of 10 steps on orthonormal equations: the mean is within four standard errors."""
    problem, x0 = P.Hyperplanes(np.eye(3), np.array([1.0, -2.0, 0.5])), np.zeros(3)
    method = oe.RandomProjections(3)
    errors = [
        np.sum((oe.run(method, problem, x0, max_iter=10, tol=0.0, seed=s).x - problem.b) ** 2)
        for s in range(200)
    ]
    expected = (2 / 3) ** 10 * np.sum(problem.b**2)
    assert abs(np.mean(errors) - expected) < 4 * np.std(errors) / np.sqrt(200)


def test_without_a_common_point_it_ends_at_nearest_points():
    sets = P.IntersectionOfTwo(P.L2Ball([0.0, 0.0], 1.0), P.HalfSpace([-1.0, 0.0], -2.0))
    trace = oe.run(oe.AlternatingProjections(), sets, [3.0, 2.0], max_iter=5000, tol=1e-9)
    assert not trace.success
    np.testing.assert_allclose(trace.x, [2.0, 0.0], atol=1e-6)
    assert trace.certificate.value == pytest.approx(1.0, abs=1e-6)


def test_the_displacement_of_douglas_rachford_is_the_gap():
    """Without a common point z runs away, in the end by the shortest vector between the sets."""
    ball, half = P.L2Ball([0.0, 0.0], 1.0), P.HalfSpace([-0.6, -0.8], -3.0)
    z = steps_of(oe.DouglasRachford(), P.IntersectionOfTwo(ball, half), [3.0, -2.0], 400).state.z
    more = steps_of(oe.DouglasRachford(), P.IntersectionOfTwo(ball, half), [3.0, -2.0], 401).state.z
    np.testing.assert_allclose(more - z, 2.0 * np.array([0.6, 0.8]), atol=1e-3)
    operator = P.DouglasRachford(ball, half)
    trace = oe.run(oe.AcceleratedInfeasibilityDetection(50.0), operator, [3.0, -2.0])
    assert trace.status is oe.Status.INFEASIBLE
    assert np.linalg.norm(trace.state.displacement) == pytest.approx(2.0, rel=0.2)


def test_circle_and_line():
    """Not convex: from almost everywhere Douglas-Rachford finds one of the two points."""
    problem = P.IntersectionOfTwo(P.Sphere([0.2, -0.1], 1.0), P.AffineSet([[0.0, 1.0]], [0.4]))
    for seed in range(8):
        trace = oe.run(oe.DouglasRachford(), problem, start(2, seed), max_iter=5000, tol=1e-10)
        assert trace.success
        assert np.linalg.norm(trace.x - [0.2, -0.1]) == pytest.approx(1.0)
        assert trace.x[1] == pytest.approx(0.4)
