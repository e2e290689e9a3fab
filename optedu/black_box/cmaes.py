"""Covariance matrix adaptation: an evolution strategy that learns the shape of the valley."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.black_box.populations import best_first, values_of
from optedu.parameters import require_positive
from optedu.protocol import method, portable


class CMAESState(NamedTuple):
    x: np.ndarray  # the mean
    size: float  # the step size sigma
    C: np.ndarray  # the covariance matrix, shape (d, d)
    path_size: np.ndarray  # where the mean has been going, in coordinates where C is the identity
    path_C: np.ndarray  # where the mean has been going
    k: int  # generations


@portable
def weights_of(m):
    """Return the weights log((m + 1) / 2) - log(i) of the better half, of sum 1."""
    w = np.log(0.5 * (m + 1.0)) - np.log(np.arange(1, m // 2 + 1).astype(np.float64))
    return w / np.sum(w)


@portable
def roots_of(C):
    """Return the symmetric C^(1/2) and C^(-1/2), of C with condition number 1e14 at the most."""
    squares, Q = np.linalg.eigh(C)
    lengths = np.sqrt(np.maximum(squares, 1e-14 * np.max(squares)))
    return (Q * lengths) @ Q.T, (Q / lengths) @ Q.T


@portable
def next_generation(state, Y, w, inverse_root):
    """Return the state after steps Y, in units of sigma, the best first, with weights w."""
    x, sigma, C, p_sigma, p, k = state
    n, effective = float(x.size), 1.0 / np.sum(w * w)
    c_sigma = (effective + 2.0) / (n + effective + 5.0)
    damping = 1.0 + 2.0 * max(0.0, np.sqrt((effective - 1.0) / (n + 1.0)) - 1.0) + c_sigma
    c = (4.0 + effective / n) / (n + 4.0 + 2.0 * effective / n)
    c_1 = 2.0 / ((n + 1.3) ** 2 + effective)
    c_mu = min(1.0 - c_1, 2.0 * (effective - 2.0 + 1.0 / effective) / ((n + 2.0) ** 2 + effective))
    usual = np.sqrt(n) * (1.0 - 1.0 / (4.0 * n) + 1.0 / (21.0 * n * n))  # E ||N(0, I)||

    y = w @ Y
    x = x + sigma * y.reshape(x.shape)
    p_sigma = (1.0 - c_sigma) * p_sigma
    p_sigma = p_sigma + np.sqrt(c_sigma * (2.0 - c_sigma) * effective) * (inverse_root @ y)
    length = np.sqrt(np.sum(p_sigma * p_sigma))
    start = np.sqrt(1.0 - (1.0 - c_sigma) ** (2.0 * (k + 1.0)))
    go = 1.0 if length < (1.4 + 2.0 / (n + 1.0)) * usual * start else 0.0
    p = (1.0 - c) * p + go * np.sqrt(c * (2.0 - c) * effective) * y
    kept = 1.0 - c_1 - c_mu + (1.0 - go) * c_1 * c * (2.0 - c)
    row = p.reshape((1, p.size))
    C = kept * C + c_1 * (row.T @ row) + c_mu * ((w * Y.T) @ Y)
    sigma = sigma * np.exp(min(1.0, c_sigma / damping * (length / usual - 1.0)))
    return CMAESState(x, sigma, 0.5 * (C + C.T), p_sigma, p, k + 1)


@method
class CMAES(NamedTuple):
    """Covariance matrix adaptation evolution strategy, with rank-one and rank-mu updates.

    Problem      minimize f(x) from values alone; only their order matters.
    Update       y_i normal with covariance C, v_i = x + sigma y_i;  w: weights of the best half
                 y = sum of w_i y_i, best first,  x+ = x + sigma y
                 p_sigma+ = (1 - c_sigma) p_sigma + sqrt(c_sigma (2 - c_sigma) m) C^(-1/2) y
                 p+ = (1 - c) p + h sqrt(c (2 - c) m) y,  m = 1 / sum of w_i^2
                 C+ = (1 - c_1 - c_mu) C + c_1 p+ p+' + c_mu sum of w_i y_i y_i'
                 sigma+ = sigma exp(c_sigma / damping (||p_sigma+|| / E||N(0, I)|| - 1))
                 with the constants of hansen2016; h is 0 while p_sigma+ is long, else 1.
    Guarantee    none known on general functions. Runs are the same for f and any increasing
                 function of f, and, drawn accordingly, for f turned and shifted.
    Cost         `population` values and in the order of d^3 operations per step.
    Use when     f is badly conditioned or rugged, d up to about a hundred, 100 d values affordable.
    Fails when   a gradient can be had: it is slower in the order of d; or d is in the thousands.

    x is the mean, whose value is not asked for by the steps. Negative weights are left out.

    Parameters
    ----------
    size : float
        The first sigma, in the units of x: about a third of the range where the minimizer may be.
    population : int
        Points per generation, at least 4; 0 stands for 4 + floor(3 log d).

    References
    ----------
    hansen2001; hansen2016.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Rosenbrock()
    >>> oe.run(oe.CMAES(0.5), problem, [-1.2, 1.0], max_iter=150, seed=1).x.round(4)
    array([1., 1.])
    """

    size: float = 1.0
    population: int = 0

    def check(self):
        """Refuse a size that is not positive, and fewer than four points."""
        require_positive(self, "size")
        if self.population != 0 and self.population < 4:
            raise ValueError(f"CMAES: population must be at least 4, got {self.population}")

    def init(self, problem, x, rng):
        rest = np.zeros(x.size)
        return CMAESState(x, self.size, np.eye(x.size), rest, rest.copy(), 0)

    def step(self, problem, state, rng):
        x = state.x
        count = self.population
        if count == 0:
            count = 4 + int(3.0 * np.log(float(x.size)))
        root, inverse_root = roots_of(state.C)
        Y = rng.standard_normal(count * x.size).reshape((count, x.size)) @ root
        values = values_of(problem, x.ravel() + state.size * Y, x)
        w = weights_of(count)
        return next_generation(state, Y[best_first(values)[: w.size]], w, inverse_root)
