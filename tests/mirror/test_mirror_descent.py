"""Mirror descent and dual averaging: reductions, proven bounds, optima of other solvers."""

import cvxpy as cp
import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import random_least_squares, random_quadratic
from tests.helpers import KS, assert_bound_holds, measured_and_bound, steps_of

P = oe.problems
D = 6


def simplex_optimum(A, b):
    """The minimizer of a quadratic over the simplex, by cvxpy."""
    x = cp.Variable(b.size)
    objective = 0.5 * cp.quad_form(x, cp.psd_wrap(A)) - b @ x
    cp.Problem(cp.Minimize(objective), [cp.sum(x) == 1, x >= 0]).solve(
        solver=cp.CLARABEL, tol_gap_abs=1e-13, tol_gap_rel=1e-13, tol_feas=1e-13
    )
    u = np.maximum(x.value, 0)
    return u / u.sum()


def quadratic_on_simplex(seed, geometry, M=False):
    f = random_quadratic(D, 30.0, seed, smoothness=2.0)
    solution = simplex_optimum(f.A, f.b)
    corners = np.array([f.gradient(e) for e in np.eye(D)])
    entropic = isinstance(geometry, P.EntropyGeometry)
    norms = np.abs(corners).max() if entropic else np.linalg.norm(corners, axis=1).max()
    return P.Mirrored(f, geometry, solution, float(norms) if M else None)


def distances(seed=0):
    """f(x) = sum_i |x_i - c_i| on the simplex, whose minimizer is c."""
    rng = np.random.default_rng(seed)
    c = rng.dirichlet(np.ones(D))
    return P.AbsoluteValue(c), c


START = np.array([0.3, 0.1, 0.1, 0.2, 0.1, 0.2])
SMOOTH_MAPS = [P.EntropyGeometry(), P.EuclideanGeometry(P.Simplex()), P.TsallisGeometry(0.6)]


@pytest.mark.parametrize("geometry", SMOOTH_MAPS)
@pytest.mark.parametrize("scale", [0.3, 1.0])
def test_bound_of_relative_smoothness_holds(geometry, scale):
    for seed in range(3):
        problem = quadratic_on_simplex(seed, geometry)
        trace = steps_of(oe.MirrorDescent(scale / problem.relative_smoothness), problem, START)
        # the reference is known to about 1e-11
        assert_bound_holds(trace, noise=1e-9)
        assert (np.diff(trace.values) <= 1e-13).all()


def test_longer_steps_than_the_theory_allows_may_rise():
    f = P.Quadratic(20.0 * np.diag([1.0, 2.0, 3.0]), np.zeros(3))
    problem = P.Mirrored(f, P.EuclideanGeometry(P.Simplex()))
    trace = steps_of(
        oe.MirrorDescent(3 / problem.relative_smoothness), problem, [0.5, 0.3, 0.2], 30
    )
    assert (np.diff(trace.values) > 1e-3).any()
    assert trace.method.guarantee(problem, 5, trace.start) is None


@pytest.mark.parametrize("average", [False, True])
@pytest.mark.parametrize("decay", [0.0, 0.5])
@pytest.mark.parametrize("geometry", ["entropy", "Euclidean"])
def test_bound_for_kinks_holds(geometry, decay, average):
    for seed in range(3):
        f, c = distances(seed)
        if geometry == "entropy":
            problem = P.Mirrored(f, P.EntropyGeometry(), c, 1.0)
        else:
            problem = P.Mirrored(f, P.EuclideanGeometry(P.Simplex()), c, f.lipschitz)
        for method in (
            oe.MirrorDescent(0.1, decay, average),
            oe.DualAveraging(0.1, decay, average),
        ):
            assert_bound_holds(steps_of(method, problem, START))


