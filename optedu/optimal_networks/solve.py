"""An optimal network to the last digits, with a certificate."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np

from optedu.kernels.patterns import masked_kernel
from optedu.optimal_networks.directions import (
    best_directions,
    cone_projection,
    has_cones,
    lower_bound,
    unit_cone,
    unit_signs,
    violation,
)
from optedu.optimal_networks.smooth_piece import polish
from optedu.problems.class_transport import block_soft_threshold
from optedu.problems.convex_relu import fit_slope


class Solution(NamedTuple):
    """An optimal network.

    Parameters
    ----------
    x : numpy.ndarray
        It keeps to its cones, up to rounding.
    gap : float
        Its value is above the minimum by this at the most.
    q : numpy.ndarray, shape of x
        `best_directions` at its outputs.
    """

    x: np.ndarray
    gap: float
    q: np.ndarray


def solve(
    problem: Any, start: np.ndarray | None = None, tol: float = 1e-12, rounds: int = 60
) -> Solution:
    """Return an optimal network of a `GatedReLU` or a `ConvexReLU` of small size.

    Few units are active, so only these are worked on: accelerated proximal gradient with restarts
    on them, whose prox is a projection onto the cone and a shrinkage; Newton's method on the smooth
    piece where that ends; and the units with ||q_i|| > beta are taken in, until there are none.

    Parameters
    ----------
    problem : GatedReLU or ConvexReLU
        With beta > 0.
    start : numpy.ndarray, optional
        Whose units are tried first.
    tol : float
        The gap asked for, relative to the value at x = 0.
    rounds : int
        At most so many times are units taken in.

    Raises
    ------
    ValueError
        If beta = 0: then a network that fits best is optimal, whatever its size.

    Warns
    -----
    RuntimeWarning
        If the gap does not come down to `tol`; `Solution.gap` says where it is.

    References
    ----------
    The prox and the gap are those of the program's dual; the algorithm is put together here.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> from optedu.optimal_networks.solve import solve
    >>> X, y = np.array([[1.0], [2.0]]), np.array([1.0, 1.0])
    >>> solve(oe.problems.GatedReLU(X, y, np.ones((2, 1)), 0.5)).x.round(6)
    array([[0.5]])
    """
    if not problem.beta > 0:
        raise ValueError(
            "solve: beta must be positive; with beta = 0 any network that fits will do"
        )
    x = np.zeros(problem.shape) if start is None else np.array(start, dtype=float)
    room = tol * float(problem.value(np.zeros(problem.shape)))
    used = np.linalg.norm(x, axis=1) > 0
    best, sweeps = Solution(x, np.inf, x), 100
    for _ in range(rounds):
        for point in _candidates(problem, x, used, sweeps):
            slope = fit_slope(problem.outputs(point), problem.y, problem.logistic)
            q = best_directions(problem, slope)
            gap = float(problem.value(point)) - lower_bound(problem, slope, q)
            if gap <= best.gap and violation(problem, point) <= 1e-11 * (1 + np.abs(point).max()):
                best = Solution(point, max(gap, 0.0), q)
        if best.gap <= room:
            break
        lengths = np.linalg.norm(best.q, axis=1) * ~used
        wanted = np.argsort(-lengths)[: max(4, problem.X.shape[1])]
        wanted = wanted[lengths[wanted] > problem.beta * (1 - 1e-9)]
        sweeps = 100 if wanted.size else min(2 * sweeps, 2000)
        x, used = best.x, used | np.isin(np.arange(len(x)), wanted)
    if best.gap > room:
        warnings.warn(
            f"solve: the certified gap is still {best.gap:.1e}, more than the {room:.1e} asked for",
            RuntimeWarning,
            stacklevel=2,
        )
    return best


def _candidates(problem: Any, x: np.ndarray, used: np.ndarray, sweeps: int):
    """Yield what the proximal steps on the units in use lead to, and that polished."""
    if used.any():
        x = _proximal_steps(problem, x, np.flatnonzero(used), sweeps)
        yield polish(problem, x)
    yield x


def _proximal_steps(problem: Any, x: np.ndarray, units: np.ndarray, sweeps: int) -> np.ndarray:
    D = problem.patterns[:, units % problem.patterns.shape[1]]
    D, X = unit_signs(problem)[units] * D, problem.X
    cones = [unit_cone(problem, i) for i in units] if has_cones(problem) else None
    h = 1.0 / (np.linalg.eigvalsh(masked_kernel(X, D))[-1] / (4 if problem.logistic else 1))
    v = old = x[units]
    t = 1.0
    for _ in range(sweeps):
        slope = fit_slope(np.sum(D * (X @ v.T), axis=1), problem.y, problem.logistic)
        new = v - h * ((D * slope[:, None]).T @ X)
        if cones is not None:
            new = np.array([cone_projection(K, c) for K, c in zip(cones, new, strict=True)])
        new = block_soft_threshold(new, h * problem.beta)
        if np.sum((v - new) * (new - old)) > 0:
            t, v = 1.0, new
        else:
            larger = (1 + np.sqrt(1 + 4 * t * t)) / 2
            v, t = new + (t - 1) / larger * (new - old), larger
        moved = np.abs(new - old).max()
        old = new
        if moved <= 1e-15 * np.abs(new).max():
            break
    result = np.zeros(problem.shape)
    result[units] = old
    return result
