import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import random_rotation
from tests.newton.examples import distances, double_well, orders, ridge_logistic, start


@pytest.mark.parametrize("seed", range(5))
def test_a_saddle_with_zero_gradient_is_left(seed):
    problem, saddle = double_well(4, seed)
    assert np.linalg.norm(problem.gradient(saddle)) == 0
    trace = oe.run(oe.TrustRegionNewton(), problem, saddle, tol=1e-10)
    assert trace.success
    assert trace.values[-1] < 1e-18
    assert trace.certificate.value <= 1e-10
    assert np.linalg.eigvalsh(problem.hessian(trace.x))[0] > 0


@pytest.mark.parametrize("method", [oe.GradientDescent(0.1), oe.DampedNewton(), oe.NewtonCG(),
                                    oe.SteihaugTrustRegion(), oe.BFGS()])  # fmt: skip
def test_others_stay_there(method):
    problem, saddle = double_well()
    state = method.init(problem, saddle)
    for _ in range(5):
        state = method.step(problem, state)
    np.testing.assert_array_equal(state.x, saddle)


def test_a_saddle_is_no_solution():
    problem, saddle = double_well()
    method = oe.TrustRegionNewton()
    stuck = method.init(problem, saddle)
    lowest = np.linalg.eigvalsh(problem.hessian(saddle))[0]
    assert method.certificate(problem, stuck) == pytest.approx(-lowest)


def test_degenerate_saddle_far_from_the_axes():
    """Zero gradient and a direction of negative curvature hidden by a rotation."""
    Q = random_rotation(6, 3)
    w = np.array([3.0, 2.0, 1.0, 0.5, 0.2, -1e-3])
    problem = oe.Problem.from_functions(
        lambda x: float(0.5 * x @ (Q * w) @ Q.T @ x + np.sum(x**4)),
        gradient=lambda x: (Q * w) @ (Q.T @ x) + 4 * x**3,
        hessian=lambda x: (Q * w) @ Q.T + np.diag(12 * x**2),
    )
    trace = oe.run(oe.TrustRegionNewton(), problem, np.zeros(6), tol=1e-8)
    assert trace.success
    assert trace.values[-1] < 0


@pytest.mark.parametrize("seed", range(4))
def test_quadratic_tail(seed):
    problem, minimizer = ridge_logistic(seed)
    trace = oe.run(oe.TrustRegionNewton(), problem, minimizer + start(5, seed, 3.0), tol=1e-13)
    assert trace.success
    assert orders(distances(trace, minimizer), 1e-14, 1.0)[-1] > 1.6


def test_values_never_rise():
    for problem, x0 in ((oe.problems.Rosenbrock(), [-1.2, 1.0]), (oe.problems.Beale(), [0.0, 0.0]),
                        (oe.problems.Himmelblau(), [-0.27, -0.92])):  # fmt: skip
        trace = oe.run(oe.TrustRegionNewton(), problem, x0, tol=1e-10)
        assert trace.success
        assert np.all(np.diff(trace.values) <= 1e-14)
        assert np.linalg.eigvalsh(problem.hessian(trace.x))[0] > 0


@pytest.mark.parametrize("radius", [1e-6, 1.0, 1e6])
def test_the_first_radius_matters_little(radius):
    trace = oe.run(oe.TrustRegionNewton(radius), oe.problems.Rosenbrock(), [-1.2, 1.0], tol=1e-10)
    assert trace.success
    assert len(trace) < 70


def test_one_eigendecomposition_serves_all_trials():
    trace = oe.run(oe.TrustRegionNewton(1e6), oe.problems.Rosenbrock(), [-1.2, 1.0], tol=1e-10)
    assert trace.counts["hessian"] == len(trace)
    assert trace.counts["value"] > len(trace)
