"""What the chapter says of its comparison by values."""

import numpy as np
import pytest

import optedu as oe


@pytest.fixture(scope="module")
def patients():
    A, y = oe.problems.data.diabetes()
    return oe.problems.LeastSquares(A / np.sqrt(len(y)), y / np.sqrt(len(y)))


def needed(method, problem, seed=0):
    """Return how many values a method took to a thousandth of the first gap; else gradients."""
    trace = oe.run(method, problem, np.zeros(10), max_iter=2000, tol=1e-4, seed=seed)
    goal = 1e-3 * (trace.values[0] - problem.minimum)
    first = np.argmax(trace.values - problem.minimum <= goal)
    assert first > 0
    asked = "gradient" if "gradient" in method.needs else "value"
    return int(trace.calls[asked][first])


@pytest.mark.parametrize(
    ("method", "count"),
    [(oe.NelderMead(0.5), 406), (oe.CompassSearch(0.5), 550), (oe.GradientDescent(), 467)],
)
def test_values_to_a_thousandth_of_the_gap_on_the_diabetes_data(method, count, patients):
    assert needed(method, patients) == pytest.approx(count, rel=0.02)


def test_cma_es_takes_850_values_in_the_median(patients):
    counts = [needed(oe.CMAES(0.3), patients, seed) for seed in range(3)]
    assert np.median(counts) == pytest.approx(850, rel=0.1)
    assert patients.smoothness / patients.strong_convexity == pytest.approx(470, rel=0.01)


def test_the_edge_of_the_simplex_decides_on_rastrigin():
    """Edges as long as the dimples are apart step from dimple to dimple; shorter ones do not."""
    problem, found = oe.problems.Rastrigin(), {}
    for edge in (0.5, 1.0):
        starts = [np.random.default_rng([5, seed]).uniform(-3, 3, 2) for seed in range(20)]
        ends = [oe.run(oe.NelderMead(edge), problem, x0, max_iter=60, tol=0.0).x for x0 in starts]
        found[edge] = sum(np.abs(x).max() < 0.2 for x in ends)
    assert found == {0.5: 0, 1.0: 17}
