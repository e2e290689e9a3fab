"""The rules against sums written out over all past gradients, and against each other."""

import numpy as np
import pytest

import optedu as oe
from tests.adaptive.examples import fed, gradients, path, unbias, weighted_sums

X0 = np.array([1.0, -2.0, 3.0, 0.5])
H, B1, B2, EPS = 0.02, 0.85, 0.95, 1e-6


def close(found, expected):
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def adam_moves(G):
    m, v = unbias(weighted_sums(G, B1), B1), unbias(weighted_sums(G * G, B2), B2)
    return H * m / (np.sqrt(v) + EPS)


@pytest.mark.parametrize("seed", range(3))
def test_adam_is_its_weighted_sums(seed):
    G = gradients(seed)
    close(fed(oe.Adam(H, B1, B2, EPS), G, X0), path(X0, adam_moves(G)))


def test_weight_decay_stands_outside_the_scaling():
    G, decay = gradients(1), 0.3
    x, expected = X0, [X0]
    for move in adam_moves(G):
        x = (1 - H * decay) * x - move
        expected.append(x)
    close(fed(oe.Adam(H, B1, B2, EPS, weight_decay=decay), G, X0), expected)


def test_rmsprop_is_adam_without_memory_of_gradients_and_without_correction():
    G = gradients(2)
    moves = H * G / (np.sqrt(weighted_sums(G * G, B2)) + EPS)
    close(fed(oe.RMSProp(H, B2, EPS), G, X0), path(X0, moves))
    t = np.arange(1, len(G) + 1)[:, None]
    corrected = H * G / (np.sqrt(weighted_sums(G * G, B2) / (1 - B2**t)) + EPS)
    close(fed(oe.Adam(H, 0.0, B2, EPS), G, X0), path(X0, corrected))


def test_without_memory_adam_and_rmsprop_are_sign_descent():
    G = gradients(3)
    signs = path(X0, H * np.sign(G))
    close(fed(oe.Adam(H, 0.0, 0.0, 0.0), G, X0), signs)
    close(fed(oe.RMSProp(H, 0.0, 0.0), G, X0), signs)
    close(fed(oe.SignDescent(H, decay=0.0), G, X0), signs)


def test_adamax_is_the_limit_of_powers():
    G = gradients(4)
    found = fed(oe.AdaMax(H, B1, B2), G, X0)
    m = unbias(weighted_sums(G, B1), B1)
    lag = np.subtract.outer(np.arange(len(G)), np.arange(len(G)))
    faded = np.where(lag >= 0, B2 ** np.maximum(lag, 0), 0.0)[:, :, None] * np.abs(G)
    largest = faded.max(axis=1)
    close(found, path(X0, H * m / largest))
    far = []
    for p in (8, 64, 512):  # Adam with p-th powers; weights 1 - b2^p as in the paper
        mean = (1 - B2**p) * np.sum((faded / largest[:, None]) ** p, axis=1)
        far.append(np.abs(path(X0, H * m / (largest * mean ** (1 / p))) - found).max())
    assert far[0] > 5 * far[1] > 25 * far[2]


def test_amsgrad_takes_the_largest_mean():
    G = gradients(5)
    top = np.maximum.accumulate(weighted_sums(G * G, B2), axis=0)
    moves = H * weighted_sums(G, B1) / (np.sqrt(top) + EPS)
    close(fed(oe.AMSGrad(H, B1, B2, EPS), G, X0), path(X0, moves))


def test_amsgrad_without_a_mean_of_gradients_is_rmsprop_while_gradients_grow():
    G = np.abs(gradients(6)).cumsum(axis=0)
    close(fed(oe.AMSGrad(H, 0.0, B2, EPS), G, X0), fed(oe.RMSProp(H, B2, EPS), G, X0))
    turned = fed(oe.AMSGrad(H, 0.0, B2, EPS), G[::-1], X0)
    assert np.abs(turned - fed(oe.RMSProp(H, B2, EPS), G[::-1], X0)).max() > 1e-3


def test_optimistic_amsgrad_by_its_sums():
    G = gradients(7)
    before = np.vstack([np.zeros(4), G[:-1]])
    m = weighted_sums(G, B1)
    old = np.vstack([np.zeros(4), m[:-1]])
    top = np.maximum.accumulate(weighted_sums((G - before) ** 2, B2), axis=0)
    z = path(X0, H * m / (np.sqrt(top) + EPS))
    ahead = H * (B1 * old + (1 - B1) * G) / (np.sqrt(top) + EPS)
    expected = np.vstack([X0, z[1:] - ahead])
    close(fed(oe.OptimisticAMSGrad(H, B1, B2, EPS), G, X0), expected)


def test_diffgrad_is_half_of_adam_where_gradients_stand_still():
    g = np.array([3.0, -0.1, 20.0, 1e-3])
    G = np.tile(g, (20, 1))
    adam, diff = (fed(m, G, X0) for m in (oe.Adam(H), oe.DiffGrad(H)))
    close((diff[1:] - diff[1]), 0.5 * (adam[1:] - adam[1]))
    first = 1 / (1 + np.exp(-np.abs(g)))  # the gradient before the first counts as 0
    close(diff[1] - X0, first * (adam[1] - X0))


def test_diffgrad_is_adam_where_gradients_jump():
    G = np.where(np.arange(20)[:, None] % 2, 1.0, -1.0) * np.array([1e3, 2e3, 5e3, 1e4])
    close(fed(oe.DiffGrad(H), G, X0), fed(oe.Adam(H), G, X0))


@pytest.mark.parametrize("name", ["AdaGrad", "RMSProp", "Adam", "AdaMax", "AMSGrad", "DiffGrad"])
def test_which_rules_do_not_see_the_units_of_a_coordinate(name):
    G, units = gradients(8), np.array([1e3, 1e-4, 7.0, 1.0])
    method = getattr(oe, name)(H, offset=0.0)
    difference = np.abs(fed(method, G * units, X0) - fed(method, G, X0)).max()
    if name == "DiffGrad":  # its friction compares gradients with 1
        assert difference > 1e-3
    else:
        assert difference < 1e-12


@pytest.mark.parametrize("name", ["AdaGrad", "RMSProp", "Adam", "AdaMax", "AMSGrad", "DiffGrad"])
def test_what_has_no_gradient_stands_still(name):
    G = gradients(9)
    G[:, 2] = 0.0
    found = fed(getattr(oe, name)(H, offset=0.0), G, X0)
    assert np.isfinite(found).all()
    assert np.all(found[:, 2] == X0[2])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: oe.Adam(-1.0), "step_size must be positive"),
        (lambda: oe.Adam(gradient_decay=1.0), "gradient_decay must be at least 0.0 and below 1.0"),
        (lambda: oe.RMSProp(square_decay=-0.1), "square_decay must be"),
        (lambda: oe.AMSGrad(offset=-1.0), "offset must be"),
        (lambda: oe.Adam(weight_decay=-1.0), "weight_decay must be"),
    ],
)
def test_numbers_out_of_range_are_refused(make, words):
    with pytest.raises(ValueError, match=words):
        make()
