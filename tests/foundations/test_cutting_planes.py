"""Ellipsoid and center of gravity: exact geometry, true certificates, proven rates."""

import numpy as np
import pytest

import optedu as oe
from optedu.foundations.center_of_gravity import CenterOfGravityState, centroid, clip
from optedu.foundations.ellipsoid_method import EllipsoidMethodState, volume_ratio
from optedu.foundations.search_region import range_over_ball
from optedu.guarantees import measure
from optedu.problems.generators import random_quadratic

KS = (1, 2, 5, 10, 50, 200)


def linear(direction):
    """A linear function, minimized over the method's own region."""
    g = np.asarray(direction, dtype=float)
    return oe.Problem.from_functions(lambda x: g @ x, gradient=lambda x: g)


def best_gaps(trace):
    return measure(trace, "best_gap")


@pytest.mark.parametrize("n", [1, 2, 3, 5, 9])
def test_ellipsoid_step_is_the_rule_of_the_book(n):
    rng = np.random.default_rng(n)
    B, g, x = rng.standard_normal((n, n)), rng.standard_normal(n), rng.standard_normal(n)
    new = oe.EllipsoidMethod(1.0).step(linear(g), EllipsoidMethodState(x, B, g))
    P, root = B @ B.T, np.sqrt(g @ B @ B.T @ g)
    np.testing.assert_allclose(new.x, x - P @ g / ((n + 1) * root), rtol=1e-10)
    expected = P / 4
    if n > 1:
        cut = np.outer(P @ g, P @ g) / root**2
        expected = n**2 / (n**2 - 1) * (P - 2 / (n + 1) * cut)
    np.testing.assert_allclose(new.B @ new.B.T, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("n", [1, 2, 3, 5, 9, 40])
def test_ellipsoid_volume_shrinks_by_the_exact_factor(n):
    rng = np.random.default_rng(n)
    B, g = rng.standard_normal((n, n)), rng.standard_normal(n)
    new = oe.EllipsoidMethod(1.0).step(linear(g), EllipsoidMethodState(np.zeros(n), B, g))
    ratio = np.exp(np.linalg.slogdet(new.B)[1] - np.linalg.slogdet(B)[1])
    assert ratio == pytest.approx(volume_ratio(n), rel=1e-9)
    assert ratio <= np.exp(-1 / (2 * n)) * (1 + 1e-12)
    assert ratio > 0.8 * np.exp(-1 / (2 * n))


def test_new_ellipsoid_holds_the_half_that_may_hold_the_minimizer():
    rng = np.random.default_rng(4)
    n = 3
    B, g, x = rng.standard_normal((n, n)), rng.standard_normal(n), rng.standard_normal(n)
    new = oe.EllipsoidMethod(1.0).step(linear(g), EllipsoidMethodState(x, B, g))
    u = rng.standard_normal((4000, n))
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    points = x + u @ B.T
    kept = points[(points - x) @ g <= 0]
    radii = np.linalg.norm((kept - new.x) @ np.linalg.inv(new.B).T, axis=1)
    assert len(kept) > 1000
    assert radii.max() <= 1 + 1e-9
    assert np.linalg.norm((points - new.x) @ np.linalg.inv(new.B).T, axis=1).max() > 1.2


def test_ellipsoid_certificate_is_attained_by_a_linear_function():
    g = np.array([3.0, -4.0])
    trace = oe.run(oe.EllipsoidMethod(2.0), linear(g), [1.0, 1.0], max_iter=0)
    lowest = g @ (trace.x - 2.0 * g / np.linalg.norm(g))
    assert trace.values[0] - trace.certificate.value == pytest.approx(lowest, rel=1e-14)


def test_polygon_certificate_is_attained_by_a_linear_function():
    g = np.array([3.0, -4.0])
    trace = oe.run(oe.CenterOfGravity(2.0), linear(g), [1.0, 1.0], max_iter=0)
    lowest = min(g @ np.array([1 + a, 1 + b]) for a in (-2, 2) for b in (-2, 2))
    assert trace.values[0] - trace.certificate.value == pytest.approx(lowest, rel=1e-14)


@pytest.mark.parametrize("n", [1, 2, 4])
@pytest.mark.parametrize("seed", [0, 1])
def test_ellipsoid_certificate_and_guarantee_hold_on_quadratics(n, seed):
    problem = random_quadratic(n, 50.0, seed)
    radius = np.linalg.norm(problem.minimizer) + 0.5
    trace = oe.run(oe.EllipsoidMethod(radius), problem, np.zeros(n), max_iter=200, tol=0.0)
    gaps = trace.values - problem.minimum
    assert (gaps <= trace.gradient_norms + 1e-12).all()
    bound = trace.guarantee().bound
    for k in KS:
        assert k < len(trace) or trace.certificate.value == 0
        if k < len(trace):
            assert best_gaps(trace)[k] <= bound[k] + 1e-14


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(
    "method", [oe.EllipsoidMethod(3.0), oe.CenterOfGravity(3.0)], ids=lambda m: type(m).__name__
)
def test_kinks_do_not_slow_cutting_planes(method, seed):
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((6, 2))
    problem = oe.problems.MaxLinear(np.vstack([rows, -rows]), rng.standard_normal(12))
    trace = oe.run(method, problem, np.zeros(2), max_iter=200, tol=1e-9)
    assert trace.success
    assert -1e-9 <= trace.values[-1] - problem.minimum <= 1e-9
    assert (trace.values - problem.minimum <= trace.gradient_norms + 1e-9).all()


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_center_of_gravity_guarantee_holds(seed):
    problem = random_quadratic(2, 50.0, seed)
    radius = np.abs(problem.minimizer).max() + 0.3
    trace = oe.run(oe.CenterOfGravity(radius), problem, np.zeros(2), max_iter=60, tol=1e-13)
    bound = trace.guarantee().bound
    assert (best_gaps(trace) <= bound + 1e-13).all()
    assert trace.guarantee().quantity == "best_gap"


def test_a_triangle_attains_the_five_ninths_and_no_polygon_keeps_more():
    vertices = np.zeros((256, 2))
    vertices[:3] = [[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]
    x = centroid(vertices, 3)
    np.testing.assert_allclose(x, [1 / 3, 1 / 3])
    kept, count = clip(vertices, 3, x, np.array([1.0, 1.0]))
    assert area(kept, count) / 0.5 == pytest.approx(4 / 9)
    kept, count = clip(vertices, 3, x, np.array([-1.0, -1.0]))
    assert area(kept, count) / 0.5 == pytest.approx(5 / 9)
    assert not area(kept, count) / 0.5 <= 0.8 * 5 / 9


@pytest.mark.parametrize("seed", [0, 1])
def test_polygons_shrink_keep_the_minimizer_and_stay_inside_the_last_one(seed):
    rng = np.random.default_rng(seed)
    problem = oe.problems.AbsoluteValue(rng.uniform(-1, 1, 2))
    method = oe.CenterOfGravity(1.5)
    state = method.init(problem, np.zeros(2))
    for _ in range(40):
        new = method.step(problem, state)
        ratio = area(new.vertices, new.count) / area(state.vertices, state.count)
        assert 4 / 9 - 1e-9 <= ratio <= 5 / 9 + 1e-9
        assert inside(state.vertices, state.count, new.vertices[: new.count])
        assert inside(new.vertices, new.count, problem.minimizer[None])
        state = new


def test_a_full_polygon_ends_the_run_instead_of_losing_the_minimizer():
    angles = np.linspace(0, 2 * np.pi, 256, endpoint=False)
    vertices = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    state = CenterOfGravityState(centroid(vertices, 256), vertices, 256, np.array([1.0, 0.3]))
    assert oe.CenterOfGravity(1.0).step(linear([1.0, 0.3]), state) is state


def test_a_minimizer_outside_the_region_has_no_guarantee():
    problem = random_quadratic(2, 5.0, 3, minimizer=[4.0, 0.0])
    for method in (oe.EllipsoidMethod(1.0), oe.CenterOfGravity(1.0)):
        assert method.guarantee(problem, 3, np.zeros(2)) is None


def test_range_over_ball_is_attained():
    quadratic = oe.problems.Quadratic(3.0 * np.eye(2), 3.0 * np.array([0.6, 0.0]))
    assert range_over_ball(quadratic, np.zeros(2), 1.0) == pytest.approx(
        quadratic.value(np.array([-1.0, 0.0])) - quadratic.minimum
    )
    kink = oe.problems.AbsoluteValue([0.6], weight=2.0)
    assert range_over_ball(kink, np.zeros(1), 1.0) == pytest.approx(kink.value(np.array([-1.0])))
    assert range_over_ball(linear([1.0]), np.zeros(1), 1.0) is None


def test_mistakes_get_a_sentence():
    with pytest.raises(ValueError, match="radius must be positive"):
        oe.EllipsoidMethod(radius=-1.0)
    with pytest.raises(ValueError, match="radius must be positive"):
        oe.CenterOfGravity(radius=0.0)
    with pytest.raises(ValueError, match="plane only"):
        oe.run(oe.CenterOfGravity(1.0), random_quadratic(3, 5.0, 0), np.zeros(3))


def test_a_start_at_the_minimizer_converges_at_once():
    problem = oe.problems.Quadratic(np.eye(2), np.zeros(2))
    for method in (oe.EllipsoidMethod(1.0), oe.CenterOfGravity(1.0)):
        trace = oe.run(method, problem, np.zeros(2), tol=0.0)
        assert trace.success
        state = method.init(problem, np.zeros(2))
        assert method.step(problem, state) is state


def area(vertices, count):
    x, y = vertices[:count].T
    return 0.5 * np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)


def inside(vertices, count, points, tol=1e-9):
    p = vertices[:count]
    edge = np.roll(p, -1, axis=0) - p
    offset = points[:, None] - p[None]
    cross = edge[:, 0] * offset[..., 1] - edge[:, 1] * offset[..., 0]
    return bool((cross >= -tol * np.linalg.norm(edge, axis=1)).all())
