import cvxpy as cp
import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.linear_model import Lasso, LogisticRegression

import optedu as oe
from tests.acceleration.examples import badly_conditioned, lassos, same_path
from tests.helpers import assert_bound_holds, steps_of


def ramp(slope, L):
    """Return f = 0, said to be L-smooth, with g = slope x on x >= 0: where proximal steps crawl."""
    return oe.Problem.from_functions(
        lambda x: slope * x[0] if x[0] >= 0 else np.inf,
        gradient=lambda x: 0.0 * x,
        prox=lambda x, t: np.maximum(x - t * slope, 0.0),
        smoothness=L,
        strong_convexity=0.0,
        minimizer=np.zeros(1),
        minimum=0.0,
    )


@pytest.mark.parametrize("scale", [0.3, 1.0])
def test_bound_holds(scale):
    for problem, x0 in lassos():
        assert_bound_holds(steps_of(oe.FISTA(scale / problem.smoothness), problem, x0))


@pytest.mark.parametrize("k", [50, 200])
def test_ramp_refutes_four_fifths_of_the_bound(k):
    L, R = 2.0, 3.0
    probe = steps_of(oe.FISTA(), ramp(1e-9, L), np.array([R]), k)
    travelled = (R - probe.x[0]) / 1e-9
    problem = ramp(R / (2 * travelled), L)
    trace = steps_of(oe.FISTA(), problem, np.array([R]), k)
    bound = float(trace.method.guarantee(problem, k, trace.start).bound)
    assert 0.8 * bound < trace.values[-1] <= bound


def test_without_a_regularizer_it_is_nesterovs_method():
    problem, x0 = badly_conditioned()
    composite = oe.Problem.from_functions(
        problem.value, gradient=problem.gradient, prox=lambda x, t: x, smoothness=problem.smoothness
    )
    fista, nesterov = (
        steps_of(m, p, x0, 30)
        for m, p in ((oe.FISTA(), composite), (oe.NesterovAcceleration(), problem))
    )
    np.testing.assert_array_equal(fista.iterates, nesterov.iterates)


def test_without_extrapolation_it_is_ista():
    """Its first step from each start is a proximal gradient step, t = 1 meaning no momentum."""
    for problem, x0 in lassos(3):
        x, ista = x0, [x0]
        for _ in range(20):
            x = steps_of(oe.FISTA(), problem, x, 1).x
            ista.append(x)
        plain = steps_of(oe.ProximalGradient(1 / problem.smoothness), problem, x0, 20)
        np.testing.assert_allclose(ista, plain.iterates, rtol=0, atol=1e-12)


@pytest.mark.parametrize("function_scheme", [False, True])
def test_restart_finds_the_linear_rate(function_scheme):
    for seed in range(5):
        problem, x0 = badly_conditioned(3e4, seed=seed)
        composite = oe.Problem.from_functions(
            problem.value,
            gradient=problem.gradient,
            prox=lambda x, t: x,
            smoothness=problem.smoothness,
        )
        plain, restarted = (
            steps_of(m, composite, x0, 4000).values[-1] - problem.minimum
            for m in (oe.FISTA(), oe.RestartedFISTA(function_scheme=function_scheme))
        )
        assert restarted < 1e-3 * plain + 1e-12


def test_restart_rule():
    """A restarted step leaves no momentum; otherwise the steps are those of FISTA."""
    problem = oe.problems.Composite(badly_conditioned(100.0)[0], oe.problems.L1(0.01))
    x0 = np.linspace(-1, 1, 12)
    method = oe.RestartedFISTA().resolve(problem)
    state = method.init(problem, x0)
    restarts = 0
    for _ in range(200):
        new = method.step(problem, state)
        moved_back = np.sum((state.y - new.x) * (new.x - state.x)) > 0
        assert (new.t == 1.0) == moved_back
        if moved_back:
            restarts += 1
            assert new.y is new.x
        state = new
    assert restarts >= 2


@pytest.mark.parametrize("first_step", [1e-3, 1.0, 50.0])
def test_backtracking_bound_holds(first_step):
    for problem, x0 in lassos():
        assert_bound_holds(steps_of(oe.BacktrackingFISTA(first_step), problem, x0))


def test_backtracking_never_goes_below_its_floor():
    for problem, x0 in lassos():
        trace = steps_of(oe.BacktrackingFISTA(40.0), problem, x0, 500)
        assert trace.state.step_size >= 0.5 / (2 * problem.smoothness) * (1 - 1e-12)


def test_backtracking_accepts_only_steps_with_the_papers_property():
    smooth, _ = badly_conditioned(50.0)
    problem = oe.problems.Composite(smooth, oe.problems.L1(0.1))
    method = oe.BacktrackingFISTA(30.0)
    state = method.init(problem, np.ones(12))
    for _ in range(50):
        new = method.step(problem, state)
        d = new.x - state.y
        model = smooth.value(state.y) + smooth.gradient(state.y) @ d + d @ d / (2 * new.step_size)
        assert smooth.value(new.x) <= model + 1e-12
        state = new


@pytest.mark.parametrize("method", [oe.FISTA(), oe.RestartedFISTA(), oe.BacktrackingFISTA()])
def test_lasso_agrees_with_scikit_learn_and_cvxpy(method):
    A, y = load_diabetes(return_X_y=True)
    A = (A - A.mean(0)) / A.std(0)
    y = (y - y.mean()) / y.std()
    n, weight = len(y), 0.05
    problem = oe.problems.Composite(
        oe.problems.LeastSquares(A / np.sqrt(n), y / np.sqrt(n)), oe.problems.L1(weight)
    )
    trace = oe.run(method, problem, np.zeros(A.shape[1]), max_iter=20_000, tol=1e-13)
    reference = Lasso(alpha=weight, fit_intercept=False, tol=1e-14, max_iter=100_000).fit(A, y)
    best = problem.value(reference.coef_)
    assert problem.value(trace.x) == pytest.approx(best, rel=1e-9)
    np.testing.assert_allclose(trace.x, reference.coef_, atol=1e-6)
    x = cp.Variable(A.shape[1])
    objective = cp.sum_squares(A @ x - y) / (2 * n) + weight * cp.norm1(x)
    found = cp.Problem(cp.Minimize(objective)).solve(
        solver=cp.CLARABEL, tol_gap_abs=1e-12, tol_gap_rel=1e-12, tol_feas=1e-12
    )
    assert problem.value(trace.x) == pytest.approx(found, rel=1e-9)


def test_logistic_regression_agrees_with_scikit_learn():
    A, y = load_breast_cancer(return_X_y=True)
    A = (A - A.mean(0)) / A.std(0)
    l2 = 1e-2
    problem = oe.problems.LogisticRegression(A, 2.0 * y - 1, l2)
    reference = LogisticRegression(
        C=1 / (l2 * len(y)), fit_intercept=False, tol=1e-12, max_iter=10_000, solver="newton-cg"
    ).fit(A, y)
    best = problem.value(reference.coef_[0])
    for method in (oe.NesterovAcceleration(), oe.NesterovStronglyConvex(), oe.TripleMomentum()):
        trace = oe.run(method, problem, np.zeros(30), max_iter=20_000, tol=1e-9)
        assert trace.success
        assert problem.value(trace.x) == pytest.approx(best, rel=1e-9)


def test_same_path_notices_a_difference():
    problem, x0 = badly_conditioned()
    with pytest.raises(AssertionError):
        same_path(oe.NesterovAcceleration(), oe.GradientDescent(), problem, x0)
