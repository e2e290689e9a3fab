import numpy as np
import pytest

import optedu as oe
from optedu.line_search import EXACT
from optedu.newton.bfgs import bfgs_update
from optedu.newton.lbfgs import two_loop
from optedu.problems.generators import random_logistic, random_quadratic, random_rotation
from tests.helpers import steps_of
from tests.newton.examples import distances, orders, ridge_logistic, start


def pairs(seed, d=6, count=4):
    """Return pairs (s, y) with <s, y> > 0, those of a quadratic."""
    A = random_quadratic(d, 20.0, seed).A
    S = np.random.default_rng(seed).normal(size=(count, d))
    return S, S @ A


@pytest.mark.parametrize("seed", range(5))
def test_secant_equation_symmetry_definiteness(seed):
    S, Y = pairs(seed)
    H = np.eye(6)
    for s, y in zip(S, Y, strict=True):
        V = np.eye(6) - np.outer(y, s) / (s @ y)
        expected = V.T @ H @ V + np.outer(s, s) / (s @ y)
        H = bfgs_update(H, s, y)
        np.testing.assert_allclose(H, expected, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(H @ y, s, atol=1e-9)
        np.testing.assert_allclose(H, H.T, atol=1e-12)
        assert np.linalg.eigvalsh(H)[0] > 0


@pytest.mark.parametrize("seed", range(3))
def test_no_other_secant_matrix_is_nearer(seed):
    """In the norm weighted by any W with W s = y (nocedal2006, Equation 6.16)."""
    S, Y = pairs(seed, count=1)
    s, y = S[0], Y[0]
    A = random_quadratic(6, 20.0, seed).A  # W = A does: A s = y
    w, Q = np.linalg.eigh(A)
    root = (Q * np.sqrt(w)) @ Q.T
    H = np.eye(6) / 2

    def apart(other):
        return np.linalg.norm(root @ (other - H) @ root)

    best = apart(bfgs_update(H, s, y))
    rng = np.random.default_rng(seed)
    for _ in range(50):
        basis = random_rotation(6, rng)[:, :5]
        P = np.eye(6) - np.outer(y, y) / (y @ y)
        Z = P @ basis @ np.diag(rng.normal(size=5)) @ basis.T @ P  # symmetric, Z y = 0
        assert apart(bfgs_update(H, s, y) + 0.1 * Z) >= best - 1e-12


@pytest.mark.parametrize("method", [oe.BFGS(curvature=EXACT, decrease=1e-16),
                                    oe.LBFGS(3, curvature=EXACT, decrease=1e-16)])  # fmt: skip
@pytest.mark.parametrize("seed", range(3))
def test_with_an_exact_search_it_is_conjugate_gradients_on_a_quadratic(method, seed):
    problem, x0 = random_quadratic(6, 15.0, seed), start(6, seed)
    cg = steps_of(oe.ConjugateGradient(), problem, x0, 6).iterates
    ours = steps_of(method, problem, x0, 6).iterates
    np.testing.assert_allclose(ours[:6], cg[:6], atol=1e-8)
    assert np.linalg.norm(ours[min(6, len(ours) - 1)] - problem.minimizer) < 1e-7


def test_and_the_matrix_is_then_the_inverse_hessian():
    problem = random_quadratic(5, 10.0, 2)
    trace = steps_of(oe.BFGS(curvature=EXACT, decrease=1e-16), problem, start(5, 2), 5)
    np.testing.assert_allclose(trace.state.H, np.linalg.inv(problem.A), rtol=1e-5, atol=1e-6)


def test_with_a_loose_search_it_is_not():
    problem, x0 = random_quadratic(6, 15.0, 1), start(6, 1)
    ours = steps_of(oe.BFGS(), problem, x0, 6).iterates
    assert np.linalg.norm(ours[6] - problem.minimizer) > 1e-3


@pytest.mark.parametrize("memory", [3, 8])
def test_the_two_loops_are_the_matrix(memory):
    S, Y = pairs(1, count=8)
    rows_S, rows_Y = np.zeros((memory, 6)), np.zeros((memory, 6))
    for k in range(8):
        rows_S[k % memory], rows_Y[k % memory] = S[k], Y[k]
        H = 0.7 * np.eye(6)
        for j in range(max(0, k + 1 - memory), k + 1):
            H = bfgs_update(H, S[j], Y[j])
        g = np.arange(6.0) - 2
        np.testing.assert_allclose(two_loop(g, rows_S, rows_Y, k + 1, 0.7), H @ g, rtol=1e-9)


def test_lbfgs_with_enough_memory_is_bfgs():
    for problem, x0, k in ((random_logistic(60, 8, 1, l2=0.01), start(8, 1), 15),
                           (oe.problems.Rosenbrock(), np.array([-1.2, 1.0]), 7)):  # fmt: skip
        full = steps_of(oe.BFGS(), problem, x0, 20).iterates
        limited = steps_of(oe.LBFGS(memory=20, rescale=False), problem, x0, 20).iterates
        np.testing.assert_allclose(limited[:k], full[:k], rtol=1e-6, atol=1e-8)
        short = steps_of(oe.LBFGS(memory=2, rescale=False), problem, x0, 20).iterates
        assert np.abs(short[:k] - full[:k]).max() > 1e-5


def test_the_tail_of_bfgs_is_superlinear_and_that_of_lbfgs_is_not():
    bfgs, limited = [], []
    for seed in range(6):
        problem, minimizer = ridge_logistic(seed, d=5)
        x0 = minimizer + start(5, seed)
        for method, found in ((oe.BFGS(), bfgs), (oe.LBFGS(memory=1), limited)):
            e = distances(steps_of(method, problem, x0, 60), minimizer)
            e = e[e > 1e-12]
            found.append((e[-1] / e[-4]) ** (1 / 3))
    assert np.median(bfgs) < 0.1, bfgs
    assert np.median(limited) > 2 * np.median(bfgs), limited


def test_orders_stay_below_newtons():
    problem, minimizer = ridge_logistic(1)
    e = distances(steps_of(oe.BFGS(), problem, minimizer + start(5, 1), 40), minimizer)
    assert np.median(orders(e)) < 1.7


@pytest.mark.parametrize("method", [oe.BFGS(), oe.LBFGS()])
def test_not_convex(method):
    for problem in (oe.problems.Rosenbrock(), oe.problems.Beale(), oe.problems.Wood()):
        trace = oe.run(method, problem, problem.start, tol=1e-7)
        assert trace.success
        assert trace.values[-1] < 1e-10


def test_the_curvature_condition_keeps_the_matrix_definite():
    method, problem = oe.BFGS(), oe.problems.Rosenbrock()
    state = method.init(problem, np.array([-1.2, 1.0]))
    for _ in range(30):
        state = method.step(problem, state)
        assert np.linalg.eigvalsh(state.H)[0] > 0


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="memory must be positive"):
        oe.LBFGS(memory=0)
    with pytest.raises(ValueError, match="curvature"):
        oe.BFGS(curvature=1.0)
