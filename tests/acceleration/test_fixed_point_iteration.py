import numpy as np
import pytest

import optedu as oe
from tests.acceleration.examples import nonexpansive, rotation, slope
from tests.helpers import KS, assert_bound_holds, assert_bound_is_attained, steps_of


@pytest.mark.parametrize("relaxation", [0.1, 0.5, 0.7, 0.95, 1.0])
def test_bound_holds(relaxation):
    for problem, x0 in nonexpansive():
        trace = steps_of(oe.FixedPointIteration(relaxation), problem, x0)
        assert_bound_holds(trace, noise=1e-10)


@pytest.mark.parametrize("g", [0.5, 0.6])
@pytest.mark.parametrize("k", KS)
def test_rotation_attains_the_bound(k, g):
    """|1 - g + g e^(i a)|^2 = k / (k + 1) makes |1 - e^(i a)| times its k-th power largest."""
    cosine = 1 - 1 / (2 * g * (1 - g) * (k + 1))
    if cosine < -1:
        problem, _, x0 = rotation(np.pi)
    else:
        problem, _, x0 = rotation(np.arccos(cosine))
    assert_bound_is_attained(steps_of(oe.FixedPointIteration(g), problem, x0, k), k, slack=1e-7)


@pytest.mark.parametrize("k", [1, 5, 10])
def test_point_reflection_attains_the_bound_of_long_steps(k):
    problem, _, x0 = rotation(np.pi)
    assert_bound_is_attained(steps_of(oe.FixedPointIteration(0.99), problem, x0, k), k, slack=1e-7)


def test_order_of_the_residual():
    """Over rotations by all angles: 1/sqrt(k) for the averaged iteration, 1/k for Halpern's."""
    ks = np.array([10, 20, 40, 80, 160])
    worst = {oe.FixedPointIteration(): [], oe.HalpernIteration(): []}
    for method, largest in worst.items():
        traces = [
            steps_of(method, *rotation(angle)[::2], 160) for angle in np.geomspace(0.01, 3, 50)
        ]
        # a run ends early where its residual is exactly 0
        largest.extend(max(t.gradient_norms[k] for t in traces if k < len(t)) for k in ks)
    averaged, anchored = (slope(ks, values) for values in worst.values())
    assert -0.55 < averaged < -0.45
    assert -1.05 < anchored < -0.95


def test_plain_iteration_turns_for_ever():
    problem, center, x0 = rotation(1.0)
    trace = steps_of(oe.FixedPointIteration(1.0), problem, x0, 50)
    radius = np.linalg.norm(trace.iterates - center, axis=1)
    np.testing.assert_allclose(radius, radius[0], rtol=1e-12)


@pytest.mark.parametrize("relaxation", [0.0, -0.1, 1.1])
def test_refuses_a_relaxation_out_of_range(relaxation):
    with pytest.raises(ValueError, match=r"relaxation must be in \(0, 1\]"):
        oe.FixedPointIteration(relaxation)
