"""Fair Densities via Boosting the Sufficient Statistics of Exponential Families.

Claims: an exponential family, boosted from a fair start with shrinking leverages, approaches the
data while its representation rate stays above tau, and its statistical rate above a bound, too.
Shown on finite domains, where all is exact. Continuous features are not shown.
"""

import numpy as np
import pytest
from sklearn.tree import DecisionTreeClassifier

from optedu.mirror import fair_boosting as fair

GROUPS = np.repeat([0, 1], 8)
GOOD = np.tile(np.arange(8) >= 4, 2)
FEATURES = np.column_stack((GROUPS, np.tile(np.arange(8), 2), np.tile(np.arange(8) % 3, 2)))
EVEN = np.full(16, 1 / 16)


def data(seed):
    return np.random.default_rng(seed).dirichlet(np.full(16, 0.4))


@pytest.mark.parametrize("tau", [0.5, 0.8, 0.95])
def test_rates_stay_above_their_bounds(tau):
    worst = [1.0, 1.0]
    for seed in range(100):
        for Q in fair.boost(data(seed), EVEN, FEATURES, tau, 12):
            assert Q.sum() == pytest.approx(1.0, abs=1e-14)
            rates = fair.representation_rate(Q, GROUPS), fair.statistical_rate(Q, GROUPS, GOOD)
            worst = np.minimum(worst, rates)
    assert tau <= worst[0]
    assert tau**2 <= worst[1]
    assert worst[0] < tau**0.5  # negative control: not a bound that nothing comes near


def test_divergence_falls_while_the_edge_is_large_enough():
    """By Hoeffding's lemma KL falls by at least theta edge - theta^2 / 2 in a step."""
    tau, checked = 0.5, 0
    for seed in range(30):
        P = data(seed)
        Qs = fair.boost(P, EVEN, FEATURES, tau, 10)
        for t in range(1, 11):
            c = fair.best_stump(P, Qs[t - 1], FEATURES)
            edge, theta = (P - Qs[t - 1]) @ c, fair.leverage(t, tau)
            fall = fair.divergence(P, Qs[t - 1]) - fair.divergence(P, Qs[t])
            assert fall >= theta * edge - theta**2 / 2 - 1e-12
            if edge > theta / 2:
                assert fall > 0
                checked += 1
    assert checked > 100


def test_without_a_bound_on_the_tilt_the_data_is_reached():
    P = 0.9 * data(3) + 0.1 / 16
    columns = np.column_stack((FEATURES, np.arange(16), GROUPS * 8 + np.arange(16) % 8))
    points = np.column_stack((columns, np.eye(16)))  # every point can be told apart
    path = fair.boost(P, EVEN, points, None, 300)
    divergences = [fair.divergence(P, Q) for Q in path]
    assert (np.diff(divergences) <= 1e-12).all()
    assert divergences[-1] < 1e-4
    assert fair.representation_rate(path[-1], GROUPS) == pytest.approx(
        fair.representation_rate(P, GROUPS), abs=0.02
    )
    bounded = fair.boost(P, EVEN, points, 0.8, 300)[-1]
    assert fair.divergence(P, bounded) > 0.1 * divergences[0]  # fairness has its price


def test_leverages_sum_to_half_the_logarithm():
    total = sum(fair.leverage(t, 0.7) for t in range(1, 60))
    assert total == pytest.approx(-np.log(0.7) / 2)


def test_moment_identity():
    rng = np.random.default_rng(1)
    Q, c, h = data(1), rng.uniform(-1, 1, 16), 1e-5
    for theta in (-0.5, 0.0, 0.8):
        up, down = (fair.log_partition(Q, c, theta + s) for s in (h, -h))
        assert (up - down) / (2 * h) == pytest.approx(c @ fair.tilt(Q, c, theta), abs=1e-9)


def test_best_stump_is_scikit_learns():
    """A tree of depth one that separates points of P from those of Q, weighted."""
    for seed in range(5):
        P = data(seed)
        stump = fair.best_stump(P, EVEN, FEATURES)
        tree = DecisionTreeClassifier(max_depth=1, criterion="gini", random_state=0)
        labels = np.repeat([1, 0], 16)
        tree.fit(np.vstack((FEATURES, FEATURES)), labels, sample_weight=np.append(P, EVEN))
        theirs = np.where(tree.predict_proba(FEATURES)[:, 1] > 0.5, 1.0, -1.0)
        assert (P - EVEN) @ stump >= (P - EVEN) @ theirs - 1e-12
