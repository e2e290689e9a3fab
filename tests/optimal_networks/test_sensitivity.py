import numpy as np
import pytest

import optedu as oe
from optedu.optimal_networks.optimal_set import corners, optimal_set
from optedu.optimal_networks.regularization_path import largest_beta
from optedu.optimal_networks.sensitivity import sensitivity
from optedu.optimal_networks.solve import solve
from tests.optimal_networks.examples import KINDS, program


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(3))
def test_derivatives_by_differences(kind, seed):
    problem = program(kind, seed)
    x, h = solve(problem).x, 1e-5
    found = sensitivity(problem, x)

    def at(beta, y):
        moved = problem._replace(beta=beta, y=y)
        best = solve(moved, x).x
        return moved.value(best), moved.outputs(best)

    (v, z), (w, u) = (at(problem.beta + s * h, problem.y) for s in (1, -1))
    assert (v - w) / (2 * h) == pytest.approx(found.value_by_beta, abs=1e-7)
    np.testing.assert_allclose((z - u) / (2 * h), found.fit_by_beta, atol=1e-5)
    for j in (0, 4):
        e = h * np.eye(7)[j]
        (v, z), (w, u) = (at(problem.beta, problem.y + s * e) for s in (1, -1))
        assert (v - w) / (2 * h) == pytest.approx(found.value_by_y[j], abs=1e-7)
        np.testing.assert_allclose((z - u) / (2 * h), found.fit_by_y[:, j], atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_fit_moves_less_than_the_targets(kind):
    """y - z is the projection of y onto a convex set, so is z = y minus it firmly nonexpansive."""
    problem = program(kind, 1)
    rng = np.random.default_rng(0)
    for _ in range(5):
        other = problem._replace(y=problem.y + rng.standard_normal(7))
        dz = problem.outputs(solve(problem).x) - other.outputs(solve(other).x)
        dy = problem.y - other.y
        assert dz @ dz <= dz @ dy + 1e-7
    J = sensitivity(problem, solve(problem).x).fit_by_y
    assert np.linalg.eigvalsh(J).min() >= -1e-10
    assert np.linalg.eigvalsh(J).max() <= 1 + 1e-10


def test_every_optimal_network_gives_the_same():
    problem = program(oe.problems.ConvexReLU, 2)
    everything = optimal_set(problem, solve(problem).x)
    inside = everything.point(corners(everything).mean(axis=0))
    found = [sensitivity(problem, x) for x in (solve(problem).x, inside)]
    assert found[0].value_by_beta == pytest.approx(found[1].value_by_beta, rel=1e-7)
    np.testing.assert_allclose(found[0].value_by_y, found[1].value_by_y, atol=1e-6)


def test_at_zero_and_with_labels():
    problem = program(oe.problems.GatedReLU)
    problem = problem._replace(beta=2 * largest_beta(problem))
    found = sensitivity(problem, np.zeros(problem.shape))
    assert found.value_by_beta == found.degrees_of_freedom == 0.0
    np.testing.assert_array_equal(found.value_by_y, problem.y)
    labels = program(oe.problems.GatedReLU, logistic=True)
    with pytest.raises(ValueError, match="logistic"):
        sensitivity(labels, np.zeros(labels.shape))
