"""Known minima: of the gallery, and of More, Garbow and Hillstrom's functions."""

import numpy as np
import pytest
from scipy.optimize import least_squares, rosen, rosen_der, rosen_hess

import optedu as oe
from tests.problems.catalog import GALLERY, MGH

P = oe.problems


@pytest.mark.parametrize("name", GALLERY)
def test_every_minimizer_is_stationary_and_attains_the_minimum(name):
    problem = GALLERY[name]
    for x in problem.minimizers:
        size = max(1.0, np.abs(problem.hessian(x)).max()) if hasattr(problem, "hessian") else 1.0
        assert np.abs(problem.gradient(x)).max() <= 1e-13 * size * max(1.0, np.abs(x).max())
        assert problem.value(x) == pytest.approx(problem.minimum, rel=1e-14, abs=1e-14)
        if hasattr(problem, "hessian"):
            assert np.linalg.eigvalsh(problem.hessian(x))[0] > 0
    assert any(np.array_equal(x, problem.minimizer) for x in problem.minimizers)


@pytest.mark.parametrize("name", GALLERY)
def test_no_point_of_the_window_is_below_the_minimum_and_the_lowest_is_near_a_minimizer(name):
    problem = GALLERY[name]
    xmin, xmax, ymin, ymax = problem.extent
    xs, ys = np.linspace(xmin, xmax, 81), np.linspace(ymin, ymax, 81)
    grid = np.array([[x, y] for x in xs for y in ys])
    values = np.array([problem.value(x) for x in grid])
    assert values.min() >= problem.minimum - 1e-12
    for x in (problem.start, *problem.minimizers):
        assert xmin <= x[0] <= xmax
        assert ymin <= x[1] <= ymax
    apart = np.linalg.norm(grid[values.argmin()] - problem.minimizers, axis=1)
    flat = 0.35 * max(xmax - xmin, ymax - ymin) if name == "flat Rosenbrock" else 0.0
    assert apart.min() <= max(flat, 4 * max(xmax - xmin, ymax - ymin) / 80)


def test_all_global_minimizers_of_himmelblau_branin_and_the_camel_are_listed():
    rng = np.random.default_rng(0)
    for problem in (P.Himmelblau(), P.Branin(), P.SixHumpCamel(), P.DoubleWell()):
        xmin, xmax, ymin, ymax = problem.extent
        found = set()
        for _ in range(25):
            x = rng.uniform((xmin, ymin), (xmax, ymax))
            for _ in range(40):  # damped Newton with the curvature made positive
                eigenvalues, Q = np.linalg.eigh(problem.hessian(x))
                step = Q @ ((Q.T @ problem.gradient(x)) / np.maximum(np.abs(eigenvalues), 0.1))
                t = 1.0
                while problem.value(x - t * step) > problem.value(x) and t > 1e-12:
                    t /= 2
                x = x - t * step
            inside = xmin <= x[0] <= xmax and ymin <= x[1] <= ymax
            if inside and problem.value(x) < problem.minimum + 1e-9:
                near = np.linalg.norm(problem.minimizers - x, axis=1)
                assert near.min() < 1e-4
                found.add(int(near.argmin()))
        assert found == set(range(len(problem.minimizers)))


def test_rosenbrock_is_that_of_scipy():
    x = np.random.default_rng(1).standard_normal(2)
    problem = P.Rosenbrock()
    assert problem.value(x) == pytest.approx(rosen(x), rel=1e-14)
    assert problem.gradient(x) == pytest.approx(rosen_der(x), rel=1e-13)
    assert problem.hessian(x) == pytest.approx(rosen_hess(x), rel=1e-13)


def test_goldstein_price_is_the_printed_polynomial():
    x, y = np.random.default_rng(2).standard_normal(2)
    first = 1 + (x + y + 1) ** 2 * (19 - 14 * x + 3 * x**2 - 14 * y + 6 * x * y + 3 * y**2)
    second = 30 + (2 * x - 3 * y) ** 2 * (18 - 32 * x + 12 * x**2 + 48 * y - 36 * x * y + 27 * y**2)
    assert P.GoldsteinPrice().value(np.array([x, y])) == pytest.approx(first * second, rel=1e-12)


