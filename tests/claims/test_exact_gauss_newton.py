"""Exact Gauss-Newton Optimization for Training Deep Neural Networks.

Claims: the Gauss-Newton step is exact from a system as large as the batch; training matches or
beats tuned SGD, Adam and SGN. Shown here: the identity, its special cases, and a tiny network on
batches against tuned SGD. Not shown: deep networks, reinforcement learning, generalization.
"""

import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import random_least_squares
from tests.curvature.examples import one_step
from tests.curvature.test_kfac import network


@pytest.mark.parametrize("seed", range(5))
def test_both_formulas_agree(seed):
    """For random J, Q, r: -J'(Q J J' + b lam I)^(-1) r = -(J'Q J/b + lam I)^(-1) J'r/b."""
    rng = np.random.default_rng(seed)
    b, d, lam = 7, 30, float(10 ** rng.uniform(-3, 1))
    J, r, root = rng.standard_normal((b, d)), rng.standard_normal(b), rng.standard_normal((b, b))
    Q = root @ root.T
    small = -J.T @ np.linalg.solve(Q @ J @ J.T + b * lam * np.eye(b), r)
    large = -np.linalg.solve(J.T @ Q @ J / b + lam * np.eye(d), J.T @ r / b)
    np.testing.assert_allclose(small, large, rtol=0, atol=1e-10 * np.abs(large).max())
    wrong = -J.T @ np.linalg.solve(Q @ J @ J.T + 0.8 * b * lam * np.eye(b), r)
    assert np.abs(wrong - large).max() > 1e-4 * np.abs(large).max()


@pytest.mark.parametrize("seed", range(3))
def test_one_levenberg_marquardt_step(seed):
    """Q = I, full batch: SciPy solves the same damped linear least-squares problem."""
    scipy_linalg = pytest.importorskip("scipy.linalg")
    problem, x, lam = oe.problems.Rosenbrock(), np.array([-1.2, 1.0]) + 0.1 * seed, 0.7
    J, r = problem.jacobian(x), problem.residual(x)
    stacked = np.vstack([J, np.sqrt(lam) * np.eye(2)])
    step = scipy_linalg.lstsq(stacked, -np.concatenate([r, np.zeros(2)]))[0]
    moved = one_step(oe.ExactGaussNewton(lam), problem, x) - x
    np.testing.assert_allclose(moved, step, atol=1e-10)


def test_linear_least_squares_in_one_step():
    problem = random_least_squares(20, 60, seed=1)
    x = one_step(oe.ExactGaussNewton(1e-9), problem, np.ones(60))
    assert problem.value(x) < 1e-15 * problem.value(np.ones(60))


def loss_after(problem, step, seed):
    """Loss after 100 batches of twelve, relative to the first; `step` is given x and a batch."""
    rng, x = np.random.default_rng(seed), problem.start
    for _ in range(100):
        x = step(x, rng.permutation(problem.components)[:12])
    return problem.value(x) / problem.value(problem.start)


@pytest.mark.parametrize("softmax", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_beats_tuned_sgd_on_a_tiny_network(seed, softmax):
    """60 samples, 44 weights, 120 outputs: a stand-in for the paper's networks.

    Measured share of the first loss, EGN (damping 0.1, step 0.3) against SGD's best of four steps:
    squared loss 0.0005, 0.0007, 0.042, 0.0037 against 0.007, 0.0017, 0.11, 0.023; cross-entropy
    0.004, 0.010, 0.13, 0.079 against 0.014, 0.035, 0.43, 0.32.
    """
    problem = network(seed, softmax=softmax)
    method = oe.ExactGaussNewton(0.1, 12, 0.3).resolve(problem)
    rng = np.random.default_rng(seed)
    state = method.init(problem, problem.start, rng)
    for _ in range(100):
        state = method.step(problem, state, rng)

    def sgd(t):
        return lambda x, batch: (
            x - t * np.mean([problem.component_gradient(i, x) for i in batch], axis=0)
        )

    best = min(loss_after(problem, sgd(t), seed) for t in (0.05, 0.1, 0.2, 0.4))
    assert problem.value(state.x) / problem.value(problem.start) < 0.6 * best
