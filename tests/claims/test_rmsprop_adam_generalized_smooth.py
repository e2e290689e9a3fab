"""Convergence Guarantees for RMSProp and Adam in Generalized-smooth Non-convex Optimization with
Affine Noise Variance.

Claims: where curvature grows with the slope, and the noise with the gradient, coordinate by
coordinate, RMSProp and Adam reach a mean gradient norm eps in O(eps^-4) steps: T steps give
T^(-1/4). Shown here: a mean of hyperbolic cosines has both properties, with constants; constant
steps of gradient descent diverge from far away and those of RMSProp do not; the norms fall at
least at that rate. The problem is convex, so that the theorem is not tested where it is strongest.
"""

import numpy as np
import pytest

import optedu as oe

SCALES, CENTER, SPREAD = np.array([0.6, 1.0, 1.4]), np.array([1.5, -0.7, 0.4]), 0.5


def cosines():
    """Two terms per coordinate, at either side of its center."""
    rows = np.diag(SCALES)
    b = SCALES * CENTER
    return oe.problems.HyperbolicCosine(np.vstack([rows, rows]), np.append(b - SPREAD, b + SPREAD))


def constants(d=3):
    """Return L0, L1, D0, D1 of the coordinates."""
    grown, fixed = np.cosh(SPREAD), np.sinh(SPREAD)
    return (SCALES**2 * grown / d, SCALES,
            (SCALES * fixed) ** 2 / d, d * (1 + (fixed / grown) ** 2))  # fmt: skip


def test_curvature_and_noise_are_bounded_by_the_slope():
    problem, rng = cosines(), np.random.default_rng(0)
    L0, L1, D0, D1 = constants()
    for _ in range(50):
        x = CENTER + 4 * rng.standard_normal(3)
        slope, curvature = problem.gradient(x), np.diag(problem.hessian(x))
        assert np.all(curvature <= L0 + L1 * np.abs(slope))
        assert np.all(curvature > 0.7 * (L0 + L1 * np.abs(slope)))
        terms = np.array([problem.component_gradient(i, x) for i in range(problem.components)])
        np.testing.assert_allclose(np.mean(terms**2, axis=0), D0 + D1 * slope**2, rtol=1e-10)


@pytest.mark.parametrize("step_size", [1.0, 0.1, 0.01])
def test_gradient_descent_diverges_from_far_away_and_rmsprop_does_not(step_size):
    problem, x0 = cosines(), CENTER + np.array([12.0, -10.0, 9.0])
    options = {"max_iter": 3000, "tol": 0.0, "execution": "python"}
    assert oe.run(oe.GradientDescent(step_size), problem, x0, **options).status in (
        oe.Status.DIVERGED, oe.Status.NONFINITE,
    )  # fmt: skip
    for method in (oe.RMSProp(step_size), oe.Adam(step_size, square_decay=0.9)):
        assert oe.run(method, problem, x0, **options).gradient_norms.min() < 2 * step_size


def test_a_long_memory_of_far_slopes_keeps_adam_slow():
    """After 3000 steps: gradient norm 203 with the usual 1 - b2 = 1/1000, 3e-4 with 1/10."""
    problem, x0 = cosines(), CENTER + np.array([12.0, -10.0, 9.0])
    options = {"max_iter": 3000, "tol": 0.0, "execution": "python"}
    slow, quick = (
        oe.run(oe.Adam(0.01, square_decay=decay), problem, x0, **options).gradient_norms[-1]
        for decay in (0.999, 0.9)
    )
    assert slow > 100
    assert quick < 0.01


def mean_norm(method, steps, seed):
    """Return the mean gradient norm on the second half of a run."""
    options = {"max_iter": steps, "tol": 0.0, "seed": seed, "execution": "python"}
    trace = oe.run(oe.Minibatch(method), cosines(), CENTER + 2.0, **options)
    return trace.gradient_norms[steps // 2 :].mean()


@pytest.mark.parametrize("name", ["RMSProp", "Adam"])
def test_norms_fall_at_least_like_the_fourth_root_of_the_steps(name):
    """Steps 1 / sqrt(T) and 1 - b2 = 1 / sqrt(T), T = 64, 512, 4096; means over four seeds."""
    horizons, means = np.array([64, 512, 4096]), []
    for T in horizons:
        rate = {"step_size": 1 / np.sqrt(T), "square_decay": 1 - 1 / np.sqrt(T)}
        method = getattr(oe, name)(**rate)
        means.append(np.mean([mean_norm(method, int(T), seed) for seed in range(4)]))
    slope = np.polyfit(np.log(horizons), np.log(means), 1)[0]
    assert slope == pytest.approx({"RMSProp": -0.33, "Adam": -0.31}[name], abs=0.03)
