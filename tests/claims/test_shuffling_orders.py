"""Tighter Lower Bounds for Shuffling SGD: Random Permutations and Beyond.

Claims: for strongly convex sums of n terms, after K epochs and with the best constant step, the gap
is of order 1 / (n K^2) for random reshuffling and, for orders chosen as GraB does, 1 / (n^2 K^2);
no choice of orders does better; with replacement it is 1 / (n K). Shown here: these orders in K and
in n, on the kind of sum that the lower bounds are proven with (a parabola that is steeper on one
side, tilted up in half of the terms and down in the others); and what GraB's order is made of,
small partial sums (tests/stochastic/test_shuffling.py). Not shown: the dependence on the condition
number. On sums of plain parabolas random reshuffling is faster than 1 / K^2 while K < n, as Safran
and Shamir proved; that is shown too.
"""

import numpy as np
import pytest

import optedu as oe
from tests.stochastic.examples import states

SEEDS = 12


class Tilted:
    """Terms l(x) x^2 / 2 + x, and as many with - x; l(x) = 8 where x < 0, else 1."""

    def __init__(self, n):
        self.components = n

    def value(self, x):
        return np.where(x[0] < 0, 8.0, 1.0) * x[0] ** 2 / 2

    def component_gradient(self, i, x):
        return np.where(x < 0, 8.0, 1.0) * x + (1.0 if i < self.components // 2 else -1.0)


def parabolas(n, seed):
    """n terms h_i x^2 / 2 - c_i x, mean of h 1, c of mean 0 and variance 1, minimizer 0."""
    rng = np.random.default_rng([seed, n])
    h, c = rng.uniform(0.5, 1.5, n), rng.standard_normal(n)
    h, c = h / h.mean(), (c - c.mean()) / c.std()
    A = np.sqrt(h / n)
    return oe.problems.LeastSquares(A[:, None], c / (n * A))


def mean_gap(method_type, problem_of, K, step):
    """Return the mean gap after K epochs, over draws."""
    ends = []
    for seed in range(SEEDS):
        problem = problem_of(seed)
        steps = problem.components * K if method_type is oe.StochasticGradient else K
        *_, last = states(method_type(step), problem, np.ones(1), steps, seed)
        ends.append(float(problem.value(last.x) - problem.value(np.zeros(1))))
    return np.mean(ends)


def best_gap(method_type, n, K):
    """Return the mean gap on the tilted sum with the best of three steps of order 1 / (n K)."""
    return min(mean_gap(method_type, lambda _: Tilted(n), K, a / (n * K)) for a in (4, 6, 9))


def order_in(counts, gaps):
    return np.polyfit(np.log(counts), np.log(gaps), 1)[0]


@pytest.mark.parametrize(
    ("method_type", "order"),
    [(oe.StochasticGradient, -1), (oe.RandomReshuffling, -2), (oe.GradientBalancing, -2)],
)
def test_order_in_the_number_of_epochs(method_type, order):
    counts = [8, 64]
    found = order_in(counts, [best_gap(method_type, 24, K) for K in counts])
    assert found == pytest.approx(order, abs=0.45)


@pytest.mark.parametrize(
    ("method_type", "order"),
    [(oe.IncrementalGradient, 0), (oe.RandomReshuffling, -1), (oe.GradientBalancing, -2)],
)
def test_order_in_the_number_of_terms(method_type, order):
    counts = [16, 64]
    found = order_in(counts, [best_gap(method_type, n, 24) for n in counts])
    assert found == pytest.approx(order, abs=0.45)


def test_chosen_orders_beat_random_ones_and_random_ones_beat_replacement():
    replaced, random, balanced = (
        best_gap(m, 64, 8)
        for m in (oe.StochasticGradient, oe.RandomReshuffling, oe.GradientBalancing)
    )
    assert balanced < 0.2 * random
    assert random < 0.4 * replaced


def test_on_parabolas_reshuffling_is_faster():
    counts, n = [8, 64], 16
    gaps = [
        mean_gap(
            oe.RandomReshuffling,
            lambda seed: parabolas(n, seed),
            K,
            3 * np.log(n * K) / (n * K),
        )
        for K in counts
    ]
    assert order_in(counts, gaps) < -2.3


def test_the_worst_order_of_two_halves_loses_the_factor_n():
    """Terms that pull up first, then those that pull down: the bias is of order n t."""
    t, gaps = 0.002, {}
    for n in (20, 80):
        c = np.repeat([1.0, -1.0], n // 2)[:, None]
        problem = oe.problems.NoisyQuadratic(np.eye(1), c)
        *_, sorted_end = states(oe.IncrementalGradient(t), problem, np.zeros(1), 400)
        ends = [
            list(states(oe.RandomReshuffling(t), problem, np.zeros(1), 60, seed))[-1].x
            for seed in range(SEEDS)
        ]
        gaps[n] = problem.value(sorted_end.x), np.mean([problem.value(x) for x in ends])
    ratio = {n: worst / chance for n, (worst, chance) in gaps.items()}
    # the worst gap is of order (n t)^2, that of random orders of order n t^2
    assert gaps[80][0] / gaps[20][0] == pytest.approx(16.0, rel=0.15)
    assert ratio[80] > 2 * ratio[20] > 4
