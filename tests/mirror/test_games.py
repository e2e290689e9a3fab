"""Matrix games: mirror prox arrives, descent-ascent spirals out, averages of both converge."""

import numpy as np
import pytest
from scipy.optimize import linprog

import optedu as oe
from tests.helpers import assert_bound_holds, steps_of

P = oe.problems


def game(seed=0, shape=(5, 7), entropic=True):
    return P.MatrixGame(np.random.default_rng(seed).uniform(-1, 1, shape), entropic)


def value_of(A):
    """The value of the game by linear programming: least v with A'x <= v, x on the simplex."""
    n, m = A.shape
    solved = linprog(
        np.append(np.zeros(n), 1.0), A_ub=np.column_stack((A.T, -np.ones(m))), b_ub=np.zeros(m),
        A_eq=np.append(np.ones(n), 0.0)[None], b_eq=[1.0], bounds=[(0, None)] * n + [(None, None)],
    )  # fmt: skip
    return solved.fun


@pytest.mark.parametrize("entropic", [True, False])
@pytest.mark.parametrize("scale", [0.5, 1.0])
def test_bound_of_mirror_prox_holds(entropic, scale):
    for seed in range(3):
        problem = game(seed, entropic=entropic)
        method = oe.MirrorProx(scale / problem.relative_smoothness)
        assert_bound_holds(steps_of(method, problem, problem.start))
        off = np.concatenate((np.random.default_rng(seed).dirichlet(np.ones(5)), np.full(7, 1 / 7)))
        assert_bound_holds(steps_of(method, problem, off))


def test_gap_is_one_over_k_and_that_of_the_average_of_descent_ascent_only_its_root():
    problem = P.SymmetricGame.rock_paper_scissors(2.0)
    ks = np.array([100, 400, 1600])
    start = [0.6, 0.2, 0.2]
    prox = oe.run(oe.MirrorProx(), problem, start, max_iter=1600, tol=0.0, execution="python")
    assert np.polyfit(np.log(ks), np.log(prox.values[ks]), 1)[0] < -0.95
    plain = oe.run(
        oe.MirrorDescentAscent(0.3, average=False), problem, start, max_iter=1600, tol=0.0,
        execution="python",
    )  # fmt: skip
    assert plain.values[-1] > 10 * plain.values[0] or plain.values[-1] > 0.9


@pytest.mark.parametrize("t", [0.01, 0.1, 0.5])
def test_descent_ascent_moves_away_from_the_solution_at_every_step(t):
    """KL(x*, x) grows: the field is at a right angle to x - x*, and the step overshoots."""
    problem = P.SymmetricGame.rock_paper_scissors()
    middle = np.full(3, 1 / 3)
    trace = steps_of(oe.MirrorDescentAscent(t), problem, [0.5, 0.3, 0.2], 100)
    away = [P.EntropyGeometry().divergence(middle, x) for x in trace.iterates]
    assert (np.diff(away) > 0).all()
    state, nearer = oe.MirrorProx(t).init(problem, trace.start), []
    for _ in range(100):
        nearer.append(P.EntropyGeometry().divergence(middle, state.z))
        state = oe.MirrorProx(t).step(problem, state)
    assert (np.diff(nearer) < 0).all()


def test_bound_of_averaged_descent_ascent():
    for seed in range(3):
        problem = game(seed)
        M2 = 2 * np.abs(problem.A).max() ** 2
        trace = steps_of(oe.MirrorDescentAscent(0.1, average=True), problem, problem.start, 200)
        n = np.arange(1, 202)
        bound = problem.largest_divergence(problem.start) / (0.1 * n) + 0.1 * M2 / 2
        assert (trace.values <= bound + 1e-12).all()


@pytest.mark.parametrize("entropic", [True, False])
def test_value_is_that_of_a_linear_program(entropic):
    problem = game(3, entropic=entropic)
    trace = oe.run(oe.MirrorProx(), problem, max_iter=20_000, tol=1e-4)
    assert trace.success
    x, y = trace.x[:5], trace.x[5:]
    v = value_of(problem.A)
    assert (problem.A @ y).min() - 1e-9 <= v <= (problem.A.T @ x).max() + 1e-9
    assert abs(x @ problem.A @ y - v) <= 1e-4


def test_euclidean_mirror_prox_is_the_extragradient_method():
    problem = game(1, entropic=False)
    t = 0.3
    z, path = problem.start, [problem.start]
    S = P.Simplex()

    def project(u):
        return np.concatenate((S.project(u[:5]), S.project(u[5:])))

    for _ in range(20):
        w = project(z - t * problem.vector_field(z))
        z = project(z - t * problem.vector_field(w))
        path.append(w)
    trace = steps_of(oe.MirrorProx(t, average=False), problem, problem.start, 20)
    np.testing.assert_allclose(trace.iterates, path, atol=1e-15)


def test_field_is_monotone_and_lipschitz():
    rng = np.random.default_rng(2)
    for problem in (game(4), P.SymmetricGame.rock_paper_scissors(3.0)):
        parts = 2 if isinstance(problem, P.MatrixGame) else 1
        for _ in range(50):
            z, w = rng.standard_normal((2, *problem.shape))
            assert abs((problem.vector_field(z) - problem.vector_field(w)) @ (z - w)) <= 1e-12
            change = problem.vector_field(z) - problem.vector_field(w)
            if parts == 1:
                norm = np.abs(z - w).sum()
                assert np.abs(change).max() <= problem.relative_smoothness * norm * (1 + 1e-12)
            else:
                norm = np.hypot(np.abs(z - w)[:5].sum(), np.abs(z - w)[5:].sum())
                dual = np.hypot(np.abs(change[:5]).max(), np.abs(change[5:]).max())
                assert dual <= problem.relative_smoothness * norm * (1 + 1e-12)


def test_gap_is_zero_only_at_a_solution():
    problem = P.SymmetricGame.rock_paper_scissors(2.0)
    solution = np.array([1.0, 2.0, 1.0])  # null vector of A
    assert np.abs(problem.A @ solution).max() == 0
    assert problem.duality_gap(solution / 4) == 0
    assert problem.duality_gap(np.full(3, 1 / 3)) > 0.1
