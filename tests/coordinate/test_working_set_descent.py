"""Working sets: optimality and gap checked independently, screening, odd data, other solvers."""

import numpy as np
import pytest
import scipy.sparse

import optedu as oe
from optedu.coordinate.working_set_descent import scaled_columns
from optedu.kernels.coordinate_descent import (
    extrapolate,
    l1_violation,
    minimize_l1_quadratic,
    solve_small,
)

P = oe.problems


def data(n=40, d=120, seed=0, correlation=0.5):
    rng = np.random.default_rng([31, seed])
    A = rng.standard_normal((n, d)) + correlation * rng.standard_normal((n, 1)) + 0.3
    x = np.zeros(d)
    x[rng.choice(d, 8, replace=False)] = rng.normal(0, 2, 8)
    return A, A @ x + 0.3 * rng.standard_normal(n)


def lasso(fraction=0.1, l2=0.0, **more):
    A, b = data(**more)
    problem = P.L1LeastSquares.from_matrix(A, b, 1.0, l2)
    return A, b, problem._replace(l1=fraction * problem.largest_l1)


def logistic(fraction=0.1, l2=0.0, **more):
    A, b = data(**more)
    y = np.where(b > np.median(b), 1.0, -1.0)
    problem = P.L1Logistic.from_matrix(A, y, 1.0, l2)
    return A, y, problem._replace(l1=fraction * problem.largest_l1)


def solve(problem, tol=1e-12, **more):
    trace = oe.run(oe.WorkingSetDescent(**more), problem, tol=tol)
    assert trace.success, trace.message
    return trace


def scaled_gap(A, b, l1, l2, x):
    """The textbook's gap: the residual, scaled until it is feasible for the dual."""
    if l2:
        d = A.shape[1]
        A, b = np.vstack([A, np.sqrt(l2) * np.eye(d)]), np.concatenate([b, np.zeros(d)])
    r = b - A @ x
    theta = r * min(1.0, l1 / np.abs(A.T @ r).max())
    primal = 0.5 * r @ r + l1 * np.abs(x).sum()
    return primal - (0.5 * b @ b - 0.5 * (b - theta) @ (b - theta))


def logistic_gap(A, y, l1, x):
    n = y.size
    s = 1 / (1 + np.exp(y * (A @ x)))  # the dual variables, in (0, 1)
    s = s * min(1.0, l1 * n / np.abs(A.T @ (y * s)).max())
    entropy = s * np.log(s) + (1 - s) * np.log1p(-s)
    return np.logaddexp(0, -y * (A @ x)).mean() + l1 * np.abs(x).sum() + entropy.mean()


def assert_optimal(problem, x, g, accuracy=1e-9):
    smooth = g + problem.l2 * x
    on = x != 0
    np.testing.assert_allclose(smooth[on], -problem.l1 * np.sign(x[on]), atol=accuracy * problem.l1)
    assert np.abs(smooth[~on]).max(initial=0.0) <= problem.l1 * (1 + accuracy)


@pytest.mark.parametrize("l2", [0.0, 0.7])
@pytest.mark.parametrize("fraction", [0.5, 0.1, 0.01])
def test_lasso_and_elastic_net_are_solved(fraction, l2):
    A, b, problem = lasso(fraction, l2)
    x = solve(problem, 1e-11 * (b @ b)).x
    assert_optimal(problem, x, A.T @ (A @ x - b), 1e-5)
    # The elastic net's own gap is quadratic in the violation, the scaled one linear.
    assert scaled_gap(A, b, problem.l1, l2, x) <= (1e-7 if l2 else 1e-10) * (b @ b)


@pytest.mark.parametrize("fraction", [0.5, 0.1, 0.02])
def test_sparse_logistic_regression_is_solved(fraction):
    A, y, problem = logistic(fraction)
    x = solve(problem, 1e-11).x
    s = 1 / (1 + np.exp(y * (A @ x)))
    assert_optimal(problem, x, -A.T @ (y * s) / y.size, 1e-5)
    assert -1e-15 <= logistic_gap(A, y, problem.l1, x) <= 1e-10


