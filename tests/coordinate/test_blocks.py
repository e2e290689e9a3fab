"""Blocks: rules, updates, partitions, Newton's step, and forests."""

from itertools import combinations

import numpy as np
import pytest

import optedu as oe
from optedu.coordinate.block_rules import block_of, partition_order
from optedu.coordinate.forests import elimination_order, forest_partition, forest_solve
from optedu.problems.generators import random_logistic
from tests.coordinate.examples import badly_scaled, comb, gap, grid
from tests.helpers import steps_of

P = oe.problems
FIXED = ("GS", "GSL", "GSD", "GSQ")


def gains(problem, x, H, blocks):
    """Return, for each block, half of what each rule promises, from the paper's formulas."""
    g, rows = problem.gradient(x), []
    for b in blocks:
        part, H_b = g[b], H[np.ix_(b, b)]
        L_b, scaled = np.linalg.eigvalsh(H_b)[-1], np.sum(part**2 / np.diag(H_b))
        rows.append((part @ part, part @ part / L_b, scaled, part @ np.linalg.solve(H_b, part)))
    return np.transpose(rows) / 2


@pytest.mark.parametrize("partition", ["order", "sorted", "average"])
@pytest.mark.parametrize("rule", FIXED)
def test_each_rule_picks_its_block_and_the_decrease_is_exact(rule, partition):
    problem, x0 = badly_scaled(7, seed=1)
    method = oe.GreedyBlockDescent(2, rule, "matrix", partition).resolve(problem)
    blocks = [np.sort(method.order[j : j + 2]) for j in range(0, 7, 2)]
    assert sorted(np.concatenate(blocks)) == list(range(7))
    state = method.init(problem, x0)
    for _ in range(15):
        table = gains(problem, state.x, problem.A, blocks)
        new = method.step(problem, state)
        j = table[FIXED.index(rule)].argmax()
        assert np.array_equal(new.block, blocks[j])
        fall = problem.value(state.x) - problem.value(new.x)
        assert fall == pytest.approx(table[3, j], rel=1e-9, abs=1e-12)
        assert fall <= table[3].max() * (1 + 1e-9) + 1e-12  # GSQ beats every other rule
        state = new


@pytest.mark.parametrize("rule", FIXED)
def test_scalar_updates_fall_by_their_bound(rule):
    problem, x0 = badly_scaled(7, seed=2)
    method = oe.GreedyBlockDescent(3, rule, "scalar", "order").resolve(problem)
    state = method.init(problem, x0)
    for _ in range(15):
        g = problem.gradient(state.x)
        new = method.step(problem, state)
        L_b = np.linalg.eigvalsh(block_of(problem.A, new.block))[-1]
        promised = np.sum(g[new.block] ** 2) / (2 * L_b)
        assert problem.value(state.x) - problem.value(new.x) >= promised * (1 - 1e-9)
        assert new.x[new.block] == pytest.approx(state.x[new.block] - g[new.block] / L_b)
        state = new


def test_variable_blocks():
    problem, x0 = badly_scaled(8, seed=3)
    g, L = problem.gradient(x0), np.diag(problem.A)
    for rule, scores in (("GS", np.abs(g)), ("GSD", np.abs(g) / np.sqrt(L))):
        state = steps_of(oe.GreedyBlockDescent(3, rule), problem, x0, 1).state
        assert set(state.block) == set(np.argsort(scores)[-3:])
    shares = []
    for seed in range(20):
        problem, x0 = badly_scaled(8, seed=seed)
        g = problem.gradient(x0)
        best = gains(problem, x0, problem.A, [np.array(b) for b in combinations(range(8), 3)])[
            3
        ].max()
        falls = [
            -np.diff(steps_of(oe.GreedyBlockDescent(3, rule), problem, x0, 1).values)[0]
            for rule in ("GSQ", "GSD", "GS")
        ]
        assert max(falls) <= best * (1 + 1e-9)
        shares.append(np.array(falls) / best)
    gsq, gsd, gs = np.mean(shares, axis=0)  # measured 0.98, 0.94, 0.96: one step orders only GSQ
    assert gsq > 0.95
    assert gsq > max(gsd, gs)


