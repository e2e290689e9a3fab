"""Douglas-Rachford, Peaceman-Rachford, Davis-Yin: what they become, how fast, and when not."""

import itertools

import numpy as np
import pytest

import optedu as oe
from tests.helpers import KS, steps_of
from tests.splitting.examples import Quadratic, lines, start, three_terms, two_terms

P = oe.problems


def path(method, problem, x0, steps=40, field="z"):
    """Return the states' field, step after step."""
    method = method.resolve(problem) if hasattr(method, "resolve") else method
    state = method.init(problem, np.asarray(x0, dtype=float))
    found = [getattr(state, field)]
    for _ in range(steps):
        state = method.step(problem, state)
        found.append(getattr(state, field))
    return np.array(found)


@pytest.mark.parametrize("angle", [0.2, 0.8, 1.4])
def test_on_two_lines_z_contracts_by_the_cosine_exactly(angle):
    problem, meeting = lines(angle)
    z = path(oe.DouglasRachford(), problem, start(2, 5))
    distances = np.linalg.norm(z - meeting, axis=1)
    for k in KS[:4]:
        assert distances[k] == pytest.approx(np.cos(angle) ** k * distances[0], rel=1e-9)
        assert distances[k] > 0.8 * np.cos(angle) ** k * distances[0]


@pytest.mark.parametrize("angle", [0.2, 0.8])
def test_peaceman_rachford_circles_on_two_lines(angle):
    problem, meeting = lines(angle)
    z = path(oe.DouglasRachford(relaxation=2.0), problem, start(2, 5), 200)
    distances = np.linalg.norm(z - meeting, axis=1)
    np.testing.assert_allclose(distances, distances[0], rtol=1e-9)


@pytest.mark.parametrize("relaxation", [0.7, 1.0, 2.0])
@pytest.mark.parametrize("h", [0.1, 0.5, 2.0])
def test_contraction_for_a_strongly_convex_smooth_term(relaxation, h):
    """The factor of giselsson2017, and what attains it: f_1 = 0, one eigenvalue."""
    mu, L = 0.5, 4.0
    reflected = max((1 - h * mu) / (1 + h * mu), (h * L - 1) / (1 + h * L))
    factor = abs(1 - relaxation / 2) + relaxation / 2 * reflected
    method = oe.DouglasRachford(h, relaxation)
    problem = P.SumOfTwo(Quadratic([mu, 1.0, L], 3), P.L1(0.5))
    z = path(method, problem, start(3, 6), 3000)
    distances = np.linalg.norm(z - z[-1], axis=1)
    for k in KS:
        assert distances[k] <= factor**k * distances[0] * (1 + 1e-9) + 1e-10
    attained = []
    for eigenvalue in (mu, L):
        for flip in (1.0, -1.0):  # f_1 = 0, or the indicator of the origin
            z = np.array([1.0])
            x = z / (1 + h * eigenvalue)
            y = 2 * x - z if flip > 0 else 0 * z
            attained.append(abs(float((z + relaxation * (y - x))[0])))
    assert max(attained) == pytest.approx(factor, rel=1e-9)
    assert max(attained) > 0.8 * factor


def test_steps_shrink_as_proven():
    """||z_{k+1} - z_k|| <= ||z_0 - z*|| / sqrt(k + 1) where nothing is smooth."""
    rng = np.random.default_rng(7)
    problem = P.SumOfTwo(P.L1(0.3), P.AbsoluteValue(rng.standard_normal(5), 0.3))
    z = path(oe.DouglasRachford(0.05), problem, start(5, 7), 2000)
    end, moves = z[-1], np.linalg.norm(np.diff(z, axis=0), axis=1)
    assert moves[-1] < 1e-12
    distances = np.linalg.norm(z - end, axis=1)
    assert (np.diff(distances) <= 1e-12).all()
    for k in KS:
        assert moves[k] <= distances[0] / np.sqrt(k + 1) * (1 + 1e-9)


def test_the_operator_of_two_sets_is_the_method():
    ball, half = P.L2Ball(start(3, 1), 1.5), P.HalfSpace(start(3, 2), 0.3)
    problem, operator = P.IntersectionOfTwo(ball, half), P.DouglasRachford(ball, half)
    z = path(oe.DouglasRachford(), problem, start(3, 3), 20)
    for old, new in itertools.pairwise(z):
        np.testing.assert_allclose(operator.operator(old), new, rtol=1e-13, atol=1e-13)


def test_davis_yin_without_a_smooth_part_is_douglas_rachford():
    both = two_terms()
    zero = P.LeastSquares(np.zeros((1, 5)), [0.0])
    for relaxation in (1.0, 1.5):
        ours = path(oe.DavisYin(0.7, relaxation), P.SmoothSumOfTwo(zero, *both), start(5, 2))
        known = path(oe.DouglasRachford(0.7, relaxation), both, start(5, 2))
        np.testing.assert_allclose(ours, known, rtol=1e-12, atol=1e-12)


def test_davis_yin_without_a_term_is_proximal_gradient():
    smooth, first, _ = three_terms()
    problem, x0 = P.Composite(smooth, first), start(5, 3)
    known = steps_of(oe.ProximalGradient(), problem, x0, 30).iterates
    z = path(oe.DavisYin(), P.SmoothSumOfTwo(smooth, P.L1(0.0), first), x0, 30)
    np.testing.assert_allclose(z, known, rtol=1e-12, atol=1e-12)
    swapped = path(oe.DavisYin(), P.SmoothSumOfTwo(smooth, first, P.L1(0.0)), x0, 30)
    h = 1 / smooth.smoothness
    for k in range(30):  # a prox, then a gradient step
        x = first.prox(swapped[k], h)
        np.testing.assert_allclose(swapped[k + 1], x - h * smooth.gradient(x), atol=1e-12)


def test_davis_yin_solves_three_terms():
    import cvxpy as cp

    problem = three_terms()
    trace = oe.run(oe.DavisYin(), problem, start(5, 4), max_iter=20_000, tol=1e-10)
    assert trace.success
    x = cp.Variable(5)
    fit = cp.sum_squares(problem.smooth.A @ x - problem.smooth.b) / 2
    best = cp.Problem(cp.Minimize(fit + 0.3 * cp.norm1(x) + 0.4 * cp.norm2(x))).solve(
        solver=cp.CLARABEL, tol_gap_abs=1e-10, tol_gap_rel=1e-10, tol_feas=1e-10
    )
    assert trace.values[-1] == pytest.approx(best, abs=1e-8)


def test_the_certificate_proves_what_it_says():
    """u = (z - x) / h and the prox step from x - u make subgradients of both terms by hand."""
    problem = two_terms()
    trace = oe.run(oe.DouglasRachford(0.4), problem, start(5, 8), tol=1e-10)
    x, u = trace.x, (trace.state.z - trace.x) / 0.4
    np.testing.assert_allclose(u, 0.7 * (x - problem.first.target), atol=1e-8)
    assert (np.abs(-u - 0.6 * np.sign(x))[np.abs(x) > 1e-6] < 1e-8).all()
    assert (np.abs(u) <= 0.6 + 1e-8).all()
    best = np.sign(problem.first.target) * np.maximum(np.abs(problem.first.target) - 0.6 / 0.7, 0)
    np.testing.assert_allclose(x, best, atol=1e-8)


@pytest.mark.parametrize("relaxation", [0.0, 2.1])
def test_relaxation_out_of_range_is_refused(relaxation):
    with pytest.raises(ValueError, match="relaxation"):
        oe.DouglasRachford(relaxation=relaxation)
