"""The preconditioners, and the three methods that use them."""

import itertools

import numpy as np
import pytest

import optedu as oe
from optedu.acceleration.symmetric_polynomials import (
    elementary_symmetric,
    polynomial_product,
    spectrum_of_product,
)
from optedu.problems.generators import quadratic_with_spectrum, random_logistic
from tests.acceleration.examples import badly_conditioned, same_path, start
from tests.gradient.examples import strongly_convex
from tests.helpers import assert_bound_holds, steps_of

SPECTRUM = np.array([100.0, 50.0, 10.0, 1.0, 0.9, 0.8, 0.7, 0.5])


def positive_matrix(seed, d=5):
    return quadratic_with_spectrum(np.random.default_rng(seed).uniform(0.2, 3.0, d), seed).A


@pytest.mark.parametrize("seed", range(4))
def test_newtons_identities_give_the_symmetric_polynomials(seed):
    B = positive_matrix(seed)
    eigenvalues = np.linalg.eigvalsh(B)
    expected = [
        sum(np.prod(chosen) for chosen in itertools.combinations(eigenvalues, k)) for k in range(6)
    ]
    np.testing.assert_allclose(elementary_symmetric(B, 5), expected, rtol=1e-12)


@pytest.mark.parametrize("degree", range(5))
def test_eigenvalues_leave_one_out(degree):
    B = positive_matrix(11)
    eigenvalues, Q = np.linalg.eigh(B)
    P = polynomial_product(B, elementary_symmetric(B, degree), np.eye(5))
    for i in range(5):
        others = np.delete(eigenvalues, i)
        expected = sum(np.prod(c) for c in itertools.combinations(others, degree))
        np.testing.assert_allclose(P @ Q[:, i], expected * Q[:, i], atol=1e-11)


@pytest.mark.parametrize("seed", range(4))
def test_full_degree_is_the_adjugate(seed):
    B = positive_matrix(seed)
    P = polynomial_product(B, elementary_symmetric(B, 4), np.eye(5))
    np.testing.assert_allclose(P @ B, np.linalg.det(B) * np.eye(5), atol=1e-10)


def test_same_as_the_definition_by_u():
    """P_tau = (1/tau) sum_i (-1)^(i-1) P_{tau-i} U_i, U_i = tr(B^i) I - B^i."""
    B, identity = positive_matrix(3), np.eye(5)
    P = [identity]
    for tau in range(1, 5):
        U = [np.trace(M) * identity - M for M in (np.linalg.matrix_power(B, i) for i in range(6))]
        P.append(sum((-1) ** (i - 1) * P[tau - i] @ U[i] for i in range(1, tau + 1)) / tau)
        product = polynomial_product(B, elementary_symmetric(B, tau), identity)
        np.testing.assert_allclose(product, P[tau], atol=1e-10)


def test_condition_number_loses_the_top_gaps():
    B = quadratic_with_spectrum(SPECTRUM, 2).A
    conditions = []
    for degree in range(4):
        eigenvalues = spectrum_of_product(B, elementary_symmetric(B, degree))
        conditions.append(eigenvalues[-1] / eigenvalues[0])
    np.testing.assert_allclose(conditions, [200.0, 78.2, 21.0, 6.36], rtol=0.005)


def test_scaling_the_curvature_changes_nothing():
    problem, x0 = badly_conditioned()
    for c in (1e-9, 1e9):
        same_path(
            oe.PolynomialPreconditionedGradient(problem.A, 2),
            oe.PolynomialPreconditionedGradient(c * problem.A, 2, relative_smoothness=1 / c),
            problem,
            x0,
        )


def test_resolving_twice_changes_nothing():
    problem, _ = badly_conditioned()
    for kind in (oe.PolynomialPreconditionedGradient, oe.PolynomialPreconditionedFastGradient):
        once = kind(degree=2).resolve(problem)
        for first, second in zip(once, once.resolve(problem), strict=True):
            np.testing.assert_array_equal(first, second)


def test_no_bound_for_a_step_that_is_too_long():
    problem, x0 = badly_conditioned()
    method = oe.PolynomialPreconditionedGradient(degree=2).resolve(problem)
    longer = method._replace(step_size=1.01 * method.step_size)
    assert method.guarantee(problem, 3, x0) is not None
    assert longer.guarantee(problem, 3, x0) is None


@pytest.mark.parametrize("degree", [0, 1, 2])
@pytest.mark.parametrize(
    "kind", [oe.PolynomialPreconditionedGradient, oe.PolynomialPreconditionedFastGradient]
)
def test_bounds_hold(kind, degree):
    for problem, x0 in strongly_convex():
        assert_bound_holds(steps_of(kind(degree=min(degree, len(x0) - 1)), problem, x0))


@pytest.mark.parametrize("degree", [0, 1, 3])
@pytest.mark.parametrize(
    "kind", [oe.PolynomialPreconditionedGradient, oe.PolynomialPreconditionedFastGradient]
)
def test_bounds_hold_on_logistic_regression(kind, degree):
    for seed in range(3):
        problem = solved(random_logistic(30, 5, seed, l2=1e-2))
        trace = steps_of(kind(problem.curvature, degree), problem, start(problem, seed))
        assert_bound_holds(trace)


