"""Prox: by its definition, Moreau's identity, cvxpy, and at extreme scales."""

import cvxpy as cp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import optedu as oe
from tests.problems.catalog import MATRIX_REGULARIZERS, REGULARIZERS, point_for

P = oe.problems
ALL = {**REGULARIZERS, **MATRIX_REGULARIZERS}

exponents = st.integers(-12, 12)
entries = st.one_of(
    st.sampled_from([0.0, 1.0, -1.0, 0.5]),  # ties, duplicates, zeros
    st.floats(-10, 10, allow_nan=False),
)
vectors = st.lists(entries, min_size=6, max_size=6).map(np.array)


def objective(problem, u, x, t):
    return problem.value(u) + np.sum((u - x) ** 2) / (2 * t)


@pytest.mark.parametrize("name", ALL)
def test_no_competitor_beats_the_prox(name):
    problem = ALL[name]
    rng = np.random.default_rng(0)
    for _ in range(20):
        x, t = point_for(problem, rng, 2.0), 10 ** rng.uniform(-2, 1)
        p = problem.prox(x, t)
        best = objective(problem, p, x, t)
        assert np.isfinite(best)
        for radius in (1e-4, 1e-2, 1.0):
            for _ in range(10):
                y = p + radius * rng.standard_normal(p.shape)
                if hasattr(problem, "project"):
                    y = problem.project(y)
                # strong convexity of the prox objective: a competitor is worse by a square
                gap = objective(problem, y, x, t) - best
                assert gap >= np.sum((y - p) ** 2) / (2 * t) - 1e-10 * (1 + abs(best))


@pytest.mark.parametrize("name", ALL)
def test_prox_at_time_zero_is_the_identity_and_at_the_minimizer_stays(name):
    problem = ALL[name]
    x = point_for(problem, np.random.default_rng(1))
    if not name.startswith(("indicator", "nonnegative")):
        assert problem.prox(x, 1e-14) == pytest.approx(x, abs=1e-12)
        for t in (1e3, 1e12):
            far = problem.prox(x, t)
            moved = problem.value(far) if "weight zero" not in name else 0.0
            assert moved <= 1e-2


@settings(max_examples=60, deadline=None)
@given(x=vectors, y=vectors, e=exponents, k=exponents)
@pytest.mark.parametrize("name", REGULARIZERS)
def test_prox_is_firmly_nonexpansive_at_every_scale(name, x, y, e, k):
    problem, x, y, t = REGULARIZERS[name], 10.0**e * x, 10.0**e * y, 10.0**k
    p, q = problem.prox(x, t), problem.prox(y, t)
    assert np.isfinite(p).all()
    assert problem.value(p) < np.inf
    rounding = 1e-13 * (np.sum(x * x) + np.sum(y * y) + 1e-300)
    if name in ("indicator of the simplex", "absolute value"):
        rounding += 1e-14 * (1 + np.abs(x).max() + np.abs(y).max())  # an offset of size one
    assert np.sum((p - q) ** 2) <= np.sum((p - q) * (x - y)) + rounding


@settings(max_examples=60, deadline=None)
@given(x=vectors, e=exponents, k=exponents)
def test_moreau_identity_links_norms_and_balls(x, e, k):
    x, t = 10.0**e * x, 10.0**k
    pairs = (
        (P.L1(1.0), P.LInfBall(t)),
        (P.LInfinity(1.0), P.L1Ball(t)),
        (P.L2(1.0), P.L2Ball(np.zeros(6), t)),
    )
    for norm, ball in pairs:
        together = norm.prox(x, t) + ball.project(x)
        assert np.abs(together - x).max() <= 1e-14 * np.abs(x).max()


@pytest.mark.parametrize("seed", range(3))
def test_moreau_identity_of_the_nuclear_norm(seed):
    rng = np.random.default_rng(seed)
    x, t = rng.standard_normal((5, 3)), 0.9
    U, s, V = np.linalg.svd(x, full_matrices=False)
    spectral_ball = (U * np.minimum(s, t)) @ V
    assert P.NuclearNorm(1.0).prox(x, t) + spectral_ball == pytest.approx(x, abs=1e-13)
    assert P.NuclearNorm(2.0).value(x) == pytest.approx(2 * np.linalg.norm(x, "nuc"))