@pytest.mark.parametrize("n", [1, 2, 5, 10, 50, 200])
def test_best_constant_step_gives_bubecks_theorem(n):
    """R M sqrt(2 / (rho n)) at the average of n points."""
    f, c = distances(4)
    problem = P.Mirrored(f, P.EntropyGeometry(), c, 1.0)
    R = np.sqrt(problem.divergence(c, START))
    trace = steps_of(oe.MirrorDescent(R * np.sqrt(2 / n), average=True), problem, START, n)
    stated = trace.method.guarantee(problem, n - 1, START).bound
    assert stated == pytest.approx(R * np.sqrt(2 / n), rel=1e-12)
    assert trace.values[min(n - 1, len(trace) - 1)] <= stated
    # negative control: the theorem is not about a much smaller number
    tighter = stated / 60
    assert trace.values[n - 1] > tighter


@pytest.mark.parametrize("n", [1, 2, 5, 10])
def test_four_fifths_of_the_bound_are_refuted(n):
    """max_i x_i over a large ball: each of n subgradients is that of a fresh coordinate."""
    f = P.MaxLinear(np.eye(n + 1), np.zeros(n + 1))
    ball = P.EuclideanGeometry(P.L2Ball(np.zeros(n + 1), 1.0))
    solution = np.full(n + 1, -1 / np.sqrt(n + 1))
    problem = P.Mirrored(f, ball, solution, 1.0)
    step = 1 / np.sqrt(n + 1)  # R / (M sqrt(number of points))
    trace = steps_of(oe.MirrorDescent(step), problem, np.zeros(n + 1), n)
    measured, bound = measured_and_bound(trace, [n])
    assert bound == pytest.approx(1 / np.sqrt(n + 1))
    assert 0.8 * bound < measured <= bound * (1 + 1e-9)


def test_entropy_is_exponentiated_gradient_and_multiplicative_weights_to_first_order():
    rng = np.random.default_rng(1)
    costs = rng.uniform(0, 1, (50, D))
    problem = P.Mirrored(P.LinearRounds(costs), P.EntropyGeometry())
    one = steps_of(oe.OnlineMirrorDescent(0.3), problem, START, 50)
    other = steps_of(oe.ExponentiatedGradient(0.3), problem, START, 50)
    np.testing.assert_allclose(one.iterates, other.iterates, atol=1e-14)
    small = [
        np.abs(
            steps_of(oe.ExponentiatedGradient(t), problem, START, 1).x
            - steps_of(oe.MultiplicativeWeights(t), problem, START, 1).x
        ).max()
        for t in (1e-2, 1e-3)
    ]
    assert small[1] == pytest.approx(small[0] / 100, rel=0.1)


def test_euclidean_is_projected_gradient_descent():
    f = random_least_squares(12, D, seed=3)
    for C in (P.Simplex(), P.L2Ball(np.full(D, 0.2), 0.6), P.Box(-np.ones(D), np.ones(D))):
        step = 1 / f.smoothness
        one = steps_of(oe.MirrorDescent(step), P.Mirrored(f, P.EuclideanGeometry(C)), START, 60)
        other = steps_of(oe.ProjectedGradientDescent(step), P.Constrained(f, C), START, 60)
        rows = min(len(one), len(other))
        assert rows > (20 if isinstance(C, P.L2Ball) else 1)  # a corner is met at once
        np.testing.assert_array_equal(one.iterates[:rows], other.iterates[:rows])


def test_linear_functions_make_lazy_and_greedy_the_same():
    """In the entropy's geometry two steps are one: only projections tell them apart."""
    problem = P.Mirrored(
        P.LinearRounds(np.random.default_rng(2).normal(size=(1, D))), P.EntropyGeometry()
    )
    lazy = steps_of(oe.DualAveraging(0.3, 0.0, False), problem, START, 30)
    greedy = steps_of(oe.MirrorDescent(0.3), problem, START, 30)
    np.testing.assert_allclose(lazy.iterates, greedy.iterates, atol=1e-13)
    ball = P.Mirrored(problem.objective, P.EuclideanGeometry(P.L2Ball(np.zeros(D), 0.5)))
    lazy = steps_of(oe.DualAveraging(0.3, 0.0, False), ball, START, 3)
    greedy = steps_of(oe.MirrorDescent(0.3), ball, START, 3)
    assert np.abs(lazy.x - greedy.x).max() > 1e-3


