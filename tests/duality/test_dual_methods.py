import itertools
from typing import NamedTuple

import numpy as np
import pytest

import optedu as oe
from tests.duality.examples import distances, knapsack, knapsack_dual, shortest_tour
from tests.helpers import assert_bound_holds, measured_and_bound, steps_of


class Kink(NamedTuple):
    """|y| on the line."""

    differentiable = False
    minimum, lipschitz, strong_convexity, minimizer = 0.0, 1.0, 0.0, np.zeros(1)

    def value(self, y):
        return np.sum(np.abs(y))

    def gradient(self, y):
        return np.sign(y)

    def project(self, y):
        return y.copy()


METHODS = [oe.ProximalBundle(), oe.CuttingPlane(), oe.DualAscent(0.02)]


def infeasible_knapsack():
    """Return the dual of: x_1 + x_2 >= 3 and x_1 + x_2 <= 1, x binary."""
    return oe.problems.BinaryDual([1.0, -1.0], [[-1.0, -1.0], [1.0, 1.0]], [-3.0, 1.0])


@pytest.mark.parametrize("seed", range(3))
def test_subgradient_bound(seed):
    problem = knapsack_dual(seed)
    for step, decay in ((0.05, 0.5), (0.02, 0.0)):
        assert_bound_holds(steps_of(oe.DualAscent(step, decay), problem, np.full(4, 0.5)))


def test_subgradient_bound_is_nearly_attained_across_a_kink():
    """On |y| with steps of length 2 from 1 the iterates are 1, -1, 1, ... for ever."""
    method = oe.DualAscent(step_size=2.0, decay=0.0)
    problem = Kink()
    trace = steps_of(method, problem, np.array([1.0]), 200)
    measured, bound = measured_and_bound(trace, [200])
    assert 0.8 * bound[0] < measured[0] <= bound[0] * (1 + 1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_violation_of_the_mean_primal_point(seed):
    _, A, b = knapsack(seed)
    problem = knapsack_dual(seed)
    method = oe.DualAscent(0.02, 0.5).resolve(problem)
    state, y0 = method.init(problem, np.zeros(4)), np.zeros(4)
    points, steps = [], []
    for k in range(200):
        points.append(problem.primal(state.x))
        steps.append(0.02 / np.sqrt(k + 1))
        state = method.step(problem, state)
        mean = np.average(points, axis=0, weights=steps)
        np.testing.assert_allclose(-state.mean, A @ mean - b, atol=1e-9)
        violation = np.linalg.norm(np.maximum(A @ mean - b, 0))
        if k + 1 in (1, 2, 5, 10, 50, 200):
            assert violation <= np.linalg.norm(state.x - y0) / sum(steps) + 1e-9


@pytest.mark.parametrize("method", METHODS[:2])
@pytest.mark.parametrize("seed", range(4))
def test_finite_on_polyhedral_functions(method, seed):
    problem = knapsack_dual(seed)
    trace = oe.run(method, problem, tol=1e-9, max_iter=100, execution="python")
    assert trace.status is oe.Status.CONVERGED
    assert trace.values.min() == pytest.approx(problem.minimum, abs=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_bundle_and_cutting_plane_on_maximum_of_affine_functions(seed):
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(12, 3))
    problem = oe.problems.MaxLinear(np.vstack((A, -A)), rng.normal(size=24))
    for method in (oe.ProximalBundle(), oe.ProximalBundle(adapt=False), oe.CuttingPlane()):
        trace = oe.run(method, problem, tol=1e-10, max_iter=200, execution="python")
        assert trace.status is oe.Status.CONVERGED
        assert trace.values.min() == pytest.approx(problem.minimum, abs=1e-9)


def test_models_lie_below_and_the_certificates_are_true():
    problem, rng = knapsack_dual(5), np.random.default_rng(5)
    cutting = oe.CuttingPlane().resolve(problem)
    state = cutting.init(problem, np.zeros(4))
    for _ in range(15):
        state = cutting.step(problem, state)
        assert state.lower <= problem.minimum + 1e-9
        assert cutting.certificate(problem, state) >= state.best - problem.minimum - 1e-9
        for y in rng.uniform(0, 5, (20, 4)):
            assert (state.G @ y + state.e).max() <= problem.value(y) + 1e-9
    bundle = oe.ProximalBundle().resolve(problem)
    old = bundle.init(problem, np.zeros(4))
    for _ in range(15):
        new = bundle.step(problem, old)
        s, v = (old.x - new.trial) / old.t, new.predicted
        for u in rng.uniform(0, 5, (20, 4)):
            below = old.f - (v - old.t * s @ s) - np.linalg.norm(s) * np.linalg.norm(u - old.x)
            assert problem.value(u) >= below - 1e-8
        assert new.f <= old.f
        old = new


@pytest.mark.parametrize("method", METHODS)
def test_infeasible_program_makes_the_dual_pass_every_primal_value(method):
    problem = infeasible_knapsack()
    trace = oe.run(method, problem, tol=1e-9, max_iter=2000, execution="python")
    assert trace.status is oe.Status.INFEASIBLE
    points = getattr(trace.state, "trial", trace.state.x)
    y = trace.state.x if -problem.value(trace.state.x) > problem.ceiling else points
    assert np.all(y >= 0)
    for x in itertools.product((0.0, 1.0), repeat=2):  # Farkas: no x of the box meets both rows
        assert y @ (problem.A @ np.array(x) - problem.b) > 0
    assert problem.minimum is None


def test_dual_of_an_infeasible_program_is_unbounded():
    problem = infeasible_knapsack()
    y = np.array([1.0, 0.5])
    values = [-problem.value(t * y) for t in (1.0, 1e2, 1e4, 1e6)]
    assert np.all(np.diff(values) > 0)
    assert values[-1] > 1e6


@pytest.mark.parametrize("seed", range(3))
def test_held_karp_bound(seed):
    D = distances(seed, 8)
    problem, tour = oe.problems.HeldKarp(D), shortest_tour(distances(seed, 8))
    trace = oe.run(oe.ProximalBundle(), problem, tol=1e-9, max_iter=200, execution="python")
    bound, first = -trace.values.min(), -problem.value(problem.start)
    assert first <= bound <= tour + 1e-9
    assert bound > 0.97 * tour  # measured 0.98 and more
    rng = np.random.default_rng(seed)
    for y in rng.normal(size=(30, 8)):
        assert -problem.value(y) <= tour + 1e-9


def test_one_tree_is_the_cheapest():
    D = distances(4, 6)
    weight = -oe.problems.HeldKarp(D).value(np.zeros(6))
    edges = list(itertools.combinations(range(1, 6), 2))
    best = np.inf
    for tree in itertools.combinations(edges, 4):
        reached = {1}
        for _ in range(4):
            reached |= {v for e in tree if reached & set(e) for v in e}
        if len(reached) == 5:
            best = min(best, sum(D[e] for e in tree))
    assert weight == pytest.approx(best + np.sort(D[0, 1:])[:2].sum(), abs=1e-12)


@pytest.mark.parametrize(
    ("problem", "match"),
    [
        (lambda: oe.problems.BinaryDual([1.0], [[1.0, 1.0]], [1.0]), "does not fit"),
        (lambda: oe.problems.HeldKarp(np.eye(2)), "3 rows"),
        (lambda: oe.problems.HeldKarp(np.arange(9.0).reshape(3, 3)), "symmetric"),
    ],
)
def test_bad_data_is_refused(problem, match):
    with pytest.raises(ValueError, match=match):
        problem()