@settings(max_examples=60, deadline=None)
@given(x=vectors, e=exponents, k=exponents)
def test_subgradient_condition_of_the_l1_prox(x, e, k):
    x, t = 10.0**e * x, 10.0**k
    p = P.L1(0.8).prox(x, t)
    slope = (x - p) / t
    assert (np.abs(slope) <= 0.8 * (1 + 1e-12) + 1e-15 * np.abs(x) / t).all()
    active = p != 0
    expected = 0.8 * np.sign(p[active])
    assert np.abs(slope[active] - expected).max(initial=0) <= 1e-12 + 1e-15 * np.abs(x).max() / t


@settings(max_examples=60, deadline=None)
@given(x=vectors, k=exponents)
def test_groups_shrink_as_their_own_l2_norms(x, k):
    t, groups = 10.0**k, np.array([0, 2, 0, 1, 2, 2])
    p = P.GroupL2(groups, 0.6).prox(x, t)
    for j in range(3):
        assert p[groups == j] == pytest.approx(P.L2(0.6).prox(x[groups == j], t), rel=1e-12)


@settings(max_examples=40, deadline=None)
@given(x=vectors, k=exponents)
def test_elastic_net_is_l1_after_scaling(x, k):
    t = 10.0**k
    p = P.ElasticNet(0.5, 0.7).prox(x, t)
    scaled = P.L1(0.5).prox(x / (1 + 0.7 * t), t / (1 + 0.7 * t))
    assert p == pytest.approx(scaled, rel=1e-12, abs=1e-14)


def of_cvxpy(problem, u):
    """The regularizer as cvxpy writes it."""
    if isinstance(problem, P.L1):
        return problem.weight * cp.norm1(u)
    if isinstance(problem, P.L2):
        return problem.weight * cp.norm2(u)
    if isinstance(problem, P.SquaredL2):
        return problem.weight / 2 * cp.sum_squares(u)
    if isinstance(problem, P.LInfinity):
        return problem.weight * cp.norm_inf(u)
    if isinstance(problem, P.ElasticNet):
        return problem.l1 * cp.norm1(u) + problem.l2 / 2 * cp.sum_squares(u)
    if isinstance(problem, P.GroupL2):
        members = [np.flatnonzero(problem.groups == j) for j in range(problem.groups.max() + 1)]
        return problem.weight * cp.sum([cp.norm2(u[m]) for m in members])
    if isinstance(problem, P.NuclearNorm):
        return problem.weight * cp.normNuc(u)
    raise AssertionError(type(problem).__name__)


@pytest.mark.parametrize(
    "name", ["l1", "l2", "squared l2", "l-infinity", "elastic net", "groups", "nuclear"]
)
def test_prox_is_that_of_cvxpy(name):
    problem = ALL[name]
    x, t = point_for(problem, np.random.default_rng(2), 2.0), 0.7
    u = cp.Variable(x.shape)
    cost = of_cvxpy(problem, u) + cp.sum_squares(u - x) / (2 * t)
    cp.Problem(cp.Minimize(cost)).solve(solver=cp.CLARABEL)
    assert problem.prox(x, t) == pytest.approx(u.value, abs=2e-4)
    assert objective(problem, problem.prox(x, t), x, t) <= cost.value + 1e-9


def test_indicator_is_infinite_off_the_set_and_zero_within_rounding():
    problem = P.Indicator(P.Simplex())
    inside = P.Simplex().project(np.random.default_rng(3).standard_normal(50))
    assert problem.value(inside) == 0.0
    assert problem.value(inside + 1e-6) == np.inf


@pytest.mark.parametrize("t", [0.3, 1.0, 2.5])
def test_shrinking_to_exact_zero(t):
    x = np.array([0.3, -0.2, 0.1, 0.0, 0.25, -0.3])
    for problem in (P.L1(2.0), P.L2(4.0), P.LInfinity(5.0), P.GroupL2.blocks(3, 2, 4.0)):
        assert not problem.prox(x, t).any()
