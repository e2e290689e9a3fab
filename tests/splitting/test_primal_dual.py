"""Chambolle-Pock and Condat-Vu: the proven gap, the reductions, and direct solutions."""

import cvxpy as cp
import numpy as np
import pytest

import optedu as oe
from optedu.problems.linear_composites import total_variation_solution
from tests.helpers import KS, steps_of
from tests.splitting.examples import (
    fused,
    lasso_by_map,
    signal,
    start,
    total_variation,
    two_terms,
)
from tests.splitting.test_douglas_rachford import path

P = oe.problems
EXACT = {"solver": cp.CLARABEL, "tol_gap_abs": 1e-12, "tol_gap_rel": 1e-12, "tol_feas": 1e-12}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("weight", [0.1, 1.0, 30.0])
def test_taut_string_agrees_with_cvxpy_and_with_its_dual(seed, weight):
    b = signal(40, seed)
    x = total_variation_solution(b, weight)
    v = cp.Variable(40)
    objective = cp.sum_squares(v - b) / 2 + weight * cp.norm1(cp.diff(v))
    cp.Problem(cp.Minimize(objective)).solve(**EXACT)
    np.testing.assert_allclose(x, v.value, atol=1e-7)
    y = np.cumsum(x - b)[:-1]  # D'y = b - x
    assert np.abs(y).max() <= weight * (1 + 1e-9)
    jumps = np.diff(x)
    np.testing.assert_allclose(
        y[np.abs(jumps) > 1e-9], (weight * np.sign(jumps))[np.abs(jumps) > 1e-9]
    )


@pytest.mark.parametrize(
    "method",
    [
        oe.ChambollePock(),
        oe.ChambollePock(primal_step=1.0),
        oe.QuadraticADMM(),
        oe.QuadraticADMM(penalty=200.0, balance=60),
    ],
)
def test_total_variation_agrees_with_the_taut_string(method):
    problem = P.TotalVariation(signal(60), 0.8)
    trace = oe.run(method, problem, max_iter=20_000, tol=1e-10)
    assert trace.success
    np.testing.assert_allclose(trace.x, total_variation_solution(problem.b, 0.8), atol=1e-8)


@pytest.mark.parametrize("balance", [0.3, 1.0, 5.0])
def test_ergodic_gap_is_below_its_bound_at_every_point(balance):
    """chambolle2016, Theorem 1, for the partial gap at many (x, y), the solution among them."""
    problem = lasso_by_map()
    K, b = problem.K, problem.outer.target
    sigma = balance / problem.linear_norm
    method = oe.ChambollePock(1 / (sigma * problem.linear_norm**2), sigma)
    rng, x0 = np.random.default_rng(1), start(5, 9)
    solution = oe.run(oe.ChambollePock(), problem, x0, max_iter=20_000, tol=1e-12).state

    def saddle(x, y):  # g = ||. - b||^2 / 2 has the conjugate ||y||^2 / 2 + <b, y>
        return problem.regularizer.value(x) + (K @ x) @ y - y @ y / 2 - b @ y

    points = [(solution.x, solution.y)]
    points += [(s * rng.standard_normal(5), s * rng.standard_normal(8)) for s in (0.1, 1.0, 9.0)]
    for k in KS:
        end = steps_of(method, problem, x0, k).state
        for x, y in points:
            gap = saddle(end.x_mean, y) - saddle(x, end.y_mean)
            away, up = x - x0, y
            distance = away @ away / method.primal_step + up @ up / sigma - 2 * (K @ away) @ up
            assert gap <= distance / (2 * k) * (1 + 1e-9) + 1e-12


def test_ergodic_bound_is_attained_by_a_ramp():
    """f = s x on x >= 0, K = 0: x_k = x_0 - k tau s, and the mean lags; 0.8 of the bound fails."""
    k, x0, tau = 200, 1.0, 0.5
    s = x0 / (tau * k) * k / (k + 1) * 1.0  # it arrives after about k steps
    problem = oe.Problem.from_functions(
        lambda x: s * x[0], prox=lambda x, t: np.maximum(x - t * s, 0.0),
        linear_map=lambda x: 0.0 * x, adjoint=lambda y: 0.0 * y, dual_prox=lambda y, t: 0.0 * y,
    )  # fmt: skip
    end = steps_of(oe.ChambollePock(tau, 1.0), problem, np.array([x0]), k).state
    bound = x0**2 / tau / (2 * k)
    assert 0.8 * bound < s * end.x_mean[0] <= bound


