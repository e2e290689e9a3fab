"""Re-basin via implicit Sinkhorn differentiation.

Claims: gradient descent through Sinkhorn, differentiated implicitly, finds permutations of hidden
units as well as weight matching does, and lowers the barrier between networks. Shown for networks
with two hidden layers on digits of 4 x 4 pixels; deep networks, the losses at midpoints and at
random points, and incremental learning are not shown.
"""

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

import optedu as oe
from optedu.applied_transport import rebasin
from optedu.landscape.spectra import coarse_digits
from optedu.problems.rebasin import doubly_stochastic

A, Y = coarse_digits()


def networks(seed, hidden=(8, 6), steps=40):
    return [rebasin.train(A, Y, hidden, steps, seed=10 * seed + i) for i in (0, 1)]


@pytest.mark.parametrize("scale", [0.1, 3.0, 20.0])
def test_soft_permutations_are_doubly_stochastic(scale):
    for seed in range(5):
        X = scale * np.random.default_rng(seed).standard_normal((9, 9))
        P = doubly_stochastic(X, 1.0)
        assert np.abs(P.sum(axis=0) - 1).max() < 1e-9
        assert np.abs(P.sum(axis=1) - 1).max() < 1e-9
        ratio = np.log(P) - X  # of the form u_i + v_j
        assert np.abs(ratio - ratio[:, :1] - ratio[:1] + ratio[0, 0]).max() < 1e-7


def test_cold_permutations_are_the_best_assignment():
    for seed in range(5):
        X = np.random.default_rng(seed).random((7, 7))
        P = doubly_stochastic(X, 0.02)
        assert (P.argmax(axis=1) == linear_sum_assignment(-X)[1]).all()


def test_gradient_is_that_of_differences():
    problem = rebasin.distance_problem(*networks(0, (4, 3), 10))
    x = np.random.default_rng(1).standard_normal(problem.shape)
    h, steps = 1e-6, np.eye(x.size)
    slopes = [(problem.value(x + h * e) - problem.value(x - h * e)) / (2 * h) for e in steps]
    assert np.abs(problem.gradient(x) - slopes).max() < 1e-6 * np.abs(slopes).max()


def test_value_at_permutations_is_half_the_squared_distance():
    W, V = networks(2)
    p, q = np.random.default_rng(0).permutation(8), np.random.default_rng(1).permutation(6)
    problem = rebasin.distance_problem(W, V)
    x = 60.0 * np.concatenate([np.eye(8)[p].ravel(), np.eye(6)[q].ravel()])
    moved = rebasin.joined(rebasin.permuted(V, p, q))
    fixed = np.sum((W[2][:, -1] - V[2][:, -1]) ** 2)  # biases of the outputs stay
    expected = (np.sum((rebasin.joined(W) - moved) ** 2) - fixed) / 2
    assert problem.value(x) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("method", [oe.LBFGS(), oe.GradientDescent(0.05)])
def test_planted_permutations_are_recovered_exactly(method):
    for seed in range(2):
        W = networks(seed)[0]
        rng = np.random.default_rng(seed)
        p, q = rng.permutation(8), rng.permutation(6)
        V = rebasin.permuted(W, p, q)
        found = rebasin.sinkhorn_matching(W, V, method=method)
        assert (p[found[0]] == np.arange(8)).all()
        assert (q[found[1]] == np.arange(6)).all()
        back = rebasin.permuted(V, *found)
        assert np.abs(rebasin.joined(back) - rebasin.joined(W)).max() == 0.0
        assert np.abs(rebasin.outputs(V, A) - rebasin.outputs(W, A)).max() < 1e-10
        wrong = [V[0], W[1], V[2]]  # negative control: the middle layer must move, too
        assert np.abs(rebasin.outputs(wrong, A) - rebasin.outputs(W, A)).max() > 0.1


def test_barrier_between_two_trained_networks_is_lowered_and_not_removed():
    """Four pairs of networks with 16 and 16 units.

    Measured: barriers 2.03, 1.21, 1.31, 2.48 before; 0.21, 0.74, 1.34, 0.86 after Sinkhorn; 0.19,
    1.47, 0.77, 1.83 after weight matching, which is nearer in distance each time.
    """
    barriers, distances = [], []
    for seed in range(4):
        W, V = networks(seed, (16, 16), 100)
        matched = (rebasin.sinkhorn_matching(W, V), rebasin.weight_matching(W, V))
        others = [V, *(rebasin.permuted(V, *pair) for pair in matched)]
        barriers.append([rebasin.barrier(rebasin.losses_between(W, N, A, Y)) for N in others])
        joined = rebasin.joined(W)
        distances.append([np.sum((joined - rebasin.joined(N)) ** 2) for N in others])
    before, sinkhorn, matching = np.mean(barriers, axis=0)
    assert sinkhorn < 0.75 * before
    assert matching < 0.85 * before
    assert min(sinkhorn, matching) > 0.1  # the straight line still climbs
    distances = np.array(distances)
    assert (distances[:, 1:] < 0.7 * distances[:, :1]).all()
    assert np.abs(distances[:, 1] / distances[:, 2] - 1).max() < 0.2
