"""Stochastic Newton with a Bayesian filter over its minibatch gradients and Hessians."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.minibatch import (
    minibatch_gradient,
    minibatch_hessian,
    minibatch_value,
    resolve_components,
)
from optedu.parameters import constant, require_between, require_positive
from optedu.protocol import method, portable


@portable
def filtered(m, Sigma, f, Q, memory, noise):
    """Return (m, Sigma, p): the filter after seeing f, Q, and p = Sigma^{-1} m.

    State model: the hidden gradient decays by ``memory`` and gets noise of variance ``noise``, so
    that its stationary covariance is S = noise / (1 - memory^2) I; it is observed as f with
    covariance Q. Where Q^{-1} - S^{-1} is not positive definite, Q^{-1} + S^{-1} replaces Q^{-1}.
    """
    S_inverse = (1.0 - memory * memory) / noise
    values, U = np.linalg.eigh(Q)
    precision = 1.0 / values
    if np.min(precision) - S_inverse <= 1e-6:
        precision = precision + S_inverse
    U_transposed = np.ascontiguousarray(U.T)
    Q_inverse = (U * precision) @ U_transposed
    M_inverse = np.linalg.inv(memory * memory * Sigma + noise * np.eye(m.size))
    p = M_inverse @ (memory * m) + Q_inverse @ f
    total = M_inverse + Q_inverse - S_inverse * np.eye(m.size)
    Sigma = np.linalg.inv(0.5 * (total + total.T))
    Sigma = 0.5 * (Sigma + Sigma.T)
    return Sigma @ p, Sigma, p


class FilteredStochasticNewtonState(NamedTuple):
    x: np.ndarray  # the iterate
    m: np.ndarray  # estimate of the gradient
    Sigma: np.ndarray  # its covariance, which stands for the Hessian
    k: int  # steps taken


@portable
def armijo(problem, batch, x, p, wanted):
    """Return the first t of 1, 1/2, ..., 1/16 that lowers the batch by t * wanted, else 1/16."""
    height = minibatch_value(problem, batch, x)
    t = 1.0
    for _ in range(5):
        if minibatch_value(problem, batch, x - t * p) <= height - t * wanted:
            return t
        t = 0.5 * t
    return 2.0 * t


@method
class FilteredStochasticNewton(NamedTuple):
    """The filtered stochastic Newton method of Burkhart.

    Problem      minimize f(x), the mean of f_1(x), ..., f_n(x), each convex and smooth twice.
    Update       f, Q = gradient and Hessian of a random batch at x;  M = a^2 Sigma + b I
                 Sigma+ = (M^(-1) + Q^(-1) - S^(-1))^(-1),  S = b / (1 - a^2) I
                 p = M^(-1) a m + Q^(-1) f,  m+ = Sigma+ p;  x+ = x - t p, t by Armijo on the batch
    Guarantee    none for x; conditions under which old batches fade are in burkhart2022.
    Cost         batch_size component gradients and Hessians; O(d^3); up to 6 batch values.
    Use when     batches are small, d is small, and the Newton step of one batch is mostly noise.
    Fails when   Hessians of batches are singular (fewer rows than d): damping then decides. With
                 b / (1 - a^2) below the curvatures each step is too long by p -> p + S^(-1) f.

    Parameters
    ----------
    memory : float, default 0.9
        a, in [0, 1); 0 with a large noise is plain stochastic Newton.
    noise : float, optional
        b, in units of curvature; by default 4 (1 - a^2) problem.smoothness, so that S = 4 L I.
    batch_size : int, default 20
        Number of terms per step, drawn with replacement.
    step_size : float, optional
        A constant t; by default, and at 0, the line search.
    decrease : float, default 0.99
        Part of the promised decrease that the line search asks for, in (0, 1). Newton steps on a
        quadratic promise twice what they bring, so that the default, the authors', leads to 1/16.
    damping : float, default 1e-12
        Added to the eigenvalues of the batch's Hessian.
    components : int, optional
        Number n of terms; by default problem.components.

    References
    ----------
    burkhart2022.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.LeastSquares([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]], [1.0, 2.2, 2.0])
    >>> oe.run(oe.FilteredStochasticNewton(), problem, [0.0, 0.0]).x.round(4)
    array([1., 2.])
    """

    memory: float = 0.9
    noise: float | None = None
    batch_size: int = 20
    step_size: float | None = None
    decrease: float = 0.99
    damping: float = 1e-12
    components: int | None = None

    def check(self):
        """Refuse numbers out of range."""
        require_between(self, "memory", 0.0, 1.0)
        require_positive(self, "noise", "batch_size", "components")
        require_between(self, "step_size", 0.0, np.inf)
        require_between(self, "decrease", 0.0, 1.0)
        require_between(self, "damping", 0.0, np.inf)

    def resolve(self, problem):
        """Take the number of terms and the noise from the problem; step_size 0 means Armijo."""
        method = resolve_components(self, problem)
        if method.noise is None:
            L = constant(method, problem, "smoothness", "noise")
            method = method._replace(noise=4.0 * (1.0 - method.memory**2) * L)
        if method.step_size is None:
            method = method._replace(step_size=0.0)
        return method

    def init(self, problem, x, rng):
        return FilteredStochasticNewtonState(x, np.zeros(x.size), np.eye(x.size), 0)

    def step(self, problem, state, rng):
        x = state.x
        batch = rng.integers(0, self.components, self.batch_size)
        g = minibatch_gradient(problem, batch, x)
        f = g.ravel()
        Q = minibatch_hessian(problem, batch, x) + self.damping * np.eye(x.size)
        if state.k == 0:
            m, Sigma, p = f, Q, np.linalg.solve(Q, f)
        else:
            m, Sigma, p = filtered(state.m, state.Sigma, f, Q, self.memory, self.noise)
        t, p = self.step_size, p.reshape(x.shape)
        if t == 0.0:
            t = armijo(problem, batch, x, p, self.decrease * np.sum(g * p))
        return FilteredStochasticNewtonState(x - t * p, m, Sigma, state.k + 1)
