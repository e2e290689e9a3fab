import itertools

import numpy as np
import pytest

import optedu as oe
from optedu.optimal_networks.directions import unit_outputs, violation
from optedu.optimal_networks.optimal_pruning import dependence
from optedu.optimal_networks.optimal_set import optimal_set, shortest
from optedu.optimal_networks.prune import prune, without_cones
from optedu.optimal_networks.solve import solve
from tests.helpers import steps_of
from tests.optimal_networks.examples import program


def crowded(kind, seed, copies=3, n=6):
    """Return a program with each pattern several times, and the optimal network that uses all."""
    problem = program(kind, seed, n, 0.05)
    problem = problem._replace(patterns=np.tile(problem.patterns, (1, copies)))
    everything = optimal_set(problem, solve(problem).x)
    return problem, everything.point(shortest(everything))


def units(x):
    return int(np.count_nonzero(np.linalg.norm(x, axis=1)))


@pytest.mark.parametrize("kind", [oe.problems.GatedReLU, oe.problems.ConvexReLU])
@pytest.mark.parametrize("seed", range(3))
def test_each_step_keeps_fit_and_penalty_and_removes_a_unit(kind, seed):
    problem, x0 = crowded(kind, seed)
    path = prune(problem, x0, 1e-7)
    assert len(path) > 3
    for old, new in itertools.pairwise(path):
        assert np.abs(problem.outputs(new) - problem.outputs(x0)).max() <= 1e-8
        sizes = [np.linalg.norm(x, axis=1).sum() for x in (new, x0)]
        assert abs(sizes[0] - sizes[1]) <= 1e-6 * sizes[1]
        assert problem.value(new) == pytest.approx(problem.value(x0), abs=1e-8)
        assert units(new) <= units(old) - 1
        assert violation(problem, new) <= 1e-9
    if kind is oe.problems.GatedReLU:
        trace = steps_of(oe.OptimalPruning(1e-7), problem, x0)
        assert trace.success
        np.testing.assert_array_equal(trace.iterates, path)
    last = path[-1]
    columns = unit_outputs(problem, last)[:, np.linalg.norm(last, axis=1) > 0]
    assert np.linalg.matrix_rank(columns, tol=1e-7) == columns.shape[1] <= len(problem.y)


def test_without_cones_it_says_the_same():
    problem, x = crowded(oe.problems.ConvexReLU, 1)
    lasso = without_cones(problem)
    signs = np.repeat([1.0, -1.0], len(x) // 2)[:, None]
    np.testing.assert_allclose(lasso.outputs(signs * x), problem.outputs(x), atol=1e-13)
    assert without_cones(lasso) is lasso


@pytest.mark.parametrize("k", [3, 8, 20])
def test_dependence_is_one(k):
    rng = np.random.default_rng(k)
    M = rng.standard_normal((8, 3)) @ rng.standard_normal((3, k)) * 10 ** rng.uniform(-3, 3, k)
    M = np.concatenate((np.zeros((8, 1)), M), axis=1)
    c, spare = dependence(M, 1e-9)
    assert spare == k - 3
    if k > 3:
        assert np.linalg.norm(M @ c) <= 1e-12 * np.max(np.abs(c) * np.linalg.norm(M, axis=0))
        assert np.count_nonzero(c) <= 4
        assert c[0] == 0.0  # no unit
    else:
        assert not c.any()


def test_start_that_is_not_optimal_keeps_its_fit_only():
    rng = np.random.default_rng(1)
    problem = oe.problems.UnitSizes(rng.standard_normal((4, 9)), rng.standard_normal(4), 0.3)
    x0 = rng.uniform(0.1, 1.0, 9)
    trace = steps_of(oe.OptimalPruning(), problem, x0)
    np.testing.assert_allclose(problem.A @ trace.x, problem.A @ x0, atol=1e-12)
    assert np.count_nonzero(trace.x) == 4
    assert trace.iterations[-1] == 5
    assert (trace.x >= 0).all()
    assert abs(problem.value(trace.x) - problem.value(x0)) > 1e-3


def test_a_minimal_network_need_not_be_the_smallest():
    """y is one unit's outputs, and the sum of two others': who is kept depends on the start."""
    problem = oe.problems.UnitSizes([[1.0, 0.0, 0.5], [0.0, 1.0, 0.5]], [1.1, 1.1], 0.1)
    A, reached = problem.A, set()
    for x0 in ([0.6, 0.6, 0.8], [0.1, 0.1, 1.8], [1.0, 1.0, 0.0], [0.0, 0.0, 2.0]):
        x = steps_of(oe.OptimalPruning(), problem, np.array(x0)).x
        np.testing.assert_allclose(A @ x, [1.0, 1.0], atol=1e-12)
        reached.add(int(np.count_nonzero(x)))
    assert reached == {1, 2}
    with pytest.raises(ValueError, match="threshold"):
        oe.OptimalPruning(1.5)
