"""Projection and linear minimizer: variational inequality, exact arithmetic, extreme scales."""

from fractions import Fraction

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import optedu as oe
from optedu.oracles import oracles_of
from tests.problems.catalog import MATRIX_SETS, SETS, point_for

P = oe.problems
ALL = {**SETS, **MATRIX_SETS}

exponents = st.integers(-12, 12)
entries = st.one_of(st.sampled_from([0.0, 1.0, -1.0, 0.5]), st.floats(-10, 10, allow_nan=False))
vectors = st.lists(entries, min_size=6, max_size=6).map(np.array)


def violation(problem, x):
    """How far x is from satisfying what defines the set, without using its projection."""
    if isinstance(problem, P.Simplex):
        return max(abs(x.sum() - problem.radius), -x.min())
    if isinstance(problem, P.L1Ball):
        return np.abs(x).sum() - problem.radius
    if isinstance(problem, P.L2Ball):
        return np.linalg.norm(x - problem.center) - problem.radius
    if isinstance(problem, P.LInfBall):
        return np.abs(x).max() - problem.radius
    if isinstance(problem, P.Box):
        return max((problem.low - x).max(), (x - problem.high).max())
    if isinstance(problem, P.NonNegative):
        return -x.min()
    if isinstance(problem, P.HalfSpace):
        return problem.a @ x - problem.b
    if isinstance(problem, P.AffineSet):
        return np.abs(problem.A @ x - problem.b).max()
    if isinstance(problem, P.NuclearBall):
        return np.linalg.norm(x, "nuc") - problem.radius
    if isinstance(problem, P.PSDCone):
        return max(np.abs(x - x.T).max(), -np.linalg.eigvalsh(x)[0])
    raise AssertionError(type(problem).__name__)


@settings(max_examples=50, deadline=None)
@given(x=vectors, z=vectors, e=exponents)
@pytest.mark.parametrize("name", SETS)
def test_projection_is_in_the_set_and_makes_no_sharp_angle(name, x, z, e):
    problem, x = SETS[name], 10.0**e * x
    p, member = problem.project(x), problem.project(z)
    size = 1 + np.abs(x).max()
    assert violation(problem, p) <= 1e-14 * size * (10 if "affine" in name else 3)
    reach = 1 + np.linalg.norm(member - p)
    assert np.dot(x - p, member - p) <= 1e-13 * size * reach
    if hasattr(problem, "linear_minimizer"):
        assert np.dot(x - p, problem.linear_minimizer(p - x) - p) <= 1e-13 * size * reach
    again = problem.project(p)
    assert np.abs(again - p).max() <= 1e-14 * size
    inside = x if violation(problem, x) <= 0 else p
    assert np.abs(problem.project(inside) - inside).max() <= 1e-14 * size


@pytest.mark.parametrize("name", MATRIX_SETS)
@pytest.mark.parametrize("scale", [1e-8, 0.1, 1.0, 1e3])
def test_projection_of_matrices(name, scale):
    problem = MATRIX_SETS[name]
    rng = np.random.default_rng(0)
    for _ in range(10):
        x, z = point_for(problem, rng, scale), point_for(problem, rng)
        p, member = problem.project(x), problem.project(z)
        assert violation(problem, p) <= 1e-12 * (1 + scale)
        assert np.sum((x - p) * (member - p)) <= 1e-12 * (1 + scale) ** 2
        assert problem.project(p) == pytest.approx(p, abs=1e-13 * (1 + scale))


@settings(max_examples=40, deadline=None)
@given(x=vectors, y=vectors)
@pytest.mark.parametrize("name", SETS)
def test_projection_is_firmly_nonexpansive(name, x, y):
    problem = SETS[name]
    p, q = problem.project(x), problem.project(y)
    assert np.sum((p - q) ** 2) <= np.dot(p - q, x - y) + 1e-12


def exact_simplex(x, radius):
    """The projection in rational arithmetic: the support that satisfies the conditions."""
    x = [Fraction(t) for t in x]
    for size in range(1, len(x) + 1):
        support = sorted(x, reverse=True)[:size]
        threshold = (sum(support) - Fraction(radius)) / size
        below = sorted(x, reverse=True)[size:]
        if support[-1] > threshold and (not below or below[0] <= threshold):
            return [max(t - threshold, Fraction(0)) for t in x]
    raise AssertionError("no support satisfies the optimality conditions")


def exact_l1_ball(x, radius):
    magnitudes = [abs(Fraction(t)) for t in x]
    if sum(magnitudes) <= Fraction(radius):
        return [Fraction(t) for t in x]
    shrunk = exact_simplex(magnitudes, radius)
    return [-s if t < 0 else s for t, s in zip(x, shrunk, strict=True)]


