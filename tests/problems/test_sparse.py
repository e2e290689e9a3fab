"""SCAD, MCP, log-sum, l0 and the losses of the square-root and LAD lasso, against definitions."""

import cvxpy as cp
import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import random_least_squares
from tests.problems.catalog import NONCONVEX_REGULARIZERS

P = oe.problems
GRID = np.linspace(-6, 6, 120_001)


@pytest.mark.parametrize("name", NONCONVEX_REGULARIZERS)
@pytest.mark.parametrize("t", [0.05, 0.4, 1.0, 1.7])
def test_no_point_of_a_fine_grid_beats_the_prox(name, t):
    penalty = NONCONVEX_REGULARIZERS[name]
    heights = np.array([float(penalty.value(np.array([u]))) for u in GRID[::10]])
    for x in np.linspace(-4, 4, 41) + 0.013:
        p = penalty.prox(np.array([x]), t)
        best = penalty.value(p) + (p[0] - x) ** 2 / (2 * t)
        others = heights + (GRID[::10] - x) ** 2 / (2 * t)
        assert best <= others.min() + 1e-9


@pytest.mark.parametrize("penalty", [P.SCAD(0.5, 3.7), P.MCP(0.5, 3.0), P.LogSum(0.5, 0.8)])
def test_value_is_the_integral_of_the_slope(penalty):
    r = np.linspace(1e-9, 4, 200_001)
    slopes = np.array([penalty.gradient(np.array([u]))[0] for u in r[::50]])
    area = np.trapezoid(slopes, r[::50])
    assert penalty.value(np.array([-4.0])) == pytest.approx(area, abs=1e-5)


@pytest.mark.parametrize("penalty", [P.SCAD(0.5, 3.7), P.MCP(0.5, 3.0)])
def test_penalty_is_l1_plus_a_concave_part_with_this_gradient(penalty):
    rng = np.random.default_rng(0)
    for _ in range(20):
        x, u = rng.normal(0, 1.5, 5), rng.standard_normal(5)

        def concave(z):
            return penalty.value(z) - penalty.weight * np.abs(z).sum()

        h = 1e-6
        slope = (concave(x + h * u) - concave(x - h * u)) / (2 * h)
        assert penalty.concave_gradient(x) @ u == pytest.approx(slope, abs=1e-6)
        y = rng.normal(0, 1.5, 5)
        change = penalty.concave_gradient(x) - penalty.concave_gradient(y)
        assert np.linalg.norm(change) <= penalty.concave_curvature * np.linalg.norm(x - y) + 1e-12
    both = np.array([1.0, -1.0]) * penalty.weight * 1.2  # attained where the slope bends
    moved = penalty.concave_gradient(both * 1.01) - penalty.concave_gradient(both)
    assert np.linalg.norm(moved) == pytest.approx(
        penalty.concave_curvature * np.linalg.norm(0.01 * both), rel=1e-9
    )


@pytest.mark.parametrize(("penalty", "border"), [(P.SCAD(0.5, 3.7), 2.7), (P.MCP(0.5, 3.0), 3.0)])
def test_prox_is_refused_where_it_is_not_single_valued(penalty, border):
    x = np.array([0.4, -1.9])
    assert np.isfinite(penalty.prox(x, border * (1 - 1e-9))).all()
    with pytest.raises(ValueError, match="single-valued only for t <"):
        penalty.prox(x, border)
    # weakly convex and no less: the second difference of g + rho x^2 / 2 vanishes where g bends
    rho, z, h = -penalty.strong_convexity, 1.3 * penalty.weight, 1e-3
    values = [penalty.value(np.array([z + s * h])) + rho * (z + s * h) ** 2 / 2 for s in (-1, 0, 1)]
    assert values[0] - 2 * values[1] + values[2] == pytest.approx(0.0, abs=1e-12)


