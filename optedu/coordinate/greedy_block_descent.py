"""Greedy block descent: the rules and updates of Nutini, Laradji and Schmidt."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from optedu.coordinate.block_rules import (
    CYCLIC,
    PARTITIONS,
    RULES,
    UPDATES,
    block_of,
    block_score,
    index_of,
    largest_eigenvalue,
    partition_order,
    solve_positive,
    variable_block,
)
from optedu.coordinate.coordinate_steps import with_block, with_hessian_bound
from optedu.parameters import require_positive
from optedu.protocol import method


class GreedyBlockDescentState(NamedTuple):
    x: np.ndarray  # the iterate
    k: int  # steps taken
    L: np.ndarray  # largest eigenvalues: of each fixed block; or of H scaled to unit diagonal
    block: NDArray[np.int64]  # the coordinates moved last


@method
class GreedyBlockDescent(NamedTuple):
    """Block coordinate descent that moves the block which promises most.

    Problem      minimize f(x), the Hessian of f nowhere above the matrix H (f(y) <= f(x) +
                 <g, y - x> + <y - x, H (y - x)> / 2).
    Update       x_b <- x_b - g_b / L_b,  L_b the largest eigenvalue of H_b      (update "scalar")
                 x_b <- x_b - H_b^-1 g_b                                         (update "matrix")
                 for the block b with the largest
                 GS: ||g_b||^2   GSL: ||g_b||^2 / L_b   GSD: sum_i g_i^2 / L_i
                 GSQ: <g_b, H_b^-1 g_b>
                 among the fixed blocks, or, partition "variable", among all blocks of that size
                 (there GSL is GSD, and GSQ is approximated); "cyclic" takes fixed blocks in turn.
    Guarantee    "matrix": f(x) - f(x+) >= <g_b, H_b^-1 g_b> / 2, equality for a quadratic, so
                 that no rule beats GSQ on the same fixed blocks at the same point.
                 "scalar": f(x) - f(x+) >= ||g_b||^2 / (2 L_b) (nutini2022).
    Cost         one gradient per step (rule "cyclic": block_size coordinate gradients); a system of
                 block_size unknowns; GSQ one such system per block, or ten products with H.
    Use when     blocks are cheap to solve and the gradient is cheap to keep.
    Fails when   d^2 numbers are too many for H.

    Parameters
    ----------
    block_size : int
        Coordinates per block; the last fixed block may have fewer.
    rule : str
        One of cyclic, GS, GSL, GSD, GSQ.
    update : str
        scalar or matrix.
    partition : str
        variable, or of fixed blocks: order (as numbered), sorted (by L_i), average (large and
        small L_i in turn).
    hessian_bound : numpy.ndarray, shape (d, d), optional
        H; by default problem.hessian_bound.
    order : numpy.ndarray of int, shape (d,), optional
        The coordinates; consecutive ones make the fixed blocks. By default from `partition`.

    References
    ----------
    nutini2022.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.Quadratic([[2.0, 1.0], [1.0, 2.0]], [3.0, 3.0])
    >>> oe.run(oe.GreedyBlockDescent(block_size=2), problem, [0.0, 0.0], max_iter=1).x.round(9)
    array([1., 1.])
    """

    block_size: int = 2
    rule: Any = "GSD"
    update: Any = "matrix"
    partition: Any = "variable"
    hessian_bound: np.ndarray | None = None
    order: NDArray[np.int64] | None = None

    def check(self):
        """Refuse an empty block, unknown names, and variable blocks taken in turn."""
        require_positive(self, "block_size")
        owner = type(self).__name__
        rule = index_of("rule", self.rule, RULES, owner)
        index_of("update", self.update, UPDATES, owner)
        if index_of("partition", self.partition, PARTITIONS, owner) == 0 and rule == CYCLIC:
            raise ValueError(f"{owner}: rule cyclic needs fixed blocks; pass partition='order'")

    def resolve(self, problem):
        """Take the problem's H where none is given, and indices for names."""
        owner = type(self).__name__
        self = with_hessian_bound(self, problem)
        partition = index_of("partition", self.partition, PARTITIONS, owner)
        L = np.diag(self.hessian_bound)
        if self.order is not None and not np.array_equal(np.sort(self.order), np.arange(L.size)):
            raise ValueError(
                f"{owner}: order must hold each coordinate from 0 to {L.size - 1} once, got "
                f"{self.order.tolist()}"
            )
        return self._replace(
            rule=index_of("rule", self.rule, RULES, owner),
            update=index_of("update", self.update, UPDATES, owner),
            partition=partition,
            order=partition_order(partition, L) if self.order is None else self.order,
        )

    def fixed_block(self, j):
        """Return the coordinates of the j-th fixed block."""
        return np.sort(self.order[j * self.block_size : (j + 1) * self.block_size])

    def init(self, problem, x):
        H, b = self.hessian_bound, self.block_size
        if self.partition == 0:
            scale = np.sqrt(np.maximum(np.diag(H), 1e-300))
            L = np.array([largest_eigenvalue(H / np.outer(scale, scale))])
        else:
            L = np.zeros((x.size + b - 1) // b)
            for j in range(L.size):
                L[j] = largest_eigenvalue(block_of(H, self.fixed_block(j)))
        return GreedyBlockDescentState(x, 0, L, np.arange(min(b, x.size)))

    def choose(self, g, L):
        """Return the block to move, and the largest eigenvalue of H on it where it is known."""
        if self.partition == 0:
            size = min(self.block_size, g.size)
            return variable_block(self.rule, g, size, self.hessian_bound, L[0]), 0.0
        best, most = 0, -1.0
        for j in range(L.size):
            block = self.fixed_block(j)
            score = block_score(self.rule, g, block, self.hessian_bound, L[j])
            if score > most:
                best, most = j, score
        return self.fixed_block(best), L[best]

    def step(self, problem, state):
        x, k, L, block = state
        if self.rule == CYCLIC:
            block, L_b = self.fixed_block(k % L.size), L[k % L.size]
            part = np.array([problem.coordinate_gradient(i, x) for i in block])
        else:
            g = problem.gradient(x)
            block, L_b = self.choose(g, L)
            part = g[block]
        H_b = block_of(self.hessian_bound, block)
        if self.update == 1:
            d = -solve_positive(H_b, part)
        else:
            d = -part / (L_b if L_b > 0.0 else max(largest_eigenvalue(H_b), 1e-300))
        return GreedyBlockDescentState(with_block(x, block, x[block] + d), k + 1, L, block)
