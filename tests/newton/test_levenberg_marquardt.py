import numpy as np
import pytest
import scipy.optimize

import optedu as oe
from optedu.problems.generators import random_least_squares
from tests.helpers import steps_of
from tests.newton.examples import start
from tests.newton.test_gauss_newton import decay, minimizer


@pytest.mark.parametrize("scaled", [True, False])
def test_a_step_solves_the_damped_equations(scaled):
    problem, method = decay(0.1), oe.LevenbergMarquardt(damping=1.0, scaled=scaled)
    state = method.init(problem, np.array([0.9, 1.4]))
    for _ in range(4):
        J, r = problem.jacobian(state.x), state.r
        new = method.step(problem, state)
        D = np.maximum(state.scale, np.linalg.norm(J, axis=0)) if scaled else np.ones(2)
        p = np.linalg.solve(J.T @ J + state.lam * np.diag(D**2), -J.T @ r)
        np.testing.assert_allclose(new.x - state.x, p, rtol=1e-9)
        gain = (problem.value(state.x) - problem.value(new.x)) / (
            0.5 * p @ (state.lam * D**2 * p - J.T @ r)
        )
        factor = max(1 / 3, 1 - (2 * min(gain, 1) - 1) ** 3)
        assert new.lam == pytest.approx(factor * state.lam, rel=1e-6)
        state = new


def test_the_damping_grows_until_the_value_falls():
    problem = oe.problems.Rosenbrock()
    method = oe.LevenbergMarquardt(damping=1e-12)
    trace = oe.run(method, problem, [-1.2, 1.0], tol=1e-10)
    assert trace.success
    assert trace.counts["residual"] > len(trace)
    assert trace.counts["jacobian"] <= len(trace)
    assert np.all(np.diff(trace.values) <= 0)


def test_scaling_makes_units_irrelevant():
    """Column scaling x -> D x: the scaled method takes the same path, the plain one does not."""
    base = random_least_squares(20, 4, 3, noise=1.0)
    units = np.array([1e-4, 1.0, 1e3, 30.0])

    def bent(scale):
        A = base.A * scale
        return oe.Problem.from_functions(
            lambda x: 0.5 * float(np.sum((A @ x + 0.1 * (A @ x) ** 3 - base.b) ** 2)),
            gradient=lambda x: (
                (A * (1 + 0.3 * (A @ x) ** 2)[:, None]).T @ (A @ x + 0.1 * (A @ x) ** 3 - base.b)
            ),
            residual=lambda x: A @ x + 0.1 * (A @ x) ** 3 - base.b,
            jacobian=lambda x: A * (1 + 0.3 * (A @ x) ** 2)[:, None],
        )

    x0 = start(4, 1)
    paths = {
        scaled: [
            steps_of(oe.LevenbergMarquardt(scaled=scaled), bent(s), x0 / s, 6).iterates * s
            for s in (np.ones(4), units)
        ]
        for scaled in (True, False)
    }
    np.testing.assert_allclose(paths[True][0], paths[True][1], rtol=1e-8)
    assert np.abs(paths[False][0] - paths[False][1]).max() > 1e-3


@pytest.mark.parametrize("noise", [0.0, 0.03, 0.3])
def test_the_same_fit_as_scipy(noise):
    problem = decay(noise)
    x0 = np.array([0.1, 4.0])
    peer = scipy.optimize.least_squares(
        problem.residual, x0, jac=problem.jacobian, method="lm", xtol=1e-15, ftol=1e-15, gtol=1e-15
    )
    ours = oe.run(oe.LevenbergMarquardt(), problem, x0, tol=1e-11)
    assert ours.success
    np.testing.assert_allclose(np.sort(ours.x), np.sort(peer.x), rtol=1e-7)
    if noise == 0.03:
        np.testing.assert_allclose(ours.x, minimizer(problem), rtol=1e-9)


GARBOW = [
    oe.problems.FreudensteinRoth(),
    oe.problems.HelicalValley(),
    oe.problems.Bard(),
    oe.problems.GaussianFit(),
    oe.problems.BoxThreeDimensional(),
    oe.problems.Wood(),
    oe.problems.KowalikOsborne(),
    oe.problems.BrownDennis(),
    oe.problems.PowellBadlyScaled(),
]


@pytest.mark.parametrize("problem", GARBOW, ids=lambda p: type(p).__name__)
def test_problems_of_more_garbow_and_hillstrom(problem):
    trace = oe.run(oe.LevenbergMarquardt(), problem, problem.start, max_iter=800, tol=1e-5)
    assert trace.success, trace.message
    local = 48.98425 if isinstance(problem, oe.problems.FreudensteinRoth) else problem.minimum
    assert trace.values[-1] == pytest.approx(local, rel=1e-6, abs=1e-8)


def test_a_bad_damping_is_refused():
    with pytest.raises(ValueError, match="damping must be positive"):
        oe.LevenbergMarquardt(damping=0.0)
