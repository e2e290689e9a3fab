"""Variance reduction: what the estimates are on average, and what the theorems say of them."""

import numpy as np
import pytest

import optedu as oe
from optedu.guarantees import measure
from optedu.problems.generators import random_least_squares, random_logistic
from optedu.stochastic.ai_sarah import implicit_step
from optedu.stochastic.variance_reduction import component_gradients

N, D = 12, 4
METHODS = [oe.SVRG(), oe.SVRG(average=True), oe.SAGA(), oe.SAG(), oe.SARAH(), oe.AISARAH(3)]


class Given:
    """A source of randomness whose draws are given."""

    def __init__(self, *draws):
        self.draws = list(draws)

    def integers(self, low, high, size=None):
        draw = self.draws.pop(0)
        assert low <= draw < high
        return draw if size is None else np.full(size, draw)


@pytest.fixture(scope="module", params=["least squares", "logistic"])
def problem(request):
    if request.param == "logistic":
        return random_logistic(N, D, seed=14, l2=0.1)
    return random_least_squares(N, D, seed=13, l2=0.5)


@pytest.fixture
def point():
    return np.random.default_rng(2).normal(0.5, 2.0, D)


def stale(problem, point):
    """Return a table of gradients that were taken at different points."""
    rng = np.random.default_rng(3)
    rows = [problem.component_gradient(i, point + rng.standard_normal(D)) for i in range(N)]
    return np.array(rows), np.mean(rows, axis=0)


def after(method, problem, state, *draws):
    return method.step(problem, state, Given(*draws))


def mean_over_draws(method, problem, state, *before):
    return np.mean([after(method, problem, state, *before, i).x for i in range(N)], axis=0)


def optimum(problem):
    trace = oe.run(oe.NewtonMethod(), problem, problem.start, max_iter=50, tol=1e-13)
    assert trace.gradient_norms[-1] < 1e-11
    return trace.x


def descent(problem, x, t, steps):
    for _ in range(steps):
        x = x - t * problem.gradient(x)
    return x


def test_svrg_is_unbiased(problem, point):
    t = 0.3 / problem.component_smoothness
    method = oe.SVRG(t, stage_length=2).resolve(problem)
    state = method.init(problem, point, None)
    w = point - t * state.g  # at the snapshot the estimate is the gradient, whatever is drawn
    np.testing.assert_allclose(
        mean_over_draws(method, problem, state, 5), w - t * problem.gradient(w), rtol=1e-12
    )


def test_saga_is_unbiased_and_sag_is_not(problem, point):
    t = 0.3 / problem.component_smoothness
    table, mean = stale(problem, point)
    saga, sag = (make(t, draws=1).resolve(problem) for make in (oe.SAGA, oe.SAG))
    full = problem.gradient(point)
    moved = mean_over_draws(saga, problem, saga.init(problem, point, None)._replace(
        table=table, mean=mean))  # fmt: skip
    np.testing.assert_allclose(moved, point - t * full, rtol=1e-12)
    moved = mean_over_draws(sag, problem, sag.init(problem, point, None)._replace(
        table=table, mean=mean))  # fmt: skip
    bias = (1 - 1 / N) * (mean - full)
    assert np.linalg.norm(bias) > 0.1 * np.linalg.norm(full)
    np.testing.assert_allclose(moved, point - t * (full + bias), rtol=1e-12)


def test_sarah_carries_its_error_on(problem, point):
    """Given the past, the mean of v_2 is the gradient plus the error of v_1."""
    t = 0.5 / problem.component_smoothness
    method = oe.SARAH(t, stage_length=3).resolve(problem)
    state = method.init(problem, point, None)
    first = point - t * state.g
    v = problem.component_gradient(7, first) - problem.component_gradient(7, point) + state.g
    second = first - t * v
    error = v - problem.gradient(first)
    assert np.linalg.norm(error) > 1e-3 * np.linalg.norm(v)
    np.testing.assert_allclose(
        mean_over_draws(method, problem, state, 7),
        second - t * (problem.gradient(second) + error),
        rtol=1e-12,
    )


def test_the_last_error_of_sarah_has_mean_zero_over_all_draws(problem, point):
    """Without the past the estimate is unbiased: over all pairs of draws the errors cancel."""
    t = 0.5 / problem.component_smoothness
    method = oe.SARAH(t, stage_length=2).resolve(problem)
    state = method.init(problem, point, None)
    first = point - t * state.g
    np.testing.assert_allclose(
        mean_over_draws(method, problem, state), first - t * problem.gradient(first), rtol=1e-12
    )


