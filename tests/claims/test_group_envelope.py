"""Learning k-Level Structured Sparse Neural Networks Using Group Envelope Regularization.

Claims: a regularizer that hits a preset number of groups; value and prox are cheap. Shown here
against the combinatorial formula, cvxpy and Moreau's identity, and on linear regression with
planted groups, which stands in for the paper's networks. The prox sorts: O(m log m) for m groups.
"""

import itertools

import cvxpy as cp
import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import random_rotation

Envelope = oe.problems.GroupSparseEnvelope
TIGHT = {"solver": cp.CLARABEL, "tol_gap_abs": 1e-10, "tol_gap_rel": 1e-10, "tol_feas": 1e-10}


def k_support_norm(x, k):
    """The norm of argyriou2012, by its formula with the one r in 0, ..., k - 1 that fits."""
    a = np.sort(np.abs(x))[::-1]
    for r in range(k):
        tail = a[k - r - 1 :].sum()
        above = np.inf if k - r - 2 < 0 else a[k - r - 2]
        if above > tail / (r + 1) >= a[k - r - 1] - 1e-15:
            return np.sqrt(np.sum(a[: k - r - 1] ** 2) + tail**2 / (r + 1))
    raise AssertionError("no r fits")


@pytest.mark.parametrize("k", [1, 2, 3, 5, 7])
def test_value_is_half_the_squared_k_support_norm(k):
    rng = np.random.default_rng(k)
    for _ in range(20):
        x = rng.standard_normal(7) * 10 ** rng.uniform(-3, 3)
        value = Envelope.of_entries(7, k).value(x)
        assert value == pytest.approx(k_support_norm(x, k) ** 2 / 2, rel=1e-12)


def instance(seed):
    rng = np.random.default_rng(seed)
    groups = rng.permutation(np.repeat(np.arange(4), [1, 3, 2, 2]))
    return Envelope(groups, rng.uniform(0.5, 2.0, 4), rng.uniform(0.8, 3.0), 0.7), rng


@pytest.mark.parametrize("seed", range(4))
def test_value_is_that_of_cvxpy(seed):
    envelope, rng = instance(seed)
    x = rng.standard_normal(8)
    u = cp.Variable(4)
    cost = sum(cp.quad_over_lin(x[envelope.groups == j], u[j]) for j in range(4))
    constraints = [u >= 0, u <= 1, envelope.costs @ u <= envelope.budget]
    found = cp.Problem(cp.Minimize(0.35 * cost), constraints).solve(**TIGHT)
    assert envelope.value(x) == pytest.approx(found, rel=1e-6)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("t", [0.1, 1.0, 10.0])
def test_prox_is_that_of_cvxpy(seed, t):
    envelope, rng = instance(seed)
    y = rng.standard_normal(8)
    x, u = cp.Variable(8), cp.Variable(4)
    pieces = [np.flatnonzero(envelope.groups == j) for j in range(4)]
    cost = 0.35 * sum(cp.quad_over_lin(x[pieces[j]], u[j]) for j in range(4))
    constraints = [u >= 0, u <= 1, envelope.costs @ u <= envelope.budget]
    cp.Problem(cp.Minimize(cost + cp.sum_squares(x - y) / (2 * t)), constraints).solve(**TIGHT)
    p = envelope.prox(y, t)
    assert p == pytest.approx(x.value, abs=1e-5)  # its square root: the cost is flat to 1e-10
    assert envelope.value(p) + np.sum((p - y) ** 2) / (2 * t) <= (
        envelope.value(x.value) + np.sum((x.value - y) ** 2) / (2 * t) + 1e-9
    )


