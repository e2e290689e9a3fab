"""Buying Information for Stochastic Optimization.

Claims: buying signals is a ski rental whose price of skis is a supermartingale; ratio 2 without
chance and e / (e - 1) with it, tight; 8 for min-sum set cover with signals. Shown: both ratios, on
random trees of signals, against the best stopping time by dynamic programming, for a rule and a
proof that are ours. A finding: to go on while all paid is less than the present optimum, as in
plain ski rental, is not competitive: its ratio grows by 1/2 with each level of `rising_stakes`.
Of min-sum set cover: the greedy order is within 4 of the best, and with signals, all bought before
the first action, the clock is within 8 (again our rule; it keeps its old order in the choice).
"""

import itertools

import numpy as np
import pytest

from optedu.mirror import buying_information as info

E = np.e


def supermartingale(node):
    if not node.outcomes:
        return True
    mean = sum(p * c.value for p, c in zip(node.chances, node.outcomes, strict=True))
    return mean <= node.value * (1 + 1e-12) and all(map(supermartingale, node.outcomes))


def test_random_trees():
    worst = np.zeros(3)
    for seed in range(300):
        tree = info.random_signals(7, np.random.default_rng(seed))
        assert supermartingale(tree)
        rules = info.clock_cost, info.random_clock_cost, info.break_even_cost
        worst = np.maximum(worst, np.array([rule(tree) for rule in rules]) / info.best_cost(tree))
    assert 1.9 < worst[0] <= 2
    assert 1.4 < worst[1] <= E / (E - 1) + 1e-12
    assert worst[2] > 2.5  # measured: 3.1


@pytest.mark.parametrize("days", [1, 5, 50, 99, 100, 101, 300])
def test_ski_rental_is_a_special_case(days):
    tree, best = info.ski_rental(days, 100.0), min(days, 100)
    assert info.best_cost(tree) == best
    assert info.clock_cost(tree) == pytest.approx(2 * best if days > 100 else best)
    ratio = info.random_clock_cost(tree) / best
    assert 1.57 < ratio <= E / (E - 1)  # tight as the steps become small


def test_stakes_that_rise_ruin_the_break_even_rule():
    for levels in (1, 2, 4, 8, 16):
        tree = info.rising_stakes(levels)
        assert supermartingale(tree)
        assert info.best_cost(tree) == 1.0
        assert info.break_even_cost(tree) == pytest.approx(1.5 + levels / 2)
        assert info.clock_cost(tree) == pytest.approx(2.0)
        assert info.random_clock_cost(tree) <= E / (E - 1)


def test_identity_of_the_random_clock():
    """1 - F(s) + f(s) = e / (e - 1) on [0, 1], for the density f = exp(s) / (e - 1)."""
    s = np.linspace(0, 1, 11)
    f, F = np.exp(s) / (E - 1), (np.exp(s) - 1) / (E - 1)
    np.testing.assert_allclose(1 - F + f, E / (E - 1), rtol=1e-14)


def test_random_clock_is_the_mean_over_thresholds():
    tree = info.random_signals(5, np.random.default_rng(3))
    cells = 4000
    z = (np.arange(cells) + 0.5) / cells
    mean = np.mean([info.clock_cost(tree, v) * np.exp(v) / (E - 1) for v in z])
    assert mean == pytest.approx(info.random_clock_cost(tree), rel=2e-3)


def test_greedy_set_cover_is_within_four_of_the_best():
    worst = 0.0
    for seed in range(25):
        rng = np.random.default_rng(seed)
        actions = np.vstack((rng.random((4, 7)) < 0.4, np.ones(7, bool) & (np.arange(7) % 2 == 0),
                             np.arange(7) % 2 == 1))  # fmt: skip
        weights = rng.dirichlet(np.ones(7))
        order = info.greedy_order(actions, weights)
        assert sorted(order) == list(range(6))
        best = min(info.cover_time(actions, weights, p) for p in itertools.permutations(range(6)))
        worst = max(worst, info.cover_time(actions, weights, order) / best)
    assert 1.0 < worst <= 4


def best_order(actions, weights):
    orders = itertools.permutations(range(len(actions)))
    return min(orders, key=lambda order: info.cover_time(actions, weights, order))


def test_set_cover_with_signals_is_within_eight_of_the_best():
    """Greedy orders and the clock against exact orders and dynamic programming."""
    worst, risen = 0.0, 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        actions = np.vstack(
            (rng.random((3, 7)) < 0.4, np.arange(7) % 2 == 0, np.arange(7) % 2 == 1)
        )
        weights, labels = rng.dirichlet(np.ones(7)), rng.integers(0, 2, (3, 7))
        prices = tuple(rng.uniform(0.02, 0.6, 3))
        cover = actions, weights, labels, prices
        best = info.best_cost(info.cover_signals(*cover, best_order, keep=False))
        tree = info.cover_signals(*cover, info.greedy_order)
        assert supermartingale(tree)
        assert supermartingale(info.cover_signals(*cover, best_order, keep=False))
        risen += not supermartingale(info.cover_signals(*cover, info.greedy_order, keep=False))
        worst = max(worst, info.clock_cost(tree) / best)
        assert info.random_clock_cost(tree) <= 4 * E / (E - 1) * best
    assert 1.2 < worst <= 8  # measured: 1.95
    assert risen > 0  # why the old order is kept: a signal can mislead the greedy rule
