"""Accelerated Infeasibility Detection of Constrained Optimization and Fixed-Point Iterations.

Claim: without a fixed point the plain iteration has normalized iterates of order 1/k^2 and a
residual of order 1/k (both squared, about the infimal displacement vector v); the accelerated
iteration has order 1/k^2 for both, which is optimal. The bounds asserted have short proofs, given
in the method's docstring. The agreement with linprog on linear programs is in
tests/acceleration/test_accelerated_infeasibility_detection.py.
"""

import functools

import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import random_rotation
from tests.acceleration.examples import slope

KS = np.array([20, 40, 80, 160, 320])
START = np.array([1.0, -0.5, 0.8])
HALPERN = oe.HalpernIteration()
AVERAGED = oe.FixedPointIteration(0.5)


def screw(angle, seed=3):
    """Return a rotation by the angle with a shift along its axis, the vector v, and x*."""
    c, s = np.cos(angle), np.sin(angle)
    Q = random_rotation(3, seed)
    M = Q @ np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ Q.T
    v, center = -0.5 * Q[:, 2], np.array([0.3, -0.2, 0.4])
    return oe.problems.AffineMap(M, center - M @ center - v), v, center


@functools.cache
def worst(method):
    """Return the largest squared residual and normalized error over 50 angles, and over R^2."""
    residual, normalized = np.zeros(len(KS)), np.zeros(len(KS))
    for angle in np.geomspace(0.005, 3.0, 50):
        problem, v, center = screw(angle)
        axis = v / np.linalg.norm(v)
        offset = START - center
        squared = offset @ offset - (offset @ axis) ** 2  # the nearest x* is on the axis
        path = oe.run(method, problem, START, max_iter=KS[-1], tol=0.0, execution="python").iterates
        speed = 2.0 if method is HALPERN else 1 / method.relaxation
        shifts = path - path @ problem.M.T - problem.c - v
        residual = np.maximum(residual, np.sum(shifts[KS] ** 2, axis=1) / squared)
        errors = speed * (START - path[KS]) / KS[:, None] - v
        normalized = np.maximum(normalized, np.sum(errors**2, axis=1) / squared)
    return residual, normalized


def test_orders():
    """Measured slopes: residual -1.97 and -0.99, normalized -1.99 and -1.93."""
    accelerated, plain = worst(HALPERN), worst(AVERAGED)
    assert slope(KS, accelerated[0]) < -1.9
    assert -1.1 < slope(KS, plain[0]) < -0.9
    assert slope(KS, accelerated[1]) < -1.9
    assert slope(KS, plain[1]) < -1.85


def test_proven_bounds():
    residual, normalized = worst(HALPERN)
    harmonic = np.array([np.sum(1 / np.arange(1, k + 1)) for k in KS])
    assert (residual <= ((np.sqrt(harmonic + 12) + 1) / (KS + 1)) ** 2).all()
    assert (normalized <= 16 / KS**2).all()
    averaged_residual, averaged_normalized = worst(AVERAGED)
    assert (averaged_residual <= 4 / (KS + 1)).all()
    assert (averaged_normalized <= 16 / KS**2).all()


def test_the_accelerated_bound_refutes_the_plain_iteration():
    harmonic = np.array([np.sum(1 / np.arange(1, k + 1)) for k in KS])
    residual, _ = worst(AVERAGED)
    assert (residual > ((np.sqrt(harmonic + 12) + 1) / (KS + 1)) ** 2)[1:].all()


def test_plain_iteration_of_a_rotation_with_shift_never_shows_v_in_its_residual():
    problem, v, _ = screw(1.0)
    path = oe.run(
        oe.FixedPointIteration(1.0), problem, START, max_iter=300, tol=0.0, execution="python"
    ).iterates
    misses = np.linalg.norm(path - path @ problem.M.T - problem.c - v, axis=1)
    np.testing.assert_allclose(misses, misses[0], rtol=1e-9)
    np.testing.assert_allclose((START - path[300]) / 300, v, atol=0.02)


@pytest.mark.parametrize("radius", [5.0, 20.0])
def test_verdict_comes_as_soon_as_promised(radius):
    problem, v, center = screw(1.0)
    trace = oe.run(oe.AcceleratedInfeasibilityDetection(radius), problem, START, tol=0.0)
    assert trace.status is oe.Status.INFEASIBLE
    R = np.linalg.norm(START - center)
    assert trace.iterations[-1] <= np.ceil(4 * (radius + R) / np.linalg.norm(v))
    assert np.linalg.norm(trace.state.displacement - v) <= 4 * R / trace.iterations[-1]
