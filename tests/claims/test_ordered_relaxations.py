"""On the Strength of Linear Relaxations in Ordered Optimization.

Claims: the relaxation may be integral for weights near (1, ..., 1), the classical case, and never
is for min-max; its strength depends on how close the weights are to the classical ones. Shown for
one of the formulations, on random planar instances.
"""

import numpy as np
import pytest

from optedu.duality.ordered_median import best_by_enumeration, solve_ordered

N = 6
MEDIAN, CENTER = np.ones(N), np.eye(N)[N - 1]
NEAR, HALF = np.append(np.full(N - 1, 0.8), 1.0), np.repeat([0.0, 1.0], N // 2)


def plane(seed):
    X = np.random.default_rng(seed).random((N, 2))
    return np.linalg.norm(X[:, None] - X, axis=2)


def strengths(weights, seeds=range(6)):
    """Return the relaxation's bound over the optimum, for each instance."""
    planes = [plane(s) for s in seeds]
    bounds = [solve_ordered(D, 2, weights, relax=True)[0] for D in planes]
    return np.array(bounds) / [best_by_enumeration(D, 2, weights) for D in planes]


@pytest.mark.parametrize("weights", [MEDIAN, CENTER])
def test_integer_program_is_exact(weights):
    found, opened = solve_ordered(plane(1), 2, weights)
    assert found == pytest.approx(best_by_enumeration(plane(1), 2, weights), abs=1e-7)
    assert opened.sum() == pytest.approx(2)


def test_weights_of_one_give_the_median():
    D = plane(2)
    value = best_by_enumeration(D, 2, MEDIAN)
    pairs = [D[:, [i, j]].min(axis=1).sum() for i in range(N) for j in range(i)]
    assert value == pytest.approx(min(pairs))


def test_relaxation_of_the_median_is_tight_and_of_the_center_never():
    np.testing.assert_allclose(strengths(MEDIAN), 1.0, atol=1e-9)
    assert strengths(CENTER).max() < 0.7  # 0.36 to 0.57 measured


def test_strength_falls_with_the_distance_from_the_classical_weights():
    median, near, half, center = (strengths(w).mean() for w in (MEDIAN, NEAR, HALF, CENTER))
    assert median > near + 0.02 > half + 0.2 > center + 0.2
