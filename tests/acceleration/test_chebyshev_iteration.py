import numpy as np
import pytest
from scipy.special import eval_chebyt

import optedu as oe
from optedu.acceleration.bounds import chebyshev
from tests.acceleration.examples import along_eigenvector, badly_conditioned
from tests.gradient.examples import strongly_convex
from tests.helpers import KS, assert_bound_holds, assert_bound_is_attained, steps_of


def test_bound_holds():
    for problem, x0 in strongly_convex():
        assert_bound_holds(steps_of(oe.ChebyshevIteration(), problem, x0), noise=1e-10)


@pytest.mark.parametrize("index", [0, 2])
@pytest.mark.parametrize("k", KS)
def test_extreme_eigenvectors_attain_the_bound(k, index):
    problem, x0 = along_eigenvector([1.0, 0.1, 0.01], index)
    if k == 200:  # the error has reached rounding
        problem, x0 = along_eigenvector([1.0, 0.1, 0.001], index)
    assert_bound_is_attained(steps_of(oe.ChebyshevIteration(), problem, x0, k), k, slack=1e-7)


def test_error_is_the_chebyshev_polynomial_of_the_hessian():
    problem, x0 = badly_conditioned(80.0)
    L, mu = problem.smoothness, problem.strong_convexity
    trace = steps_of(oe.ChebyshevIteration(), problem, x0, 12)
    eigenvalues, Q = np.linalg.eigh(problem.A)
    for k in (1, 4, 12):
        factors = eval_chebyt(k, (L + mu - 2 * eigenvalues) / (L - mu))
        factors /= eval_chebyt(k, (L + mu) / (L - mu))
        expected = Q @ (factors * (Q.T @ (x0 - problem.minimizer)))
        np.testing.assert_allclose(trace.iterates[k] - problem.minimizer, expected, atol=1e-10)


def test_growth_of_the_polynomial_is_that_of_scipy():
    for k in (0, 1, 5, 20):
        assert chebyshev(k, 3.0, 0.4) == pytest.approx(eval_chebyt(k, 3.4 / 2.6), rel=1e-10)
    assert np.isinf(chebyshev(np.array([1, 2]), 2.0, 2.0)).all()


def test_condition_one_is_solved_in_one_step():
    problem, x0 = along_eigenvector([2.0, 2.0], 0)
    trace = steps_of(oe.ChebyshevIteration(), problem, x0, 1)
    np.testing.assert_allclose(trace.x, problem.minimizer, atol=1e-12)


def test_conjugate_gradients_are_never_behind():
    problem, x0 = badly_conditioned(300.0, seed=4)
    gaps = [
        steps_of(m, problem, x0, 20).values - problem.minimum
        for m in (oe.ConjugateGradient(), oe.ChebyshevIteration())
    ]
    assert (gaps[0] <= gaps[1] * (1 + 1e-9) + 1e-14).all()


def test_fails_when_an_eigenvalue_lies_above_the_interval():
    problem, x0 = badly_conditioned(50.0)
    method = oe.ChebyshevIteration(smoothness=problem.smoothness / 2)
    trace = oe.run(method, problem, x0, max_iter=500)
    assert trace.status is oe.Status.DIVERGED
    assert trace.method.guarantee(problem, 3, x0) is None
