"""Low-rank plans: their sums, known cases, POT's costs, and the exact cost as the rank grows."""

import numpy as np
import ot
import pytest

from optedu.transport.low_rank import low_rank_transport, project


def instance(n=8, m=8, seed=0, equal=True):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(n, 2)), rng.normal(1.0, 0.7, (m, 2))
    a, b = (np.ones(k) if equal else rng.random(k) + 0.2 for k in (n, m))
    return x, y, ot.dist(x, y), a / a.sum(), b / b.sum()


@pytest.mark.parametrize("rank", [1, 2, 4])
def test_it_is_a_plan_of_this_rank(rank):
    _, _, C, a, b = instance(7, 5, seed=1, equal=False)
    found = low_rank_transport(C, a, b, rank, steps=40)
    Q, R, g, costs = found
    for sums, wanted in (
        (found.plan.sum(1), a), (found.plan.sum(0), b), (Q.sum(0), g), (R.sum(0), g), (Q.sum(1), a)
    ):  # fmt: skip
        np.testing.assert_allclose(sums, wanted, rtol=0, atol=1e-9)
    assert min(Q.min(), R.min(), g.min()) >= 0
    assert np.linalg.matrix_rank(found.plan, 1e-12) <= rank
    assert costs[-1] == pytest.approx(np.sum(C * found.plan), abs=1e-12)
    assert costs[-1] >= ot.emd2(a, b, C) - 1e-9


def test_rank_one_is_the_product():
    _, _, C, a, b = instance(6, 5, seed=2, equal=False)
    found = low_rank_transport(C, a, b, 1)
    np.testing.assert_allclose(found.plan, np.outer(a, b), atol=1e-10)


def test_two_far_clusters_need_two_relays():
    """Points in two far groups: at rank two each group is spread evenly over its own."""
    rng = np.random.default_rng(3)
    group = np.repeat([0, 1], 3)
    x = 10 * group[:, None] + 0.1 * rng.normal(size=(6, 1))
    y = 10 * group[:, None] + 0.1 * rng.normal(size=(6, 1))
    equal = np.full(6, 1 / 6)
    C = ot.dist(x, y)
    found = low_rank_transport(C, equal, equal, 2, step_size=20.0, steps=150)
    apart = found.plan[group[:, None] != group]
    assert apart.sum() < 1e-3
    assert found.costs[-1] < 0.02 * low_rank_transport(C, equal, equal, 1).costs[-1]


def test_the_cost_is_pots():
    """Both are local methods: the better of two of our starts is within 2% of POT's."""
    x, y, C, a, _ = instance()
    for rank in (2,):
        best = min(
            low_rank_transport(C, a, a, rank, step_size=20.0, steps=150, seed=seed).costs[-1]
            for seed in (0, 1)
        )
        Q, R, g = ot.lowrank_sinkhorn(x, y, rank=rank, numItermax=500, warn=False)
        assert best == pytest.approx(np.sum(C * ((Q / g) @ R.T)), rel=0.02)


def test_full_rank_comes_to_the_exact_cost():
    """Slowly: within 5% after 150 steps; the product pays 34% more."""
    _, _, C, a, _ = instance()
    exact = ot.emd2(a, a, C)
    costs = [
        low_rank_transport(C, a, a, rank, step_size=50.0, steps=150).costs[-1] for rank in (1, 2, 8)
    ]
    assert exact - 1e-9 <= costs[2] < costs[1] < costs[0]
    assert costs[2] < 1.05 * exact
    assert costs[0] > 1.3 * exact


def test_the_projection_is_the_nearest():
    """At a KL projection p of z onto affine sets, <log p - log z, q - p> = 0 for any feasible q."""
    rng = np.random.default_rng(4)
    a, b = rng.random(4) + 0.3, rng.random(3) + 0.3
    a, b = a / a.sum(), b / b.sum()
    z = [rng.normal(size=(4, 2)), rng.normal(size=(3, 2)), rng.normal(size=2)]
    p = project(*z, a, b, 1e-10, 1e-13, 10_000)
    q = project(*(rng.normal(size=part.shape) for part in z), a, b, 1e-10, 1e-13, 10_000)
    products = [np.sum((np.log(s) - w) * (r - s)) for s, w, r in zip(p, z, q, strict=True)]
    assert sum(products) == pytest.approx(0.0, abs=1e-10)
    # with an active floor the product is not negative, and the floor holds
    low = project(z[0], z[1], np.array([0.0, -9.0]), a, b, 0.4, 1e-13, 10_000)
    assert low[2].min() == pytest.approx(0.4, abs=1e-9)
    inside = project(z[0] - 1, z[1], np.zeros(2), a, b, 0.45, 1e-13, 10_000)
    product = sum(
        np.sum((np.log(s) - w) * (r - s))
        for s, w, r in zip(low, (z[0], z[1], np.array([0.0, -9.0])), inside, strict=True)
    )
    assert product >= -1e-9


@pytest.mark.parametrize(
    ("arguments", "words"),
    [((np.ones((2, 3)), [0.5, 0.5], [0.5, 0.5], 1), "shapes"),
     ((np.ones((2, 2)), [0.5, 0.5], [0.5, 0.6], 1), "same total"),
     ((np.ones((2, 2)), [0.5, 0.5], [0.5, 0.5], 3), "rank")],
)  # fmt: skip
def test_what_cannot_be(arguments, words):
    with pytest.raises(ValueError, match=words):
        low_rank_transport(*arguments)
