"""Improved Learning-Augmented Algorithms for the Multi-Option Ski Rental Problem.

Claims: the first randomized algorithm with predictions, and a best possible one without, of ratio
e. Shown: the ratio e of geometrically scaled budgets, by exact integration. The use of a
prediction here is ours, with its own bounds; the paper's trade-off is not reproduced.
"""

import itertools

import numpy as np
import pytest
from scipy.integrate import quad

from optedu.mirror import ski_rental as ski

E = np.e


def instances(count=8, horizon=45):
    for seed in range(count):
        rng = np.random.default_rng(seed)
        days = np.append(
            1, np.sort(rng.choice(np.arange(2, 80), rng.integers(1, 5), replace=False))
        )
        prices = np.append(1.0, np.sort(rng.uniform(1.5, 30, days.size - 1)))
        yield ski.cheapest(prices, days, horizon)


def test_cheapest_against_brute_force():
    prices, days = (1.0, 2.5, 4.2), (1, 3, 7)
    opt = ski.cheapest(prices, days, 12)
    for t in range(13):
        best = min(
            np.dot(n, prices)
            for n in itertools.product(range(13), range(5), range(3))
            if np.dot(n, days) >= t
        )
        assert opt[t] == pytest.approx(best)


def test_scaled_budgets_are_e_competitive_and_doubling_four():
    worst = [0.0, 0.0]
    for opt in instances():
        for t in range(1, opt.size, 3):
            mean = ski.expectation(opt, lambda u, t=t, opt=opt: ski.scaled_cost(opt, t, u))
            worst = np.maximum(worst, [mean / opt[t], ski.doubling_cost(opt, t) / opt[t]])
    assert 2.0 < worst[0] <= E  # measured: 2.4
    assert worst[0] < worst[1] <= 4  # measured: 2.6


def test_expectation_is_exact():
    opt = next(instances())
    rng = np.random.default_rng(0)
    for t in (5, 30):
        mean = ski.expectation(opt, lambda u, t=t: ski.scaled_cost(opt, t, u))
        sample = [ski.scaled_cost(opt, t, u) for u in rng.uniform(size=4000)]
        assert abs(np.mean(sample) - mean) <= 4 * np.std(sample) / np.sqrt(4000) + 1e-12


@pytest.mark.parametrize("trust", [0.2, 0.5, 1.0])
def test_predictions(trust):
    """Right: at most 1 + trust. Whatever it is: at most max(1 + 1 / trust, 1 + e)."""
    right = wrong = 0.0
    for opt in instances(5):
        for predicted in (3, 10, 40):
            for t in (1, 3, 6, 10, 20, 40, 45):
                mean = ski.expectation(
                    opt,
                    lambda u, t=t, p=predicted, o=opt: ski.predicted_cost(o, t, u, p, trust),
                    (1.0, trust),
                )
                wrong = max(wrong, mean / opt[t])
                if t == predicted:
                    right = max(right, mean / opt[t])
    assert right <= 1 + trust + 1e-9
    assert wrong <= max(1 + 1 / trust, 1 + E) + 1e-9
    assert wrong > 1 + trust  # negative control: a wrong prediction costs something


@pytest.mark.parametrize("t", [0.1, 0.5, 0.999, 1.0, 7.0])
def test_rent_or_buy_by_exact_integration(t):
    density = lambda z: np.exp(z) / (E - 1)  # noqa: E731
    cut = min(t, 1.0)
    mean = quad(lambda z: ski.rent_or_buy(t, z) * density(z), 0, cut)[0]
    mean += quad(lambda z: ski.rent_or_buy(t, z) * density(z), cut, 1)[0]
    assert mean == pytest.approx(ski.rent_or_buy_mean(t), abs=1e-9)
    assert mean == pytest.approx(min(t, 1.0) * E / (E - 1), abs=1e-9)


def test_rent_or_buy_without_chance_is_two_competitive_and_no_better():
    ts = np.linspace(0.01, 3, 300)
    for z in (0.3, 1.0, 2.0):
        worst = max(ski.rent_or_buy(t, z) / min(t, 1.0) for t in [*ts, z + 1e-9])
        assert worst >= 2 - 1e-6
        assert (worst <= 2) == (z == 1.0)
