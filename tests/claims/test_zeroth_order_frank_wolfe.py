"""Towards Gradient Free and Projection Free Stochastic Optimization.

Claims: Frank-Wolfe works from two noisy function values per step, if the estimates are averaged;
the gap falls like (d / k)^(1/3). Shown here on quadratics with a noisy linear term, total noise
0.5 whatever d. Found: over the l2 ball both exponents are nearer 0.55 than 1/3, and equal, as the
bound has them; over the l1 ball, where one coordinate decides, the dimension hardly matters.
Without convexity the Frank-Wolfe gap is to fall like d^(1/3) k^(-1/4); measured faster.
"""

import cvxpy as cp
import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import random_quadratic, random_rotation
from tests.projection_free.examples import P, solve, states

ESTIMATORS = (
    oe.KieferWolfowitzFrankWolfe(),
    oe.RandomDirectionFrankWolfe(),
    oe.RandomDirectionFrankWolfe(directions=6),
)
MARKS = (100, 1000, 3000)


def noisy(d, ball, noise=0.5, seed=1):
    """||x - c||^2 / 2 with c outside the set, a start in it, and the minimum."""
    rng = np.random.default_rng(seed)
    if ball == "l2":
        c = rng.standard_normal(d)
        c, C = c / np.linalg.norm(c), P.L2Ball(np.zeros(d), 0.5)
    else:
        c = np.zeros(d)
        c[:4] = (0.6, -0.5, 0.3, 0.2) if ball == "l1" else (0.5, 0.3, 0.2, 0.1)
        C = P.L1Ball() if ball == "l1" else P.Simplex()
    rows = rng.standard_normal((400, d)) * noise / np.sqrt(d)
    f = P.NoisyQuadratic(np.eye(d), c + rows - rows.mean(axis=0))
    x0 = C.linear_minimizer(np.ones(d))
    return P.Constrained(f, C, C.project(c)), x0


def gaps(method, problem, x0, seeds=3, steps=MARKS[-1]):
    """The mean gap to f* after 100, 1000 and 3000 steps."""
    found = []
    for seed in range(seeds):
        trace = oe.run(method, problem, x0, max_iter=steps, tol=0.0, seed=seed,
                       execution="python", progress=False)  # fmt: skip
        found.append(trace.values[list(MARKS)] - problem.minimum)
    return np.mean(found, axis=0)


@pytest.mark.parametrize("ball", ["l1", "simplex", "l2"])
@pytest.mark.parametrize("method", ESTIMATORS)
def test_the_gap_falls_at_least_like_the_cube_root(method, ball):
    """Measured slopes in k, 100 to 10000 steps: -0.43 to -1.04."""
    problem, x0 = noisy(8, ball)
    measured = gaps(method, problem, x0)
    slope = np.polyfit(np.log(MARKS), np.log(measured), 1)[0]
    assert slope <= -0.30
    assert (measured > 0).all()


def test_averaging_is_needed():
    """rho = 1 stalls: more steps do not help; the averaged run is far below."""
    for method in (oe.StochasticFrankWolfe(), ESTIMATORS[1]):
        problem, x0 = noisy(8, "l2", noise=2.0)
        stuck = gaps(method._replace(average=False), problem, x0)
        better = gaps(method, problem, x0)
        assert stuck[2] > 0.7 * stuck[0]
        assert better[2] < 0.4 * stuck[2]


def test_the_dimension_costs_what_steps_cost():
    """Two values per step: gap ~ (d / k)^0.55 on the l2 ball. d + 1 values: independent of d."""
    dims, few = (4, 16, 64), (4, 12, 24)
    random = np.array([gaps(ESTIMATORS[1], *noisy(d, "l2")) for d in dims])
    coordinate = np.array([gaps(ESTIMATORS[0], *noisy(d, "l2"), seeds=2) for d in few])
    in_d = np.polyfit(np.log(dims), np.log(random[:, 2]), 1)[0]
    in_k = np.mean([np.polyfit(np.log(MARKS), np.log(row), 1)[0] for row in random])
    assert 0.3 <= in_d <= 0.75  # measured 0.55 to 0.63; the bound allows 1/3 with a slower rate
    assert abs(in_d + in_k) <= 0.2
    assert abs(np.polyfit(np.log(few), np.log(coordinate[:, 2]), 1)[0]) <= 0.22
    sparse = np.array([gaps(ESTIMATORS[1], *noisy(d, "l1"), seeds=3) for d in dims])
    assert np.polyfit(np.log(dims), np.log(sparse[:, 2]), 1)[0] <= 0.3