@pytest.mark.parametrize("method", METHODS, ids=lambda m: type(m).__name__)
def test_no_noise_at_the_optimum(method, problem):
    x = optimum(problem)
    method = method.resolve(problem)
    rng = np.random.default_rng(0)
    state = method.init(problem, x, rng)
    for _ in range(3):
        state = method.step(problem, state, rng)
    assert np.linalg.norm(state.x - x) < 1e-10


def test_short_stages_and_full_batches_are_gradient_descent(problem, point):
    t = 0.7 / problem.smoothness
    cases = [
        (oe.SVRG(t, stage_length=1), 3, 3),
        (oe.SARAH(t, stage_length=1), 3, 3),
        (oe.SVRG(t, stage_length=4, batch_size=N), 2, 8),
        (oe.SARAH(t, stage_length=4, batch_size=N), 2, 8),
    ]
    for method, stages, steps in cases:
        trace = oe.run(method, problem, point, max_iter=stages, tol=0.0, seed=4)
        expected = descent(problem, point, t, steps)
        np.testing.assert_allclose(trace.x, expected, rtol=1e-11, atol=1e-12)


def test_a_full_table_is_gradient_descent(point):
    """With one term there is nothing to reduce: SAG and SAGA are gradient descent."""
    problem = oe.problems.LeastSquares([[1.0, 2.0, -1.0, 0.5]], [1.0], l2=0.3)
    t = 0.7 / problem.smoothness
    for method in (oe.SAGA(t), oe.SAG(t)):
        trace = oe.run(method, problem, point, max_iter=5, tol=0.0, seed=0)
        np.testing.assert_allclose(trace.x, descent(problem, point, t, 5), rtol=1e-11)


@pytest.mark.parametrize("make", [oe.SAGA, oe.SAG])
def test_the_table_and_its_mean(make, problem, point):
    method = make().resolve(problem)
    rng = np.random.default_rng(6)
    first = method.init(problem, point, rng)
    np.testing.assert_allclose(first.mean, problem.gradient(point), rtol=1e-12)
    kept, state = first.table.copy(), first
    for _ in range(20):
        state = method.step(problem, state, rng)
    np.testing.assert_array_equal(first.table, kept)
    np.testing.assert_allclose(state.mean, state.table.mean(axis=0), rtol=1e-10, atol=1e-13)
    assert not np.allclose(state.table, kept)


def test_one_draw_renews_one_row(problem, point):
    method = oe.SAGA(draws=1).resolve(problem)
    state = method.init(problem, point, None)
    state = after(method, problem, state, 2)
    x = state.x
    state = after(method, problem, state, 9)
    expected = component_gradients(problem, N, point)
    expected[9] = problem.component_gradient(9, x)
    np.testing.assert_array_equal(state.table, expected)


def test_the_mean_of_a_stage(problem, point):
    """With ``average`` a stage of two ends halfway between its two points."""
    t = 0.1 / problem.component_smoothness
    method = oe.SVRG(t, stage_length=2, average=True).resolve(problem)
    state = method.init(problem, point, None)
    halfway = point - 0.5 * t * state.g
    np.testing.assert_allclose(after(method, problem, state, 1, 3).x, halfway, rtol=1e-13)


def energy(problem, x, points, minimizer, t, mu):
    """Return the Lyapunov function of defazio2014, Theorem 1."""
    n = problem.components
    total = np.sum((x - minimizer) ** 2) / (2 * t * (1 - mu * t) * n)
    for i, u in enumerate(points):
        total += (
            problem.component_value(i, u)
            - problem.component_value(i, minimizer)
            - problem.component_gradient(i, minimizer) @ (u - minimizer)
        ) / n
    return total


def test_saga_theorem_1_over_all_draws(problem, point):
    """E V+ <= (1 - mu t) V, the expectation taken over all i, from states of any kind."""
    L, mu, x_star = problem.component_smoothness, problem.l2, optimum(problem)
    t = 0.5 / (mu * N + L)
    method = oe.SAGA(t, draws=1).resolve(problem)
    rng = np.random.default_rng(7)
    for scale in (0.01, 1.0, 30.0):
        x = x_star + scale * rng.standard_normal(D)
        points = x_star + scale * rng.standard_normal((N, D))
        table = np.array([problem.component_gradient(i, points[i]) for i in range(N)])
        state = method.init(problem, x, None)._replace(table=table, mean=table.mean(axis=0))
        later = []
        for i in range(N):
            renewed = points.copy()
            renewed[i] = x
            moved = after(method, problem, state, i).x
            later.append(energy(problem, moved, renewed, x_star, t, mu))
        assert np.mean(later) <= (1 - mu * t) * energy(problem, x, points, x_star, t, mu)


