"""Mirror maps: the step is the minimizer, psi is as convex as it says, and limits agree."""

import cvxpy as cp
import numpy as np
import pytest

import optedu as oe

P = oe.problems
SIMPLEX = {
    "entropy": P.EntropyGeometry(),
    "Tsallis 0.3": P.TsallisGeometry(0.3),
    "Tsallis 0.8": P.TsallisGeometry(0.8),
    "log barrier": P.LogBarrierGeometry(),
    "Euclidean": P.EuclideanGeometry(P.Simplex()),
}
BALLS = {
    "p = 1.2": P.PNormGeometry(1.2, 1.5),
    "p = 2": P.PNormGeometry(2.0, 0.7),
    "Euclidean ball": P.EuclideanGeometry(P.L2Ball(np.full(5, 0.1), 0.8)),
}


def members(name, rng, count=40):
    """Random points of the set, inside and on its border."""
    if name in SIMPLEX:
        points = rng.dirichlet(np.full(5, 0.7), count)
        return np.maximum(points, 1e-9) / np.maximum(points, 1e-9).sum(1, keepdims=True)
    if name == "matrix entropy":
        found = []
        for _ in range(count):
            B = rng.standard_normal((4, 4))
            found.append(B @ B.T / np.trace(B @ B.T))
        return found
    geometry = BALLS[name]
    scale = rng.choice([0.3, 1.0, 3.0], count)
    return [geometry.mirror_step(s * rng.standard_normal(5), np.zeros(5), 1.0) for s in scale]


ALL = {**SIMPLEX, **BALLS, "matrix entropy": P.MatrixEntropyGeometry()}


def excess(geometry, x, g, t, step, u):
    """What three points leave: 0 or more for every u if and only if the step is the minimizer."""
    left = t * np.sum(g * step) + geometry.divergence(step, x) + geometry.divergence(u, step)
    return t * np.sum(g * u) + geometry.divergence(u, x) - left


@pytest.mark.parametrize("name", ALL)
def test_step_is_the_minimizer(name):
    rng, geometry = np.random.default_rng(1), ALL[name]
    points = members(name, rng)
    for x, t in zip(points[:8], (0.01, 0.1, 0.5, 1.0, 2.0, 5.0, 0.3, 0.7), strict=True):
        g = rng.standard_normal(np.shape(x))
        step = geometry.mirror_step(x, g, t)
        gaps = [excess(geometry, x, g, t, step, u) for u in points]
        assert min(gaps) >= -1e-9
        if name in SIMPLEX and name != "Euclidean":  # the border is never met: equality
            assert max(np.abs(gaps)) <= 1e-8 * (1 + max(geometry.divergence(u, x) for u in points))
        wrong = geometry.mirror_step(x, g, 1.3 * t)  # negative control
        if np.abs(wrong - step).max() > 1e-3:
            assert min(excess(geometry, x, g, t, wrong, u) for u in [*points, step]) < 0


@pytest.mark.parametrize("name", ALL)
def test_modulus_of_strong_convexity(name):
    rng, geometry = np.random.default_rng(2), ALL[name]
    points = members(name, rng)
    for x in points:
        for u in points:
            d = geometry.divergence(u, x)
            assert d >= 0.5 * geometry.modulus * np.sum((u - x) ** 2) - 1e-12
            if name == "entropy":
                assert d >= 0.5 * np.sum(np.abs(u - x)) ** 2 - 1e-12
            if name == "matrix entropy":
                assert d >= 0.5 * np.linalg.norm(u - x, "nuc") ** 2 - 1e-9
            if name == "p = 1.2":
                assert d >= 0.1 * np.sum(np.abs(u - x) ** 1.2) ** (2 / 1.2) - 1e-12


@pytest.mark.parametrize("name", ALL)
def test_linear_minimizer(name):
    rng, geometry = np.random.default_rng(3), ALL[name]
    points = members(name, rng)
    for _ in range(5):
        g = rng.standard_normal(np.shape(points[0]))
        s = geometry.linear_minimizer(g)
        assert all(np.sum(g * s) <= np.sum(g * u) + 1e-12 for u in points)
        far = geometry.mirror_step(points[0], g, 1e5)  # a long step ends there
        assert np.sum(g * far) == pytest.approx(np.sum(g * s), abs=1e-3)