def bent(ball, d=8, noise=0.5, seed=1):
    """A rotated quadratic with eigenvalues from -1 to 1, its linear term known with noise."""
    rng, Q = np.random.default_rng(seed), random_rotation(d, seed)
    A = (Q * np.linspace(-1.0, 1.0, d)) @ Q.T
    b, rows = 0.3 * rng.standard_normal(d), noise * rng.standard_normal((400, d))
    f = P.NoisyQuadratic((A + A.T) / 2, (b + rows - rows.mean(axis=0)) / np.sqrt(d))
    half = np.full(d, 0.5)
    C = {"l1": P.L1Ball(), "l2": P.L2Ball(0 * half, 0.5), "box": P.Box(-half, half)}[ball]
    return P.Constrained(f, C), np.zeros(d)


def mean_gap_slope(method, ball):
    """The exponent with which the mean Frank-Wolfe gap of T steps falls, T from 100 to 2000."""
    (problem, x0), times, found = bent(ball), np.array([100, 300, 1000, 2000]), []
    for seed in range(3):
        trace = oe.run(method, problem, x0, max_iter=times[-1], tol=0.0, seed=seed,
                       execution="python", progress=False)  # fmt: skip
        found.append(np.cumsum(trace.gradient_norms[1:])[times - 1] / times)
    return np.polyfit(np.log(times), np.log(np.mean(found, axis=0)), 1)[0]


@pytest.mark.parametrize("ball", ["l1", "l2", "box"])
def test_without_convexity_the_gap_falls_at_least_like_the_fourth_root(ball):
    """Measured slopes -0.28 to -0.96, with the steps 2 / (k + 8); without averaging 0."""
    for method in ESTIMATORS:
        assert mean_gap_slope(method, ball) <= -0.25
    assert mean_gap_slope(oe.RandomDirectionFrankWolfe(average=False), ball) >= -0.1


@pytest.mark.parametrize("method", [*ESTIMATORS, oe.StochasticFrankWolfe()])
def test_iterates_are_feasible(method):
    for ball in ("l1", "simplex", "l2"):
        problem, x0 = noisy(6, ball)
        for s in states(method, problem, x0, 200):
            if ball == "l1":
                assert np.abs(s.x).sum() <= 1 + 1e-12
            elif ball == "simplex":
                assert abs(s.x.sum() - 1) <= 1e-12
                assert s.x.min() >= -1e-12
            else:
                assert np.linalg.norm(s.x) <= 0.5 + 1e-12


def vanilla(problem, x, steps):
    """Frank-Wolfe with exact gradients and the steps 2 / (k + 8)."""
    path = [x]
    for k in range(steps):
        t = 2.0 / (k + 8)
        x = (1.0 - t) * x + t * problem.linear_minimizer(problem.gradient(x))
        path.append(x)
    return np.array(path)


def test_exact_gradients_and_no_average_is_frank_wolfe():
    """Bit for bit with the gradient of the only term; with differences, in the limit c -> 0."""
    f = random_quadratic(6, 10.0, 3)
    f = P.NoisyQuadratic(f.A, 0.2 * f.b[None, :])
    problem, x0 = P.Constrained(f, P.L1Ball()), np.full(6, 0.1)
    wanted = vanilla(problem, x0, 60)
    exact = [s.x for s in states(oe.StochasticFrankWolfe(average=False), problem, x0, 60)]
    np.testing.assert_array_equal(exact, wanted)
    tiny = oe.KieferWolfowitzFrankWolfe(average=False, smoothing=1e-6)
    np.testing.assert_allclose([s.x for s in states(tiny, problem, x0, 20)], wanted[:21], atol=1e-9)
    rough = oe.KieferWolfowitzFrankWolfe(average=False, smoothing=3.0)
    assert np.abs(np.array([s.x for s in states(rough, problem, x0, 60)]) - wanted).max() > 1e-3