def test_limits():
    x = np.array([-3.0, -0.4, 0.2, 1.0, 2.5])
    soft = P.L1(0.5).prox(x, 0.7)
    assert P.SCAD(0.5, 1e9).prox(x, 0.7) == pytest.approx(soft, abs=1e-8)
    assert P.MCP(0.5, 1e9).prox(x, 0.7) == pytest.approx(soft, abs=1e-8)
    # MCP with gamma just above t is nearly hard thresholding at gamma * weight
    hard = np.where(np.abs(x) > 1.1 * 0.5 * (1 + 1e-9), x, 0.0)
    assert P.MCP(0.5, 1.1 * (1 + 1e-9)).prox(x, 1.1) == pytest.approx(hard, abs=1e-6)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: P.SCAD(1.0, 2.0), "a must be larger than 2"),
        (lambda: P.MCP(1.0, 1.0), "gamma must be larger than 1"),
        (lambda: P.LogSum(1.0, 0.0), "epsilon must be positive"),
        (lambda: P.L0(-1.0), "weight must be at least 0"),
        (lambda: P.L0Ball(0), "sparsity must be at least 1"),
        (lambda: P.GroupSparseEnvelope([0, 2], [1.0, 1.0, 1.0], 1.0), "group 1 has no coordinate"),
        (lambda: P.GroupSparseEnvelope([0, 1], [1.0], 1.0), "2 positive numbers"),
        (lambda: P.GroupSparseEnvelope.of_entries(3, 0.0), "budget must be positive"),
        (lambda: P.AbsoluteDeviations([[1.0]], [1.0, 2.0]), "b must have shape"),
        (lambda: P.SquareRootLoss([1.0], [1.0]), "A must be a matrix"),
    ],
)
def test_bad_data_gets_a_sentence(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_split_needs_a_penalty_that_can_be_split():
    with pytest.raises(TypeError, match="concave_gradient"):
        P.SplitPenalty(random_least_squares(5, 3), P.L1())


@pytest.mark.parametrize("penalty", [P.SCAD(0.4), P.MCP(0.4)])
def test_split_penalty_is_the_same_function_with_a_smooth_nonconvex_part(penalty):
    loss = random_least_squares(8, 5, seed=3)
    split, whole = P.SplitPenalty(loss, penalty), P.Composite(loss, penalty)
    assert not split.convex
    assert not whole.convex
    rng = np.random.default_rng(1)
    for _ in range(10):
        x, u = rng.standard_normal(5), rng.standard_normal(5)
        assert split.value(x) == pytest.approx(whole.value(x))

        def smooth(z):
            return split.value(z) - penalty.weight * np.abs(z).sum()

        slope = (smooth(x + 1e-6 * u) - smooth(x - 1e-6 * u)) / 2e-6
        assert split.gradient(x) @ u == pytest.approx(slope, abs=1e-5)
        y = x + 0.3 * u
        change = split.gradient(y) - split.gradient(x)
        assert np.linalg.norm(change) <= split.smoothness * np.linalg.norm(y - x) * (1 + 1e-12)


def test_losses_are_those_of_cvxpy():
    rng = np.random.default_rng(2)
    A, b, x = rng.standard_normal((9, 4)), rng.standard_normal(9), rng.standard_normal(4)
    for problem, norm in (
        (P.SquareRootLoss(A, b), cp.norm2),
        (P.AbsoluteDeviations(A, b), cp.norm1),
    ):
        assert problem.value(x) == pytest.approx(norm(A @ x - b).value)
        oe.testing.check_problem(problem)
    exact = P.SquareRootLoss(A, A @ x)
    assert exact.gradient(x) == pytest.approx(np.zeros(4), abs=1e-6) or exact.value(x) > 0
    assert exact.minimum == pytest.approx(0.0, abs=1e-12)


def test_sparse_set_keeps_the_largest():
    x = np.array([0.5, -2.0, 0.5, 1.0])
    np.testing.assert_array_equal(P.L0Ball(1).project(x), [0, -2, 0, 0])
    np.testing.assert_array_equal(P.L0Ball(3).project(x), [0.5, -2, 0, 1])  # the first of a tie
    np.testing.assert_array_equal(P.L0Ball(9).project(x), x)
    rng = np.random.default_rng(3)
    for _ in range(50):
        x = rng.standard_normal(6)
        p = P.L0Ball(2).project(x)
        pairs = [(i, j) for i in range(6) for j in range(i)]
        best = min(np.linalg.norm(np.delete(x, [i, j])) for i, j in pairs)
        assert np.linalg.norm(x - p) == pytest.approx(best)