wild = st.one_of(
    st.sampled_from([0.0, 1.0, -1.0, 1 / 3, 1e-300, 1e16, -1e16, 1e300, -1e300]),
    st.floats(-1e3, 1e3, allow_nan=False),
)


@settings(max_examples=120, deadline=None)
@given(x=st.lists(wild, min_size=1, max_size=12), radius=st.sampled_from([1e-6, 1.0, 3.0, 1e6]))
def test_simplex_projection_is_that_of_exact_arithmetic(x, radius):
    p = P.Simplex(radius).project(np.array(x))
    exact = exact_simplex(x, radius)
    # x - max(x), rounded once, moves an entry by half a unit of its own last place at most
    near = [t for t in x if max(x) - t <= radius]
    rounding = 1e-15 * len(x) * (radius + max(abs(t) for t in near) * (len(set(near)) > 1))
    assert max(abs(Fraction(a) - b) for a, b in zip(p, exact, strict=True)) <= rounding
    assert (p >= 0).all()
    assert p.sum() == pytest.approx(radius, rel=1e-14)


@settings(max_examples=120, deadline=None)
@given(x=st.lists(wild, min_size=1, max_size=12), radius=st.sampled_from([1e-6, 1.0, 3.0, 1e6]))
def test_l1_ball_projection_is_that_of_exact_arithmetic(x, radius):
    p = P.L1Ball(radius).project(np.array(x))
    exact = exact_l1_ball(x, radius)
    largest = max(abs(t) for t in x)
    near = [abs(t) for t in x if largest - abs(t) <= radius]
    rounding = 1e-15 * len(x) * (radius + max(near) * (len(set(near)) > 1))
    assert max(abs(Fraction(a) - b) for a, b in zip(p, exact, strict=True)) <= rounding
    assert (np.sign(p) * np.sign(x) >= 0).all()


BOUNDED = {name: p for name, p in ALL.items() if "linear_minimizer" in oracles_of(p)}


def vertices(problem, d=6):
    """All extreme points, where there are finitely many."""
    if isinstance(problem, P.Simplex):
        return list(problem.radius * np.eye(d))
    if isinstance(problem, P.L1Ball):
        return [s * problem.radius * e for e in np.eye(d) for s in (-1, 1)]
    if isinstance(problem, P.LInfBall):
        signs = np.stack(np.meshgrid(*[[-1.0, 1.0]] * d), -1).reshape(-1, d)
        return list(problem.radius * signs)
    if isinstance(problem, P.Box):
        choices = [[low, high] for low, high in zip(problem.low, problem.high, strict=True)]
        return list(np.stack(np.meshgrid(*choices), -1).reshape(-1, d))
    return []


@settings(max_examples=40, deadline=None)
@given(g=vectors, e=exponents)
@pytest.mark.parametrize("name", [n for n in BOUNDED if n in SETS])
def test_linear_minimizer_is_in_the_set_and_no_vertex_is_better(name, g, e):
    problem, g = BOUNDED[name], 10.0**e * g
    s = problem.linear_minimizer(g)
    assert violation(problem, s) <= 1e-14 * 10
    assert problem.project(s) == pytest.approx(s, abs=1e-14 * 10)
    rivals = vertices(problem)
    rng = np.random.default_rng(0)
    rivals += [problem.project(10 * rng.standard_normal(6)) for _ in range(10)]
    for rival in rivals:
        assert np.dot(g, s) <= np.dot(g, rival) + 1e-13 * np.abs(g).max()


def test_linear_minimizer_of_the_nuclear_ball_is_minus_the_spectral_norm():
    rng = np.random.default_rng(1)
    problem = MATRIX_SETS["nuclear ball"]
    for g in (rng.standard_normal((4, 3)), np.ones((4, 3)), np.eye(4)[:, :3]):
        s = problem.linear_minimizer(g)
        assert violation(problem, s) <= 1e-14
        assert np.linalg.matrix_rank(s) == 1
        assert np.sum(g * s) == pytest.approx(-1.4 * np.linalg.norm(g, 2), rel=1e-13)


def test_linear_minimizer_of_zero_is_in_the_set():
    for name, problem in BOUNDED.items():
        g = 0.0 * point_for(problem, np.random.default_rng(2))
        assert violation(problem, problem.linear_minimizer(g)) <= 1e-14, name


