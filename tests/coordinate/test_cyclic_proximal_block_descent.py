"""Cyclic proximal block descent, and its version for finite sums."""

import numpy as np
import pytest
from sklearn.linear_model import Lasso

import optedu as oe
from optedu.coordinate.cycles import block_constants
from optedu.problems.generators import (
    random_lasso,
    random_least_squares,
    random_logistic,
    random_quadratic,
)
from tests.coordinate.test_cyclic_dual_averaging import Entrywise, scaled
from tests.helpers import steps_of

P = oe.problems
METHODS = (
    lambda size: oe.CyclicProximalBlockDescent(block_size=size),
    lambda size: oe.VarianceReducedCyclicDescent(1.0, block_size=size),
)


def test_one_block_is_proximal_gradient_bit_by_bit():
    problem, x0 = random_lasso(6, 30.0, 2), np.linspace(-2, 2, 6)
    L = 1.7
    wanted = steps_of(oe.ProximalGradient(1 / L), problem, x0, 50)
    found = steps_of(oe.CyclicProximalBlockDescent([L], 6), Entrywise(problem), x0, 50)
    assert np.array_equal(found.iterates, wanted.iterates)


def test_single_coordinates_of_a_quadratic_are_gauss_seidel():
    f = random_quadratic(5, 40.0, 3)
    problem, x0 = P.Composite(f, P.L1(0.0)), np.linspace(-1, 1, 5)
    trace = steps_of(oe.CyclicProximalBlockDescent(), problem, x0, 10)
    x = x0
    lower, upper = np.tril(f.A), np.triu(f.A, 1)
    for k in range(10):
        x = np.linalg.solve(lower, f.b - upper @ x)
        np.testing.assert_allclose(trace.iterates[k + 1], x, rtol=0, atol=1e-13)


def test_constants_of_blocks():
    f = random_least_squares(12, 5, seed=1)
    H = f.hessian(np.zeros(5))
    found = block_constants(f, 5, 2)
    for b, block in enumerate(([0, 1], [2, 3], [4])):
        assert found[b] == pytest.approx(np.linalg.eigvalsh(H[np.ix_(block, block)])[-1])

    class Coarse:
        coordinate_smoothness = f.coordinate_smoothness

    assert (block_constants(Coarse, 5, 2) >= found * (1 - 1e-12)).all()


@pytest.mark.parametrize("make", METHODS)
@pytest.mark.parametrize("size", [1, 3])
def test_each_cycle_lowers_the_objective_by_what_is_proven(make, size):
    for seed in range(3):
        f = random_logistic(25, 6, seed=seed, l2=0.01)
        problem = P.Composite(f, P.L1(0.02))
        trace = steps_of(make(size), problem, 2 * np.ones(6), 30)
        L = trace.method.block_smoothness.min()
        steps = np.sum(np.diff(trace.iterates, axis=0) ** 2, axis=1)
        assert (np.diff(trace.values) <= -L / 2 * steps + 1e-14).all()


def test_too_small_constants_refute_the_decrease():
    f = random_quadratic(6, 50.0, 7)
    problem = P.Composite(f, P.L1(0.02))
    L = 0.45 * np.diag(f.A)
    trace = steps_of(oe.CyclicProximalBlockDescent(L), problem, np.ones(6), 30)
    assert (np.diff(trace.values) > 0).any()


@pytest.mark.parametrize("size", [1, 4])
def test_lasso_agrees_with_scikit_learn(size):
    A, y, problem = scaled(0.05)
    method = oe.CyclicProximalBlockDescent(block_size=size)
    trace = oe.run(method, problem, np.zeros(10), max_iter=8000, tol=1e-12, execution="python")
    reference = Lasso(alpha=0.05, fit_intercept=False, tol=1e-15, max_iter=100_000).fit(A, y)
    np.testing.assert_allclose(trace.x, reference.coef_, atol=1e-8)


