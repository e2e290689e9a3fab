"""Checks of the exercises on acceleration."""

from __future__ import annotations

import numpy as np

from optedu.acceleration.bounds import nesterov_lambda
from optedu.acceleration.nesterov_acceleration import NesterovAcceleration
from optedu.acceleration.nesterov_strongly_convex import NesterovStronglyConvex
from optedu.acceleration.optimized_gradient_method import OptimizedGradientMethod
from optedu.gradient.gradient_descent import GradientDescent
from optedu.grading import exercise, require
from optedu.problems.functions import Problem
from optedu.problems.generators import random_logistic, random_quadratic, random_rotation
from optedu.problems.huber import HuberNorm
from optedu.problems.quadratic import Quadratic
from optedu.running.run import run


@exercise("acceleration.best-momentum")
def best_momentum(answer, rng):
    """Check a function of (mu, L): the step size and momentum of the fastest heavy ball."""
    for _ in range(6):
        mu = 10 ** rng.uniform(-2, 1)
        L = mu * 10 ** rng.uniform(0.1, 4)
        step, momentum = answer(mu, L)
        require(
            step > 0 and 0 <= momentum < 1,
            "Return (step size, momentum), the step positive and the momentum in [0, 1).",
        )
        curvatures = np.geomspace(mu, L, 200)
        trace = 1 + momentum - step * curvatures
        roots = (trace + np.sqrt(trace**2 - 4 * momentum + 0j)) / 2
        slowest = np.abs([roots, trace - roots]).max()
        root = np.sqrt(L / mu)
        require(
            slowest <= (root - 1) / (root + 1) + 1e-6,
            "Some curvature in [mu, L] shrinks more slowly than it has to. The error of curvature "
            "lam obeys r^2 - (1 + momentum - step lam) r + momentum = 0: for which lam are the "
            "roots real, and can both ends be made a double root?",
        )


@exercise("acceleration.worst-slope")
def worst_slope(answer, rng):
    """Check a function of (method, k): the slope of the Huber function made for k steps of it."""
    for method in (
        GradientDescent(1.0),
        NesterovAcceleration(1.0),
        NesterovStronglyConvex(1.0, 0.7),
        OptimizedGradientMethod(1.0, 7),
    ):
        for k in (1, 3, 7):
            if isinstance(method, OptimizedGradientMethod):
                method = method._replace(horizon=k)
            slope = float(answer(method, k))
            require(0 < slope <= 1, "The slope is positive and at most 1, the distance to go.")
            travelled = _travelled(method, k)
            direction = random_rotation(3, rng)[0]
            trace = run(
                method, HuberNorm(1.0, slope, np.zeros(3)), direction,
                max_iter=k, tol=0.0, execution="python",
            )  # fmt: skip
            require(
                np.isclose(trace.values[-1], 1 / (2 * (2 * travelled + 1)), rtol=1e-9),
                f"On your Huber function {type(method).__name__} is not at its worst after {k} "
                "steps. Where does it stand if the gradient has been the slope all the way?",
            )


@exercise("acceleration.farkas")
def farkas(answer, rng):
    """Check a function of (A, b): a proof that A x = b, x >= 0 has no solution."""
    for m, n in ((2, 4), (3, 6), (4, 7)):
        A, y = rng.standard_normal((m, n)), rng.standard_normal(m)
        y /= np.linalg.norm(y)
        A += np.outer(y, rng.uniform(0.3, 1.0, n) - y @ A)
        b = A @ rng.standard_normal(n)
        b -= (y @ b + rng.uniform(0.5, 1.0)) * y
        found = np.asarray(answer(A, b), dtype=float)
        require(found.shape == (m,), f"Return y with one entry per equation: shape ({m},).")
        size = np.linalg.norm(found)
        require(size > 0 and np.isfinite(size), "y must be finite and not zero.")
        found = found / size
        require(
            b @ found < -1e-6,
            "<b, y> must be negative. Does the sign of your residual fit: v = x - T x?",
        )
        require(
            (A.T @ found).min() >= -1e-6,
            "A'y has a negative entry. If it is small, go on iterating; v = A'y is reached only in "
            "the limit, and Halpern's iteration takes long to be exact.",
        )


@exercise("acceleration.optimized-gradient")
def optimized_gradient(answer, rng):
    """Check a method class with step_size and horizon that has the worst case of OGM."""
    for k in (1, 2, 5, 12):
        theta = (1 + np.sqrt(8 * nesterov_lambda(k) ** 2 + 1)) / 2
        center, start = rng.standard_normal(3), rng.standard_normal(3)
        square = np.sum((start - center) ** 2)
        spread = random_quadratic(3, 50.0, rng, smoothness=4.0, minimizer=center)
        family = [Quadratic(curvature * np.eye(3), curvature * center) for curvature in (4, 2, 0.5)]
        slopes = np.sqrt(square) * np.array([1 / theta**2, 0.5 / theta**2, 0.1, 0.5])
        family += [HuberNorm(4.0, delta, center) for delta in slopes]
        for problem in (spread, *family):
            gap = _end(answer(1 / problem.smoothness, k), problem, start, k)
            bound = problem.smoothness * square / (2 * theta**2)
            require(
                gap <= bound * (1 + 1e-9) + 1e-12,
                f"With horizon {k} the gap on a {type(problem).__name__} is {gap:.6g}, above the "
                f"bound {bound:.6g}. Is the theta of the last step (1 + sqrt(8 theta^2 + 1)) / 2, "
                "and is the answer the point where the next gradient would be taken?",
            )
    problem = random_logistic(n=30, d=4, seed=rng)
    trace = run(
        answer(1 / problem.smoothness, 60), problem, np.zeros(4),
        max_iter=60, tol=0.0, execution="python",
    )  # fmt: skip
    require(
        trace.values[-1] < trace.values[0] and np.isfinite(trace.values).all(),
        "On a logistic regression your method does not make progress in 60 steps.",
    )


def _travelled(method, k: int) -> float:
    ramp = Problem.from_functions(value=lambda x: x[0], gradient=lambda x: np.ones(1))
    trace = run(method, ramp, [0.0], max_iter=k, tol=0.0, execution="python")
    return -float(trace.x[0])


def _end(method, problem, start, k: int) -> float:
    trace = run(method, problem, start, max_iter=k, tol=0.0, execution="python")
    return float(trace.values[-1] - problem.minimum)
