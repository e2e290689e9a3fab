"""OptEx: guess the next gradients from the last ones, then evaluate them all at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.acceleration.anderson_mixing import appended
from optedu.parameters import require_positive, step_from_smoothness
from optedu.protocol import method, portable


class OptExState(NamedTuple):
    x: np.ndarray  # the iterate
    points: np.ndarray  # where gradients were evaluated, flat, the newest last
    gradients: np.ndarray  # those gradients
    count: int  # how many rows are filled


@method
class OptEx(NamedTuple):
    """OptEx with gradient descent: approximately parallelized iterations.

    Problem      minimize f(x), f differentiable; ``parallelism`` = N gradients cost as much time
                 as one, because N machines evaluate them.
    Update       p_1 = x;  p_{s+1} = p_s - step_size * m(p_s),  s = 1, ..., N - 1, where m is the
                 mean of a Gaussian process fitted to the history of gradients:
                 m(p) = k(p, P) (K + noise I)^{-1} G, k the Matern 5/2 kernel
                 evaluate grad f at p_1, ..., p_N in parallel, add all to the history
                 x+ = p_N - step_size * grad f(p_N)
    Guarantee    none that could be verified here. The paper claims that the error of m vanishes
                 as the history grows, and an effective acceleration of order sqrt(N) for SGD
                 (shu2024).
    Cost         N gradients per step, evaluated at the same time; two linear systems of the size
                 of the history.
    Use when     a gradient is dear, machines are idle, and the path is smooth in a few dimensions.
    Fails when   length_scale is wrong: too short, and the proxies do not move; too long, and the
                 linear system is singular to working precision.

    Parameters
    ----------
    step_size : float, optional
        Length of the step per unit of gradient; by default 1 / problem.smoothness.
    parallelism : int, default 4
        N; 1 is gradient descent.
    history : int, default 20
        Number of gradients kept, at least N.
    length_scale : float, default 1.0
        Length scale of the kernel, in units of x.
    noise : float, default 1e-8
        Variance of the gradients' noise over that of the kernel; positive.

    References
    ----------
    shu2024.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    >>> one, four = oe.race([oe.OptEx(parallelism=n) for n in (1, 4)], problem, [0.0, 0.0])
    >>> 2 * len(four) < len(one)
    True
    """

    step_size: float | None = None
    parallelism: int = 4
    history: int = 20
    length_scale: float = 1.0
    noise: float = 1e-8

    def check(self):
        """Refuse numbers that are not positive, or a history shorter than the parallelism."""
        require_positive(self, "step_size", "parallelism", "length_scale", "noise")
        if self.history < self.parallelism:
            raise ValueError(
                f"OptEx: history must be at least parallelism = {self.parallelism}, "
                f"got {self.history}"
            )

    def resolve(self, problem):
        """Take step_size = 1/L where none is given."""
        return step_from_smoothness(self, problem)

    def init(self, problem, x):
        empty = np.zeros((self.history, x.size))
        return OptExState(x, empty, empty, 0)

    def step(self, problem, state):
        x, points, gradients, count = state
        known_points = points[self.history - count :].copy()
        known_gradients = gradients[self.history - count :].copy()
        weights = gradient_weights(known_points, known_gradients, self.length_scale, self.noise)
        p = x
        for s in range(self.parallelism):
            g = problem.gradient(p)
            points, gradients = appended(points, p), appended(gradients, g)
            if s + 1 < self.parallelism:
                estimate = matern(known_points, p.ravel(), self.length_scale) @ weights
                p = p - self.step_size * estimate.reshape(p.shape)
        count = min(count + self.parallelism, self.history)
        return OptExState(p - self.step_size * g, points, gradients, count)


@portable
def matern(points, x, length_scale):
    """Matern 5/2 kernel between each row of points and x."""
    d = points - x
    r = np.sqrt(5 * np.sum(d * d, axis=1)) / length_scale
    return (1 + r + r * r / 3) * np.exp(-r)


@portable
def gradient_weights(points, gradients, length_scale, noise):
    """(K + noise I)^{-1} G, one column per coordinate of the gradient."""
    n = len(points)
    K = np.empty((n, n))
    for i in range(n):
        K[i] = matern(points, points[i], length_scale)
        K[i, i] += noise
    return np.linalg.solve(K, gradients)
