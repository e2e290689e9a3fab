"""Bounds on value and gap, against instances that nearly attain them."""

import numpy as np
import pytest

import optedu as oe
from optedu.certificates import certificate_name
from tests.helpers import KS, assert_bound_holds, steps_of
from tests.projection_free.examples import METHODS, P, constrained, face_triangle, gaps_of

BOUNDED = (METHODS[0], METHODS[1], METHODS[2], METHODS[7])


@pytest.mark.parametrize("method", BOUNDED)
def test_bounds_hold(method):
    for problem, x0 in constrained():
        trace = steps_of(method, problem, x0)
        assert_bound_holds(trace, noise=1e-11)


def ramp(L, D):
    """L x^2 / 2 on [0, D]: the first vertex may be the wrong one."""
    return P.Constrained(P.Quadratic([[L]], [0.0]), P.Box([0.0], [D]), np.zeros(1))


@pytest.mark.parametrize("method", BOUNDED[:3])
def test_three_quarters_of_the_bound_are_attained(method):
    """From 0, where the gradient vanishes, the box's minimizer takes the far end: h_1 = L D^2/2."""
    trace = steps_of(method, ramp(2.0, 3.0), np.zeros(1), 1)
    state = oe.FrankWolfe().init(trace.problem, np.zeros(1))
    first = oe.FrankWolfe().step(trace.problem, state)
    assert first.x == 3.0
    bound = float(oe.FrankWolfe().guarantee(trace.problem, 1, np.zeros(1)).bound)
    assert trace.problem.value(first.x) == pytest.approx(0.75 * bound)


def test_every_method_needs_many_atoms_for_the_norm_on_the_simplex():
    """Jaggi's Lemma 3: with k vertices, ||x||^2 is at least 1/k; fully corrective attains it."""
    d = 60
    problem = P.Constrained(P.Quadratic(2 * np.eye(d), np.zeros(d)), P.Simplex(), np.full(d, 1 / d))
    x0 = np.eye(d)[0]
    for method in METHODS[:7]:
        values = steps_of(method, problem, x0, 30).values
        k = np.arange(1, len(values))
        assert (values[1:] >= 1 / k - 1e-12).all()
    corrective = steps_of(oe.FullyCorrectiveFrankWolfe(1e-9), problem, x0, 30).values
    np.testing.assert_allclose(corrective[1:], 1 / np.arange(1, 31), rtol=1e-9)
    with pytest.raises(AssertionError):  # two vertices per step would do better than 1/k
        assert (corrective[2:] >= 1.25 / np.arange(2, 31)).all()


@pytest.mark.parametrize("method", METHODS)
def test_the_gap_is_the_certificate_and_bounds_the_error(method):
    for problem, x0 in constrained(1):
        assert certificate_name(method, problem) == "Frank-Wolfe gap"
        trace = oe.run(method, problem, x0, max_iter=60, tol=1e-12, execution="python")
        gaps = gaps_of(problem, trace.iterates[1:])
        assert (gaps >= trace.values[1:] - problem.minimum - 1e-11).all()
        g = problem.gradient(trace.x)
        assert trace.certificate.value == pytest.approx(
            abs(g @ trace.x - g @ problem.linear_minimizer(g)), abs=1e-13
        )
    # negative control: half the gap is no bound where f is nearly linear
    line = P.Constrained(
        P.Quadratic(1e-9 * np.eye(2), [1.0, 0.4]), P.Simplex(), np.array([1.0, 0.0])
    )
    x = np.array([0.3, 0.7])
    g = line.gradient(x)
    assert line.value(x) - line.minimum > 0.5 * (g @ x - g.min())


@pytest.mark.parametrize("method", BOUNDED[:3])
def test_some_gap_is_as_small_as_theorem_2_says(method):
    for problem, x0 in constrained(2):
        C = problem.smoothness * problem.diameter**2
        gaps = gaps_of(problem, steps_of(method, problem, x0).iterates)
        for K in (k for k in KS if k >= 2):
            assert gaps[1 : K + 1].min() <= 27 / 4 * C / (K + 2) + 1e-12


