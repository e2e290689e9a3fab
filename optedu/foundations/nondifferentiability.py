"""What a kink does to gradient methods: no convergence, no zeros, no verdict from the sharpness.

A gradient method applied to a function with kinks follows a subgradient. It is another method
than gradient descent, in three ways that kumar2024 points out and that the functions here measure:

* with a constant step the iterates end in a cycle around the kink, of the size of the step;
* the entries that an l1 penalty should set to zero oscillate instead, with an amplitude that
  grows with the penalty, so that more penalty can mean a larger l1 norm;
* where gradients are bounded, long steps end in a cycle whether or not f is differentiable, and
  the sharpness on it (the largest eigenvalue of the Hessian) says little: in one dimension it
  settles far below 2 / step_size, in more at exactly 2 / step_size, with the same values of f.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from optedu.gradient.gradient_descent import GradientDescent
from optedu.gradient.proximal_gradient import ProximalGradient
from optedu.gradient.subgradient_method import SubgradientMethod
from optedu.problems.combinations import Composite
from optedu.problems.functions import Problem
from optedu.problems.nonsmooth import AbsoluteValue
from optedu.problems.regularizers import L1
from optedu.running.run import run


def distances_to_kink(
    step_size: float, decay: float, start: float, steps: int, center: float = 0.0
) -> np.ndarray:
    """Return |x_k - center| for the subgradient method on f(x) = |x - center|.

    Parameters
    ----------
    step_size, decay : float
        Step k has size step_size / (k + 1)^decay.
    start : float
        x_0.
    steps : int
        Number of steps.
    center : float
        Where the kink is.

    Returns
    -------
    numpy.ndarray, shape (steps + 1,)

    Examples
    --------
    >>> distances_to_kink(0.5, decay=0.0, start=0.7, steps=5).round(3)
    array([0.7, 0.2, 0.3, 0.2, 0.3, 0.2])
    """
    method = SubgradientMethod(step_size, decay)
    trace = run(method, AbsoluteValue([center]), [start], max_iter=steps, tol=0.0)
    return np.abs(trace.iterates[:, 0] - center)


def with_subgradient(problem: Composite) -> Problem:
    """Return f + g as one function, with the sum of both (sub)gradients as its gradient.

    Parameters
    ----------
    problem : Composite
        Whose regularizer has a ``gradient``.

    Returns
    -------
    Problem
        What a framework for automatic differentiation makes of a penalized loss.
    """
    return Problem.from_functions(
        problem.value,
        gradient=lambda x: problem.smooth.gradient(x) + problem.regularizer.gradient(x),
        shape=problem.shape,
        differentiable=False,
    )


class PenaltyPath(NamedTuple):
    """What subgradient and proximal steps make of an l1 penalty.

    Parameters
    ----------
    weights : numpy.ndarray, shape (n,)
        Weights of the l1 norm.
    subgradient, proximal : numpy.ndarray, shape (n, d)
        Last iterates of both methods, at each weight.
    """

    weights: np.ndarray
    subgradient: np.ndarray
    proximal: np.ndarray

    def norms(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the l1 norms of the subgradient and of the proximal iterates."""
        return np.abs(self.subgradient).sum(axis=1), np.abs(self.proximal).sum(axis=1)

    def zeros(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the numbers of exact zeros of the subgradient and of the proximal iterates."""
        return (self.subgradient == 0).sum(axis=1), (self.proximal == 0).sum(axis=1)


def penalty_path(
    smooth: Any, weights: Sequence[float], step_size: float, steps: int, start: Any = None
) -> PenaltyPath:
    """Run subgradient and proximal steps of the same size on smooth + weight ||x||_1.

    Parameters
    ----------
    smooth : problem
        A smooth convex loss with ``value`` and ``gradient``.
    weights : sequence of float
        Weights of the l1 norm.
    step_size : float
        For both methods, below 2 / smooth.smoothness.
    steps : int
        Number of steps.
    start : array_like, optional
        By default ones, where no entry is zero by accident.

    Returns
    -------
    PenaltyPath
    """
    x0 = np.ones(smooth.shape) if start is None else start
    kinked, smoothed = [], []
    for weight in weights:
        problem = Composite(smooth, L1(weight))
        subgradient = SubgradientMethod(step_size, decay=0.0)
        rough = run(subgradient, with_subgradient(problem), x0, max_iter=steps, tol=0.0)
        fine = run(ProximalGradient(step_size), problem, x0, max_iter=steps, tol=0.0)
        kinked.append(rough.x)
        smoothed.append(fine.x)
    return PenaltyPath(np.asarray(weights, dtype=float), np.array(kinked), np.array(smoothed))


class Stability(NamedTuple):
    """Gradient descent watched along its way.

    Parameters
    ----------
    values, sharpness : numpy.ndarray, shape (steps + 1,)
        f(x_k) - f*, and the largest eigenvalue of the Hessian at x_k.
    threshold : float
        2 / step_size.
    """

    values: np.ndarray
    sharpness: np.ndarray
    threshold: float


def sharpness_along(step_size: float, start: Any, steps: int) -> Stability:
    """Run gradient descent on f(x) = sqrt(1 + ||x||^2) - 1: convex, 1-Lipschitz, 1-smooth.

    For step_size = h > 2 it ends on the cycle of x and -x with 1 + ||x||^2 = h^2 / 4, where the
    value stays at h/2 - 1. The Hessian's eigenvalues there are 8/h^3 along x and 2/h across it,
    so that the sharpness is 8/h^3 in one dimension and 2/h, the threshold, in more.

    Parameters
    ----------
    step_size : float
    start : array_like, shape (d,)
    steps : int

    Returns
    -------
    Stability
    """
    problem = Problem.from_functions(
        lambda x: np.sqrt(1.0 + x @ x) - 1.0,
        gradient=lambda x: x / np.sqrt(1.0 + x @ x),
        smoothness=1.0,
        minimum=0.0,
    )
    trace = run(GradientDescent(step_size), problem, start, max_iter=steps, tol=0.0)
    square = (trace.iterates**2).sum(axis=1)
    sharpness = (1.0 + square) ** (-1.5 if trace.x.size == 1 else -0.5)
    return Stability(trace.values, sharpness, 2.0 / step_size)
