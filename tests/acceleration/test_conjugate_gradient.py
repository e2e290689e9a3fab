import numpy as np
import pytest
from scipy.sparse.linalg import cg

import optedu as oe
from optedu.problems.generators import quadratic_with_spectrum, random_rotation
from tests.acceleration.examples import badly_conditioned
from tests.gradient.examples import strongly_convex
from tests.helpers import assert_bound_holds, assert_bound_is_attained, steps_of


def extremal(k, L=2.0, mu=0.1, seed=1):
    """Return the quadratic, rotated and shifted, on which k steps are as slow as Chebyshev allows.

    Its k + 1 eigenvalues are where |T_k| = 1 on [mu, L]; the start weighs them so that T_k is the
    polynomial that conjugate gradients choose: the weights are those of a divided difference,
    which vanishes on polynomials of degree below k.
    """
    nodes = (L + mu) / 2 + (L - mu) / 2 * np.cos(np.pi * np.arange(k + 1) / k)
    others = [np.prod(np.abs(z - np.delete(nodes, i))) for i, z in enumerate(nodes)]
    weights = 1 / (np.array(others) * nodes**2)
    Q = random_rotation(k + 1, seed)
    A = (Q * nodes) @ Q.T
    A = (A + A.T) / 2
    shift = np.random.default_rng(seed).standard_normal(k + 1)
    return oe.problems.Quadratic(A, A @ shift), shift + Q @ np.sqrt(weights / weights.sum())


def test_bound_holds():
    for problem, x0 in strongly_convex():
        assert_bound_holds(steps_of(oe.ConjugateGradient(), problem, x0), noise=1e-10)


@pytest.mark.parametrize("k", [1, 2, 5, 10])
def test_extremal_quadratic_attains_the_bound(k):
    problem, x0 = extremal(k)
    assert_bound_is_attained(steps_of(oe.ConjugateGradient(), problem, x0, k), k, slack=1e-6)


def test_ends_after_as_many_steps_as_distinct_eigenvalues():
    for seed, spectrum in enumerate(([3.0, 1.0], [5.0, 5.0, 2.0, 2.0, 1.0, 1.0, 1.0])):
        problem = quadratic_with_spectrum(spectrum, seed)
        trace = steps_of(oe.ConjugateGradient(), problem, np.ones(len(spectrum)), 10)
        distinct = len(set(spectrum))
        assert trace.gradient_norms[distinct] < 1e-10
        assert trace.gradient_norms[distinct - 1] > 1e-3


def test_each_iterate_is_the_best_of_the_krylov_subspace():
    problem, x0 = badly_conditioned(50.0, d=8, seed=2)
    trace = steps_of(oe.ConjugateGradient(), problem, x0, 6)
    r = problem.b - problem.A @ x0
    columns = [r]
    for k in range(1, 7):
        K = np.linalg.qr(np.column_stack(columns))[0]
        best = x0 + K @ np.linalg.solve(K.T @ problem.A @ K, K.T @ r)
        np.testing.assert_allclose(trace.iterates[k], best, atol=1e-8)
        columns.append(problem.A @ columns[-1])


def test_same_iterates_as_scipy():
    for seed in range(3):
        problem, x0 = badly_conditioned(100.0, d=15, seed=seed)
        iterates = [x0]

        def keep(x, iterates=iterates):
            iterates.append(x.copy())

        cg(problem.A, problem.b, x0, rtol=0, atol=0, maxiter=10, callback=keep)
        trace = steps_of(oe.ConjugateGradient(), problem, x0, 10)
        np.testing.assert_allclose(trace.iterates, iterates, atol=1e-9)


def test_negative_curvature_is_unbounded():
    for seed in range(5):
        problem = quadratic_with_spectrum([2.0, 1.0, 0.5, -0.3], seed)
        trace = oe.run(oe.ConjugateGradient(), problem, np.ones(4) * 3)
        assert trace.status is oe.Status.UNBOUNDED
        p = trace.state.p
        assert p @ problem.A @ p < 0
        assert problem.value(trace.x + 1e4 * p) < problem.value(trace.x) - 1e3


def test_flat_direction_with_slope_is_unbounded():
    Q = random_rotation(3, 4)
    A = (Q * np.array([2.0, 1.0, 0.0])) @ Q.T
    problem = oe.problems.Quadratic((A + A.T) / 2, Q @ np.ones(3))
    assert oe.run(oe.ConjugateGradient(), problem, np.zeros(3)).status is oe.Status.UNBOUNDED


def test_singular_but_consistent_converges():
    Q = random_rotation(4, 5)
    A = (Q * np.array([2.0, 1.0, 0.5, 0.0])) @ Q.T
    problem = oe.problems.Quadratic((A + A.T) / 2, Q @ np.array([1.0, -2.0, 3.0, 0.0]))
    trace = oe.run(oe.ConjugateGradient(), problem, np.zeros(4), tol=1e-10)
    assert trace.success
    expected = np.linalg.lstsq(problem.A, problem.b, rcond=1e-10)[0]
    np.testing.assert_allclose(trace.x, expected, atol=1e-9)


def test_costs_one_product_per_step():
    problem, x0 = badly_conditioned()
    trace = steps_of(oe.ConjugateGradient(), problem, x0, 7)
    assert trace.counts == {"gradient": 1, "hessian_product": 7}


def test_start_at_the_minimizer():
    problem, _ = badly_conditioned()
    shifted = oe.problems.Quadratic(problem.A, problem.A @ np.zeros(12))
    trace = steps_of(oe.ConjugateGradient(), shifted, np.zeros(12), 5)
    assert trace.status is oe.Status.CONVERGED
