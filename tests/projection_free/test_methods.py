"""Optima against cvxpy, SciPy and each other; sliding, blocks, fully corrective steps."""

from collections import Counter

import cvxpy as cp
import numpy as np
import pytest
from scipy.optimize import nnls

import optedu as oe
from optedu.problems.data import diabetes
from tests.helpers import steps_of
from tests.projection_free.examples import ACTIVE, METHODS, P, solve, states


@pytest.fixture(scope="module")
def diabetes_fit():
    A, y = diabetes()
    y = (y - y.mean()) / y.std()
    return P.LeastSquares(A / np.sqrt(len(y)), y / np.sqrt(len(y)))


@pytest.mark.parametrize("method", ACTIVE)
def test_sparse_regression_agrees_with_cvxpy(method, diabetes_fit):
    A, b = diabetes_fit.A, diabetes_fit.b
    problem = P.Constrained(diabetes_fit, P.L1Ball(0.9))
    trace = oe.run(method, problem, np.zeros(A.shape[1]), tol=1e-11, max_iter=2000)
    assert trace.success
    w = cp.Variable(A.shape[1])
    best = solve(cp.sum_squares(A @ w - b) / 2, w, [cp.norm1(w) <= 0.9])
    assert problem.value(trace.x) == pytest.approx(best, abs=1e-9)


def test_spectrahedron_nuclear_ball_and_birkhoff_agree_with_cvxpy():
    rng = np.random.default_rng(0)
    Y = rng.standard_normal((4, 4))
    f = P.MatrixCompletion(Y, np.ones((4, 4)))
    X = cp.Variable((4, 4))
    cases = (
        (P.Birkhoff(4), [X >= 0, cp.sum(X, axis=0) == 1, cp.sum(X, axis=1) == 1], 1e-8),
        (P.Spectrahedron(4, 1.3), [X == X.T, X >> 0, cp.trace(X) == 1.3], 1e-4),
        (P.TraceNormBall(4, 4, 1.3), [cp.normNuc(X) <= 1.3], 1e-4),
    )
    for C, constraints, accuracy in cases:
        problem = P.ProjectionFree(f, C)
        trace = oe.run(oe.PairwiseFrankWolfe(), problem, np.eye(4) / 4, tol=accuracy,
                       max_iter=3000, execution="python")  # fmt: skip
        assert trace.success
        best = solve(cp.sum_squares(X - Y) / 2, X, constraints)
        assert -1e-7 <= problem.value(trace.x) - best <= accuracy + 1e-7


def test_sliding_takes_few_gradients():
    """To 1e-3 of L D^2: about sqrt(7.5 / 1e-3) gradients at most, and many more vertices."""
    f = oe.problems.generators.random_quadratic(20, 50.0, 3, smoothness=1.0)
    solution = np.random.default_rng(3).dirichlet(np.ones(20))
    f = P.Quadratic(f.A, f.A @ solution)
    problem = P.Constrained(f, P.Simplex(), solution)
    target = 1e-3 * problem.smoothness * problem.diameter**2
    trace = steps_of(oe.ConditionalGradientSliding(), problem, np.eye(20)[0], 87)
    first = np.argmax(trace.values - problem.minimum <= target)
    assert 0 < first <= 86
    assert trace.counts["gradient"] == 88
    assert trace.counts["linear_minimizer"] > 88


def test_inner_sliding_step_is_the_projection_in_the_limit():
    from optedu.projection_free.conditional_gradient_sliding import approximate_projection_step

    rng = np.random.default_rng(2)
    V = rng.standard_normal((8, 3))
    hull = P.Polytope(V)
    g, u, beta = rng.standard_normal(3), V.mean(axis=0), 1.7
    v = approximate_projection_step(hull, g, u, beta, 1e-5)
    exact = hull.project(u - g / beta)
    assert beta / 2 * np.sum((v - exact) ** 2) <= 1e-5  # strong convexity of the subproblem
    assert beta / 2 * np.sum((u - exact) ** 2) > 1e-3


def test_one_block_is_frank_wolfe_bit_for_bit():
    f = oe.problems.generators.random_quadratic(6, 20.0, 4)
    problem = P.ProjectionFree(f, P.Power(P.L1Ball(), 1))
    x0 = np.full(6, 0.1)
    np.testing.assert_array_equal(
        steps_of(oe.BlockCoordinateFrankWolfe(), problem, x0, 50).iterates,
        steps_of(oe.FrankWolfe(), problem, x0, 50).iterates,
    )


@pytest.mark.parametrize("line_search", [False, True])
def test_blocks_obey_the_expected_bound_and_find_the_optimum(line_search):
    n = 4
    f = oe.problems.generators.random_quadratic(12, 20.0, 5)
    problem = P.ProjectionFree(f, P.Power(P.Simplex(), n))
    x0 = np.tile(np.eye(3)[0], n)
    w = cp.Variable(12)
    best = solve(
        cp.quad_form(w, cp.psd_wrap(f.A)) / 2 - f.b @ w, w,
        [w >= 0, *(cp.sum(w[3 * i : 3 * i + 3]) == 1 for i in range(n))],
    )  # fmt: skip
    curvature = sum(np.linalg.eigvalsh(f.A[3 * i : 3 * i + 3, 3 * i : 3 * i + 3])[-1] * 2.0
                    for i in range(n))  # fmt: skip
    gaps = []
    for seed in range(8):
        trace = oe.run(oe.BlockCoordinateFrankWolfe(line_search), problem, x0, seed=seed,
                       max_iter=400, tol=0.0, execution="python")  # fmt: skip
        values = np.full(401, trace.values[-1])  # a run may end early, with a gap of exactly 0
        values[: len(trace.values)] = trace.values
        gaps.append(values - best)
    mean, k = np.mean(gaps, axis=0), np.arange(401)
    assert (mean[1:] <= (2 * n * (curvature + gaps[0][0]) / (k + 2 * n))[1:]).all()
    assert mean[400] <= 0.02 * gaps[0][0]
    for x in trace.iterates:
        blocks = x.reshape(n, 3)
        assert blocks.min() >= -1e-12
        np.testing.assert_allclose(blocks.sum(axis=1), 1, atol=1e-12)