def solved(logistic):
    """Return the problem with its minimizer, found by Newton's method, and its curvature."""
    x = np.zeros(logistic.shape)
    for _ in range(20):
        x = x - np.linalg.solve(logistic.hessian(x), logistic.gradient(x))
    assert np.linalg.norm(logistic.gradient(x)) < 1e-12
    problem = oe.Problem.from_functions(
        logistic.value,
        gradient=logistic.gradient,
        smoothness=logistic.smoothness,
        strong_convexity=logistic.strong_convexity,
        minimizer=x,
        minimum=logistic.value(x),
        shape=x.shape,
    )
    problem.curvature = curvature_of_logistic(logistic)
    return problem


def curvature_of_logistic(problem):
    """Return the largest Hessian that logistic regression can have."""
    n, d = problem.A.shape
    return problem.A.T @ problem.A / (4 * n) + problem.l2 * np.eye(d)


def test_fast_gradient_without_strong_convexity_has_nesterovs_bound():
    problem, x0 = badly_conditioned(1e4)
    method = oe.PolynomialPreconditionedFastGradient(relative_strong_convexity=0.0)
    trace = steps_of(method, problem, x0)
    assert trace.method.q == 0
    assert_bound_holds(trace)


def test_degree_zero_is_the_plain_method():
    problem, x0 = badly_conditioned()
    same_path(oe.PolynomialPreconditionedGradient(degree=0), oe.GradientDescent(), problem, x0)
    same_path(
        oe.PolynomialPreconditionedFastGradient(degree=0),
        oe.NesterovStronglyConvex(),
        problem,
        x0,
        rtol=1e-10,
    )
    same_path(
        oe.PolynomialPreconditionedFastGradient(degree=0, relative_strong_convexity=0.0),
        oe.NesterovAcceleration(),
        problem,
        x0,
        rtol=1e-10,
    )


def test_full_degree_solves_a_quadratic_in_one_step():
    problem = quadratic_with_spectrum([3.0, 1.0, 0.4], 5)
    for method in (
        oe.PolynomialPreconditionedGradient(degree=2),
        oe.PolynomialPreconditionedFastGradient(degree=2),
        oe.KrylovPreconditionedGradient(degree=2),
    ):
        trace = steps_of(method, problem, np.ones(3), 1)
        np.testing.assert_allclose(trace.iterates[1], problem.minimizer, atol=1e-10)


@pytest.mark.parametrize("degree", [0, 1, 2, 4])
def test_krylov_step_is_restarted_conjugate_gradients(degree):
    problem, x0 = badly_conditioned(200.0, seed=3)
    trace = steps_of(oe.KrylovPreconditionedGradient(degree=degree), problem, x0, 5)
    x = x0
    for k in range(1, 6):
        x = steps_of(oe.ConjugateGradient(), problem, x, degree + 1).x
        np.testing.assert_allclose(trace.iterates[k], x, atol=1e-8)


@pytest.mark.parametrize("degree", [0, 1, 3])
def test_krylov_bound_holds(degree):
    for problem, x0 in strongly_convex():
        trace = steps_of(oe.KrylovPreconditionedGradient(degree=degree), problem, x0)
        assert_bound_holds(trace, noise=1e-10)


def test_krylov_bound_is_attained_where_steepest_descent_zigzags():
    problem, x0 = oe.problems.Quadratic(np.diag([0.1, 1.0]), np.zeros(2)), np.array([10.0, 1.0])
    trace = steps_of(oe.KrylovPreconditionedGradient(degree=0), problem, x0, 10)
    bound = trace.method.guarantee(problem, np.arange(11), x0).bound
    np.testing.assert_allclose(trace.values, bound, rtol=1e-10)


def test_krylov_model_falls_at_least_as_much_as_with_the_polynomial():
    for seed in range(5):
        problem = random_logistic(30, 6, seed)
        B = curvature_of_logistic(problem)
        x = start(problem, seed)
        g = problem.gradient(x)
        for degree in range(4):
            krylov, polynomial = (
                steps_of(m, problem, x, 1).x - x
                for m in (
                    oe.KrylovPreconditionedGradient(B, degree),
                    oe.PolynomialPreconditionedGradient(B, degree),
                )
            )
            models = [g @ h + h @ B @ h / 2 for h in (krylov, polynomial)]
            assert models[0] <= models[1] + 1e-12


def test_says_what_is_missing():
    problem = random_logistic(10, 3)
    with pytest.raises(ValueError, match=r"is no quadratic\. Pass curvature"):
        oe.run(oe.PolynomialPreconditionedGradient(), problem, np.zeros(3))
    with pytest.raises(ValueError, match="curvature must be symmetric"):
        oe.KrylovPreconditionedGradient([[1.0, 2.0], [0.0, 1.0]])
    with pytest.raises(ValueError, match="curvature must be positive definite"):
        oe.run(oe.KrylovPreconditionedGradient(np.diag([1.0, -1.0, 1.0])), problem, np.zeros(3))
    with pytest.raises(ValueError, match="degree must be 0 or more"):
        oe.PolynomialPreconditionedGradient(degree=-1)


@pytest.mark.parametrize("method", [
    oe.PolynomialPreconditionedGradient, oe.PolynomialPreconditionedFastGradient,
])  # fmt: skip
def test_a_degree_without_a_preconditioner_is_refused(method):
    bowl = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    with pytest.raises(ValueError, match=r"2 variables has a degree of at most 1.*degree=2"):
        oe.run(method(degree=2), bowl, [0.0, 0.0])
    assert oe.run(method(degree=1), bowl, [0.0, 0.0]).status == "converged"