def bounded_runs(method, problem, x, steps, seeds):
    """Return the mean over seeds of what the guarantee bounds, its standard error, the bound."""
    traces = [
        oe.run(method, problem, x, max_iter=steps, tol=0.0, seed=seed) for seed in range(seeds)
    ]
    stated = traces[0].guarantee()
    power = 2 if stated.quantity == "distance" else 1
    measured = np.array([measure(trace, stated.quantity) for trace in traces])
    measured = measured**power
    error = measured.std(axis=0, ddof=1) / np.sqrt(seeds)
    return measured.mean(axis=0), error, stated.bound**power


@pytest.mark.parametrize("name", ["SVRG", "SAGA", "SAG"])
def test_guarantees_hold_on_average(name):
    problem = random_least_squares(N, D, seed=13, l2=2.0)
    L, mu = problem.component_smoothness, problem.strong_convexity
    method = {
        "SVRG": oe.SVRG(0.1 / L, stage_length=int(30 * L / mu), average=True),
        "SAGA": oe.SAGA(strong_convexity=problem.l2),  # that of the terms
        "SAG": oe.SAG(centred=True),
    }[name]
    x = np.full(D, 2.0)
    mean, error, bound = bounded_runs(method, problem, x, 3, 6)
    assert (mean + 2 * error <= bound + 1e-12).all()
    assert bound[3] < bound[1] < bound[0]
    assert mean[3] < 0.9 * mean[0]


def test_guarantees_are_stated_only_where_the_theorem_applies():
    problem = random_least_squares(N, D, seed=13, l2=2.0)
    L, x = problem.component_smoothness, np.ones(D)
    silent = [
        oe.SVRG(),  # the last point
        oe.SVRG(0.1 / L, 1, average=True),  # rho > 1
        oe.SVRG(0.6 / L, 10**6, average=True),
        oe.SAGA(),
        oe.SAGA(0.3 / L, strong_convexity=2.0),
        oe.SAG(),
        oe.SAG(1 / L, centred=True),
    ]
    for method in silent:
        assert method.resolve(problem).guarantee(problem, 3, x) is None


def recursive_estimates(problem, x, t, draws):
    """Return v_0, v_1, ... of SARAH."""
    v = problem.gradient(x)
    estimates = [v]
    for i in draws:
        moved = x - t * v
        v = problem.component_gradient(i, moved) - problem.component_gradient(i, x) + v
        x = moved
        estimates.append(v)
    return np.array(estimates)


def test_sarah_steps_shrink_whatever_is_drawn(problem, point):
    L, mu = problem.component_smoothness, problem.l2
    t = 2 / (mu + L)
    method = oe.SARAH(t, stage_length=41).resolve(problem)
    draws = np.random.default_rng(8).integers(0, N, 40)
    v = recursive_estimates(problem, point, t, draws)
    end = after(method, problem, method.init(problem, point, None), *draws).x
    np.testing.assert_allclose(end, point - t * v.sum(axis=0), rtol=1e-10, atol=1e-12)
    squares = (v**2).sum(axis=1)
    assert (squares[1:] <= (1 - 2 * mu * L * t / (mu + L)) * squares[:-1] * (1 + 1e-12)).all()


def test_the_shrinking_is_attained():
    """By terms L x^2 / 2, at the largest step; and with mu x^2 / 2 in between as well."""
    L, mu = 5.0, 0.5
    t = 2 / (mu + L)
    rate = 1 - 2 * mu * L * t / (mu + L)
    for curvature in (L, mu):
        problem = oe.problems.LeastSquares([[np.sqrt(curvature)]], [0.0])
        squares = recursive_estimates(problem, np.array([3.0]), t, [0] * 5).ravel() ** 2
        np.testing.assert_allclose(squares[1:] / squares[:-1], rate, rtol=1e-12)


def test_implicit_step_of_a_quadratic_is_in_closed_form(point):
    problem = random_least_squares(N, D, seed=13, l2=0.5)
    rng = np.random.default_rng(9)
    for batch in (np.array([3]), np.array([1, 4, 4, 7]), np.arange(N)):
        v = rng.standard_normal(D)
        H = np.mean([problem.component_hessian(i, point) for i in batch], axis=0)
        g = np.mean([problem.component_gradient(i, point) for i in batch], axis=0)
        a = implicit_step(problem, batch, point, v, g)
        assert a == pytest.approx(v @ H @ v / (v @ H @ H @ v), rel=1e-6)
        values = np.linalg.eigvalsh(H)
        assert values[0] * (1 - 1e-6) <= 1 / a <= values[-1] * (1 + 1e-6)
        residuals = [np.sum(((np.eye(D) - s * H) @ v) ** 2) for s in (a, 0.97 * a, 1.03 * a)]
        assert residuals[0] == min(residuals)


