"""Generalized-Smooth Nonconvex Optimization is As Efficient As Smooth Nonconvex Optimization.

Claims: gradient descent normalized by a power of the gradient's norm needs O(1 / eps^2) steps,
and SPIDER with normalized steps O(1 / eps^3) gradients, as for smooth functions. Shown here: far
from the minimizer of a quartic no constant step serves gradient descent, and many serve beta-GD; on
a double well the number of steps grows slower than 1 / eps^2; SPIDER saves component gradients.
The bound for power 1 is in tests/adaptive/test_normalized.py. Not shown: that the orders are
optimal, and the robust losses of the paper.
"""

import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import random_rotation

QUIET = {"tol": 0.0, "execution": "python", "progress": False}
Q, CENTER = random_rotation(10, 0), np.linspace(-1.0, 1.0, 10)
FAR = CENTER + Q.T @ np.linspace(5.0, 10.0, 10)
STEPS = 10.0 ** np.arange(-4, 0.6, 0.5)


def quartic():
    return oe.Problem.from_functions(
        lambda x: float(np.sum((Q @ (x - CENTER)) ** 4)),
        gradient=lambda x: 4 * Q.T @ (Q @ (x - CENTER)) ** 3,
    )


def double_well():
    """Not convex: a saddle at the centre, a minimizer for each choice of signs."""

    def gradient(x):
        u = Q @ (x - CENTER)
        return Q.T @ (u**3 - u)

    return oe.Problem.from_functions(
        lambda x: float(np.sum(((Q @ (x - CENTER)) ** 2 - 1) ** 2) / 4), gradient=gradient
    )


def steps_until(method, problem, accuracy, limit):
    """Return the steps until the gradient's norm is below the accuracy, inf if it never is."""
    with np.errstate(all="ignore"):
        trace = oe.run(method, problem, FAR, max_iter=limit, **(QUIET | {"tol": accuracy}))
    return trace.iterations[-1] if trace.status is oe.Status.CONVERGED else np.inf


def test_one_step_serves_near_and_far():
    """Steps from 1e-4 to 3, in factors of root 10; gradient norm 0.01 within 600 steps.

    Measured: power 2/3 gets there with the five from 0.01 to 1, gradient descent with none: too
    long far out, too short in the end.
    """
    serves = [
        [
            h
            for h in STEPS
            if steps_until(oe.PowerNormalizedGradient(h, power), quartic(), 0.01, 600) < np.inf
        ]
        for power in (0.0, 2 / 3)
    ]
    assert not serves[0]
    assert len(serves[1]) >= 4


def test_steps_grow_slower_than_the_square():
    """Power 1, step length eps, double well: 72, 215, 715, 2145 steps, a slope of -1.0.

    It ends at a minimizer that is not degenerate; there the order of the bound is not attained.
    """
    accuracies = np.array([0.3, 0.1, 0.03, 0.01])
    counts = [
        steps_until(oe.PowerNormalizedGradient(e), double_well(), e, 4000) for e in accuracies
    ]
    assert np.polyfit(np.log(accuracies), np.log(counts), 1)[0] >= -1.5


def test_near_a_curved_minimizer_a_power_bounces():
    """The double well again: with power 2/3 and step 0.1 the norm 0.01 is not reached."""
    method = oe.PowerNormalizedGradient(0.1, 2 / 3)
    assert steps_until(method, double_well(), 0.01, 600) == np.inf


@pytest.mark.parametrize("seed", range(3))
def test_spider_saves_component_gradients(seed):
    """Gradient norm 0.05 on a mean of 200 hyperbolic cosines, steps of 0.02.

    Measured: 4936, 5304, 5020 component gradients against 23 800 to 24 600.
    """
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((200, 5))
    problem = oe.problems.HyperbolicCosine(A, A @ np.ones(5) + 0.3 * rng.standard_normal(200))
    start = np.ones(5) + np.array([2.0, -1.0, 0.0, 1.0, 0.0])
    options = QUIET | {"tol": 0.05, "max_iter": 500, "seed": seed}
    spider = oe.run(oe.NormalizedSPIDER(0.02), problem, start, **options)
    whole = oe.run(oe.PowerNormalizedGradient(0.02), problem, start, **options)
    assert spider.status is whole.status is oe.Status.CONVERGED
    ours, theirs = spider.counts["component_gradient"], 200 * whole.iterations[-1]
    assert ours < 0.4 * theirs