def test_identity_map_is_douglas_rachford():
    """x of Chambolle-Pock is prox_f of z = x_old - tau y_old, and z moves as Douglas-Rachford."""
    both, x0, tau = two_terms(), start(5, 10), 0.6
    problem = P.LinearComposite(both.first, np.eye(5), both.second)
    method = oe.ChambollePock(tau, 1 / tau)
    state, z = method.init(problem, x0), []
    for _ in range(20):
        z.append(state.x - tau * state.y)
        state = method.step(problem, state)
    known = path(oe.DouglasRachford(tau), both, z[0], 19)
    np.testing.assert_allclose(np.array(z), known, rtol=1e-10, atol=1e-12)


class Flat:
    """The same problem with the gradient of the zero function."""

    def __init__(self, problem):
        self.value, self.prox, self.shape = problem.value, problem.prox, problem.shape
        self.linear_map, self.adjoint = problem.linear_map, problem.adjoint
        self.dual_prox = problem.dual_prox

    def gradient(self, x):
        return 0.0 * x


def test_condat_vu_without_a_smooth_part_is_chambolle_pock():
    problem, x0 = lasso_by_map(), start(5, 11)
    flat = Flat(problem)
    steps = (0.2, 0.15)
    ours = steps_of(oe.CondatVu(*steps), flat, x0, 30).iterates
    known = steps_of(oe.ChambollePock(*steps), problem, x0, 30).iterates
    np.testing.assert_array_equal(ours, known)


def test_condat_vu_without_a_map_is_proximal_gradient():
    problem = P.FusedLasso(fused().A, fused().b, 0.0, 0.3)
    h = 0.9 / problem.smoothness
    known = P.Composite(P.LeastSquares(problem.A, problem.b), P.L1(0.3))
    ours = steps_of(oe.CondatVu(h, 0.01), problem, start(5, 12), 30).iterates
    np.testing.assert_allclose(
        ours, steps_of(oe.ProximalGradient(h), known, start(5, 12), 30).iterates, atol=1e-12
    )


def test_fused_lasso_agrees_with_cvxpy():
    problem = fused()
    trace = oe.run(oe.CondatVu(), problem, start(5, 13), max_iter=50_000, tol=1e-10)
    assert trace.success
    x = cp.Variable(5)
    parts = cp.sum_squares(problem.A @ x - problem.b) / 2 + 0.4 * cp.norm1(cp.diff(x))
    best = cp.Problem(cp.Minimize(parts + 0.3 * cp.norm1(x))).solve(**EXACT)
    assert trace.values[-1] == pytest.approx(best, abs=1e-8)


def test_lasso_behind_its_matrix_agrees_with_scikit_learn():
    from sklearn.linear_model import Lasso

    problem = lasso_by_map()
    trace = oe.run(oe.ChambollePock(), problem, start(5, 14), max_iter=50_000, tol=1e-11)
    known = Lasso(alpha=0.4 / 8, fit_intercept=False, tol=1e-14, max_iter=100_000)
    known.fit(problem.K, problem.outer.target)
    np.testing.assert_allclose(trace.x, known.coef_, atol=1e-7)


def test_steps_that_are_given_are_completed():
    problem = total_variation()
    K = problem.linear_norm
    for method in (oe.ChambollePock(), oe.ChambollePock(0.3), oe.ChambollePock(None, 0.2)):
        full = method.resolve(problem)
        assert full.primal_step * full.dual_step * K**2 == pytest.approx(0.99)
    for method in (oe.CondatVu(), oe.CondatVu(None, 0.2), oe.CondatVu(0.01)):
        full, L = method.resolve(fused()), fused().smoothness
        assert 1 / full.primal_step - full.dual_step * fused().linear_norm ** 2 >= L / 2
    with pytest.raises(ValueError, match="primal_step"):
        oe.CondatVu(9.0).resolve(fused())


def test_too_long_steps_do_not_converge():
    """The condition 1/tau - sigma ||K||^2 >= L/2 is needed: 2.1/L alone diverges."""
    problem = P.FusedLasso(fused().A, fused().b, 0.0, 0.0)
    trace = oe.run(
        oe.CondatVu(2.1 / problem.smoothness, 0.01), problem, start(5, 15), max_iter=3000
    )
    assert not trace.success