def test_implicit_step_of_logistic_regression_has_the_third_derivative(point):
    problem = random_logistic(N, D, seed=14, l2=0.1)
    w, v, batch = 0.3 * point, np.random.default_rng(9).standard_normal(D), np.arange(N)
    g, H = problem.gradient(w), problem.hessian(w)
    p = 1 / (1 + np.exp(-problem.A @ w))
    third = problem.A.T @ (p * (1 - p) * (1 - 2 * p) * (problem.A @ v) ** 2) / N
    curvature = np.sum((H @ v) ** 2) + v @ third
    assert abs(v @ third) > 0.01 * abs(curvature)
    a = implicit_step(problem, batch, w, v, g)
    assert a == pytest.approx(v @ H @ v / abs(curvature), rel=1e-5)


def test_a_stage_of_ai_sarah_ends_when_v_has_shrunk(problem):
    """With full batches v is the gradient, and every stage divides its square by 32 at least."""
    x = np.full(D, 0.2)
    trace = oe.run(oe.AISARAH(N), problem, x, max_iter=4, tol=0.0, seed=0)
    ratios = trace.gradient_norms[1:] ** 2 / trace.gradient_norms[:-1] ** 2
    assert (ratios <= 1 / 32 * (1 + 1e-6)).all()


def test_the_first_step_of_ai_sarah_may_be_far_too_long(point):
    """Where xi'' nearly vanishes, nothing bounds the first step, and the bound for the later ones
    remembers it: from this start full batches end in a cycle."""
    problem = random_logistic(N, D, seed=14, l2=0.1)
    g, batch = problem.gradient(point), np.arange(N)
    a = implicit_step(problem, batch, point, g, g)
    assert a > 1000 / problem.smoothness
    assert a == pytest.approx(5840, rel=0.01)  # the chapter says so
    trace = oe.run(oe.AISARAH(N, stage_length=50), problem, point, max_iter=3, tol=0.0, seed=0)
    assert trace.gradient_norms[-1] > trace.gradient_norms[0]


@pytest.mark.parametrize("method", METHODS, ids=lambda m: type(m).__name__)
def test_linear_convergence_to_scikit_learns_optimum(method):
    linear_model = pytest.importorskip("sklearn.linear_model")
    problem = random_logistic(30, D, seed=4, l2=0.2)
    peer = linear_model.LogisticRegression(
        C=1 / (30 * problem.l2), fit_intercept=False, tol=1e-12, solver="newton-cholesky"
    )
    expected = peer.fit(problem.A, problem.y).coef_[0]
    for seed in range(2):
        trace = oe.run(method, problem, problem.start, max_iter=1000, tol=1e-8, seed=seed)
        assert trace.success
        np.testing.assert_allclose(trace.x, expected, atol=2e-7)
        logarithms = np.log(trace.gradient_norms)  # a straight line over the stages
        fit = np.polyfit(trace.iterations, logarithms, 1)
        rest = logarithms - np.polyval(fit, trace.iterations)
        assert fit[0] < 0
        assert rest.var() <= 0.1 * logarithms.var()


@pytest.mark.parametrize("method", METHODS, ids=lambda m: type(m).__name__)
def test_matrices_are_served(method):
    rng = np.random.default_rng(5)
    problem = oe.problems.SoftmaxRegression(rng.standard_normal((9, 3)), rng.integers(0, 3, 9), 0.5)
    trace = oe.run(method, problem, rng.standard_normal(problem.shape), max_iter=150, seed=0)
    assert trace.x.shape == problem.shape
    assert trace.gradient_norms[-1] < 1e-3 * trace.gradient_norms[0]


def test_wrong_arguments_are_refused():
    for make, name in ((oe.SVRG, "stage_length"), (oe.SARAH, "batch_size"), (oe.SAG, "draws"),
                       (oe.SAGA, "step_size"), (oe.AISARAH, "stage_length")):  # fmt: skip
        with pytest.raises(ValueError, match=f"{name} must be positive, got 0"):
            make(**{name: 0})
    with pytest.raises(ValueError, match="contraction must be at least"):
        oe.AISARAH(contraction=1.5)
    smooth = oe.problems.Quadratic(np.eye(2), np.ones(2))
    with pytest.raises((ValueError, TypeError), match="component"):
        oe.run(oe.SAGA(), smooth, np.zeros(2))
