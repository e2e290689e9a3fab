import numpy as np
import pytest
from scipy.optimize import linprog

import optedu as oe
from tests.acceleration.examples import nonexpansive, rotation
from tests.helpers import assert_bound_holds, steps_of


def test_bound_holds_where_there_is_a_fixed_point():
    for problem, x0 in nonexpansive():
        assert_bound_holds(steps_of(oe.AcceleratedInfeasibilityDetection(), problem, x0))


def test_steps_are_halperns():
    problem, _, x0 = rotation(1.0)
    np.testing.assert_array_equal(
        steps_of(oe.AcceleratedInfeasibilityDetection(), problem, x0, 20).iterates,
        steps_of(oe.HalpernIteration(), problem, x0, 20).iterates,
    )


def test_translation_exactly():
    v = np.array([0.3, -1.2])
    problem = oe.problems.AffineMap(np.eye(2), -v)
    x0 = np.array([1.0, 2.0])
    trace = steps_of(oe.AcceleratedInfeasibilityDetection(), problem, x0, 20)
    k = np.arange(21)[:, None]
    np.testing.assert_allclose(trace.iterates, x0 - k / 2 * v, atol=1e-12)
    plain = steps_of(oe.FixedPointIteration(1.0), problem, x0, 20)
    np.testing.assert_allclose(plain.iterates, x0 - k * v, atol=1e-12)
    np.testing.assert_allclose(trace.state.displacement, v, atol=1e-12)


@pytest.mark.parametrize("gap", [0.1, 1.0])
def test_displacement_between_parallel_half_spaces(gap):
    direction = np.array([0.6, -0.8])
    problem = oe.problems.DouglasRachford(
        oe.problems.HalfSpace(direction, 0.5), oe.problems.HalfSpace(-direction, -0.5 - gap)
    )
    trace = oe.run(
        oe.AcceleratedInfeasibilityDetection(radius=20.0), problem, np.array([2.0, 1.0]), tol=0.0
    )
    assert trace.status is oe.Status.INFEASIBLE
    assert np.linalg.norm(trace.state.displacement) == pytest.approx(gap, rel=0.2)
    longer = steps_of(oe.HalpernIteration(), problem, np.array([2.0, 1.0]), 1000)
    displacement = 2 * (longer.start - longer.x) / 1000
    np.testing.assert_allclose(np.abs(displacement), gap * np.abs(direction), atol=0.02)


def test_never_denies_a_fixed_point_within_the_radius():
    for seed in range(8):
        rng = np.random.default_rng(seed)
        problem, center, _ = rotation(rng.uniform(0.01, 3.1), seed)
        direction = rng.standard_normal(2)
        x0 = center + 5.0 * direction / np.linalg.norm(direction)
        trace = oe.run(
            oe.AcceleratedInfeasibilityDetection(radius=5.0), problem, x0, max_iter=500, tol=0.0
        )
        assert trace.status is not oe.Status.INFEASIBLE


def test_a_radius_too_small_is_a_claim_about_that_radius_only():
    problem, _, x0 = rotation(np.pi - 0.1)
    trace = oe.run(oe.AcceleratedInfeasibilityDetection(radius=0.3), problem, x0, max_iter=10)
    assert trace.status is oe.Status.INFEASIBLE  # no fixed point within 0.3, though one at 1.3


def linear_program(seed, feasible):
    """Return (A, b) of {A x = b, x >= 0}, with a point of it, or with a certificate of none."""
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((4, 8))
    if feasible:
        inside = np.maximum(rng.standard_normal(8), 0.0)
        return A, A @ inside
    y = rng.standard_normal(4)
    A -= np.outer(y, np.minimum(A.T @ y, 0.1) - 0.1) / (y @ y)  # A'y >= 0.1
    b = rng.standard_normal(4)
    return A, b - y * (y @ b + 1.0) / (y @ y)  # <b, y> = -1


@pytest.mark.parametrize("feasible", [True, False])
@pytest.mark.parametrize("seed", range(5))
def test_agrees_with_linprog(seed, feasible):
    A, b = linear_program(seed, feasible)
    reference = linprog(np.zeros(8), A_eq=A, b_eq=b, bounds=(0, None))
    assert (reference.status == 2) == (not feasible)
    problem = oe.problems.DouglasRachford(oe.problems.AffineSet(A, b), oe.problems.NonNegative())
    radius = 10.0
    if feasible:
        assert np.linalg.norm(reference.x) < radius  # a point of both sets is a fixed point
    trace = oe.run(
        oe.AcceleratedInfeasibilityDetection(radius),
        problem,
        np.zeros(8),
        max_iter=2000,
        tol=1e-4,
        execution="python",
    )
    assert (trace.status is oe.Status.INFEASIBLE) == (reference.status == 2)
    longer = steps_of(oe.AcceleratedInfeasibilityDetection(1e9), problem, np.zeros(8), 1000)
    v = longer.state.displacement
    if feasible:
        assert np.linalg.norm(v) < 4 * radius / 1000
        return
    # v separates the sets: constant on {A x = b}, of one sign on the orthant
    y = np.linalg.lstsq(A.T, v, rcond=None)[0]
    y *= -np.sign(b @ y)
    assert np.linalg.norm(v) > 0.01
    assert np.linalg.norm(A.T @ y) == pytest.approx(np.linalg.norm(v), rel=1e-2)
    assert (A.T @ y).min() > -0.02 * np.linalg.norm(v)
    assert b @ y < -0.1 * np.linalg.norm(v) ** 2