def test_whole_space_as_one_block_is_solved_at_once_and_blocks_of_one_are_greedy_coordinates():
    problem, x0 = badly_scaled(6, seed=4)
    for partition in ("variable", "order"):
        trace = steps_of(oe.GreedyBlockDescent(6, "GSD", "matrix", partition), problem, x0, 1)
        assert trace.x == pytest.approx(problem.minimizer, abs=1e-9)
        for update in ("scalar", "matrix"):
            ones = steps_of(oe.GreedyBlockDescent(1, "GSD", update, partition), problem, x0, 20)
            greedy = steps_of(oe.GreedyCoordinateDescent(True), problem, x0, 20)
            assert ones.iterates == pytest.approx(greedy.iterates, abs=1e-9)


def test_cyclic_blocks_of_one_are_gauss_seidel_and_cost_their_coordinates():
    problem, x0 = badly_scaled(6, seed=5)
    blocks = steps_of(oe.GreedyBlockDescent(1, "cyclic", "scalar", "order"), problem, x0, 20)
    single = steps_of(oe.CyclicCoordinateDescent(), problem, x0, 20)
    assert blocks.iterates == pytest.approx(single.iterates, abs=1e-12)
    two = steps_of(oe.GreedyBlockDescent(2, "cyclic", "matrix", "order"), problem, x0, 20)
    assert two.counts == {**two.counts, "coordinate_gradient": 40}
    assert "gradient" not in two.counts


def test_partitions():
    L = np.array([3.0, 1.0, 5.0, 2.0, 4.0])
    assert partition_order(1, L).tolist() == [0, 1, 2, 3, 4]
    assert L[partition_order(2, L)].tolist() == [5, 4, 3, 2, 1]
    assert L[partition_order(3, L)].tolist() == [5, 1, 4, 2, 3]


