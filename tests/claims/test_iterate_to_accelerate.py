"""Iterate to Accelerate: A Unified Framework for Iterative Reasoning and Feedback Convergence.

Claims: s+ = (1 - a) s + a T(s) + e with a = 2 / (t + 2) reaches the fixed point of a contraction
with divergence O(1 / t^2) without e, and a level set by e with it. A finding: the first holds for
contraction factors up to 1/2 only; the order is t^(-4 (1 - m)), exactly, for an affine map, and the
plain iteration s+ = T(s) is linear. A persistent e is not damped, since a is: the error grows
with t, unless it is multiplied by a. Depth of networks is not touched.
"""

import numpy as np
import pytest
from scipy.special import gammaln

import optedu as oe
from optedu.mirror.averaged_iteration import Decisions, averaged_path, picard_path, shrinkage
from optedu.problems.generators import random_rotation


def affine(eigenvalues, seed=0):
    Q = random_rotation(len(eigenvalues), seed)
    M = (Q * np.asarray(eigenvalues)) @ Q.T
    fixed = np.random.default_rng(seed).standard_normal(len(eigenvalues))
    return oe.problems.AffineMap(M, fixed - M @ fixed), fixed, Q


def test_error_is_the_product():
    T, fixed, Q = affine([0.9, 0.5, -0.4])
    path = averaged_path(T.operator, np.ones(3), 200)
    start = Q.T @ (np.ones(3) - fixed)
    for t in (1, 2, 5, 10, 50, 200):
        found = Q.T @ (path[t] - fixed)
        np.testing.assert_allclose(found, shrinkage([0.9, 0.5, -0.4], t) * start, atol=1e-12)


@pytest.mark.parametrize("m", [0.3, 0.5, 0.7, 0.9])
def test_order_depends_on_the_contraction(m):
    a = 2 * (1 - m)
    for t in (10, 1000):  # prod (i + 2 - a) / (i + 2), by the gamma function
        closed = gammaln(t + 2 - a) - gammaln(2 - a) - gammaln(t + 2)
        assert np.log(shrinkage(m, t)) == pytest.approx(closed, rel=1e-9)
    t = np.array([1000, 10_000])
    slope = np.diff(np.log([shrinkage(m, n) ** 2 for n in t]))[0] / np.log(10)
    assert slope == pytest.approx(-4 * (1 - m), abs=0.01)
    assert (slope <= -1.9) == (m <= 0.5)  # the claimed order, and where it fails


def test_plain_iteration_is_faster():
    T, fixed, _ = affine([0.9, 0.5, -0.4])
    averaged = averaged_path(T.operator, np.ones(3), 300)[-1]
    plain = picard_path(T.operator, np.ones(3), 300)[-1]
    assert np.abs(plain - fixed).max() < 1e-12
    assert np.abs(averaged - fixed).max() > 0.05


def test_value_iteration():
    process = Decisions(10, 3, 0.9, seed=0)
    values = process.values()
    np.testing.assert_allclose(process.operator(values), values, atol=1e-13)
    plain = picard_path(process.operator, np.zeros(10), 400)
    errors = np.abs(plain - values).max(1)
    assert errors[-1] < 1e-12
    assert (errors[1:] <= 0.9 * errors[:-1] + 1e-14).all()
    slow = np.abs(averaged_path(process.operator, np.zeros(10), 4000) - values).max(1)
    assert slow[-1] > 0.2  # measured: 0.34 after 4000 steps
    assert np.log(slow[4000] / slow[400]) / np.log(10) == pytest.approx(-0.2, abs=0.03)


def test_persistent_noise():
    """Outside the average the error is e t / (1 + 2 (1 - m)) in the end; inside e / (1 - m)."""
    T, fixed, _ = affine([0.5])
    outside = averaged_path(T.operator, fixed, 4000, lambda t: np.array([1e-3]))[:, 0] - fixed[0]
    assert outside[4000] == pytest.approx(1e-3 * 4000 / 2, rel=1e-2)
    assert outside[4000] / outside[2000] == pytest.approx(2, rel=1e-2)  # no plateau
    inside = averaged_path(T.operator, fixed, 4000, lambda t: np.array([1e-3]), True)[:, 0]
    assert inside[4000] - fixed[0] == pytest.approx(2e-3, rel=1e-2)


def test_euclidean_iteration_is_that_of_krasnoselskii_and_mann():
    T, _, _ = affine([0.9, -0.2])
    s, path = np.ones(2), averaged_path(T.operator, np.ones(2), 20)
    for t in range(20):
        s = s + 2 / (t + 2) * (T.operator(s) - s)
        np.testing.assert_allclose(path[t + 1], s, atol=1e-14)