def test_averages_are_averages():
    f, _ = distances(2)
    problem = P.Mirrored(f, P.EntropyGeometry())
    for decay in (0.0, 0.5):
        points = steps_of(oe.MirrorDescent(0.2, decay), problem, START, 40).iterates
        weights = 0.2 / (np.arange(41) + 1.0) ** decay
        trace = steps_of(oe.MirrorDescent(0.2, decay, True), problem, START, 40)
        np.testing.assert_allclose(trace.x, weights @ points / weights.sum(), atol=1e-14)
    points = steps_of(oe.DualAveraging(0.2, 0.5, False), problem, START, 40).iterates
    trace = steps_of(oe.DualAveraging(0.2, 0.5), problem, START, 40)
    np.testing.assert_allclose(trace.x, points.mean(0), atol=1e-14)


@pytest.mark.parametrize("geometry", SMOOTH_MAPS + [P.LogBarrierGeometry()])
def test_optimum_is_that_of_cvxpy(geometry):
    problem = quadratic_on_simplex(5, geometry)
    trace = oe.run(oe.MirrorDescent(), problem, START, max_iter=4000, tol=1e-6, execution="python")
    assert trace.values[-1] - problem.minimum <= trace.gradient_norms[-1] + 1e-10
    # the barrier keeps away from the border, where this minimizer lies
    slack = 1e-2 if isinstance(geometry, P.LogBarrierGeometry) else 1e-5
    assert trace.values[-1] - problem.minimum <= slack


def test_spectrahedron():
    """The nearest density matrix: shifted eigenvalues, by a formula of its own."""
    rng = np.random.default_rng(6)
    B = rng.standard_normal((4, 4))
    target = 0.4 * (B + B.T)
    f = oe.Problem.from_functions(
        lambda x: 0.5 * np.sum((x - target) ** 2), gradient=lambda x: x - target, smoothness=1.0,
        shape=(4, 4),
    )  # fmt: skip
    problem = P.Mirrored(f, P.MatrixEntropyGeometry())
    trace = oe.run(oe.MirrorDescent(), problem, np.eye(4) / 4, max_iter=3000, tol=1e-9)
    w, Q = np.linalg.eigh(target)
    best = (Q * P.Simplex().project(w)) @ Q.T
    assert problem.value(trace.x) - problem.value(best) <= trace.gradient_norms[-1]
    np.testing.assert_allclose(trace.x, best, atol=2e-3)


def test_dimension_enters_by_its_logarithm():
    """With n points both bounds are R M sqrt(2 / n): sqrt(log d) against sqrt(d)."""
    ratios = []
    for d in (10, 1000):
        entropy = P.Mirrored(P.LinearRounds(np.ones((1, d))), P.EntropyGeometry())
        center, corner = np.full(d, 1 / d), np.eye(d)[0]
        R2 = entropy.divergence(corner, center)
        assert abs(R2 - np.log(d)) < 1e-12
        euclid = P.EuclideanGeometry(P.Simplex())
        # gradients with entries in [-1, 1]: M is 1, and sqrt(d) in the Euclidean norm
        ratios.append(np.sqrt(R2) / np.sqrt(euclid.divergence(corner, center) * d))
    assert ratios[0] == pytest.approx(np.sqrt(np.log(10) / 4.5))
    assert ratios[1] < 0.12


def test_unknown_constants_are_a_sentence():
    problem = P.Mirrored(P.AbsoluteValue(START), P.EntropyGeometry())
    with pytest.raises(ValueError, match="relative_smoothness is unknown"):
        oe.run(oe.MirrorDescent(), problem, START)
    assert oe.MirrorDescent(0.1).guarantee(problem, np.array(KS), START) is None