@pytest.mark.parametrize(("arguments", "sentence"), [
    ({"rule": "gauss"}, "rule must be one of cyclic, GS"),
    ({"update": 7}, "update must be one of scalar, matrix, got 7"),
    ({"rule": "cyclic"}, "needs fixed blocks"),
    ({"block_size": 0}, "block_size must be positive"),
])  # fmt: skip
def test_wrong_arguments_are_refused(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        oe.GreedyBlockDescent(**arguments)


@pytest.mark.parametrize("order", [[0, 1], [0, 1, 3], [0, 1, 1], [-1, 0, 1]])
def test_an_order_that_is_none_is_refused(order):
    problem = P.Quadratic(np.diag([1.0, 2.0, 3.0]), np.ones(3))
    with pytest.raises(ValueError, match="order must hold each coordinate from 0 to 2 once"):
        oe.run(oe.GreedyBlockDescent(order=order), problem, np.zeros(3))


def test_block_newton():
    loss = random_logistic(50, 8, seed=2, l2=1e-3)
    x0 = np.full(8, 2.0)
    trace = oe.run(oe.BlockNewton(8), loss, x0, tol=1e-12, max_iter=30)
    assert trace.success
    assert len(trace) <= 12  # all coordinates at once: damped Newton
    best = loss.value(trace.x)
    newton = steps_of(oe.BlockNewton(3), loss, x0, 30)
    bounded = steps_of(oe.GreedyBlockDescent(3, "GSD", "matrix"), loss, x0, 30)
    assert (np.diff(newton.values) <= 0).all()
    assert (np.diff(bounded.values) <= 1e-15).all()
    assert newton.values[-1] - best < 0.1 * (bounded.values[-1] - best)
    state, g = newton.method.init(loss, x0), loss.gradient(x0)
    b = np.argsort(np.abs(g) / np.sqrt(loss.coordinate_smoothness))[-3:]
    step = newton.method.step(loss, state).x - x0
    p = -np.linalg.solve(loss.hessian(x0)[np.ix_(b, b)], g[b])
    t = step[b] / p
    assert t == pytest.approx(t[0])
    assert np.log2(t[0]) == pytest.approx(round(np.log2(t[0])), abs=1e-9)


@pytest.mark.parametrize("independent", [False, True])
def test_greedy_forests_cover_the_grid(independent):
    problem, _ = grid(6)
    labels = forest_partition(problem.A, independent)
    for label in range(labels.max() + 1):
        nodes = np.flatnonzero(labels == label)
        part = problem.A[np.ix_(nodes, nodes)]
        edges = (np.count_nonzero(part) - nodes.size) // 2
        assert edges <= (0 if independent else nodes.size - 1)
    assert labels.max() + 1 == 2
    if independent:
        i, j = np.divmod(np.arange(36), 6)
        assert np.array_equal(labels, (i + j) % 2)


@pytest.mark.parametrize("seed", range(3))
def test_messages_solve_random_forests(seed):
    rng = np.random.default_rng(seed)
    d = 60
    H = np.zeros((d, d))
    for i in range(1, d):
        if i % 17:
            H[i, rng.integers(0, i)] = rng.normal()
    H = H + H.T
    H += np.diag(np.abs(H).sum(axis=1) + rng.uniform(0.01, 1.0, d))
    shuffle = rng.permutation(d)
    H, g = H[np.ix_(shuffle, shuffle)], rng.standard_normal(d)
    order, parent, starts = elimination_order(H, np.zeros(d, np.int64))
    assert starts.tolist() == [0, d]
    u = np.empty(d)
    u[order] = forest_solve(H, order, parent, g[order])
    assert u == pytest.approx(np.linalg.solve(H, g), abs=1e-10)


class Watched(np.ndarray):
    """An array that counts how often an entry is read."""

    reads = 0

    def __getitem__(self, key):
        Watched.reads += 1
        return np.ndarray.__getitem__(self, key)


def test_messages_read_a_number_of_entries_that_is_linear():
    counts = []
    for d in (50, 100, 200, 400):
        H = 2.1 * np.eye(d) - np.eye(d, k=1) - np.eye(d, k=-1)
        order, parent, _ = elimination_order(H, np.zeros(d, np.int64))
        Watched.reads = 0
        forest_solve(H.view(Watched), order, parent, np.ones(d))
        counts.append(Watched.reads)
    assert counts == [3 * d - 2 for d in (50, 100, 200, 400)]  # d pivots, d - 1 edges, twice


def test_a_cycle_is_refused():
    ring = np.eye(4) * 3 - np.roll(np.eye(4), 1, 0) - np.roll(np.eye(4), -1, 0)
    with pytest.raises(ValueError, match="no forest"):
        elimination_order(ring, np.zeros(4, np.int64))
    with pytest.raises(ValueError, match="every number from 0"):
        oe.ForestBlockDescent(labels=[0, 2, 2])


@pytest.mark.parametrize("independent", [False, True])
def test_forest_steps_are_exact_block_minimizations(independent):
    problem, x0 = grid(5)
    trace = steps_of(oe.ForestBlockDescent(independent), problem, x0, 10)
    labels = trace.method.labels
    for k in range(10):
        b = np.flatnonzero(labels == k % 2)
        x, new = trace.iterates[k : k + 2]
        assert np.abs(problem.gradient(new)[b]).max() <= 1e-12
        assert np.array_equal(np.delete(x, b), np.delete(new, b))
        g = problem.gradient(x)[b]
        fall = g @ np.linalg.solve(problem.A[np.ix_(b, b)], g) / 2
        assert -np.diff(trace.values)[k] == pytest.approx(fall, rel=1e-8, abs=1e-12)


def contraction(A, labels):
    """The spectral radius of one cycle of exact block steps."""
    cycle = np.eye(len(A))
    for label in range(labels.max() + 1):
        b, step = np.flatnonzero(labels == label), np.eye(len(A))
        step[b] -= np.linalg.solve(A[np.ix_(b, b)], A[b])
        cycle = step @ cycle
    return np.abs(np.linalg.eigvals(cycle)).max()


@pytest.mark.parametrize("seed", range(2))
def test_trees_contract_twice_as_fast_as_red_and_black_which_are_no_faster_than_single(seed):
    problem, x0 = grid(8, seed, ground=0.05)
    A = problem.A
    squares, single = contraction(A, forest_partition(A, True)), contraction(A, np.arange(64))
    greedy, trees = contraction(A, forest_partition(A, False)), contraction(A, comb(8))
    assert squares == pytest.approx(single, rel=1e-9)  # both orders are consistent (Young)
    assert np.log(greedy) < 1.5 * np.log(squares)  # measured 1.6 and 1.7
    assert np.log(trees) < 2.1 * np.log(squares)  # measured 2.2
    trace = steps_of(oe.ForestBlockDescent(labels=comb(8)), problem, x0, 400)
    rate = (gap(problem, trace.x) / gap(problem, trace.iterates[200])) ** (1 / 200)
    assert rate == pytest.approx(trees, rel=1e-2)  # two steps a cycle, the gap is a square
