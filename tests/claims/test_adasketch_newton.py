"""Constrained Optimization via Exact Augmented Lagrangian and Randomized Iterative Sketching.

Claims: convergence of the KKT residual from any start, unit steps in the end, a linear local rate
that becomes superlinear when the accuracy is sharpened. Shown on small problems of Hock and
Schittkowski in place of CUTEst, logistic regression and PDE control.
"""

import itertools

import numpy as np
import pytest
from scipy.optimize import minimize

import optedu as oe
from optedu.duality.exact_merit import (
    kaczmarz,
    merit,
    merit_gradient,
    newton_system,
    sketch,
    sketch_and_project,
)
from tests.duality.examples import kkt_errors_of

NAMES = ["HS6", "HS7", "HS28", "HS39", "HS40", "HS42"]
QUICK = ["HS7", "HS28", "HS40", "HS42"]
"""Where the theory's accuracy takes fewer than 200 000 row operations."""

LOOSE = 1e8
"""The theory's accuracy is about this factor below what the direction needs."""


def path(method, problem, steps=60, seed=0, x=None):
    method, rng = oe.AdaSketchNewton(*method), np.random.default_rng(seed)
    state = method.init(problem, problem.start if x is None else x, rng)
    states = [state]
    while len(states) <= steps and method.certificate(problem, state) > 1e-12:
        state = method.step(problem, state, rng)
        states.append(state)
    return states


def residuals(states, problem):
    return np.array([max(kkt_errors_of(problem, s.x, s.y)) for s in states])