def test_the_lasso_of_scikit_learn():
    from sklearn.linear_model import ElasticNet, Lasso

    A, b, problem = lasso(0.1)
    n, l1 = b.size, problem.l1
    theirs = Lasso(alpha=l1 / n, fit_intercept=False, tol=1e-12, max_iter=10**5).fit(A, b).coef_
    assert abs(problem.value(theirs) - problem.value(solve(problem, 1e-10).x)) <= 1e-10
    both = problem._replace(l2=0.5)
    theirs = (
        ElasticNet(
            alpha=(l1 + 0.5) / n,
            l1_ratio=l1 / (l1 + 0.5),
            fit_intercept=False,
            tol=1e-12,
            max_iter=10**5,
        )
        .fit(A, b)
        .coef_
    )
    np.testing.assert_allclose(solve(both, 1e-10).x, theirs, atol=1e-6)
    assert abs(both.value(theirs) - both.value(solve(both, 1e-10).x)) <= 1e-10


def test_logistic_regression_of_scikit_learn():
    from sklearn.linear_model import LogisticRegression

    A, y, problem = logistic(0.2)
    model = LogisticRegression(
        C=1 / (y.size * problem.l1),
        l1_ratio=1.0,
        solver="liblinear",
        fit_intercept=False,
        tol=1e-12,
        max_iter=10**6,
        random_state=0,
    )
    theirs = model.fit(A, y).coef_[0]
    assert abs(problem.value(theirs) - problem.value(solve(problem, 1e-12).x)) <= 1e-10


@pytest.mark.parametrize("make", [lasso, logistic])
def test_just_above_the_largest_weight_zero_and_just_below_one_coordinate(make):
    problem = make()[-1]
    above = solve(problem._replace(l1=problem.largest_l1 * (1 + 1e-9)))
    below = solve(problem._replace(l1=problem.largest_l1 * (1 - 1e-6)), 1e-14)
    assert np.count_nonzero(above.x) == 0
    assert np.count_nonzero(below.x) == 1


@pytest.mark.parametrize("make", [lasso, logistic])
@pytest.mark.parametrize("l2", [0.0, 0.2])
def test_the_gap_bounds_the_distance_at_any_point(make, l2):
    """And loses it when it is made smaller by a third: at the last points it is nearly tight."""
    problem = make(0.3, l2)[-1]
    least = problem.value(solve(problem, 1e-13 * problem.value(problem.start)).x)
    rng = np.random.default_rng(5)
    for scale in (1e-4, 1e-2, 1.0, 30.0):
        for _ in range(10):
            x = scale * rng.standard_normal(problem.start.size)
            assert problem.value(x) - least <= problem.duality_gap(x) * (1 + 1e-9)
    x = solve(problem, 1e-13 * problem.value(problem.start)).x
    assert problem.duality_gap(x) <= 1e-10 * problem.value(problem.start)


