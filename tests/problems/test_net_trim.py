"""Net-Trim: its set, its reductions, and what it refuses."""

import numpy as np
import pytest

import optedu as oe


def layer(n=12, N=5, M=3, seed=0):
    rng = np.random.default_rng(seed)
    X, W = rng.standard_normal((n, N)), rng.standard_normal((N, M))
    return X, W, np.maximum(X @ W, 0.0)


def test_dual_prox_is_moreau_of_the_projection_onto_the_set():
    X, _, Y = layer()
    trim = oe.problems.NetTrim(X, Y, 0.7)
    y = np.random.default_rng(1).standard_normal(Y.size)
    for t in (0.3, 4.0):
        nearest = (y / t - trim.dual_prox(y, t) / t).reshape(Y.shape)
        assert np.linalg.norm((nearest - Y)[Y > 0]) <= 0.7 * (1 + 1e-14)
        assert (nearest[Y == 0] <= 0).all()
        normal = y / t - nearest.ravel()
        for z in np.random.default_rng(2).standard_normal((20, *Y.shape)):
            miss = np.where(Y > 0, z, 0.0)
            other = np.where(Y > 0, Y + 0.7 * miss / np.linalg.norm(miss), -np.abs(z))
            assert normal @ (other - nearest).ravel() <= 1e-12


def test_the_first_weights_are_allowed_and_responses_are_near():
    X, W, Y = layer()
    trim = oe.problems.NetTrim(X, Y, 0.7)
    assert trim.violation(W) <= 1e-15
    assert trim.responses(W) == pytest.approx(Y)
    graph = oe.problems.GraphForm.of(trim)
    x = graph.point(oe.run(oe.ADMM(1.0, 1.7), graph, max_iter=4000, tol=1e-11).x)
    assert trim.violation(x) <= 1e-8
    assert np.linalg.norm(trim.responses(x) - Y) <= 0.7 + 1e-8
    assert np.abs(x).sum() < np.abs(W).sum()


def test_columns_fall_apart_where_the_answers_are_kept():
    """With accuracy 0 each unit is a program of its own."""
    X, _, Y = layer(n=6, N=5)
    whole = oe.problems.GraphForm.of(oe.problems.NetTrim(X, Y, 0.0))
    together = whole.point(oe.run(oe.ADMM(1.0, 1.7), whole, max_iter=4000, tol=1e-11).x)
    for j in range(Y.shape[1]):
        one = oe.problems.GraphForm.of(oe.problems.NetTrim(X, Y[:, [j]], 0.0))
        x = one.point(oe.run(oe.ADMM(1.0, 1.7), one, max_iter=4000, tol=1e-11).x)
        assert np.abs(x).sum() == pytest.approx(np.abs(together[:, j]).sum(), abs=1e-8)


def test_a_wide_tolerance_prunes_everything_and_units_scale():
    X, _, Y = layer()
    trim = oe.problems.NetTrim(X, Y, np.linalg.norm(Y) + 0.01)
    assert trim.violation(np.zeros(trim.shape)) == 0.0
    x = oe.run(oe.ChambollePock(), trim, tol=1e-10).x
    assert not x.any()
    scaled = oe.problems.NetTrim(3 * X, 3 * Y, 3 * 0.7)
    U = np.random.default_rng(3).standard_normal(trim.shape)
    base = oe.problems.NetTrim(X, Y, 0.7)
    assert scaled.violation(U) == pytest.approx(3 * base.violation(U))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.eye(2), np.ones((3, 1))), r"one row per sample, got shapes \(2, 2\) and \(3, 1\)"),
        ((np.eye(2), np.ones(2)), "NetTrim: X and Y must be matrices"),
        ((np.eye(2), -np.ones((2, 1))), "what a ReLU layer answers, 0 or more"),
        ((np.eye(2), np.ones((2, 1)), -0.1), "NetTrim: accuracy must be at least 0"),
    ],
)
def test_bad_data_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        oe.problems.NetTrim(*arguments)