@pytest.mark.parametrize("name", QUICK)
def test_kkt_point_matches_scipy(name):
    problem = getattr(oe.problems, name)()
    end = path(oe.AdaSketchNewton(), problem)[-1]
    assert kkt_errors_of(problem, end.x, end.y).max() <= 1e-9
    constraint = {
        "type": "eq", "fun": problem.constraint, "jac": problem.constraint_jacobian
    }  # fmt: skip
    peer = minimize(problem.value, problem.start, jac=problem.gradient, method="SLSQP",
                    constraints=constraint, options={"ftol": 1e-15, "maxiter": 300})  # fmt: skip
    assert problem.value(end.x) == pytest.approx(peer.fun, abs=1e-8)
    assert problem.value(end.x) == pytest.approx(problem.optimum, abs=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_merit_falls_and_unit_steps_are_accepted_in_the_end(name):
    problem = getattr(oe.problems, name)()
    states = path(oe.AdaSketchNewton(exact=True), problem)
    assert states[-1].alpha == 1.0
    for old, new in itertools.pairwise(states):
        before = merit(problem, old.x, old.y, new.e1, new.e2)
        after = merit(problem, new.x, new.y, new.e1, new.e2)
        assert after <= before + 1e-13 * (1 + abs(before))


def test_with_an_exact_solver_it_is_sqp_and_converges_quadratically():
    for name in ("HS40", "HS42", "HS7"):
        problem = getattr(oe.problems, name)()
        states = path(oe.AdaSketchNewton(exact=True), problem)
        for old, new in zip(states[-3:], states[-2:], strict=False):
            J, H = problem.constraint_jacobian(old.x), problem.lagrangian_hessian(old.x, old.y)
            m = len(J)
            K = np.block([[H, J.T], [J, np.zeros((m, m))]])
            right = -np.concatenate((problem.gradient(old.x), problem.constraint(old.x)))
            sqp = np.linalg.solve(K, right)  # the quadratic program's step and multipliers
            np.testing.assert_allclose(new.x - old.x, sqp[: old.x.size], atol=1e-9)
            np.testing.assert_allclose(new.y, sqp[old.x.size :], atol=1e-9)
        errors = residuals(states, problem)
        small = (errors < 0.1) & (errors > 1e-7)
        for k in np.flatnonzero(small[:-1]):
            assert errors[k + 1] <= 10 * errors[k] ** 2 + 1e-14


def test_sharpening_turns_the_linear_rate_superlinear():
    problem = oe.problems.HS40()
    near = problem.solution + 0.02 * np.array([1.0, -1.0, 0.5, 1.0])
    loose, sharp = [], []
    for seed in range(5):
        runs = [
            residuals(path(oe.AdaSketchNewton(theta=LOOSE, sharpen=s), problem, 12, seed, near),
                      problem)
            for s in (False, True)
        ]  # fmt: skip
        loose.append(runs[0])
        sharp.append(runs[1])
    steps = [np.median([len(r) - 1 for r in group]) for group in (loose, sharp)]
    assert steps[1] < steps[0]
    for errors in sharp:
        ratios = errors[1:] / errors[:-1]
        assert ratios[-1] < 1e-3
    orders = [np.diff(np.log(r[r > 1e-13])) for r in loose]
    assert all(np.median(o) > np.log(1e-3) for o in orders)


def test_sketched_residual_contracts_linearly_in_expectation():
    """The error in z never grows, and contracts by 1 - s_min^2 / n per row with unit rows."""
    problem = oe.problems.HS42()
    x = problem.start
    J = problem.constraint_jacobian(x)
    H = problem.lagrangian_hessian(x, np.ones(2))
    K, _ = newton_system(J, H, 0.1)
    K = K / np.linalg.norm(K, axis=1)[:, None]
    n = len(K)
    rate = 1 - np.linalg.svd(K)[1][-1] ** 2 / n
    b = K @ np.arange(1.0, n + 1)
    squares = []
    for seed in range(200):
        z, rng, errors = np.zeros(n), np.random.default_rng(seed), []
        for _ in range(10):
            errors.append(np.sum((z - np.arange(1.0, n + 1)) ** 2))
            z, used = kaczmarz(K, b, z, 0.0, n, rng)
            assert used == n
        assert np.all(np.diff(errors) <= 1e-12)
        squares.append(errors)
    mean = np.mean(squares, axis=0)
    standard = np.std(squares, axis=0) / np.sqrt(200)
    bound = mean[0] * rate ** (n * np.arange(10))
    assert np.all(mean <= bound + 4 * standard)


def hs42_system():
    problem = oe.problems.HS42()
    J = problem.constraint_jacobian(problem.start)
    K = newton_system(J, problem.lagrangian_hessian(problem.start, np.ones(2)), 0.1)[0]
    return K, np.arange(1.0, len(K) + 1)


@pytest.mark.parametrize("columns", [1, 2, 3])
@pytest.mark.parametrize("kind", [1, 2])
def test_gaussian_and_count_sketches_contract_linearly_in_expectation(kind, columns):
    """By 1 - (the least eigenvalue of the mean projection) per sketch, and the error never grows.

    The mean projection is sampled. For one normal column it is at least 2 / pi times the matrix
    K^2 / ||K||^2 of Kaczmarz's method, and that bound is checked without sampling it.
    """
    (K, z_star), rng = hs42_system(), np.random.default_rng(9)
    b, n, mean = K @ z_star, len(K), np.zeros_like(K)
    for _ in range(3000):
        S = sketch(kind, n, columns, rng)
        U = K @ S
        mean += U @ np.linalg.pinv(U.T @ U, rcond=1e-10) @ U.T / 3000
    rate = 1 - np.linalg.eigvalsh(mean)[0]
    if (kind, columns) == (1, 1):
        points, weights = np.polynomial.hermite_e.hermegauss(200)
        least = min(weights @ (points**2 / (r * points**2 + 1 - r)) / weights.sum()
                    for r in np.linspace(0, 0.9, 10))  # fmt: skip
        assert least >= 2 / np.pi
        bound = 1 - 2 / np.pi * np.linalg.svd(K)[1][-1] ** 2 / np.sum(K * K)
        assert rate <= bound
        rate = bound
    per_call, squares = max(n // columns, 1), []
    for seed in range(150):
        z, draw, errors = np.zeros(n), np.random.default_rng(seed), []
        for _ in range(8):
            errors.append(np.sum((z - z_star) ** 2))
            z, used = sketch_and_project(K, b, z, 0.0, columns, kind, columns, draw)
            assert used == per_call * columns
        assert np.all(np.diff(errors) <= 1e-9)
        squares.append(errors)
    mean_error = np.mean(squares, axis=0)
    standard = np.std(squares, axis=0) / np.sqrt(150)
    proven = mean_error[0] * rate ** (per_call * np.arange(8))
    assert np.all(mean_error <= proven * 1.02 + 4 * standard)
    assert mean_error[-1] < 0.9 * mean_error[0]


def test_sketch_with_as_many_columns_as_rows_solves_at_once():
    K, z_star = hs42_system()
    z, used = sketch_and_project(
        K, K @ z_star, np.zeros(len(K)), 1e-8, 100, 1, len(K), np.random.default_rng(0)
    )
    assert used <= 2 * len(K)
    np.testing.assert_allclose(z, z_star, atol=1e-6)


def test_a_count_sketch_has_one_sign_per_row():
    S = sketch(2, 400, 5, np.random.default_rng(2))
    assert ((S != 0).sum(axis=1) == 1).all()
    assert set(np.unique(S)) == {-1.0, 0.0, 1.0}
    assert np.all(np.abs((S != 0).sum(axis=0) - 80) < 40)
    assert np.abs(S.sum()) < 80


@pytest.mark.parametrize("kind", [1, 2])
@pytest.mark.parametrize("name", QUICK)
def test_other_sketches_take_the_same_newton_steps(name, kind):
    problem = getattr(oe.problems, name)()
    rows, wide = path(oe.AdaSketchNewton(), problem), path(oe.AdaSketchNewton(kind=kind), problem)
    assert kkt_errors_of(problem, wide[-1].x, wide[-1].y).max() <= 1e-9
    assert len(wide) == len(rows)
    np.testing.assert_allclose(wide[-1].x, rows[-1].x, atol=1e-6)


def test_gradient_of_the_merit_function_by_differences():
    problem, rng, h = oe.problems.HS40(), np.random.default_rng(1), 1e-6
    x, y = problem.start + 0.1 * rng.normal(size=4), rng.normal(size=3)
    J, c = problem.constraint_jacobian(x), problem.constraint(x)
    H, r = problem.lagrangian_hessian(x, y), problem.gradient(x) + J.T @ y
    found = merit_gradient(r, c, H, J, 3.0, 0.4)
    for i, u in enumerate(np.eye(7)):
        ahead, behind = (
            merit(problem, x + s * h * u[:4], y + s * h * u[4:], 3.0, 0.4) for s in (1, -1)
        )
        assert found[i] == pytest.approx((ahead - behind) / (2 * h), abs=1e-6)


def test_other_seeds_find_the_same_point():
    problem = oe.problems.HS42()
    ends = [path(oe.AdaSketchNewton(), problem, seed=seed)[-1] for seed in range(4)]
    for end in ends:
        np.testing.assert_allclose(end.x, problem.solution, atol=1e-9)
    assert len({s.x.tobytes() for s in ends}) + len({s.rows for s in ends}) > 2
