"""The Hungarian method and the auction, against SciPy, brute force and linear programming."""

import itertools

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment, linprog

import optedu as oe
from optedu.problems.transport_assignment import assignment_gap

KINDS = {
    "normal": lambda rng, n: rng.normal(0.5, 2.0, (n, n)),
    "integers": lambda rng, n: rng.integers(-20, 20, (n, n)).astype(float),
    "ties": lambda rng, n: rng.integers(0, 2, (n, n)).astype(float),
    "equal": lambda rng, n: np.full((n, n), -3.0),
    "product": lambda rng, n: np.outer(rng.random(n), rng.random(n)),
}


def instances(kind, count=8):
    for seed in range(count):
        rng = np.random.default_rng([seed, 5])
        yield KINDS[kind](rng, int(rng.integers(1, 10)))


def least(C):
    return C[linear_sum_assignment(C)].sum()


def run(method, C, **options):
    return oe.run(
        method, oe.problems.Assignment(C), execution="python",
        **{"max_iter": 20_000, **options},
    )  # fmt: skip


def assert_permutation(X):
    assert ((X == 0) | (X == 1)).all()
    assert (X.sum(axis=0) == 1).all()
    assert (X.sum(axis=1) == 1).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", [oe.HungarianAssignment(), oe.AuctionAssignment()])
def test_the_optimum_is_scipys(kind, method):
    for C in instances(kind):
        trace = run(method, C)
        assert trace.success
        assert_permutation(trace.x)
        assert np.sum(C * trace.x) == pytest.approx(least(C), abs=1e-6)
        assert trace.problem.value(trace.x) == pytest.approx(np.sum(C * trace.x), abs=1e-12)


def test_brute_force_agrees():
    for C in instances("normal"):
        n = len(C)
        if n <= 6:
            rows = np.arange(n)
            best = min(C[rows, list(p)].sum() for p in itertools.permutations(range(n)))
            assert run(oe.HungarianAssignment(), C).values[-1] == pytest.approx(best, abs=1e-12)


@pytest.mark.parametrize("kind", ["normal", "integers", "ties"])
def test_hungarian_assigns_one_row_a_step_and_stays_optimal_in_itself(kind):
    for C in instances(kind):
        problem, method = oe.problems.Assignment(C), oe.HungarianAssignment()
        D = problem.gradient(problem.start)
        state = method.init(problem, problem.start)
        for k in range(len(C)):
            assert state.x.sum() == k
            u = (D - state.v).min(axis=1)
            slack = D - u[:, None] - state.v
            assert (slack >= -1e-12).all()
            assert np.abs(slack * state.x).max() <= 1e-12
            rows = state.x.sum(axis=1) > 0  # the first k rows alone could not pay less
            assert np.sum((D * state.x)[rows]) == pytest.approx(least(D[rows]) if k else 0.0)
            state = method.step(problem, state)
        assert_permutation(state.x)
        assert assignment_gap(D, state.x, state.v) == pytest.approx(0.0, abs=1e-11)


def test_potentials_solve_the_dual_program():
    for C in instances("normal", 4):
        n = len(C)
        problem, method = oe.problems.Assignment(C), oe.HungarianAssignment()
        state = method.init(problem, problem.start)
        for _ in range(n):
            state = method.step(problem, state)
        pairs = np.zeros((n * n, 2 * n))
        for i, j in np.ndindex(n, n):
            pairs[i * n + j, [i, n + j]] = 1.0
        dual = linprog(-np.ones(2 * n), A_ub=pairs, b_ub=C.ravel(), bounds=(None, None))
        assert (C - state.v).min(axis=1).sum() + state.v.sum() == pytest.approx(-dual.fun, abs=1e-9)


@pytest.mark.parametrize("scaling", [2.0, 5.0, 1e9])
def test_every_phase_of_the_auction_ends_within_n_epsilon(scaling):
    for C in instances("normal"):
        method = oe.AuctionAssignment(epsilon=1e-3, scaling=scaling)
        problem, n = oe.problems.Assignment(C), len(C)
        D, state, complete = problem.gradient(C), method.init(problem, problem.start), 0
        for _ in range(20_000):
            x, p, epsilon = state
            pays = D + p
            loss = (pays * x).sum(axis=1) - pays.min(axis=1) * x.sum(axis=1)
            assert (loss <= epsilon + 1e-9).all()
            if x.sum() == n:
                complete += 1
                assert np.sum(C * x) - least(C) <= n * epsilon + 1e-9
                assert assignment_gap(D, x, -p) <= n * epsilon + 1e-9
            if method.verdict(problem, state):
                break
            state = method.step(problem, state)
        assert complete >= 1
        assert state.raised == 1e-3


@pytest.mark.parametrize("kind", ["integers", "ties"])
def test_integer_costs_need_no_more_than_an_epsilon_below_one_nth(kind):
    for C in instances(kind, 12):
        n = len(C)
        trace = run(oe.AuctionAssignment(epsilon=0.99 / n), C, tol=0.995)
        assert trace.success
        assert np.sum(C * trace.x) == least(C)


def test_a_coarse_epsilon_may_miss():
    """With epsilon = 1 and costs that differ by little, the first bids settle it, wrongly."""
    missed = [
        run(oe.AuctionAssignment(epsilon=1.0, first_epsilon=1.0), C).values[-1] - least(C)
        for C in instances("normal", 12)
    ]
    assert max(missed) > 0.1


def test_scaling_ends_a_price_war():
    """Two good columns for three rows: without scaling, prices climb by epsilon at a time."""
    C = np.array([[0.0, 0.0, 100.0], [0.0, 0.0, 100.0], [0.0, 0.0, 100.0]])
    scaled = run(oe.AuctionAssignment(epsilon=0.1), C, tol=0.5)
    direct = run(oe.AuctionAssignment(epsilon=0.1, first_epsilon=0.1), C, tol=0.5)
    assert scaled.success
    assert direct.success
    assert len(direct) > 300
    assert len(scaled) < 50  # 34 rounds


def test_the_gap_bounds_what_a_partial_assignment_can_become():
    rng = np.random.default_rng(9)
    C = rng.normal(size=(5, 5))
    problem = oe.problems.Assignment(C)
    for _ in range(50):
        order, kept = rng.permutation(5), rng.integers(0, 6)
        X = np.zeros((5, 5))
        X[np.arange(5)[:kept], order[:kept]] = 1.0
        full = C[np.arange(5), order].sum()
        assert problem.value(X) >= full - 1e-12
        gap = assignment_gap(problem.gradient(X), X, rng.normal(size=5))
        assert gap >= problem.value(X) - least(C) - 1e-12


def test_what_cannot_be():
    with pytest.raises(ValueError, match="square"):
        oe.problems.Assignment(np.ones((2, 3)))
    with pytest.raises(ValueError, match="scaling"):
        oe.AuctionAssignment(scaling=1.0)
    with pytest.raises(ValueError, match="epsilon"):
        oe.AuctionAssignment(epsilon=0.0)
