"""Cyclic Block Coordinate Descent With Variance Reduction for Composite Nonconvex Optimization.

Claims: the rate of gradient descent for cycles, a linear rate under the Polyak-Lojasiewicz
condition, and less work per accuracy by recursive estimates. A least-squares problem with dependent
columns stands in for the networks of the paper.
"""

import numpy as np
import pytest

import optedu as oe
from tests.helpers import steps_of


@pytest.fixture(scope="module")
def deficient():
    rng = np.random.default_rng(0)
    A = rng.standard_normal((200, 4)) @ rng.standard_normal((4, 8)) / np.sqrt(200)
    smooth = oe.problems.LeastSquares(A, A @ rng.standard_normal(8))
    assert smooth.strong_convexity == 0
    return oe.problems.Composite(smooth, oe.problems.L1(0.0))


def test_linear_without_strong_convexity(deficient):
    trace = steps_of(oe.CyclicProximalBlockDescent(block_size=2), deficient, np.ones(8), 60)
    values = trace.values[trace.values > 1e-20]
    assert (np.diff(values) < 0).all()
    assert len(values) >= 10
    assert values[-1] <= values[0] * 0.7 ** len(values)


def test_estimates_keep_the_linear_rate(deficient):
    method = oe.VarianceReducedCyclicDescent(0.3, 10, block_size=2)
    trace = oe.run(method, deficient, np.ones(8), max_iter=150, tol=0.0, seed=0, execution="python")
    assert trace.values[-1] <= 1e-8 * trace.values[0]


def test_fewer_component_gradients_than_the_deterministic_method(deficient):
    """Work per cycle in terms seen by a block: n, or p n + 2 (1 - p) b on the average."""
    n, p, b = 200, 0.1, 5
    method = oe.VarianceReducedCyclicDescent(p, b, block_size=8)
    trace = oe.run(method, deficient, np.ones(8), max_iter=200, tol=0.0, seed=1, execution="python")
    seen = trace.counts["coordinate_gradient"] / 8 * n + trace.counts["component_gradient"]
    assert seen <= 0.3 * 200 * n
    assert trace.values[-1] <= 1e-3 * trace.values[0]