def test_line_search_zigzags_and_away_steps_do_not():
    problem, x0 = face_triangle()
    slopes = {}
    for method in (METHODS[0], METHODS[1], METHODS[2]):
        gap = steps_of(method, problem, x0, 1500).values - problem.minimum
        k = np.arange(len(gap))[100:]
        slopes[type(method)] = np.polyfit(np.log(k), np.log(gap[100:]), 1)[0]
    # measured -0.96 for both searches, -2.0 for 2 / (k + 2), which cannot zigzag so finely
    assert -1.1 < slopes[oe.LineSearchFrankWolfe] < -0.85
    assert -1.1 < slopes[oe.ShortStepFrankWolfe] < -0.85
    assert -2.2 < slopes[oe.FrankWolfe] < -1.8
    for method in METHODS[3:7]:
        trace = oe.run(method, problem, x0, max_iter=30, tol=1e-12, execution="python")
        assert trace.success  # measured: 5 steps
        np.testing.assert_allclose(trace.x, problem.minimizer, atol=1e-7)


@pytest.mark.parametrize("method", METHODS[3:7])
def test_linear_convergence_on_polytopes(method):
    """Away and pairwise steps reach a gap of 1e-9; the line search alone is far from it."""
    rng = np.random.default_rng(8)
    V = rng.standard_normal((40, 12))
    target = V[:6].mean(axis=0)
    f = P.LeastSquares(rng.standard_normal((30, 12)), np.zeros(30))
    f = P.LeastSquares(f.A, f.A @ (1.6 * target))
    problem = P.ProjectionFree(f, P.Polytope(V))
    fast = oe.run(method, problem, np.zeros(12), max_iter=300, tol=1e-9, execution="python")
    plain = oe.run(oe.LineSearchFrankWolfe(), problem, np.zeros(12), max_iter=300, tol=1e-9,
                   execution="python")  # fmt: skip
    assert fast.success
    assert not plain.success
    gaps = gaps_of(problem, plain.iterates[1:])
    assert gaps.min() > 1e-5 * gaps[0]


def test_outside_starts_are_forgotten():
    for problem, _ in constrained(3):
        for method in METHODS:
            x0 = np.full(6, 50.0)
            path = steps_of(method, problem, x0, 3).iterates[1:]
            for x in path:
                np.testing.assert_allclose(problem.project(x), x, atol=1e-9)
    problem, _ = next(constrained(3))
    assert oe.FrankWolfe().guarantee(problem, 1, np.full(6, 50.0)) is None


def test_affine_invariance():
    """Under x = M y the iterates map along, however ill-conditioned M is."""
    rng = np.random.default_rng(4)
    V, M = rng.standard_normal((7, 3)), np.diag([1.0, 1e3, 1e-2]) @ random_matrix(rng)
    A = rng.standard_normal((8, 3))
    b = rng.standard_normal(8)
    plain = P.ProjectionFree(P.LeastSquares(A, b), P.Polytope(V))
    warped = P.ProjectionFree(P.LeastSquares(A @ M, b), P.Polytope(V @ np.linalg.inv(M).T))
    for method in (METHODS[0], METHODS[2]):
        x = steps_of(method, plain, V[0], 25).iterates
        y = steps_of(method, warped, np.linalg.solve(M, V[0]), 25).iterates
        np.testing.assert_allclose(y @ M.T, x, atol=1e-7)
    short = [steps_of(METHODS[1], p, p.feasible.vertices[0], 25).iterates for p in (plain, warped)]
    assert np.abs(short[1] @ M.T - short[0]).max() > 1e-3  # L ||d||^2 is not invariant


def random_matrix(rng):
    return rng.standard_normal((3, 3)) + 2 * np.eye(3)
