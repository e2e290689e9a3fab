"""The Sinkhorn divergence and its gradient, against differences, POT and limits."""

import numpy as np
import ot
import pytest

import optedu as oe
from optedu.problems.transport_divergence import entropic_cost, squared_distances

pytestmark = pytest.mark.filterwarnings("ignore:Sinkhorn did not converge")


def clouds(seed=0, n=5, m=7, d=2):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(n, d)), rng.normal(1.0, 1.3, (m, d))
    a, b = rng.random(n) + 0.3, rng.random(m) + 0.3
    return x, y, a / a.sum(), b / b.sum()


def instance(t=0.5, **options):
    x, y, a, b = clouds(**options)
    return oe.problems.SinkhornDivergence(y, a, b, t), x


@pytest.mark.parametrize("t", [2.0, 0.5, 0.1])
def test_the_gradient_is_that_of_differences(t):
    problem, x = instance(t)
    found, h = problem.gradient(x), 1e-4
    for index in np.ndindex(x.shape):
        E = np.zeros(x.shape)
        E[index] = h
        slope = (problem.value(x + E) - problem.value(x - E)) / (2 * h)
        assert found[index] == pytest.approx(slope, abs=1e-7)


@pytest.mark.parametrize("t", [2.0, 0.5])
def test_the_value_is_pots_plans_with_their_entropy(t):
    x, y, a, b = clouds()

    def pieces(x, y, a, b):
        C = ot.dist(x, y)
        P = ot.sinkhorn(a, b, C, t, method="sinkhorn_log", stopThr=1e-13, numItermax=20_000)
        return np.array([np.sum(P * C), t * np.sum(P * np.log(P / np.outer(a, b)))])

    transport, entropy = pieces(x, y, a, b) - (pieces(x, x, a, a) + pieces(y, y, b, b)) / 2
    problem = oe.problems.SinkhornDivergence(y, a, b, t)
    assert problem.value(x) == pytest.approx(transport + entropy, abs=1e-8)
    # what POT gives under this name is the first part alone
    theirs = ot.bregman.empirical_sinkhorn_divergence(
        x, y, t, a, b, stopThr=1e-12, numIterMax=20_000
    )
    assert theirs == pytest.approx(transport, abs=1e-8)
    assert abs(theirs - problem.value(x)) > 0.05


def test_zero_and_stationary_at_the_targets():
    x, _, a, _ = clouds()
    for t in (2.0, 0.1):
        problem = oe.problems.SinkhornDivergence(x, a, a, t)
        assert problem.value(x) == pytest.approx(0.0, abs=1e-12)
        assert np.abs(problem.gradient(x)).max() <= 1e-10
        order = np.random.default_rng(1).permutation(5)  # the same cloud in another order
        assert problem._replace(a=a[order]).value(x[order]) == pytest.approx(0.0, abs=1e-10)


def test_alone_the_entropic_cost_pulls_together():
    """W itself is positive at x = y, and its gradient there draws every point to the mean."""
    x, _, a, _ = clouds()
    value, P = entropic_cost(x, x, a, a, 2.0, 1e-12, 100)
    assert value > 0.1
    inward = np.sum((a[:, None] * x - P @ x) * (x - a @ x))
    assert inward > 0.1


def test_positive_elsewhere():
    for seed in range(6):
        problem, x = instance(0.5, seed=seed)
        assert problem.value(x) > 0.1


def test_a_translation_costs_its_square():
    """S(x + c, x) = ||c||^2 at every t: the squared distance splits off the means."""
    x, _, a, _ = clouds()
    c = np.array([0.7, -1.1])
    for t in (3.0, 0.3):
        problem = oe.problems.SinkhornDivergence(x, a, a, t)
        assert problem.value(x + c) == pytest.approx(c @ c, abs=1e-9)
        np.testing.assert_allclose(problem.gradient(x + c), 2 * np.outer(a, c), atol=1e-9)


def test_small_and_large_regularization():
    """As t falls, the transport cost; large t: the squared distance of the means."""
    x, y, a, b = clouds()
    exact = ot.emd2(a, b, squared_distances(x, y))
    problem = oe.problems.SinkhornDivergence(y, a, b)
    values = [problem._replace(regularization=t).value(x) for t in (0.5, 0.1, 0.02)]
    errors = np.abs(np.array(values) - exact)
    assert (np.diff(errors) < 0).all()
    assert errors[-1] < 0.03 < 0.2 < errors[0]
    problem = problem._replace(regularization=1e5)
    assert problem.value(x) == pytest.approx(np.sum((a @ x - b @ y) ** 2), abs=1e-3)


def test_gradient_descent_moves_one_cloud_onto_the_other():
    rng = np.random.default_rng(3)
    y, x0, equal = rng.normal(2.0, 1.0, (8, 2)), rng.normal(size=(8, 2)), np.full(8, 1 / 8)
    problem = oe.problems.SinkhornDivergence(y, equal, equal, 1.0, 1e-8)
    trace = oe.run(oe.GradientDescent(step_size=4.0), problem, x0, max_iter=60)
    assert trace.values[0] > 5.0
    assert trace.values[-1] < 1e-2
    assert (np.diff(trace.values) <= 1e-8).all()


@pytest.mark.parametrize(
    ("change", "words"),
    [({"targets": np.ones(3)}, "one point per row"), ({"a": np.ones(5)}, "total of a"),
     ({"regularization": 0.0}, "regularization"), ({"b": np.ones(3) / 3}, "SinkhornDivergence")],
)  # fmt: skip
def test_what_cannot_be(change, words):
    fields = {**instance()[0]._asdict(), **change}
    with pytest.raises(ValueError, match=words):
        oe.problems.SinkhornDivergence(**fields)
