"""CODER, A-CODER and VR-A-CODER: reductions, rates, and the optima of scikit-learn."""

import numpy as np
import pytest
from sklearn.linear_model import ElasticNet, Lasso

import optedu as oe
from optedu.coordinate.acoder import accelerated_weight
from optedu.problems.data import diabetes
from optedu.problems.generators import random_composite, random_lasso, random_quadratic
from tests.helpers import steps_of

P = oe.problems


def scaled(l1, l2=0.0):
    """Return scikit-learn's objective on the diabetes data."""
    A, y = diabetes()
    n = len(y)
    penalty = P.ElasticNet(l1, l2) if l2 else P.L1(l1)
    return A, y, P.Composite(P.LeastSquares(A / np.sqrt(n), y / np.sqrt(n)), penalty)


@pytest.mark.parametrize("gamma", [0.0, 0.3])
def test_weight_is_the_largest_that_the_rule_allows(gamma):
    L = 2.0
    for A in (0.0, 0.1, 3.0, 50.0):
        a = accelerated_weight(A, L, gamma)
        allowed = 0.4 * (1 + gamma * A) / L
        assert a**2 / (A + a) == pytest.approx(allowed, rel=1e-12)
        assert (1.001 * a) ** 2 / (A + 1.001 * a) > allowed


def test_one_block_is_accelerated_dual_averaging():
    """Written out: no partial gradients, no extrapolation."""
    problem = random_composite(P.ElasticNet(0.3, 0.2), 6, 30.0, 3)
    x0, L = np.linspace(-1, 2, 6), 1.0
    trace = steps_of(oe.ACODER(L, 0.2, block_size=6), problem, x0, 40)
    x, v, total, A = x0, x0, np.zeros(6), 0.0
    for k in range(40):
        a = accelerated_weight(A, L, 0.2)
        z = (A * x + a * v) / (A + a)
        total = total + a * problem.gradient(z)
        v = problem.prox(x0 - total, A + a)
        x = (A * x + a * v) / (A + a)
        A += a
        np.testing.assert_allclose(trace.iterates[k + 1], x, rtol=0, atol=1e-12)
    assert "coordinate_gradient" not in trace.counts


def test_a_cycle_is_one_gradient_and_the_other_partial_gradients():
    problem, x0 = random_lasso(6, 20.0, 1), np.ones(6)
    for size, partial in ((1, 5), (2, 4), (4, 4), (6, 0)):
        for cls in (oe.ACODER, oe.CODER):
            counts = steps_of(cls(block_size=size), problem, x0, 7).counts
            assert counts["gradient"] == 7
            assert counts.get("coordinate_gradient", 0) == 7 * partial


def test_blocks_see_those_that_moved_before_them():
    """The first cycle by hand: no extrapolation yet, blocks from the last to the first."""
    f = random_quadratic(3, 10.0, 4)
    problem, x0, L = P.Composite(f, P.L1(0.1)), np.array([0.5, -1.0, 2.0]), 1.3
    a, x, w = 0.4 / L, x0.copy(), x0.copy()
    for j in (2, 1, 0):
        w[j] -= a * f.gradient(x)[j]
        x[j] = np.sign(w[j]) * max(abs(w[j]) - 0.1 * a, 0)
    trace = steps_of(oe.ACODER(L), problem, x0, 1)
    np.testing.assert_allclose(trace.x, x, rtol=0, atol=1e-14)


@pytest.mark.parametrize("block_size", [1, 3, 12])
@pytest.mark.parametrize(("weight", "condition"), [(0.0, 1e3), (0.3, 1e6)])
def test_gap_falls_faster_than_one_over_k_squared(block_size, weight, condition):
    """Least squares and Lasso: a slope of -2 or more, where proximal gradient has less."""
    problem = random_lasso(12, condition, 8, weight)
    k = np.arange(20, 201)
    slopes = []
    for method in (oe.ACODER(block_size=block_size), oe.ProximalGradient()):
        gap = steps_of(method, problem, np.zeros(12), 200).values - problem.minimum
        slopes.append(np.polyfit(np.log(k), np.log(gap[k]), 1)[0])
    assert slopes[0] <= -1.9
    assert slopes[1] >= slopes[0] + 0.3