def test_rules_are_those_of_the_paper():
    problem, x0 = noisy(5, "l1")
    for method in ESTIMATORS:
        path = list(states(method, problem, x0, 30))
        for k in range(30):
            old, new = path[k], path[k + 1]
            t = 2 / (k + 8)
            s = problem.linear_minimizer(new.d)
            np.testing.assert_allclose(new.x, (1 - t) * old.x + t * s, atol=1e-15)
    d, m = 5, 6
    q = {0: 1.0, 1: d, 2: 1 + d / m}
    for j, method in enumerate(ESTIMATORS):
        rng = np.random.default_rng(0)
        i = rng.integers(0, 400)
        state = method.resolve(problem).init(problem, x0, rng)
        new = method.resolve(problem).step(problem, state, np.random.default_rng(0))
        rho = min(1.0, 4 / (q[j] ** (1 / 3) * 8 ** (2 / 3)))
        g = np.zeros(d)
        if j == 0:
            c = 2 / (np.sqrt(d) * 8 ** (1 / 3))
            for e in np.eye(d):
                g += (
                    (problem.component_value(i, x0 + c * e) - problem.component_value(i, x0))
                    / c
                    * e
                )
        else:
            count = 1 if j == 1 else m
            c = 2 * np.sqrt(count) / (d**1.5 * 8 ** (1 / 3))
            for _ in range(count):
                z = rng.standard_normal(d)
                g += (
                    (problem.component_value(i, x0 + c * z) - problem.component_value(i, x0))
                    / c
                    * z
                )
            g /= count
        np.testing.assert_allclose(new.d, rho * g, rtol=1e-12)


def test_counts_of_values():
    problem, x0 = noisy(5, "l1")
    for method, calls in zip(ESTIMATORS, (6, 2, 7), strict=True):
        trace = oe.run(method, problem, x0, max_iter=10, tol=0.0, execution="python")
        assert trace.counts == {"component_value": 10 * calls, "linear_minimizer": 10}


def test_estimators_have_the_mean_that_smoothing_gives():
    """E of the random difference is the gradient of a quadratic; of the other, plus c A_jj / 2."""
    from optedu.projection_free.kiefer_wolfowitz_frank_wolfe import coordinate_differences
    from optedu.projection_free.random_direction_frank_wolfe import direction_differences

    f = random_quadratic(4, 5.0, 2)
    f = P.NoisyQuadratic(f.A, f.b[None, :])
    x, c, rng = np.array([0.3, -1.0, 0.2, 0.5]), 0.1, np.random.default_rng(0)
    np.testing.assert_allclose(
        coordinate_differences(f, 0, x, c), f.gradient(x) + c * np.diag(f.A) / 2, atol=1e-12
    )
    draws = np.array([direction_differences(f, 0, x, c, 1, rng) for _ in range(4000)])
    error = draws.std(axis=0) / np.sqrt(len(draws))
    assert (np.abs(draws.mean(axis=0) - f.gradient(x)) <= 4 * error).all()
    assert (np.abs(draws.mean(axis=0) - 1.3 * f.gradient(x)) > 4 * error).any()


def test_optimum_agrees_with_cvxpy():
    problem, x0 = noisy(8, "l1", noise=0.05)
    x = cp.Variable(8)
    f = problem.objective
    best = solve(cp.sum_squares(x) / 2 - f.B.mean(axis=0) @ x, x, [cp.norm1(x) <= 1])
    assert problem.minimum == pytest.approx(best, abs=1e-8)
    for method in ESTIMATORS:
        assert gaps(method, problem, x0, seeds=1)[2] <= 5e-3
