import numpy as np
import pytest

import optedu as oe
from tests.acceleration.examples import along_eigenvector, badly_conditioned
from tests.gradient.examples import bent, strongly_convex
from tests.helpers import assert_bound_holds, steps_of


def test_bound_holds():
    for problem, x0 in strongly_convex():
        assert_bound_holds(steps_of(oe.TripleMomentum(), problem, x0))
    for seed in range(4):
        center = np.random.default_rng(seed).standard_normal(3)
        problem = bent(4.0, 0.2 * (seed + 1), 0.3, center)
        assert_bound_holds(steps_of(oe.TripleMomentum(), problem, center + 2.0))


def test_rate_is_attained_on_a_quadratic():
    """Along the eigenvector of mu the error of xi is a double root rho, so no rate is smaller."""
    problem, x0 = along_eigenvector([1.0, 0.01], 1)
    trace = steps_of(oe.TripleMomentum(), problem, x0, 120)
    gap = trace.values - problem.minimum
    rho = 0.9
    rate = (gap[120] / gap[60]) ** (1 / 120)
    assert rho * 0.999 < rate < rho * 1.02
    claimed = trace.method.guarantee(problem, np.array([120]), x0).bound
    assert gap[120] > claimed * (0.8 * rho / rho) ** 120


def test_rate_is_the_square_of_nesterovs():
    problem, x0 = badly_conditioned(1e3)
    bounds = [
        m.resolve(problem).guarantee(problem, np.array([200, 400]), x0).bound
        for m in (oe.TripleMomentum(), oe.NesterovStronglyConvex())
    ]
    ratios = [np.log(b[1] / b[0]) for b in bounds]
    assert ratios[0] == pytest.approx(2 * ratios[1], rel=1e-9)


def test_condition_one_is_solved_in_one_step():
    problem, x0 = along_eigenvector([2.0, 2.0], 0)
    trace = steps_of(oe.TripleMomentum(), problem, x0, 3)
    np.testing.assert_allclose(trace.iterates[1], problem.minimizer, atol=1e-9)


def test_claims_nothing_for_wrong_constants():
    problem, x0 = badly_conditioned()
    method = oe.TripleMomentum(smoothness=problem.smoothness / 2).resolve(problem)
    assert method.guarantee(problem, 5, x0) is None
    method = oe.TripleMomentum(strong_convexity=2 * problem.strong_convexity).resolve(problem)
    assert method.guarantee(problem, 5, x0) is None
    with pytest.raises(ValueError, match="above smoothness"):
        oe.TripleMomentum(1.0, 2.0)
