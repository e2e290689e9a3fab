"""Polynomial Preconditioning for Gradient Methods.

Claim: symmetric polynomials of the curvature matrix cut the gaps between its top eigenvalues
without knowing the spectrum, and so improve the gradient and the fast gradient method. The
identities of the preconditioners are in tests/acceleration/test_polynomial_preconditioning.py.
"""

import numpy as np
import pytest
from scipy.sparse.linalg import cg
from sklearn.datasets import load_breast_cancer

import optedu as oe
from optedu.acceleration.symmetric_polynomials import elementary_symmetric, spectrum_of_product
from optedu.problems.generators import quadratic_with_spectrum


def outliers(seed, d=30):
    """Return a quadratic with eigenvalues 1e4, 1e3, 1e2 above d - 3 of them in [1, 2]."""
    rest = np.random.default_rng(seed).uniform(1.0, 2.0, d - 3)
    return quadratic_with_spectrum(np.concatenate([[1e4, 1e3, 1e2], rest]), seed)


@pytest.mark.parametrize("seed", range(3))
def test_condition_number_after_cutting_the_top(seed):
    """cond(P_tau B) is l_{tau+1} / l_n up to the weight of the lower eigenvalues."""
    problem = outliers(seed, d=8)
    spectrum = np.sort(np.linalg.eigvalsh(problem.A))[::-1]
    for degree in range(3):
        e = spectrum_of_product(problem.A, elementary_symmetric(problem.A, degree))
        ideal = spectrum[degree] / spectrum[-1]
        assert ideal * (1 - 1e-9) <= e[-1] / e[0] * (1 + 0.15)
        assert e[-1] / e[0] <= 1.15 * ideal


@pytest.mark.parametrize("seed", range(3))
def test_steps_fall_as_the_condition_number(seed):
    """Measured with d = 50: gradient 15500, 2250, 810 for tau = 1, 2, 3; fast gradient 1650, 530,
    196, 114 for tau = 0, 1, 2, 3.
    """
    problem = outliers(seed)

    def steps(kind, degree):
        trace = oe.run(kind(degree=degree), problem, np.zeros(30), max_iter=20_000, tol=1e-6)
        assert trace.success
        return trace.iterations[-1]

    gradient = [steps(oe.PolynomialPreconditionedGradient, t) for t in (2, 3)]
    assert 2 * gradient[1] < gradient[0]
    fast = [steps(oe.PolynomialPreconditionedFastGradient, t) for t in range(4)]
    assert 2 * fast[1] < fast[0]
    assert 2 * fast[2] < fast[1]
    assert 1.3 * fast[3] < fast[2]
    assert 4 * fast[2] < gradient[0]
    krylov = [steps(oe.KrylovPreconditionedGradient, t) for t in (2, 3)]
    assert krylov[1] <= 15
    assert krylov[0] < gradient[0] / 10


@pytest.mark.parametrize("degree", [1, 2, 4])
def test_krylov_step_equals_scipys_conjugate_gradients(degree):
    problem = quadratic_with_spectrum(np.geomspace(0.05, 2.0, 12), 4)
    x = np.ones(12)
    trace = oe.run(oe.KrylovPreconditionedGradient(degree=degree), problem, x, max_iter=4, tol=0.0)
    for k in range(1, 5):
        x = cg(problem.A, problem.b, x, rtol=0, atol=0, maxiter=degree + 1)[0]
        np.testing.assert_allclose(trace.iterates[k], x, atol=1e-8)


def test_logistic_regression_on_real_data():
    """Breast cancer data, B = A'A / (4 n) + l2 I: 2353, 1351, 889 steps measured for tau = 0..2.

    The Krylov variant does not profit on this problem: B is far above the Hessian near the
    solution, and its step of full length in the metric of B is then too careful (600 steps for
    every tau > 0).
    """
    A, y = load_breast_cancer(return_X_y=True)
    A = (A - A.mean(0)) / A.std(0)
    n, l2 = len(y), 1e-2
    problem = oe.problems.LogisticRegression(A, 2.0 * y - 1, l2)
    B = A.T @ A / (4 * n) + l2 * np.eye(30)

    def steps(kind, degree):
        trace = oe.run(kind(B, degree), problem, np.zeros(30), max_iter=4000, tol=1e-6)
        assert trace.success
        return trace.iterations[-1]

    gradient = [steps(oe.PolynomialPreconditionedGradient, t) for t in range(3)]
    assert 1.5 * gradient[1] < gradient[0]
    assert 1.3 * gradient[2] < gradient[1]
    fast = [steps(oe.PolynomialPreconditionedFastGradient, t) for t in range(3)]
    assert 1.4 * fast[1] < fast[0]
    assert 1.2 * fast[2] < fast[1]