def test_the_gap_of_the_run_is_that_of_the_point():
    problem = lasso()[-1]
    trace = oe.run(oe.WorkingSetDescent(size=5), problem, tol=1e-10)
    assert trace.certificate.name == "duality gap"
    for x, gap in zip(trace.iterates[1:], trace.gradient_norms[1:], strict=True):
        assert gap == pytest.approx(problem.duality_gap(x), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("size", [1, 5, 200])
def test_no_coordinate_of_the_solution_is_left_out(seed, size):
    _, b, problem = lasso(0.05, seed=seed)
    whole = solve(problem, 1e-11 * (b @ b), size=200).x
    x = solve(problem, 1e-11 * (b @ b), size=size).x
    np.testing.assert_array_equal(np.abs(x) > 1e-6, np.abs(whole) > 1e-6)
    np.testing.assert_allclose(x, whole, atol=1e-6)


def test_the_objective_decreases_from_step_to_step():
    for make in (lasso, logistic):
        values = oe.run(oe.WorkingSetDescent(size=3), make(0.02)[-1], tol=1e-10).values
        assert (np.diff(values) <= 1e-14 * np.abs(values[:-1])).all()


@pytest.mark.parametrize("make", [lasso, logistic])
def test_sparse_columns_give_what_dense_ones_give(make):
    A, b, problem = make()
    A = np.where(np.abs(A) > 1.0, A, 0.0)
    dense = type(problem).from_matrix(A, b, problem.l1)
    sparse = type(problem).from_matrix(scipy.sparse.csr_matrix(A), b, problem.l1)
    assert isinstance(sparse.matrix, P.SparseColumns)
    x = np.random.default_rng(1).standard_normal(A.shape[1])
    assert sparse.value(x) == pytest.approx(dense.value(x), rel=1e-12)
    np.testing.assert_allclose(sparse.gradient(x), dense.gradient(x), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(solve(sparse, 1e-11).x, solve(dense, 1e-11).x, atol=1e-7)


def test_duplicate_zero_and_constant_columns_are_served():
    A, b = data(n=30, d=20)
    A = np.hstack([A, A[:, :5], np.zeros((30, 2)), np.ones((30, 1))])
    problem = P.L1LeastSquares.from_matrix(A, b, 1.0)
    problem = problem._replace(l1=0.05 * problem.largest_l1)
    x = solve(problem, 1e-10 * (b @ b)).x
    assert (x[25:27] == 0).all()
    assert scaled_gap(A, b, problem.l1, 0.0, x) <= 1e-9 * (b @ b)


def test_observations_of_zeros_and_a_matrix_of_zeros_give_zero():
    A, b = data()
    for problem in (
        P.L1LeastSquares.from_matrix(A, 0 * b, 1.0),
        P.L1LeastSquares.from_matrix(0 * A, b, 1.0),
        P.L1LeastSquares.from_matrix(scipy.sparse.csc_matrix(A.shape), b, 1.0),
    ):
        assert not solve(problem).x.any()


def test_more_rows_than_columns_and_a_start_elsewhere():
    _, b, problem = lasso(0.05, n=60, d=10)
    found = [
        oe.run(oe.WorkingSetDescent(), problem, x0, tol=1e-10 * (b @ b)).x
        for x0 in (np.zeros(10), 5 * np.ones(10))
    ]
    np.testing.assert_allclose(*found, atol=1e-7)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda A, b: P.L1LeastSquares.from_matrix(A, b[1:]), "one entry per row of A"),
        (lambda A, b: P.L1LeastSquares(A, b), "write L1LeastSquares.from_matrix"),
        (lambda A, b: P.L1LeastSquares.from_matrix(A, b, 0.0), "l1 must be positive"),
        (lambda A, b: P.L1Logistic.from_matrix(A, np.sign(b), 1.0, -1.0), "l2 must be at least 0"),
        (lambda A, b: P.L1Logistic.from_matrix(A, b), "labels y must be -1 or"),
        (lambda A, b: P.DenseColumns(b), "must be a matrix"),
        (lambda A, b: P.SparseColumns([1.0], [3], [0, 1], [0], 2), "rows from 0 to 1"),
        (lambda A, b: P.SparseColumns([1.0], [0], [0, 2], [0], 2), "indptr must go"),
        (lambda A, b: P.SparseColumns([1.0], [0], [0, 1], [1], 2), "owners must name"),
        (lambda A, b: P.SparseColumns([1.0, 2.0], [1, 1], [0, 2], [0, 0], 2), "must increase"),
    ],
)
def test_wrong_data_get_a_sentence(make, said):
    with pytest.raises((ValueError, TypeError), match=said):
        make(*data())


def holes():
    """A matrix with empty rows and columns, at its ends too."""
    A = np.random.default_rng(6).standard_normal((9, 12))
    A[np.abs(A) < 0.8] = 0.0
    A[[0, 5, 8]] = 0.0
    A[:, [0, 4, 5, 11]] = 0.0
    return A


def test_products_with_sparse_columns_are_those_of_the_matrix():
    A = holes()
    columns = P.L1LeastSquares.from_matrix(scipy.sparse.csc_matrix(A), np.ones(9)).matrix
    rng = np.random.default_rng(7)
    few = np.zeros(12)
    few[[0, 3, 11]] = rng.standard_normal(3)
    for x in (np.zeros(12), few, rng.standard_normal(12)):
        np.testing.assert_allclose(columns.linear_map(x), A @ x, atol=1e-14)
    y = rng.standard_normal(9)
    np.testing.assert_allclose(columns.adjoint(y), A.T @ y, atol=1e-14)