@pytest.mark.parametrize("name", [n for n in BOUNDED if hasattr(BOUNDED[n], "diameter")])
def test_diameter_bounds_distances_and_is_attained(name):
    problem = BOUNDED[name]
    rng = np.random.default_rng(3)
    pairs = [(g, -g) for g in (point_for(problem, rng) for _ in range(50))]
    apart = [
        np.linalg.norm(problem.linear_minimizer(g) - problem.linear_minimizer(h)) for g, h in pairs
    ]
    assert max(apart) <= problem.diameter * (1 + 1e-14)
    if isinstance(problem, P.Box):
        ends = problem.high - problem.low
        assert np.linalg.norm(ends) == pytest.approx(problem.diameter)
    else:
        assert max(apart) == pytest.approx(problem.diameter)


@pytest.mark.parametrize("name", ["simplex", "l1 ball", "half space", "affine", "psd"])
def test_projection_is_that_of_cvxpy(name):
    problem = ALL[name]
    x = point_for(problem, np.random.default_rng(4), 2.0)
    if name == "psd":
        u = cp.Variable(x.shape, PSD=True)
        constraints = []
    else:
        u = cp.Variable(x.shape)
        constraints = {
            "simplex": lambda: [u >= 0, cp.sum(u) == problem.radius],
            "l1 ball": lambda: [cp.norm1(u) <= problem.radius],
            "half space": lambda: [problem.a @ u <= problem.b],
            "affine": lambda: [problem.A @ u == problem.b],
        }[name]()
    cp.Problem(cp.Minimize(cp.sum_squares(u - x)), constraints).solve(solver=cp.CLARABEL)
    assert problem.project(x) == pytest.approx(u.value, abs=1e-5)


@pytest.mark.parametrize("scale", [1e-320, 1e-200, 1e200, 1e307])
def test_balls_at_the_ends_of_the_floating_point_range(scale):
    x = scale * np.array([2.0, -1.0, 2.0, 0.0, 0.0, 0.0])
    for problem in (P.L2Ball(np.zeros(6)), P.L1Ball(), P.LInfBall(), P.Simplex(), P.NonNegative()):
        p = problem.project(x)
        assert np.isfinite(p).all()
        assert violation(problem, p) <= 1e-14
    assert np.isfinite(P.L2Ball(np.zeros(6)).linear_minimizer(x)).all()
    assert np.linalg.norm(P.L2Ball(np.zeros(6)).linear_minimizer(x)) == pytest.approx(1.0, rel=1e-3)


def test_squared_distance_has_the_residual_as_gradient():
    problem = P.SquaredDistance(SETS["l1 ball"])
    x = np.random.default_rng(5).standard_normal(6) * 3
    assert x - problem.gradient(x) == pytest.approx(SETS["l1 ball"].project(x), abs=1e-14)


def test_affine_map_knows_its_fixed_point_or_its_displacement():
    turn = P.AffineMap([[0.6, -0.8], [0.8, 0.6]], [1.0, -2.0])
    assert turn.operator(turn.minimizer) == pytest.approx(turn.minimizer)
    assert turn.displacement == pytest.approx([0.0, 0.0], abs=1e-13)
    assert turn.lipschitz == pytest.approx(1.0)
    drift = P.AffineMap(np.eye(3), [0.0, 1.0, -2.0])
    assert drift.minimizer is None
    assert drift.displacement == pytest.approx([0.0, -1.0, 2.0])


def test_douglas_rachford_is_firmly_nonexpansive_and_finds_a_common_point():
    center = np.array([0.5, -1.0, 2.0])
    problem = P.DouglasRachford(P.L2Ball(center), P.HalfSpace(center, 4.5))
    rng = np.random.default_rng(6)
    for _ in range(50):
        x, y = 3 * rng.standard_normal(3), 3 * rng.standard_normal(3)
        d = problem.operator(x) - problem.operator(y)
        assert d @ d <= d @ (x - y) + 1e-12
    for _ in range(500):
        x = problem.operator(x)
    assert problem.operator(x) == pytest.approx(x, abs=1e-10)
    assert violation(problem.second, problem.first.project(x)) <= 1e-9


def test_douglas_rachford_of_disjoint_sets_moves_by_the_gap():
    ball, half = P.L2Ball([0.0, 0.0]), P.HalfSpace([-1.0, 0.0], -3.0)  # two apart
    problem = P.DouglasRachford(ball, half)
    x = np.array([0.3, 0.4])
    for _ in range(400):
        x, previous = problem.operator(x), x
    assert x - previous == pytest.approx([2.0, 0.0], abs=1e-3)


def test_alternating_projections_end_at_the_nearest_points_of_disjoint_sets():
    problem = P.AlternatingProjections(P.L2Ball([0.0, 0.0]), P.HalfSpace([-1.0, 0.0], -3.0))
    x = np.array([5.0, 4.0])
    for _ in range(200):
        x = problem.operator(x)
    assert x == pytest.approx([3.0, 0.0], abs=1e-10)
