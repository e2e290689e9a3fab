"""NIST's certified values are reproduced, which proves that the data are theirs."""

import numpy as np
import pytest
from scipy.optimize import least_squares

from tests.problems.catalog import NIST

# Residual sum of squares and number of points, as certified.
CERTIFIED = {
    "Misra1a": (1.2455138894e-01, 14),
    "Chwirut2": (5.1304802941e02, 54),
    "DanWood": (4.3173084083e-03, 6),
    "Lanczos3": (1.6117193594e-08, 24),
    "MGH17": (5.4648946975e-05, 33),
    "MGH09": (3.0750560385e-04, 11),
    "MGH10": (8.7945855171e01, 16),
    "Thurber": (5.6427082397e03, 37),
    "BoxBOD": (1.1680088766e03, 6),
    "Rat42": (8.0565229338e00, 9),
    "Rat43": (8.7864049080e03, 15),
    "Eckerle4": (1.4635887487e-03, 35),
}


@pytest.mark.parametrize("name", NIST)
def test_the_certified_parameters_give_the_certified_sum_of_squares(name):
    problem, (certified, points) = NIST[name], CERTIFIED[name]
    r = problem.residual(problem.minimizer)
    assert r.size == points
    assert r @ r == pytest.approx(certified, rel=1e-10)
    assert 2 * problem.minimum == pytest.approx(certified, rel=1e-15)
    # negative control: one digit of one parameter is seen
    for k in range(problem.minimizer.size):
        wrong = problem.minimizer.copy()
        wrong[k] *= 1 + 1e-3
        s = problem.residual(wrong)
        assert s @ s > certified * (1 + 1e-10)


@pytest.mark.parametrize("name", NIST)
def test_the_certified_parameters_are_stationary(name):
    problem = NIST[name]
    J, r = problem.jacobian(problem.minimizer), problem.residual(problem.minimizer)
    cosines = np.abs(J.T @ r) / (np.linalg.norm(J, axis=0) * np.linalg.norm(r))
    assert cosines.max() < 1e-5
    assert problem.gradient(problem.minimizer) == pytest.approx(J.T @ r, rel=1e-12)


@pytest.mark.parametrize("name", NIST)
def test_the_jacobian_is_the_derivative_of_the_residual_to_the_last_digits(name):
    problem = NIST[name]
    for x in (problem.minimizer, *problem.starts):
        J = problem.jacobian(x)
        assert problem.gauss_newton(x) == pytest.approx(J.T @ J, rel=1e-12)
        assert problem.gradient(x) == pytest.approx(J.T @ problem.residual(x), rel=1e-12)
        for k in range(x.size):
            moved = x.astype(complex)
            moved[k] += 1e-30j * max(1.0, abs(x[k]))  # a complex step loses no digits
            slope = problem.residual(moved).imag / moved[k].imag
            assert J[:, k] == pytest.approx(slope, rel=1e-11, abs=1e-12 * np.abs(slope).max())


@pytest.mark.parametrize("name", NIST)
def test_a_solver_of_scipy_ends_at_the_certified_parameters_from_the_near_start(name):
    problem = NIST[name]
    solved = least_squares(
        problem.residual, problem.starts[1], problem.jacobian, x_scale="jac", method="lm",
        xtol=1e-15, ftol=1e-15, gtol=1e-15, max_nfev=20000,
    )  # fmt: skip
    assert solved.x == pytest.approx(problem.minimizer, rel=1e-5)
    assert np.array_equal(problem.start, problem.starts[0])