class Entrywise:
    """A problem whose coordinate oracles are entries of its gradient and prox."""

    def __init__(self, problem):
        self.problem = problem

    def __getattr__(self, name):
        return getattr(self.problem, name)

    def coordinate_gradient(self, i, x):
        return self.problem.gradient(x)[i]

    def coordinate_prox(self, i, x, t):
        return self.problem.prox(x, t)[i]


@pytest.mark.parametrize("method", [oe.ACODER(), oe.ACODER(block_size=3), oe.CODER()])
def test_lasso_and_elastic_net_agree_with_scikit_learn(method):
    A, y, problem = scaled(0.05)
    tuned = method._replace(smoothness=problem.smoothness / 5)
    trace = oe.run(tuned, problem, np.zeros(10), max_iter=1200, tol=1e-8, execution="python")
    reference = Lasso(alpha=0.05, fit_intercept=False, tol=1e-14, max_iter=100_000).fit(A, y)
    np.testing.assert_allclose(trace.x, reference.coef_, atol=1e-6)
    l1, l2 = 0.04, 0.1
    A, y, problem = scaled(l1, l2)
    trace = oe.run(method, problem, np.zeros(10), max_iter=600, tol=1e-8, execution="python")
    assert trace.success
    reference = ElasticNet(
        alpha=l1 + l2, l1_ratio=l1 / (l1 + l2), fit_intercept=False, tol=1e-14, max_iter=100_000
    ).fit(A, y)
    np.testing.assert_allclose(trace.x, reference.coef_, atol=1e-6)


def test_strong_convexity_gives_an_accelerated_linear_rate():
    gamma = 1e-3
    problem = random_composite(P.ElasticNet(0.1, gamma), 20, 1e6, 5)
    trace = steps_of(oe.ACODER(), problem, np.zeros(20), 600)
    gap = trace.values - problem.minimum
    rate = (gap[500] / gap[200]) ** (1 / 300)
    assert rate <= 1 - 0.5 * np.sqrt(gamma)
    blind = steps_of(oe.ACODER(strong_convexity=0.0), problem, np.zeros(20), 600)
    assert blind.values[500] - problem.minimum > 10 * gap[500]


def test_variance_reduction_reaches_the_optimum_of_scikit_learn():
    l1, l2 = 0.04, 0.1
    A, y, problem = scaled(l1, l2)
    reference = ElasticNet(
        alpha=l1 + l2, l1_ratio=l1 / (l1 + l2), fit_intercept=False, tol=1e-14, max_iter=100_000
    ).fit(A, y)
    best = problem.value(reference.coef_)
    method = oe.VRACODER(smoothness=10.0, epoch_length=60, block_size=2)
    trace = oe.run(method, problem, np.zeros(10), max_iter=60, tol=0.0, seed=0)
    assert trace.values[-1] - best <= 1e-6
    np.testing.assert_allclose(trace.x, reference.coef_, atol=2e-3)


def test_with_equal_terms_the_estimates_are_exact():
    """If all terms are one function, chance has no say: two seeds give the same points."""
    row = np.array([[1.0, 0.5]])
    problem = P.Composite(P.LeastSquares(np.vstack([row] * 4), np.full(4, 2.0)), P.L1(0.1))
    x0 = np.array([1.0, -1.0])
    runs = [oe.run(oe.VRACODER(), problem, x0, max_iter=6, seed=s, tol=0.0) for s in (1, 2)]
    np.testing.assert_allclose(runs[0].iterates, runs[1].iterates, rtol=0, atol=1e-12)


def test_constants_are_asked_for():
    bare = oe.Problem.from_functions(lambda x: x @ x, gradient=lambda x: 2 * x, shape=(2,))
    for cls in (oe.CODER, oe.ACODER):
        with pytest.raises(ValueError, match="needs smoothness"):
            cls().resolve(bare)
        with pytest.raises(ValueError, match="block_size must be at least 1, got 0"):
            cls(block_size=0)
    with pytest.raises(ValueError, match="needs components"):
        oe.VRACODER().resolve(bare)