@pytest.mark.compiled
def test_sparse_columns_compiled_are_those_of_python():
    problem = P.L1Logistic.from_matrix(scipy.sparse.csc_matrix(holes()), np.tile([1, -1, 1], 3))
    problem = problem._replace(l1=0.1 * problem.largest_l1, l2=0.1)
    paths = [
        oe.run(oe.ProximalGradient(), problem, max_iter=40, execution=execution).iterates
        for execution in ("python", "compiled")
    ]
    np.testing.assert_allclose(*paths, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("make", [lasso, logistic])
def test_products_of_scaled_columns_are_the_hessian(make):
    A, b, problem = make()
    x, working = np.random.default_rng(8).standard_normal(120), np.array([0, 3, 50, 119])
    B = scaled_columns(problem, working, x)
    z, h = A @ x, 1e-5
    losses = [problem._replace(l1=1e-300).value(x + t * np.eye(120)[3]) for t in (-h, 0, h)]
    second = (losses[0] - 2 * losses[1] + losses[2]) / h**2
    assert B[1] @ B[1] == pytest.approx(second, rel=1e-3)
    Q = np.ones(b.size) if make is lasso else 1 / (2 + np.exp(z) + np.exp(-z)) / b.size
    np.testing.assert_allclose(B @ B.T, (A[:, working].T * Q) @ A[:, working], rtol=1e-10)


# The kernel.


def test_a_small_system_is_solved():
    rng = np.random.default_rng(9)
    for n in (1, 2, 5):
        V = rng.standard_normal((n, n + 2))
        M, z = V @ V.T, rng.standard_normal(n)
        expected = np.linalg.solve(M, z)
        solve_small(M, z)
        np.testing.assert_allclose(z, expected, rtol=1e-9)


def test_no_affine_mean_has_a_smaller_residual_than_the_extrapolation():
    """Nudged weights, still of sum one, give a larger one."""
    rng = np.random.default_rng(10)
    path = rng.standard_normal((4, 30))
    U, M = np.diff(path, axis=0), np.diff(path, axis=0) @ np.diff(path, axis=0).T
    z = np.linalg.solve(M, np.ones(3))
    z /= z.sum()
    np.testing.assert_allclose(extrapolate(path), z @ path[1:], rtol=1e-8, atol=1e-8)
    for _ in range(20):
        nudge = rng.standard_normal(3)
        nudge -= nudge.mean()
        assert np.linalg.norm((z + 0.01 * nudge) @ U) > np.linalg.norm(z @ U)


def test_the_small_problem_is_solved_and_its_start_is_left_alone():
    rng = np.random.default_rng(2)
    B = rng.standard_normal((9, 14))
    G, q, u = B.T @ B, B.T @ rng.standard_normal(9), np.ones(14)
    found, _ = minimize_l1_quadratic(G, q, u, 0.3, 0.0, 1e-12, 100_000, 5)
    np.testing.assert_array_equal(u, 1.0)
    assert l1_violation(found, q + G @ found, 0.3, 0.0).max() <= 1e-11


def test_extrapolation_of_a_linear_iteration_in_two_dimensions_is_exact():
    M, fixed = np.array([[0.9, 0.2], [-0.1, 0.7]]), np.array([2.0, -1.0])
    path = [np.zeros(2)]
    for _ in range(3):
        path.append(fixed + M @ (path[-1] - fixed))
    np.testing.assert_allclose(extrapolate(np.array(path)), fixed, atol=1e-5)


@pytest.mark.parametrize("seed", [3, 5])
def test_extrapolation_helps_on_an_ill_conditioned_problem(seed):
    """After as many epochs plain sweeps are 1e6 times worse as measured; 1e3 is required."""
    rng = np.random.default_rng(seed)
    B = rng.standard_normal((60, 20)) + 2 * rng.standard_normal((60, 1))
    G, q = B.T @ B, 10 * rng.standard_normal(20)
    u, epochs = minimize_l1_quadratic(G, q, np.zeros(20), 0.1, 0.0, 1e-7, 3000, 5)
    plain, same = minimize_l1_quadratic(G, q, np.zeros(20), 0.1, 0.0, 1e-7, epochs, 10**5)
    violation, other = (l1_violation(v, q + G @ v, 0.1, 0.0).max() for v in (u, plain))
    assert same == epochs
    assert violation <= 1e-7
    assert other > 1e3 * violation
