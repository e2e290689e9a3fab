"""Augmented Sliced Wasserstein Distances.

Claim: with the same number of projections, distances in the larger space of (x, phi(x)), with phi
trained by ascent, see more than plain slices. Shown here: what the definition promises, the
ascent, and flows of small clouds. Generative networks and their scores are not reproduced.
"""

import numpy as np
import ot
import pytest
from scipy.stats import wasserstein_distance

import optedu as oe
from optedu.applied_transport.augmented_flow import (
    augmented_flow,
    random_directions,
    sliced_flow,
)

P = oe.problems


def clouds(n=50, d=2, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)), 0.5 + rng.standard_normal((n, d)) @ rng.normal(size=(d, d))


def test_slices_are_those_of_pot_under_shared_directions():
    for d in (1, 2, 5):
        x, y = clouds(d=d, seed=d)
        directions = random_directions(30, d, np.random.default_rng(1))
        other = ot.sliced_wasserstein_distance(x, y, projections=directions.T)
        assert np.sqrt(P.SlicedWasserstein(y, directions).value(x)) == pytest.approx(
            other, abs=1e-10
        )


def test_on_the_line_it_is_the_distance_of_sorted_samples():
    x, y = clouds(d=1)
    problem = P.SlicedWasserstein(y, [[1.0]])
    assert problem.value(x) == pytest.approx(ot.wasserstein_1d(x[:, 0], y[:, 0], p=2), abs=1e-12)
    # scipy has p = 1, which agrees where all of x lies to the left of all of y, shifted evenly
    shift = x + 7.0
    first = wasserstein_distance(x[:, 0], shift[:, 0])
    assert P.SlicedWasserstein(shift, [[-1.0]]).value(x) == pytest.approx(first**2, rel=1e-12)


@pytest.mark.parametrize("d", [2, 5])
def test_two_normal_clouds_that_differ_by_a_shift(d):
    """E over theta of W_2^2 is ||m1 - m2||^2 / d."""
    x, _ = clouds(20, d, 3)
    shift = np.arange(1.0, d + 1)
    directions = random_directions(20_000, d, np.random.default_rng(4))
    squares = (directions @ shift) ** 2
    value = P.SlicedWasserstein(x + shift, directions).value(x)
    assert value == pytest.approx(squares.mean(), rel=1e-10)
    error = squares.std() / np.sqrt(len(squares))
    assert abs(value - shift @ shift / d) <= 4 * error
    assert abs(value - shift @ shift) > 40 * error  # control: not the full distance


def augmented(x, y, **options):
    d = x.shape[1]
    return P.AugmentedSliced(
        x, y, random_directions(20, d + 2, np.random.default_rng(5)), **options
    )


def test_without_a_network_it_is_the_sliced_distance():
    x, y = clouds()
    plain = random_directions(20, 2, np.random.default_rng(6))
    padded = np.hstack([plain, np.zeros((20, 2))])
    problem = P.AugmentedSliced(x, y, padded, weight=0.0)
    sliced = np.sqrt(P.SlicedWasserstein(y, plain).value(x))
    assert problem.value(np.zeros(problem.shape)) == pytest.approx(-sliced, abs=1e-14)


def test_the_distance_of_a_cloud_from_itself_is_zero_whatever_the_network():
    x, _ = clouds()
    problem = augmented(x, x[::-1], weight=0.0)
    w = problem.start + 1.0
    assert problem.value(w) == pytest.approx(0.0, abs=1e-12)


def test_ascent_raises_the_regularized_objective():
    x, y = clouds(seed=2)
    problem = augmented(x, y, weight=0.1)
    trace = oe.run(oe.LBFGS(), problem, max_iter=30, execution="python")
    assert (np.diff(trace.values) <= 1e-12).all()
    assert trace.values[-1] < trace.values[0] - 0.1  # measured 0.3 and more


def test_with_squares_the_ascent_would_have_no_end():
    x, y = clouds(seed=2)
    problem = augmented(x, y, weight=1.0)
    w = oe.run(oe.LBFGS(), augmented(x, y), max_iter=5, execution="python").x
    last = slice(problem.hidden * 3, None)
    squares, roots = [], []
    for scale in (1.0, 100.0, 10_000.0):
        larger = w.copy()
        larger[last] *= scale
        distance = augmented(x, y, weight=0.0).value(larger)
        norms = problem.value(larger) - distance
        squares.append(norms - distance**2)
        roots.append(norms + distance)
    assert squares[2] < squares[1] < 0
    assert roots[2] > roots[1] > 0


@pytest.fixture(scope="module")
def ratios():
    """Distance W_2 after 10 steps of the plain flow, divided by that of the augmented one."""
    found = {}
    for name in ("eight", "roll"):
        for seed in range(3):
            rng, n = np.random.default_rng(seed), 60
            if name == "eight":
                angle = rng.integers(0, 8, n) * np.pi / 4
                y = 2 * np.column_stack([np.cos(angle), np.sin(angle)])
            else:
                angle = 1.5 * np.pi * (1 + 2 * rng.uniform(size=n))
                y = angle[:, None] / 7 * np.column_stack([np.cos(angle), np.sin(angle)])
            y = y + 0.1 * rng.standard_normal((n, 2))
            x = rng.standard_normal((n, 2))
            ends = (sliced_flow(x, y, 20, 10, 0.5, seed)[-1],
                    augmented_flow(x, y, 20, 10, 0.5, seed=seed)[-1])  # fmt: skip
            plain, other = (
                np.sqrt(ot.emd2(np.full(n, 1 / n), np.full(n, 1 / n), ot.dist(end, y)))
                for end in ends
            )
            found[name, seed] = plain / other
    return found


def test_flows_of_both_kinds_are_close(ratios):
    """The paper's large lead is not seen with a network this small: 0.97 to 1.11 measured."""
    values = np.array(list(ratios.values()))
    assert 0.85 < values.min() < values.max() < 1.3
    assert 0.95 < values.mean() < 1.15  # measured 1.05
