"""Generalized Sum Pooling for Metric Learning.

Claims: pooling by entropic partial transport contains the global average as a special case, has
analytic gradients, and selects. The gain on metric-learning benchmarks is not shown.
"""

import cvxpy as cp
import numpy as np
import pytest
from scipy.optimize import linprog

from optedu.applied_transport.sum_pooling import (
    fixed_point,
    logistic,
    partial_plan,
    partial_plan_vjp,
    root,
    sum_pooling,
)


def costs(seed, n=9, m=3):
    return np.random.default_rng(seed).uniform(0.0, 1.0, (n, m))


@pytest.mark.parametrize(("mass", "sharpness"), [(0.3, 2.0), (0.5, 8.0), (0.9, 20.0)])
def test_plan_solves_the_entropic_program(mass, sharpness):
    c = costs(1, n=6)
    p, r = cp.Variable(c.shape), cp.Variable(6)
    entropy = cp.sum(cp.entr(p)) + cp.sum(cp.entr(r))
    constraints = [r + cp.sum(p, axis=1) == 1 / 6, cp.sum(p) == mass]
    program = cp.Problem(cp.Minimize(cp.sum(cp.multiply(c, p)) - entropy / sharpness), constraints)
    program.solve(solver="CLARABEL", tol_gap_rel=1e-11, tol_gap_abs=1e-11, tol_feas=1e-11)
    found = partial_plan(c, mass, sharpness)
    assert np.abs(found.plan - p.value).max() < 1e-5
    assert np.abs(found.residual - r.value).max() < 1e-5


@pytest.mark.parametrize("mass", [1e-3, 0.3, 0.5, 0.97, 1.0])
@pytest.mark.parametrize("sharpness", [0.1, 5.0, 300.0])
def test_marginals_are_exact(mass, sharpness):
    for seed in range(5):
        found = partial_plan(costs(seed, 40), mass, sharpness)
        assert abs(found.plan.sum() - mass) < 1e-10
        assert np.abs(found.residual + found.plan.sum(axis=1) - 1 / 40).max() < 1e-10
        assert (found.plan >= 0).all()
        assert (found.residual >= 0).all()


def test_the_global_average_is_a_special_case():
    X = np.random.default_rng(2).standard_normal((20, 4))
    everything = sum_pooling(X, X[:3] + 0.1, mass=1.0, sharpness=7.0)[0]
    assert np.abs(everything - X.mean(axis=0)).max() < 1e-14
    constant = partial_plan(np.full((20, 3), 0.7), 0.4, 7.0).plan.sum(axis=1) / 0.4
    assert np.abs(constant @ X - X.mean(axis=0)).max() < 1e-14
    some = sum_pooling(X, X[:3] + 0.1, mass=0.4, sharpness=7.0)[0]
    assert np.abs(some - X.mean(axis=0)).max() > 0.1  # negative control: a strict generalization


@pytest.mark.parametrize("mass", [0.2, 0.7, 1.0])
def test_implicit_gradient_is_that_of_differences(mass):
    rng, c = np.random.default_rng(3), costs(3)
    G, g = rng.standard_normal(c.shape), rng.standard_normal(len(c))

    def loss(c):
        found = partial_plan(c, mass, 6.0)
        return np.sum(G * found.plan) + g @ found.residual

    h, expected = 1e-5, np.empty_like(c)
    for index in np.ndindex(c.shape):
        step = np.zeros_like(c)
        step[index] = h
        expected[index] = (loss(c + step) - loss(c - step)) / (2 * h)
    found = partial_plan_vjp(c, mass, 6.0, G, g)
    assert np.abs(found - expected).max() < 1e-6 * max(1.0, np.abs(expected).max())
    held = partial_plan_vjp(c, 0.2, 6.0, G)  # negative control: the residual's part is felt
    assert mass == 1.0 or np.abs(held - expected).max() > 1e-3


def test_without_entropy_the_cheapest_features_are_chosen():
    """The linear program fills the features in the order of their cheapest cost."""
    for mass in (0.3, 0.45):  # three of ten features, and four and a half
        c = costs(4, n=10)
        n, m = c.shape
        rows = np.hstack([np.kron(np.eye(n), np.ones((1, m))), np.eye(n)])
        total = np.hstack([np.ones(n * m), np.zeros(n)])
        solved = linprog(
            np.append(c.ravel(), np.zeros(n)), A_eq=np.vstack([rows, total]),
            b_eq=np.append(np.full(n, 1 / n), mass),
        )  # fmt: skip
        plan = solved.x[: n * m].reshape(n, m)
        errors = [np.abs(partial_plan(c, mass, eps).plan - plan).max() for eps in (1e2, 1e3, 1e4)]
        assert errors[0] > errors[2] or errors[0] < 1e-12
        assert errors[2] < 1e-6
        cheapest = np.argsort(c.min(axis=1))
        filled = np.flatnonzero(plan.sum(axis=1) > 1e-9)
        assert set(filled) == set(cheapest[: int(np.ceil(mass * n))])


def test_fixed_point_of_the_layer_has_the_same_root_at_the_rate_of_the_derivation():
    z = -8.0 * np.random.default_rng(5).random(30)
    x = root(z, 0.4)
    assert fixed_point(z, 0.4, 3000) == pytest.approx(x, abs=1e-12)
    s = logistic(x + z)
    errors = [fixed_point(z, 0.4, k) - x for k in (20, 21)]
    assert errors[1] / errors[0] == pytest.approx(np.sum(s * s) / np.sum(s), rel=1e-2)


def test_finding_a_hundred_iterations_do_not_suffice_where_the_choice_is_sharp():
    """Measured: lambda is wrong by 1.09 after 100 iterations, by 28 at mu = 1 - 1e-6."""
    z = -100.0 * np.random.default_rng(6).random(200)
    for mass, least in ((0.3, 0.5), (0.999999, 10.0)):
        x = root(z, mass)
        assert abs(np.mean(logistic(x + z)) - mass) < 1e-14
        assert abs(fixed_point(z, mass, 100) - x) > least


def test_bad_input_gets_a_sentence():
    with pytest.raises(ValueError, match="mass must be in"):
        partial_plan(costs(1), 1.5)
    with pytest.raises(ValueError, match="sharpness must be positive"):
        partial_plan(costs(1), 0.5, 0.0)
    with pytest.raises(ValueError, match="cost must be a matrix"):
        partial_plan(np.ones(3))
