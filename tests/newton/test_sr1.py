import numpy as np
import pytest

import optedu as oe
from optedu.newton.sr1 import sr1_update
from optedu.problems.generators import random_quadratic, random_rotation
from tests.newton.examples import distances, double_well, ridge_logistic, start


@pytest.mark.parametrize("seed", range(5))
def test_secant_equation_and_rank_one(seed):
    rng = np.random.default_rng(seed)
    B, s, y = np.eye(5), rng.normal(size=5), rng.normal(size=5)
    new = sr1_update(B, s, y, 1e-8)
    np.testing.assert_allclose(new @ s, y, atol=1e-9)
    np.testing.assert_allclose(new, new.T)
    assert np.linalg.matrix_rank(new - B, tol=1e-9) == 1


def test_the_skipping_rule():
    B, s = np.eye(3), np.array([1.0, 0.0, 0.0])
    orthogonal = B @ s + np.array([0.0, 1.0, 0.0])  # v is orthogonal to s: no such update exists
    np.testing.assert_array_equal(sr1_update(B, s, orthogonal, 1e-8), B)
    np.testing.assert_array_equal(sr1_update(B, s, B @ s, 1e-8), B)
    nearly = orthogonal + 1e-6 * s
    assert np.abs(sr1_update(B, s, nearly, 1e-8)).max() > 1e5
    np.testing.assert_array_equal(sr1_update(B, s, nearly, 1e-5), B)


@pytest.mark.parametrize("definite", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_it_knows_the_hessian_of_a_quadratic_after_d_steps(seed, definite):
    d = 5
    rng = np.random.default_rng(seed)
    Q, w = random_rotation(d, rng), rng.uniform(0.5, 4.0, d) + 2.0
    if not definite:
        w[:2] = -w[:2]
    A = (Q * w) @ Q.T
    problem = oe.problems.Quadratic((A + A.T) / 2, rng.normal(size=d))
    method = oe.SR1(trust_radius=0.5)
    state = method.init(problem, start(d, seed))
    for k in range(d):
        assert np.abs(state.B - A).max() > 1e-3 or k == d
        state = method.step(problem, state)
    np.testing.assert_allclose(state.B, A, atol=1e-6)
    assert (np.linalg.eigvalsh(state.B)[0] > 0) == definite


def test_refused_steps_teach_too():
    problem = oe.problems.Quadratic(np.diag([400.0, 1.0]), [0.0, 0.0])
    method = oe.SR1(trust_radius=10.0)
    state = method.init(problem, np.array([1.0, 1.0]))
    new = method.step(problem, state)
    np.testing.assert_array_equal(new.x, state.x)
    assert new.radius < state.radius
    assert np.abs(new.B - state.B).max() > 1


def test_bfgs_cannot_learn_negative_curvature():
    problem, saddle = double_well(3)
    x0 = saddle + 0.05 * start(3, 1)
    sr1, bfgs = oe.SR1(trust_radius=0.05), oe.BFGS()
    state, other = sr1.init(problem, x0), bfgs.init(problem, x0)
    seen = []
    for _ in range(5):
        state, other = sr1.step(problem, state), bfgs.step(problem, other)
        seen.append(np.linalg.eigvalsh(state.B)[0])
        assert np.linalg.eigvalsh(other.H)[0] > 0
    assert min(seen) < 0


@pytest.mark.parametrize("seed", range(4))
def test_the_tail_is_superlinear(seed):
    problem, minimizer = ridge_logistic(seed)
    trace = oe.run(oe.SR1(), problem, minimizer + start(5, seed), tol=1e-13)
    assert trace.success
    e = distances(trace, minimizer)
    e = e[e > 1e-13]
    assert (e[-1] / e[-4]) ** (1 / 3) < 0.15


@pytest.mark.parametrize("problem", [oe.problems.Rosenbrock(), oe.problems.Beale(),
                                     oe.problems.Wood(), random_quadratic(10, 1e3, 1)],
                         ids=lambda p: type(p).__name__)  # fmt: skip
def test_arrives(problem):
    trace = oe.run(oe.SR1(), problem, problem.start, max_iter=500, tol=1e-7)
    assert trace.success
