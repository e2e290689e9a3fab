"""BCD-PR, exact and inexact, on Powell's cube and on nonnegative factorizations."""

import numpy as np
import pytest
from scipy.optimize import nnls

import optedu as oe
from optedu.coordinate.inexact_proximal_block_minimization import approximate_block
from optedu.problems.nonnegative_factorization import nonnegative_minimizer
from tests.helpers import steps_of

P = oe.problems


def factorization(seed=0, shape=(9, 7), rank=2, noise=0.2):
    rng = np.random.default_rng(seed)
    M = rng.random((shape[0], rank)) @ rng.random((rank, shape[1])) + noise * rng.random(shape)
    return P.NonnegativeFactorization(M, rank, seed)


def squared_stationarity(problem, x):
    return np.sum((x - problem.project(x - problem.gradient(x))) ** 2)


@pytest.mark.parametrize("seed", range(6))
def test_nonnegative_minimizer_agrees_with_scipy(seed):
    rng = np.random.default_rng(seed)
    A, y = rng.standard_normal((8, 5)), rng.standard_normal(8)
    u = nonnegative_minimizer(A.T @ A, A.T @ y)
    np.testing.assert_allclose(u, nnls(A, y)[0], atol=1e-10)


@pytest.mark.parametrize("t", [0.3, 5.0, np.inf])
def test_block_prox_minimizes(t):
    rng = np.random.default_rng(3)
    for problem in (factorization(4), P.PowellCycle()):
        x = np.abs(problem.start) + 0.1
        for i in range(problem.blocks):
            new = problem.block_prox(i, x, t)
            inside = problem.groups == i
            assert np.array_equal(new[~inside], x[~inside])
            assert np.array_equal(problem.project(new), new)
            best = problem.value(new) + np.sum((new - x) ** 2) / (2 * t)
            for size in (1e-3, 0.1, 1.0):
                other = problem.project(new + size * rng.standard_normal(x.shape) * inside)
                assert problem.value(other) + np.sum((other - x) ** 2) / (2 * t) >= best - 1e-10


@pytest.mark.parametrize("regularization", [0.05, 1.0])
def test_each_block_lowers_the_objective_by_what_is_proven(regularization):
    for problem in (factorization(1), P.PowellCycle()):
        x = problem.start
        for _ in range(30):
            for i in range(problem.blocks):
                new = problem.block_prox(i, x, 1 / regularization)
                fall = problem.value(x) - problem.value(new)
                assert fall >= regularization / 2 * np.sum((new - x) ** 2) - 1e-13
                x = new


def test_powells_cycle_never_ends_without_regularization():
    problem = P.PowellCycle(offset=0.25)
    trace = steps_of(oe.ProximalBlockMinimization(0.0), problem, problem.start, 300)
    assert (np.abs(np.abs(trace.iterates[50:]) - 1) < 1e-12).all()
    for x in trace.iterates[50:]:
        assert np.linalg.norm(x - problem.project(x - problem.gradient(x))) >= 1.0 - 1e-12
    flips = np.sign(trace.iterates[51:]) * np.sign(trace.iterates[50:-1])
    assert (flips == -1).all()  # each cycle turns every sign round


@pytest.mark.parametrize(
    "method", [oe.ProximalBlockMinimization, oe.InexactProximalBlockMinimization]
)
@pytest.mark.parametrize("regularization", [0.1, 1.0, 3.0])
def test_regularization_breaks_powells_cycle(method, regularization):
    problem = P.PowellCycle(offset=0.25)
    trace = oe.run(method(regularization), problem, problem.start, max_iter=100, execution="python")
    assert trace.success
    assert trace.values[-1] == pytest.approx(problem.minimum, abs=1e-9)


def test_powells_minimum_is_the_least_on_a_grid():
    problem = P.PowellCycle()
    grid = np.linspace(-2, 2, 21)
    values = [problem.value(np.array([a, b, c])) for a in grid for b in grid for c in grid]
    assert min(values) == pytest.approx(problem.minimum)


def test_rank_one_without_regularization_is_alternating_least_squares():
    problem = factorization(2, rank=1)
    trace = steps_of(oe.ProximalBlockMinimization(0.0), problem, problem.start, 8)
    u, v = (part.ravel() for part in problem.factors(problem.start))
    for k in range(8):
        u = problem.M @ v / (v @ v)
        v = problem.M.T @ u / (u @ u)
        np.testing.assert_allclose(trace.iterates[k + 1].ravel(), np.r_[u, v], rtol=1e-9)


def test_k_times_the_least_squared_stationarity_is_bounded():
    problem = factorization(5, rank=3)
    trace = steps_of(oe.ProximalBlockMinimization(1.0), problem, problem.start, 300)
    squares = [squared_stationarity(problem, x) for x in trace.iterates[1:]]
    least = np.minimum.accumulate(squares)
    k = np.arange(1, len(least) + 1)
    changes = np.sum(np.diff(trace.iterates, axis=0) ** 2, axis=(1, 2))
    fall = trace.values[0] - trace.values[-1]
    assert changes.sum() <= 2 / 1.0 * fall  # what each block gives, summed
    assert (k * least <= 4 * squares[0]).all()
    assert least[-1] * len(least) < squares[0]


def test_inexact_blocks_are_as_near_as_promised():
    problem, weight = factorization(6), 0.5
    x = problem.start
    for i in range(2):
        for tolerance in (1.0, 1e-2, 1e-4):
            u, _ = approximate_block(problem, x, problem.groups == i, weight, 1.0, tolerance)
            exact = problem.block_prox(i, x, 1 / weight)
            height, least = (
                problem.value(p) + weight / 2 * np.sum((p - x) ** 2) for p in (u, exact)
            )
            assert -1e-12 <= height - least <= tolerance**2 / (2 * weight) + 1e-12


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="needs blocks"):
        oe.ProximalBlockMinimization().resolve(oe.problems.Rosenbrock())
    with pytest.raises(ValueError, match="needs groups"):
        oe.InexactProximalBlockMinimization().resolve(oe.problems.Rosenbrock())
    with pytest.raises(ValueError, match="regularization"):
        oe.ProximalBlockMinimization(-1.0)
    with pytest.raises(ValueError, match="groups must have the shape"):
        oe.InexactProximalBlockMinimization(groups=[0, 1]).resolve(P.PowellCycle())
    with pytest.raises(ValueError, match="must be nonnegative"):
        P.NonnegativeFactorization([[1.0, -1.0]])
    with pytest.raises(ValueError, match="rank must be at least 1"):
        P.NonnegativeFactorization([[1.0, 1.0]], 0)
    with pytest.raises(ValueError, match="bound must be more than 1"):
        P.PowellCycle(1.0)
    with pytest.raises(ValueError, match="offset must be positive"):
        P.PowellCycle(2.0, 1.0)
