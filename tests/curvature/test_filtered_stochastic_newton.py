import numpy as np
import pytest

import optedu as oe
from optedu.curvature.filtered_stochastic_newton import filtered
from optedu.minibatch import minibatch_gradient, minibatch_hessian, minibatch_value
from optedu.problems.generators import random_least_squares, random_logistic


def spd(rng, d, low=0.3, high=3.0):
    U = np.linalg.qr(rng.standard_normal((d, d)))[0]
    A = (U * rng.uniform(low, high, d)) @ U.T
    return (A + A.T) / 2


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("noise", [0.05, 2.0])
def test_filter_is_the_published_recursion(seed, noise):
    """With b = 2 the stationary covariance is above Q, with b = 0.05 it is not."""
    rng, a, d = np.random.default_rng(seed), 0.8, 4
    m, f, Sigma, Q = rng.standard_normal(d), rng.standard_normal(d), spd(rng, d), spd(rng, d)
    S, M, inv = noise / (1 - a * a) * np.eye(d), a * a * Sigma + noise * np.eye(d), np.linalg.inv
    Q_inverse = inv(Q)
    above = np.linalg.eigvalsh(Q_inverse - inv(S)).min() > 0
    assert above == (noise == 2.0)
    if not above:
        Q_inverse = Q_inverse + inv(S)
    new = inv(inv(M) + Q_inverse - inv(S))
    mean = new @ (inv(M) @ (a * m) + Q_inverse @ f)
    got_m, got_Sigma, got_p = filtered(m, Sigma, f, Q, a, noise)
    np.testing.assert_allclose(got_Sigma, new, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(got_m, mean, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(got_p, np.linalg.solve(new, mean), rtol=1e-9, atol=1e-12)


def problems():
    yield random_least_squares(60, 4, seed=1), 4
    yield random_logistic(80, 3, seed=2, l2=0.1), 3


def test_without_memory_it_is_plain_stochastic_newton():
    for problem, d in problems():
        method = oe.FilteredStochasticNewton(0.0, 1e6, 20, step_size=0.5).resolve(problem)
        rng, same = np.random.default_rng(3), np.random.default_rng(3)
        state, x = method.init(problem, np.ones(d), rng), np.ones(d)
        for _ in range(15):
            state = method.step(problem, state, rng)
            batch = same.integers(0, problem.components, 20)
            Q, g = minibatch_hessian(problem, batch, x), minibatch_gradient(problem, batch, x)
            np.testing.assert_allclose(state.Sigma, Q, rtol=1e-9, atol=1e-10)
            np.testing.assert_allclose(state.m, g, rtol=1e-9, atol=1e-10)
            x = x - 0.5 * np.linalg.solve(Q, g)
            np.testing.assert_allclose(state.x, x, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("noise", [0.01, 0.2, 5.0])
@pytest.mark.parametrize("memory", [0.0, 0.5, 0.99])
def test_covariance_stays_symmetric_and_positive_definite(memory, noise):
    for problem, d in problems():
        method = oe.FilteredStochasticNewton(memory, noise, 8).resolve(problem)
        rng = np.random.default_rng(4)
        state = method.init(problem, np.ones(d), rng)
        for _ in range(40):
            state = method.step(problem, state, rng)
            assert np.array_equal(state.Sigma, state.Sigma.T)
            assert np.linalg.eigvalsh(state.Sigma).min() > 0


def test_direction_is_the_plain_one_plus_momentum():
    """p = Q^{-1} f + M^{-1} a m: where S is above Q, the past adds and nothing is taken away."""
    rng = np.random.default_rng(5)
    m, f, Sigma, Q = rng.standard_normal(3), rng.standard_normal(3), spd(rng, 3), spd(rng, 3)
    _, _, p = filtered(m, Sigma, f, Q, 0.9, 4.0)
    M = 0.81 * Sigma + 4.0 * np.eye(3)
    past = np.linalg.solve(M, 0.9 * m)
    np.testing.assert_allclose(p - np.linalg.solve(Q, f), past, rtol=1e-10, atol=1e-12)
    assert np.linalg.norm(past) > 0.05


def test_line_search_halves_until_the_batch_falls_enough_and_four_times_at_most():
    problem, _ = next(problems())
    taken = set()
    for decrease in (0.3, 0.6, 0.99):
        method = oe.FilteredStochasticNewton(0.0, 1e6, 20, decrease=decrease).resolve(problem)
        rng, same = np.random.default_rng(6), np.random.default_rng(6)
        state = method.init(problem, np.ones(4), rng)
        for _ in range(5):
            batch, x = same.integers(0, 60, 20), state.x
            state = method.step(problem, state, rng)
            g = minibatch_gradient(problem, batch, x)
            p = np.linalg.solve(minibatch_hessian(problem, batch, x), g)
            t = ((x - state.x) @ p) / (p @ p)
            # a Newton step on a quadratic brings t (1 - t / 2) of the slope
            expected = 1.0 if decrease <= 0.5 else 0.5 if decrease == 0.6 else 1 / 16
            np.testing.assert_allclose(t, expected, rtol=1e-8)
            fall = minibatch_value(problem, batch, x) - minibatch_value(problem, batch, state.x)
            np.testing.assert_allclose(fall, t * (1 - t / 2) * (g @ p), rtol=1e-7)
            taken.add(round(t, 6))
    assert taken == {1.0, 0.5, 0.0625}


def test_where_all_terms_agree_it_converges():
    rng = np.random.default_rng(7)
    A = rng.standard_normal((50, 4))
    problem = oe.problems.LeastSquares(A, A @ np.array([1.0, -2.0, 0.5, 3.0]))
    trace = oe.run(oe.FilteredStochasticNewton(), problem, np.zeros(4), max_iter=600, tol=1e-8)
    assert trace.success


def test_refuses_bad_numbers():
    for bad in ({"memory": 1.0}, {"noise": -1.0}, {"batch_size": 0}, {"decrease": 1.0}):
        with pytest.raises(ValueError, match=next(iter(bad))):
            oe.FilteredStochasticNewton(**bad)