def test_entropy_step_against_cvxpy():
    rng = np.random.default_rng(4)
    x, g, t = rng.dirichlet(np.ones(5)), rng.standard_normal(5), 0.8
    u = cp.Variable(5)
    cp.Problem(cp.Minimize(t * g @ u + cp.sum(cp.kl_div(u, x))), [cp.sum(u) == 1, u >= 0]).solve(
        solver=cp.CLARABEL
    )
    np.testing.assert_allclose(P.EntropyGeometry().mirror_step(x, g, t), u.value, atol=2e-4)


def test_tsallis_lies_between_the_barrier_and_the_entropy():
    rng = np.random.default_rng(5)
    x, g = rng.dirichlet(np.ones(5)), rng.standard_normal(5)
    near = P.TsallisGeometry(1 - 1e-7).mirror_step(x, g, 0.5)
    np.testing.assert_allclose(near, P.EntropyGeometry().mirror_step(x, g, 0.5), atol=1e-5)
    near = P.TsallisGeometry(1e-7).mirror_step(x, 1e-7 * g, 0.5)
    np.testing.assert_allclose(near, P.LogBarrierGeometry().mirror_step(x, g, 0.5), atol=1e-5)


def test_matrix_entropy_of_diagonal_matrices_is_the_entropy():
    rng = np.random.default_rng(6)
    x, g = rng.dirichlet(np.ones(4)), rng.standard_normal(4)
    step = P.MatrixEntropyGeometry().mirror_step(np.diag(x), np.diag(g), 0.6)
    np.testing.assert_allclose(
        step, np.diag(P.EntropyGeometry().mirror_step(x, g, 0.6)), atol=1e-14
    )
    Q = np.linalg.qr(rng.standard_normal((4, 4)))[0]  # and turns with the axes
    turned = P.MatrixEntropyGeometry().mirror_step(Q * x @ Q.T, (Q * g) @ Q.T, 0.6)
    np.testing.assert_allclose(turned, Q @ step @ Q.T, atol=1e-13)


def test_p_norm_two_is_the_ball():
    rng = np.random.default_rng(7)
    x, g = 0.2 * rng.standard_normal(5), rng.standard_normal(5)
    ball = P.EuclideanGeometry(P.L2Ball(np.zeros(5), 0.7))
    np.testing.assert_allclose(
        P.PNormGeometry(2.0, 0.7).mirror_step(x, g, 0.9), ball.mirror_step(x, g, 0.9), atol=1e-14
    )


@pytest.mark.parametrize("name", SIMPLEX)
@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e6, 1e12])
def test_extreme_points_and_gradients(name, scale):
    geometry = SIMPLEX[name]
    for x in (
        np.array([1.0, 0, 0, 0]),
        np.full(4, 0.25),
        np.array([1 - 3e-16, 1e-16, 1e-16, 1e-16]),
    ):
        for g in (np.array([1.0, -2.0, 0.5, 3.0]), np.ones(4), np.zeros(4)):
            u = geometry.mirror_step(x, scale * g, 1.0)
            assert np.isfinite(u).all()
            assert (u >= 0).all()
            assert u.sum() == pytest.approx(1.0, abs=1e-14)


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: P.TsallisGeometry(1.0), "q must be between"),
        (lambda: P.PNormGeometry(1.0), "p must be above 1"),
        (lambda: P.PNormGeometry(1.5, -1.0), "radius must be positive"),
        (lambda: P.LinearRounds([1.0, 2.0]), "must be a matrix"),
        (lambda: P.QuadraticRounds([[1.0]], -1.0), "at least 0"),
        (lambda: P.Portfolio([[1.0, 0.0]]), "must be positive"),
        (lambda: P.MatrixGame([1.0]), "must be a matrix"),
        (lambda: P.SymmetricGame([[0.0, 1.0], [1.0, 0.0]]), "A = -A'"),
    ],
)
def test_wrong_data_gets_a_sentence(make, word):
    with pytest.raises(ValueError, match=word):
        make()


def test_parts_without_oracles_are_refused():
    with pytest.raises(TypeError, match="linear_minimizer"):
        P.EuclideanGeometry(P.NonNegative())
    with pytest.raises(TypeError, match="mirror_step"):
        P.Mirrored(P.LinearRounds([[1.0, 2.0]]), P.Simplex())
    assert not hasattr(P.Mirrored(P.Rosenbrock(), P.EntropyGeometry()), "component_gradient")
