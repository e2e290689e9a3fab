"""Time Fairness in Online Knapsack Problems.

Claims: a threshold that is constant on a stretch treats equal items alike there, at a price that
lies on the Pareto frontier; a prediction improves it. Shown: the ratios of the three thresholds
(formulas of the authors' code) on rising densities, exact up to the grid. That no algorithm
does better is not shown.
"""

import numpy as np
import pytest
from scipy.integrate import quad

from optedu.mirror import fair_knapsack as knapsack

LOW, HIGH = 1.0, 20.0
BEST = 1 + np.log(HIGH / LOW)
DENSITIES = np.linspace(LOW, HIGH, 77)


def ratios(threshold, densities=DENSITIES):
    return densities / knapsack.rising_value(threshold, densities)


def test_competitive_threshold_has_its_ratio_everywhere():
    found = ratios(knapsack.competitive(LOW, HIGH))
    assert found.max() <= BEST * (1 + 2e-4)
    assert found.min() >= BEST * (1 - 2e-4)  # tight at every density


def test_threshold_satisfies_its_integral_equation():
    threshold = knapsack.competitive(LOW, HIGH)
    for z in (1 / BEST, 0.4, 0.7, 1.0):
        taken = quad(threshold, 0, z, points=[1 / BEST], limit=200)[0]
        assert taken == pytest.approx(float(threshold(z)) / BEST, rel=1e-6)


@pytest.mark.parametrize("alpha", [1 / BEST, 0.4, 0.6, 0.8])
def test_constant_threshold(alpha):
    threshold = knapsack.constant(LOW, HIGH, alpha)
    beta = knapsack.constant_ratio(LOW, HIGH, alpha)
    jump = float(threshold(alpha))
    densities = np.unique(np.append(DENSITIES, max(LOW, jump * (1 - 1e-9))))
    found = ratios(threshold, densities)
    assert found.max() == pytest.approx(beta, rel=1e-3)
    assert beta >= BEST * (1 - 1e-12)  # fairness has a price
    if alpha == 1 / BEST:
        assert beta == pytest.approx(BEST, rel=1e-12)
        z = np.linspace(0, 1, 50)
        np.testing.assert_allclose(threshold(z), knapsack.competitive(LOW, HIGH)(z), rtol=1e-9)
    assert threshold(1.0) == pytest.approx(HIGH)


def test_price_of_fairness_grows_with_the_stretch():
    alphas = np.linspace(1 / BEST, 0.95, 12)
    prices = [knapsack.constant_ratio(LOW, HIGH, a) for a in alphas]
    assert (np.diff(prices) > 0).all()
    assert prices[-1] > 2 * prices[0]


def test_same_item_same_answer_on_the_stretch_and_not_before():
    rng = np.random.default_rng(0)
    fair, unfair = knapsack.constant(LOW, HIGH, 0.5), knapsack.competitive(LOW, HIGH)
    early, late = 0.02, 0.48
    for density in rng.uniform(LOW, HIGH, 50):
        assert (density >= fair(early)) == (density >= fair(late))
    assert unfair(early) <= 1.5 * LOW < unfair(late)  # the same item is taken early and not late


@pytest.mark.parametrize("trust", [0.2, 0.5, 0.8])
@pytest.mark.parametrize("density", [2.0, 5.0, 10.0])
def test_prediction(trust, density):
    threshold = knapsack.predicted(LOW, HIGH, density, trust)
    right = ratios(threshold, np.array([density]))[0]
    assert right == pytest.approx(1 / (trust + (1 - trust) / BEST), rel=1e-3)
    assert right < BEST
    assert ratios(threshold).max() <= BEST / (1 - trust) * (1 + 1e-3)
    assert ratios(threshold).max() > BEST  # negative control: robustness is lost


def test_simulated_sequence_agrees_with_the_integral():
    threshold = knapsack.competitive(LOW, HIGH)
    densities = np.repeat(np.geomspace(LOW, 12.0, 60), 500)
    weights = np.full(densities.size, 1 / 500)
    value, z = knapsack.fill(threshold, densities, weights)
    assert knapsack.best_value(densities, weights) == pytest.approx(12.0)
    assert 12.0 / value <= BEST * 1.02
    assert value == pytest.approx(knapsack.rising_value(threshold, 12.0)[0], rel=0.03)
    assert 0 < z <= 1


def test_offline_optimum_on_a_small_instance():
    assert knapsack.best_value([1.0, 5.0, 3.0], [0.5, 0.6, 0.7]) == pytest.approx(5 * 0.6 + 3 * 0.4)
