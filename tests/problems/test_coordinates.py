"""Oracles of one coordinate agree with those of all, and the coordinates' constants hold."""

import numpy as np
import pytest

import optedu as oe
from optedu.oracles import oracles_of
from tests.problems.catalog import COMPOSITES, REGULARIZERS, SETS, SMOOTH, point_for

P = oe.problems
LOSSES = {name: p for name, p in (SMOOTH | COMPOSITES).items() if hasattr(p, "coordinate_gradient")}
SEPARABLE = {name: p for name, p in (REGULARIZERS | SETS).items() if hasattr(p, "coordinate_prox")}


def test_who_has_them():
    assert {"quadratic", "ridge", "logistic", "constrained", "lasso"} <= set(LOSSES)
    assert {"l1", "weighted l1", "elastic net", "squared l2", "indicator of a box"} <= set(
        SEPARABLE
    )
    assert {"box", "nonnegative", "l-infinity ball"} <= set(SEPARABLE)
    assert not {"groups", "l2", "indicator of the simplex", "simplex"} & set(SEPARABLE)
    assert "coordinate_prox" in oracles_of(COMPOSITES["lasso"])
    assert "coordinate_prox" not in oracles_of(COMPOSITES["group lasso"])
    assert "coordinate_prox" in oracles_of(SMOOTH["constrained least squares"])
    assert "coordinate_prox" not in oracles_of(SMOOTH["constrained"])
    huber = P.Composite(SMOOTH["Huber norm"], P.L1(0.1))
    assert "coordinate_gradient" not in oracles_of(huber)
    assert huber.coordinate_smoothness is None
    assert huber.hessian_bound is None


@pytest.mark.parametrize("name", LOSSES)
def test_partial_derivatives_make_the_gradient(name):
    problem, rng = LOSSES[name], np.random.default_rng(0)
    for _ in range(3):
        x = point_for(problem, rng)
        g = problem.gradient(x)
        parts = [problem.coordinate_gradient(i, x) for i in range(x.size)]
        assert parts == pytest.approx(g, rel=1e-12, abs=1e-12 * np.abs(g).max())


@pytest.mark.parametrize("name", LOSSES)
def test_coordinate_constants_bound_the_curvature_and_touch_it(name):
    problem, rng = LOSSES[name], np.random.default_rng(1)
    L, H = problem.coordinate_smoothness, problem.hessian_bound
    assert L.shape == problem.shape
    points = [0 * point_for(problem, rng), *(point_for(problem, rng) for _ in range(3))]
    Hessians = [problem.hessian(x) for x in points]
    for hessian in Hessians:
        assert (np.abs(np.diag(hessian)) <= L * (1 + 1e-12)).all()
        if H is not None:
            assert np.linalg.eigvalsh(H - hessian)[0] >= -1e-12 * np.abs(H).max()
    # at zero the logistic loss is as curved as it gets, a quadratic is so everywhere
    assert np.abs(np.diag(Hessians[0])) == pytest.approx(L, rel=1e-12)
    if H is None:
        assert name == "indefinite quadratic"
    else:
        assert np.diag(H) == pytest.approx(L, rel=1e-12)
        assert pytest.approx(Hessians[0], rel=1e-11, abs=1e-13) == H


@pytest.mark.parametrize("name", SEPARABLE)
def test_prox_of_each_coordinate_makes_the_prox(name):
    problem, rng = SEPARABLE[name], np.random.default_rng(2)
    for t in (0.1, 0.7, 3.0):
        x = point_for(problem, rng, 2.0)
        whole = problem.prox(x, t) if hasattr(problem, "prox") else problem.project(x)
        parts = [problem.coordinate_prox(i, x, t) for i in range(x.size)]
        assert np.array_equal(parts, whole)


@pytest.mark.parametrize("weights", [[1.0, -0.5], [0.0, -1e-9, 1.0]])
def test_negative_weights_are_refused(weights):
    with pytest.raises(ValueError, match="weights must be 0 or more, got -"):
        P.WeightedL1(weights)


def test_equal_weights_are_the_l1_norm():
    x = np.random.default_rng(3).standard_normal(5)
    weighted, plain = P.WeightedL1(np.full(5, 0.7)), P.L1(0.7)
    assert weighted.value(x) == pytest.approx(plain.value(x), rel=1e-15)
    assert np.array_equal(weighted.prox(x, 0.4), plain.prox(x, 0.4))
