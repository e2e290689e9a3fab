"""Minimizing FLOPs to Learn Efficient Sparse Representations.

Claim: penalizing sum_j (mean |a_j|)^2 gives codes whose comparison costs less at equal recall than
l1 does. The penalty works; that it beats l1 does not reproduce with a linear encoder. Shown: the
identity behind it, exactly; uniform use; and a linear encoder on the digits (64 pixels, codes of
length 48), which stands in for the paper's networks and for image retrieval.
"""

import numpy as np
import pytest

from optedu.problems.data import digits
from optedu.proximal import flops


def test_measured_multiplications_are_the_sum_of_squared_use():
    rng = np.random.default_rng(0)
    for _ in range(10):
        codes = rng.standard_normal((40, 9)) * (rng.random((40, 9)) < rng.random(9))
        pairs = sum(int(((a != 0) & (b != 0)).sum()) for a in codes for b in codes)
        assert flops.multiplications(codes) == pairs
        p = flops.usage(codes)
        assert pairs == pytest.approx(40**2 * (p @ p), rel=1e-13)


def test_uniform_use_is_cheapest_and_l1_does_not_see_it():
    """Cauchy-Schwarz: for a given sum of means the penalty is least where all are equal."""
    rng = np.random.default_rng(1)
    for _ in range(20):
        codes = np.abs(rng.standard_normal((30, 6))) * rng.uniform(0.1, 2.0, 6)
        mean = np.abs(codes).mean(axis=0)
        even = codes / mean * mean.mean()
        assert flops.l1_penalty(even)[0] == pytest.approx(flops.l1_penalty(codes)[0])
        assert flops.flops_penalty(even)[0] == pytest.approx(mean.sum() ** 2 / 6)
        assert flops.flops_penalty(even)[0] < flops.flops_penalty(codes)[0]


@pytest.mark.parametrize("penalty", [flops.flops_penalty, flops.l1_penalty])
def test_gradient_against_differences(penalty):
    rng = np.random.default_rng(2)
    codes, u = rng.standard_normal((2, 8, 5))
    slope = (penalty(codes + 1e-6 * u)[0] - penalty(codes - 1e-6 * u)[0]) / 2e-6
    assert np.sum(penalty(codes)[1] * u) == pytest.approx(slope, abs=1e-8)


@pytest.mark.parametrize("penalty", ["flops", "l1"])
def test_gradient_of_the_training_against_differences(penalty):
    rng = np.random.default_rng(3)
    A, y = rng.standard_normal((12, 4)), np.arange(12) % 3
    problem = flops.coding_problem(A, y, 5, penalty, 0.7)
    x, u = rng.standard_normal((2, *problem.shape))
    slope = (problem.value(x + 1e-6 * u) - problem.value(x - 1e-6 * u)) / 2e-6
    assert problem.gradient(x) @ u == pytest.approx(slope, abs=1e-7)


def test_digits_the_penalty_lowers_the_cost_but_not_below_l1():
    """The claim against l1 does not reproduce on this model: l1 costs no more at this recall."""
    A, y = digits()
    order = np.random.default_rng(0).permutation(len(y))
    A, y = A[order] / 8, y[order]
    found = {
        (penalty, weight): flops.trade_off(
            A[:900], y[:900], A[900:], y[900:], 48, penalty, weight, seed=0
        )
        for penalty, weight in (("flops", 0.0), ("flops", 1.0), ("l1", 0.1))
    }
    free, even, sparse = found.values()
    assert min(recall for recall, _ in found.values()) > 0.92  # measured 0.94 to 0.97
    assert even[1] < 0.75 * free[1]  # measured 4 to 6, of 10
    assert sparse[1] < 0.5 * free[1]  # measured 3 to 4
    assert sparse[1] < 1.1 * even[1]