@pytest.mark.parametrize("k", [1, 2, 4])
def test_moreau_identity_with_the_conjugate(k):
    """The conjugate is half the sum of the k largest squares; its prox is found by cvxpy."""
    rng = np.random.default_rng(10 + k)
    y, t = rng.standard_normal(6), 0.8
    z = cp.Variable(6)
    conjugate = cp.sum_largest(cp.square(z), k) / 2
    cp.Problem(cp.Minimize(conjugate + t / 2 * cp.sum_squares(z - y / t))).solve(**TIGHT)
    assert Envelope.of_entries(6, k).prox(y, t) + t * z.value == pytest.approx(y, abs=1e-5)


def test_conjugate_is_half_the_sum_of_the_largest_squares():
    """sup <z, x> - g(x) over x with k entries is that sum, and no x does better."""
    rng = np.random.default_rng(3)
    envelope = Envelope.of_entries(6, 2)
    for _ in range(50):
        z, x = rng.standard_normal((2, 6))
        top = np.sort(z**2)[-2:].sum() / 2
        assert z @ x - envelope.value(x) <= top + 1e-12
        best = np.where(z**2 >= np.sort(z**2)[-2], z, 0.0)
        assert z @ best - envelope.value(best) == pytest.approx(top)


def test_limits():
    rng = np.random.default_rng(4)
    for _ in range(20):
        x, t = rng.standard_normal(6), 10 ** rng.uniform(-2, 2)
        full, one = Envelope.of_entries(6, 6), Envelope.of_entries(6, 1)
        assert full.value(x) == pytest.approx(x @ x / 2)
        assert full.prox(x, t) == pytest.approx(x / (1 + t))
        assert one.value(x) == pytest.approx(np.abs(x).sum() ** 2 / 2)
        p = one.prox(x, t)  # the prox of the squared l1 norm shrinks by t times its l1 norm
        assert p == pytest.approx(oe.problems.L1(np.abs(p).sum()).prox(x, t), abs=1e-12)


def test_on_sparse_points_it_is_the_square_and_below_it_nowhere_else_more():
    rng = np.random.default_rng(5)
    envelope = Envelope.of_entries(6, 3)
    for pair in itertools.combinations(range(6), 3):
        x = np.zeros(6)
        x[list(pair)] = rng.standard_normal(3)
        assert envelope.value(x) == pytest.approx(x @ x / 2, rel=1e-13)
    dense = rng.standard_normal(6)
    assert envelope.value(dense) > dense @ dense / 2  # negative control: only there
    for _ in range(30):  # convex
        x, y = rng.standard_normal((2, 6))
        middle = envelope.value((x + y) / 2)
        assert middle <= (envelope.value(x) + envelope.value(y)) / 2 + 1e-12


@pytest.mark.parametrize("seed", range(5))
def test_planted_groups_are_found_at_the_preset_number(seed):
    """12 groups of 3, of which 3 are planted; 60 rows, noise 0.05."""
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((60, 36)) @ (np.eye(36) + 0.2 * random_rotation(36, rng)) / np.sqrt(60)
    planted = np.sort(rng.choice(12, 3, replace=False))
    x = np.zeros((12, 3))
    x[planted] = rng.choice([-1, 1], (3, 3)) * rng.uniform(0.7, 1.5, (3, 3))
    b = A @ x.ravel() + 0.05 * rng.standard_normal(60) / np.sqrt(60)
    found = {}
    for k in (2, 3):
        penalty = Envelope.blocks(3, 12, k, 0.05)
        problem = oe.problems.Composite(oe.problems.LeastSquares(A, b), penalty)
        run = oe.run(oe.FISTA(), problem, np.zeros(36), max_iter=5000, tol=1e-10)
        assert run.success
        norms = np.linalg.norm(run.x.reshape(12, 3), axis=1)
        found[k] = np.sort(np.argsort(norms)[-k:])
        if k == 3:
            assert np.count_nonzero(norms) <= 4  # at most one group beyond, and that is small
            assert np.sort(norms)[-4] <= 0.1 * np.sort(norms)[-3]
    np.testing.assert_array_equal(found[3], planted)
    assert set(found[2]) < set(planted)
