"""On the saddle point problem: Newton is drawn to saddles, the same step with |H| is repelled.

Quadratic saddles, the full Krylov space and damping are in tests/landscape; index against value of
Gaussian fields in tests/landscape/test_gaussian_field.py. Here: the plateau of a network.
"""

import numpy as np
import pytest

import optedu as oe
from optedu.landscape.spectra import blobs

NETWORK = oe.problems.MultilayerPerceptron(*blobs(3, 20, 4, seed=1), hidden=(4,), l2=1e-3)
START = 1e-3 * NETWORK.start
"""Near the origin, a saddle at which all units of a layer are alike."""
GOAL = 0.4
STEP = 0.5


def steps_below(method, most):
    trace = oe.run(method, NETWORK, START, max_iter=most, tol=1e-10, execution="python")
    below = np.flatnonzero(trace.values < GOAL)
    return int(below[0]) if below.size else most


def test_the_origin_is_a_saddle_that_newton_goes_to():
    newton = oe.run(oe.NewtonMethod(), NETWORK, START, max_iter=20, tol=1e-8, execution="python")
    assert newton.success
    assert np.linalg.eigvalsh(NETWORK.hessian(newton.x))[0] < -0.01
    assert newton.values[-1] > 1.0  # log 3 = 1.0986 is the loss of one who knows nothing


def test_the_plateau_is_left_in_fewer_steps_than_by_gradient_descent():
    methods = (
        oe.SaddleFreeNewton(damping=1e-3, longest_step=STEP),
        oe.KrylovSaddleFreeNewton(20, damping=1e-3, longest_step=STEP),
    )
    ours = [steps_below(method, 60) for method in methods]
    theirs = steps_below(oe.GradientDescent(STEP), 400)
    assert max(ours) < 60
    assert 1.5 * max(ours) < theirs


@pytest.mark.parametrize("seed", range(3))
def test_every_unit_step_on_x2_minus_y2_doubles_the_distance_of_escape(seed):
    f = oe.problems.Quadratic(np.diag([2.0, -2.0]), np.zeros(2))
    x = np.random.default_rng(seed).standard_normal(2)
    path = oe.run(oe.SaddleFreeNewton(damping=0.0), f, x, max_iter=6, tol=0.0).iterates
    np.testing.assert_allclose(path[1:, 1], x[1] * 2.0 ** np.arange(1, 7), rtol=1e-13)
    np.testing.assert_allclose(path[1:, 0], 0.0, atol=1e-14)