def test_levy_is_the_printed_formula():
    x = np.random.default_rng(3).standard_normal(2)
    u, w = 1 + (x - 1) / 4
    printed = np.sin(np.pi * u) ** 2 + (u - 1) ** 2 * (1 + 10 * np.sin(np.pi * u + 1) ** 2)
    printed += (w - 1) ** 2 * (1 + np.sin(2 * np.pi * w) ** 2)
    assert P.Levy().value(x) == pytest.approx(printed, rel=1e-13)


# Start, and the minimum as printed in the article (More, Garbow, Hillstrom 1981, section 3).
PRINTED = {
    "FreudensteinRoth": 0.0,
    "PowellBadlyScaled": 0.0,
    "BrownBadlyScaled": 0.0,
    "JennrichSampson": 124.362,
    "HelicalValley": 0.0,
    "Bard": 8.21487e-3,
    "GaussianFit": 1.12793e-8,
    "BoxThreeDimensional": 0.0,
    "PowellSingular": 0.0,
    "Wood": 0.0,
    "KowalikOsborne": 3.07505e-4,
    "BrownDennis": 85822.2,
    "BiggsExp6": 0.0,
    "PenaltyI": 2.24997e-5,
    "VariablyDimensioned": 0.0,
    "Trigonometric": 0.0,
    "BroydenTridiagonal": 0.0,
}


@pytest.mark.parametrize("name", MGH)
def test_minimum_is_the_printed_one(name):
    assert MGH[name].minimum == pytest.approx(PRINTED[name], rel=5e-6, abs=1e-300)


@pytest.mark.parametrize("name", MGH)
def test_residual_jacobian_and_value_belong_together(name):
    problem = MGH[name]
    x = problem.start + 0.1 * np.random.default_rng(4).standard_normal(problem.start.size)
    r, J = problem.residual(x), problem.jacobian(x)
    assert problem.value(x) == pytest.approx(r @ r / 2, rel=1e-14)
    assert problem.value(x) == pytest.approx(np.sum(problem.terms(x) ** 2), rel=1e-14)
    assert problem.gradient(x) == pytest.approx(J.T @ r, rel=1e-12)
    assert problem.gauss_newton(x) == pytest.approx(J.T @ J, rel=1e-12)
    for j, h in enumerate(1e-6 * np.maximum(1.0, np.abs(x))):
        e = h * np.eye(x.size)[j]
        slope = (problem.residual(x + e) - problem.residual(x - e)) / (2 * h)
        assert J[:, j] == pytest.approx(slope, rel=1e-5, abs=1e-5 * (1 + np.abs(J).max()))


@pytest.mark.parametrize("name", [name for name in MGH if hasattr(MGH[name], "minimizer")])
def test_minimizer_is_stationary_and_attains_the_minimum(name):
    problem = MGH[name]
    x = problem.minimizer
    assert problem.value(x) == pytest.approx(problem.minimum, rel=1e-12, abs=1e-24)
    J, r = problem.slopes(x), problem.terms(x)
    terms = np.abs(J).T @ np.abs(r)  # what must cancel in J' r
    assert (np.abs(J.T @ r) <= 1e-9 * terms + 1e-9 * np.linalg.norm(J, axis=0) * 1e-6).all()


# From the usual start a good solver ends at the minimum, or at the printed trap.
TRAPS = {"FreudensteinRoth": 48.9842, "BiggsExp6": 5.65565e-3, "Trigonometric": 2.79506e-5}


@pytest.mark.parametrize("name", MGH)
def test_levenberg_marquardt_of_scipy_ends_at_the_minimum(name):
    problem = MGH[name]
    solved = least_squares(
        problem.residual, problem.start, problem.jacobian, method="lm", xtol=1e-15, ftol=1e-15,
        gtol=1e-15, max_nfev=5000,
    )  # fmt: skip
    ends = [problem.minimum] + ([TRAPS[name]] if name in TRAPS else [])
    assert any(solved.cost == pytest.approx(end, rel=5e-6, abs=1e-15) for end in ends)


@pytest.mark.parametrize("d", [1, 2, 10, 40])
def test_penalty_minimizer_in_other_dimensions(d):
    problem = P.PenaltyI(d)
    assert np.abs(problem.gradient(problem.minimizer)).max() < 1e-14
    if d == 10:
        assert problem.minimum == pytest.approx(7.08765e-5, rel=2e-6)


def test_the_constants_of_a_class_cannot_be_written_to():
    for name in ("Himmelblau", "Branin", "Bard"):
        problem = getattr(P, name)()
        for array in (problem.start, problem.minimizer):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 7.0
