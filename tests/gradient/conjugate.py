"""What every nonlinear conjugate gradient method must do; each method's test calls all of it."""

import numpy as np
import scipy.sparse.linalg

import optedu as oe
from optedu.problems.generators import quadratic_with_spectrum, random_logistic, random_quadratic
from tests.gradient.examples import start
from tests.helpers import steps_of

EXACT = {"decrease": 1e-14, "curvature": 1e-13}


def assert_linear_conjugate_gradients_on_a_quadratic(method):
    """With an exact search the iterates are those of SciPy's linear method."""
    for seed in range(4):
        problem = random_quadratic(6, 30.0, seed)
        x0 = start(problem, seed)
        expected = [x0]
        scipy.sparse.linalg.cg(
            problem.A, problem.b, x0=x0, rtol=0, atol=0, maxiter=5,
            callback=lambda x, seen=expected: seen.append(x.copy()),
        )  # fmt: skip
        trace = steps_of(method(**EXACT), problem, x0, 5)
        np.testing.assert_allclose(trace.iterates, expected, rtol=1e-6, atol=1e-8)


def assert_ends_after_as_many_steps_as_there_are_curvatures(method):
    problem = quadratic_with_spectrum([1.0, 1.0, 4.0, 4.0, 4.0, 9.0], seed=5)
    norms = steps_of(method(**EXACT), problem, start(problem, 5), 3).gradient_norms
    assert norms[2] > 1e-3 * norms[0]
    assert norms[3] < 1e-8 * norms[0]


def assert_every_step_descends_and_satisfies_wolfe(method):
    """Check t and p of each step from the states of runs that stop one step later."""
    chosen = method(decrease=1e-3, curvature=0.2)
    for problem, x0 in (
        (oe.problems.Rosenbrock(), np.array([-1.2, 1.0])),
        (random_logistic(30, 5, 2), np.full(5, 3.0)),
    ):
        state = chosen.init(problem, x0)
        for _ in range(25):
            p, slope = state.direction, state.g @ state.direction
            assert slope < 0
            new = chosen.step(problem, state)
            t = np.linalg.norm(new.x - state.x) / np.linalg.norm(p)
            np.testing.assert_allclose(new.x, state.x + t * p, rtol=1e-9)
            assert new.f <= state.f + 1e-3 * t * slope + 1e-9 * abs(state.f)
            assert abs(problem.gradient(new.x) @ p) <= 0.2 * abs(slope) * (1 + 1e-9)
            assert new.f == problem.value(new.x)
            np.testing.assert_array_equal(new.g, problem.gradient(new.x))
            state = new


def assert_solves(method):
    rosenbrock = oe.run(method(), oe.problems.Rosenbrock(), [-1.2, 1.0], max_iter=800, tol=1e-8)
    assert rosenbrock.success, rosenbrock
    np.testing.assert_allclose(rosenbrock.x, [1.0, 1.0], rtol=1e-6)
    problem = random_quadratic(30, 1e4, 3)
    x0 = start(problem, 3)
    assert oe.run(method(), problem, x0, max_iter=400, tol=1e-6).success
    assert not oe.run(oe.GradientDescent(), problem, x0, max_iter=400, tol=1e-6).success


def assert_restarts_from_a_direction_that_ascends(method):
    """A state whose direction ascends makes no step, and the next direction is -g."""
    problem = random_quadratic(3, 10.0, 1)
    state = method().init(problem, np.ones(3))
    turned = method().step(problem, state._replace(direction=state.g))
    np.testing.assert_array_equal(turned.x, state.x)
    np.testing.assert_array_equal(turned.direction, -state.g)
    assert method().step(problem, turned).f < state.f


ALL = (
    assert_linear_conjugate_gradients_on_a_quadratic,
    assert_ends_after_as_many_steps_as_there_are_curvatures,
    assert_every_step_descends_and_satisfies_wolfe,
    assert_solves,
    assert_restarts_from_a_direction_that_ascends,
)