def test_fully_corrective_solves_nonnegative_least_squares_atom_by_atom():
    """On the simplex with a slack vertex at 0, a large radius makes it NNLS."""
    rng = np.random.default_rng(6)
    A, b = rng.standard_normal((20, 8)), rng.standard_normal(20)
    reference, _ = nnls(A, b)
    radius = 3 * reference.sum()
    vertices = np.vstack((np.zeros(8), radius * np.eye(8)))
    problem = P.ProjectionFree(P.LeastSquares(A, b), P.Polytope(vertices))
    trace = oe.run(oe.FullyCorrectiveFrankWolfe(1e-9), problem, np.zeros(8), tol=1e-10)
    assert trace.success
    np.testing.assert_allclose(trace.x, reference, atol=1e-5)
    assert int(trace.iterations[-1]) <= 3 * 8


def test_fully_corrective_picks_atoms_as_matching_pursuit_does():
    """Orthogonal columns and a large ball: the columns come in the order of |a_j'b|."""
    rng = np.random.default_rng(7)
    Q = np.linalg.qr(rng.standard_normal((10, 6)))[0]
    b = Q @ np.array([3.0, -0.2, 1.0, 0.5, -2.0, 0.1]) + 0.1 * rng.standard_normal(10)
    problem = P.Constrained(P.LeastSquares(Q, b), P.L1Ball(50.0))
    correlations = Q.T @ b
    order = np.argsort(-np.abs(correlations))
    x = np.zeros(6)
    for k, s in enumerate(states(oe.FullyCorrectiveFrankWolfe(1e-9), problem, x, 2 * 6)):
        picked = {int(np.argmax(np.abs(atom))) for atom in s.atoms}
        assert picked == set(order[: len(picked)].tolist())
        assert len(picked) <= max(k, 1)
    np.testing.assert_allclose(s.x, correlations, atol=1e-4)


def test_fully_corrective_is_at_least_as_good_per_vertex():
    rng = np.random.default_rng(12)
    A = rng.standard_normal((25, 30))
    problem = P.Constrained(P.LeastSquares(A, A[:, 0] - A[:, 3]), P.L1Ball(1.5))
    full = steps_of(oe.FullyCorrectiveFrankWolfe(1e-8), problem, np.zeros(30), 15).values
    line = steps_of(oe.LineSearchFrankWolfe(), problem, np.zeros(30), 15).values
    assert (full <= line[: len(full)] + 1e-9).all()


class Asked:
    """A problem that counts all questions, also those that a run does not count."""

    def __init__(self, problem):
        self.problem, self.calls = problem, Counter()

    def __getattr__(self, name):
        found = getattr(self.problem, name)
        if name not in ("value", "gradient", "value_and_gradient", "linear_minimizer"):
            return found

        def ask(*arguments):
            self.calls[name] += 1
            return found(*arguments)

        return ask


@pytest.mark.parametrize("method", METHODS[:7])
def test_step_record_and_gap_share_one_gradient_and_one_corner(method, diabetes_fit):
    """A run asks no more, for its record and its certificate, than the steps do."""
    asked = Asked(P.Constrained(diabetes_fit, P.L1Ball(0.9)))
    trace = oe.run(method, asked, np.zeros(10), max_iter=30, tol=0.0, execution="python")
    steps, questions = int(trace.iterations[-1]), trace.counts["gradient"]
    assert trace.counts["linear_minimizer"] == steps + 1
    assert asked.calls["value_and_gradient"] == questions
    assert sum(asked.calls.values()) - questions - steps - 1 <= 5  # looks at the start
    if isinstance(method, oe.FrankWolfe | oe.ShortStepFrankWolfe):
        assert questions == steps + 1


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: oe.ShortStepFrankWolfe(smoothness=-1), "smoothness must be positive"),
        (lambda: oe.FullyCorrectiveFrankWolfe(accuracy=2), "accuracy must be"),
        (lambda: oe.ConditionalGradientSliding(diameter=0), "diameter must be positive"),
        (lambda: oe.BlockCoordinateFrankWolfe(blocks=0), "blocks must be at least 1"),
        (lambda: oe.RandomDirectionFrankWolfe(directions=0), "directions must be positive"),
        (lambda: oe.StochasticFrankWolfe(averaging=0), "averaging must be positive"),
        (lambda: oe.KieferWolfowitzFrankWolfe(smoothing=0), "smoothing must be positive"),
    ],
)
def test_bad_hyperparameters_get_a_sentence(call, words):
    with pytest.raises(ValueError, match=words):
        call()
