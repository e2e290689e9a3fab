"""The roots of 1 as saddles: nothing else is stationary, and Newton takes the complex steps."""

import numpy as np
import pytest

import optedu as oe

DEGREES = (2, 3, 7)


@pytest.mark.parametrize("n", DEGREES)
def test_the_roots_are_the_stationary_points_and_all_are_saddles(n):
    problem = oe.problems.RootsOfUnity(n)
    for root in problem.roots:
        assert np.abs(problem.gradient(root)).max() <= 1e-14 * n
        low, high = np.linalg.eigvalsh(problem.hessian(root))
        assert low == pytest.approx(-n)
        assert high == pytest.approx(n)
    z = np.exp(2j * np.pi * np.random.default_rng(n).random(50)) * 1.2
    for x in np.column_stack((z.real, z.imag)):  # |z^n - 1| >= 1.2^n - 1 there
        assert np.linalg.norm(problem.gradient(x)) >= (1.2**n - 1) * (1 - 1e-12)


@pytest.mark.parametrize("n", DEGREES)
def test_newton_runs_as_for_the_complex_equation(n):
    problem = oe.problems.RootsOfUnity(n)
    trace = oe.run(oe.NewtonMethod(), problem, [1.3, 0.4], tol=1e-12)
    z = 1.3 + 0.4j
    for x in trace.iterates[1:]:
        z = z - (z**n - 1) / (n * z ** (n - 1))
        assert np.allclose(x, [z.real, z.imag], rtol=0, atol=1e-12)
    assert trace.status == "converged"


@pytest.mark.parametrize("degree", [1, 0, -3])
def test_a_degree_below_two_gets_a_sentence(degree):
    with pytest.raises(ValueError, match="degree must be at least 2"):
        oe.problems.RootsOfUnity(degree)
