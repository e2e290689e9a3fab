import numpy as np
import pytest

import optedu as oe
from optedu.newton.shifted_newton import shifted_newton
from optedu.problems.generators import random_rotation
from tests.helpers import assert_bound_holds, steps_of
from tests.newton.examples import distances, double_well, orders, ridge_logistic, start


@pytest.mark.parametrize("seed", range(6))
def test_the_direction_solves_a_shifted_system_and_descends(seed):
    rng = np.random.default_rng(seed)
    Q, w = random_rotation(6, rng), np.sort(rng.normal(size=6))
    H = (Q * w) @ Q.T
    g = rng.normal(size=6)
    p = shifted_newton((H + H.T) / 2, g, 1e-3)
    tau = 1e-3 * np.abs(w).max() - w[0]
    np.testing.assert_allclose((H + tau * np.eye(6)) @ p, -g, atol=1e-9)
    assert g @ p < 0
    assert g @ np.linalg.solve(H, -g) * (g @ p) != 0
    definite = H + (0.1 - w[0]) * np.eye(6)
    p = shifted_newton((definite + definite.T) / 2, g, 1e-3)
    np.testing.assert_allclose(definite @ p, -g, atol=1e-9)


def test_a_zero_hessian_leaves_the_gradient():
    np.testing.assert_array_equal(
        shifted_newton(np.zeros((2, 2)), np.array([1.0, -2.0]), 0.1), [-1, 2]
    )


@pytest.mark.parametrize("seed", range(4))
def test_converges_from_anywhere_with_a_quadratic_tail(seed):
    problem, minimizer = ridge_logistic(seed)
    x0 = minimizer + start(5, seed, 30.0)
    trace = oe.run(oe.DampedNewton(), problem, x0, tol=1e-13)
    assert trace.success
    assert np.all(np.diff(trace.values) < 1e-15)
    assert orders(distances(trace, minimizer), 1e-14, 1.0)[-1] > 1.6


def test_pure_newton_does_not_from_there():
    lost = 0
    for seed in range(10):
        problem, minimizer = ridge_logistic(seed)
        x0 = minimizer + start(5, seed, 30.0)
        lost += not oe.run(oe.NewtonMethod(), problem, x0, max_iter=100).success
    assert lost >= 4, lost


@pytest.mark.parametrize("seed", range(3))
def test_bound_holds(seed):
    problem, minimizer = ridge_logistic(seed, l2=0.5)
    known = oe.Problem.from_functions(
        problem.value,
        gradient=problem.gradient,
        hessian=problem.hessian,
        smoothness=problem.smoothness,
        strong_convexity=0.5,
        hessian_lipschitz=problem.hessian_lipschitz,
        minimum=problem.value(minimizer),
    )
    for decrease in (1e-4, 0.2):
        method = oe.DampedNewton(decrease=decrease)
        trace = steps_of(method, known, minimizer + start(5, seed, 3.0), 12)
        assert_bound_holds(trace, ks=(0, 1, 2, 5, 10, 12), noise=1e-14)
        late = method.guarantee(known, 10**7, minimizer + start(5, seed, 3.0)).bound
        assert late < 1e-100


def test_leaves_the_neighbourhood_of_a_saddle_but_not_the_saddle():
    problem, saddle = double_well()
    assert not oe.run(oe.DampedNewton(), problem, saddle).values[-1] < problem.value(saddle)
    trace = oe.run(oe.DampedNewton(), problem, saddle + 1e-3 * start(4, 1), tol=1e-10)
    assert trace.success
    assert trace.values[-1] < 1e-15


def test_rosenbrock():
    for x0 in ([-1.2, 1.0], [5.0, -5.0], [-2.0, 8.0]):
        trace = oe.run(oe.DampedNewton(), oe.problems.Rosenbrock(), x0, tol=1e-10)
        assert trace.success
        assert len(trace) < 60


@pytest.mark.parametrize("bad", [{"decrease": 0.6}, {"shrink": 1.0}, {"smallest_curvature": 0.0}])
def test_bad_constants_are_refused(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        oe.DampedNewton(**bad)