def test_linear_on_rank_deficient_least_squares():
    """Polyak-Lojasiewicz without strong convexity."""
    rng = np.random.default_rng(4)
    A = rng.standard_normal((12, 5)) * [1.0, 0.7, 0.5, 0.3, 0.2] @ rng.standard_normal((5, 8))
    f = P.LeastSquares(A, A @ rng.standard_normal(8))
    trace = steps_of(oe.CyclicProximalBlockDescent(), P.Composite(f, P.L1(0.0)), np.ones(8), 300)
    assert f.strong_convexity == 0
    values = trace.values[:301:20]
    values = values[values > 1e-20 * values[0]]
    assert len(values) >= 5
    assert (values[1:] <= 0.9 * values[:-1]).all()


def test_probability_one_is_exact():
    f = random_least_squares(12, 5, seed=3)
    problem, x0 = P.Composite(f, P.L1(0.1)), np.ones(5)
    exact = steps_of(oe.CyclicProximalBlockDescent(block_size=2), problem, x0, 20)
    for seed in (1, 2):
        method = oe.VarianceReducedCyclicDescent(1.0, block_size=2)
        chance = oe.run(method, problem, x0, max_iter=20, tol=0.0, seed=seed, execution="python")
        assert np.array_equal(chance.iterates, exact.iterates)


def test_estimate_is_recursive_and_its_mean_is_right():
    """The mean over all batches of the new estimate is the old one plus the change of f."""
    f = random_least_squares(6, 4, seed=5)
    problem = P.Composite(f, P.L1(0.1))
    method = oe.VarianceReducedCyclicDescent(1e-12, 1, None, 4).resolve(problem)
    rng = np.random.default_rng(0)
    first = method.step(problem, method.init(problem, np.ones(4), rng), rng)
    drawn = [method.step(problem, first, np.random.default_rng(s)).g for s in range(4000)]
    wanted = first.g + f.gradient(first.x) - f.gradient(np.ones(4))
    error = np.std(drawn, axis=0) / np.sqrt(len(drawn))
    assert (np.abs(np.mean(drawn, axis=0) - wanted) <= 4.5 * error).all()
    assert (error > 0).all()


def test_one_block_is_page():
    """Against PAGE written out, with the same stream of random numbers."""
    f = random_logistic(20, 4, seed=6, l2=0.05)
    problem, x0, L = P.Composite(f, P.L1(0.01)), np.ones(4), 2.0
    method = oe.VarianceReducedCyclicDescent(0.3, 3, [L], 4, 20)
    state = method.init(problem, x0, np.random.default_rng(9))
    rng, mine = np.random.default_rng(9), np.random.default_rng(9)
    x, old, g = x0, x0, np.zeros(4)
    for k in range(15):
        if k == 0 or mine.random() < 0.3:
            g = f.gradient(x)
        else:
            batch = mine.integers(0, 20, 3)
            g = (
                g
                + sum(f.component_gradient(i, x) - f.component_gradient(i, old) for i in batch) / 3
            )
        x, old = problem.prox(x - g / L, 1 / L), x
        state = method.step(problem, state, rng)
        np.testing.assert_allclose(state.x, x, rtol=0, atol=1e-12)


def test_variance_reduction_passes_any_noise_floor():
    A, y, problem = scaled(0.05)
    reference = Lasso(alpha=0.05, fit_intercept=False, tol=1e-15, max_iter=100_000).fit(A, y)
    best = problem.value(reference.coef_)
    method = oe.VarianceReducedCyclicDescent(0.3, 20, [8.0], 5)
    trace = oe.run(method, problem, np.zeros(10), max_iter=500, tol=0.0, seed=0)
    assert trace.values[-1] - best <= 1e-5


def test_bad_input_is_refused():
    problem = random_lasso(6, 30.0, 2)
    with pytest.raises(ValueError, match="for each of the 3 blocks, got 2"):
        oe.CyclicProximalBlockDescent([1.0, 2.0], 2).resolve(problem)
    with pytest.raises(ValueError, match="block_smoothness must be positive, got 0"):
        oe.CyclicProximalBlockDescent([1.0, 0.0])
    with pytest.raises(ValueError, match="refresh_probability must be above 0"):
        oe.VarianceReducedCyclicDescent(0.0)
    with pytest.raises(ValueError, match="needs components"):
        oe.VarianceReducedCyclicDescent().resolve(problem)
