"""Chebyshev iteration: the best fixed polynomial for a known interval of eigenvalues."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.acceleration.bounds import chebyshev, is_quadratic, squared_distance
from optedu.guarantees import Guarantee
from optedu.parameters import constant, known, require_positive
from optedu.protocol import method


class ChebyshevIterationState(NamedTuple):
    x: np.ndarray  # the iterate
    x_old: np.ndarray  # the one before
    weight: float  # omega of the step before; 2 before the second step
    k: int  # steps taken


@method
class ChebyshevIteration(NamedTuple):
    """The Chebyshev semi-iterative method.

    Problem      minimize a quadratic whose Hessian has its eigenvalues in [mu, L], mu > 0.
    Update       x+ = x_old + w (x - x_old - 2 / (L + mu) * grad f(x))
                 w_1 = 1, w_2 = 2 / (2 - c^2), w_{k+1} = 1 / (1 - c^2 w_k / 4),
                 c = (L - mu) / (L + mu)
    Guarantee    quadratic f: ||x_k - x*|| <= ||x_0 - x*|| / T_k((L + mu) / (L - mu)), T_k the
                 Chebyshev polynomial. Tight: an eigenvector of mu or of L attains it at every k,
                 and no fixed sequence of steps is better on the interval (golub1961).
    Cost         one gradient per step; unlike conjugate gradients, no inner product.
    Use when     the interval is known and inner products are dear (parallel machines), or when
                 the same steps must serve many right-hand sides.
    Fails when   an eigenvalue lies outside [mu, L]: above L it diverges.

    Parameters
    ----------
    smoothness : float, optional
        L; by default problem.smoothness.
    strong_convexity : float, optional
        mu; by default problem.strong_convexity.

    References
    ----------
    golub1961; saad2003, Section 12.3.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    >>> oe.run(oe.ChebyshevIteration(), problem, [0.0, 0.0]).x.round(4)
    array([0.2, 0.4])
    """

    smoothness: float | None = None
    strong_convexity: float | None = None

    def check(self):
        """Refuse constants that are not positive, or mu above L."""
        require_positive(self, "smoothness", "strong_convexity")
        L, mu = self.smoothness, self.strong_convexity
        if L is not None and mu is not None and mu > L:
            raise ValueError(f"ChebyshevIteration: strong_convexity {mu} is above smoothness {L}")

    def resolve(self, problem):
        """Take L and mu from the problem where not given."""
        L, mu = self.smoothness, self.strong_convexity
        if L is None:
            L = constant(self, problem, "smoothness", "smoothness")
        if mu is None:
            mu = constant(self, problem, "strong_convexity", "strong_convexity")
        if mu <= 0:
            raise ValueError(
                "ChebyshevIteration needs strong_convexity: problem.strong_convexity is 0. "
                "Pass strong_convexity=..., or use ConjugateGradient"
            )
        return self._replace(smoothness=L, strong_convexity=mu)

    def init(self, problem, x):
        return ChebyshevIterationState(x, x, 2.0, 0)

    def step(self, problem, state):
        x, x_old, weight, k = state
        L, mu = self.smoothness, self.strong_convexity
        c = (L - mu) / (L + mu)
        w = 1.0 if k == 0 else 1 / (1 - c**2 * weight / 4)
        x_new = x_old + w * (x - x_old - 2 / (L + mu) * problem.gradient(x))
        return ChebyshevIterationState(x_new, x, 2.0 if k == 0 else w, k + 1)

    def guarantee(self, problem, k, x0):
        """Return Chebyshev's bound on the distance, where the interval holds the spectrum."""
        constants = known(problem, "smoothness", "strong_convexity")
        distance = squared_distance(problem, x0)
        if not is_quadratic(problem) or constants is None or distance is None:
            return None
        L, mu = self.smoothness, self.strong_convexity
        if constants[0] > L * (1 + 1e-12) or constants[1] < mu * (1 - 1e-12):
            return None
        return Guarantee("distance", np.sqrt(distance) / chebyshev(k, L, mu), "golub1961")
