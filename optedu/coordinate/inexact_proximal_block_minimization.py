"""Inexact BCD-PR: each block is minimized by projected gradient steps, ever more exactly."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from optedu.parameters import require_positive
from optedu.protocol import method, portable

ROUNDS = 200


class InexactProximalBlockMinimizationState(NamedTuple):
    x: np.ndarray  # the iterate, after whole cycles
    t: float  # the last step size of the inner projected gradient
    k: int  # cycles done


@portable
def approximate_block(problem, x, inside, weight, t, tolerance):
    """Return x with the block `inside` nearly minimized, and the step size t to go on with.

    The block's objective h(u) = F(u) + weight/2 ||u - x||^2 is weight-strongly convex where F is
    convex in the block; projected gradient steps with backtracking go on until their gradient
    mapping is at most the tolerance, so that h exceeds its minimum by
    tolerance^2 / (2 weight) at most.
    """
    u = x
    for _ in range(ROUNDS):
        g = np.where(inside, problem.gradient(u) + weight * (u - x), 0.0)
        height = problem.value(u) + weight / 2 * np.sum((u - x) ** 2)
        for _ in range(60):
            new = np.where(inside, problem.project(u - t * g), u)
            d = new - u
            model = height + np.sum(g * d) + np.sum(d * d) / (2 * t)
            slack = 1e-14 * (1 + abs(height))
            # written so that a NaN ends the loops, too
            if not problem.value(new) + weight / 2 * np.sum((new - x) ** 2) > model + slack:
                break
            t = t / 2
        u = new
        if not np.sqrt(np.sum(d * d)) > t * tolerance:
            break
    return u, t


@method
class InexactProximalBlockMinimization(NamedTuple):
    """BCD-PR whose blocks are minimized by an inner loop, more exactly in each cycle.

    Problem      minimize F(x) over a product of convex sets X_1, ..., X_m, F differentiable and
                 convex in each block.
    Update       for i = 1, ..., m: projected gradient steps on block i of
                 F(x_1, ..., u, ..., x_m) + lambda/2 ||u - x_i||^2, with step sizes found by
                 halving, until ||u+ - u|| <= t * accuracy / (k + 1) in cycle k = 0, 1, ...
    Guarantee    the block is then accuracy^2 / (2 lambda (k + 1)^2) above its minimum at most: a
                 summable sequence, with which the statements for the exact method stay true
                 (kwon2023).
    Cost         one gradient and two values or more for each inner step.
    Use when     there is a projection, but no closed form for a block's minimum.
    Fails when   lambda = 0: then nothing bounds what an inner loop has left over.

    Parameters
    ----------
    regularization : float, default 1.0
        lambda, positive.
    accuracy : float, default 1.0
        Length of the gradient mapping that ends the inner loops of the first cycle.
    groups : numpy.ndarray of int, optional
        The block of each coordinate, counted from 0, in the shape of x; by default problem.groups.

    References
    ----------
    kwon2023; the rule that ends the inner loop is ours.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.PowellCycle()
    >>> oe.run(oe.InexactProximalBlockMinimization(0.5), problem, problem.start).x
    array([-2., -2., -2.])
    """

    regularization: float = 1.0
    accuracy: float = 1.0
    groups: NDArray[np.int64] | None = None

    def check(self):
        """Refuse numbers that are not positive, and negative groups."""
        require_positive(self, "regularization", "accuracy")
        if self.groups is not None and self.groups.min() < 0:
            raise ValueError(
                f"InexactProximalBlockMinimization: groups must be counted from 0, got "
                f"{self.groups.min()}"
            )

    def resolve(self, problem):
        """Take the blocks from the problem where not given."""
        groups = self.groups if self.groups is not None else getattr(problem, "groups", None)
        if groups is None:
            raise ValueError(
                "InexactProximalBlockMinimization needs groups: problem.groups is unknown. "
                "Pass groups=[...], the block of each coordinate"
            )
        if groups.shape != tuple(problem.shape):
            raise ValueError(
                f"InexactProximalBlockMinimization: groups must have the shape {problem.shape} of "
                f"x, got {groups.shape}"
            )
        return self._replace(groups=groups)

    def init(self, problem, x):
        return InexactProximalBlockMinimizationState(x, 1.0, 0)

    def step(self, problem, state):
        x, t, k = state
        tolerance = self.accuracy / (k + 1)
        for i in range(int(np.max(self.groups)) + 1):
            inside = self.groups == i
            x, t = approximate_block(problem, x, inside, self.regularization, 2 * t, tolerance)
        return InexactProximalBlockMinimizationState(x, t, k + 1)
