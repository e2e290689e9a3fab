"""Two networks, one landscape: permute the units of one so that a straight line leads to the other.

A network here is a list of three weight matrices (W_1, W_2, W_3), the biases in their last columns,
with two hidden layers of max(z, 0). Permuting its hidden units,

    W_1 -> P_1 W_1,   W_2 -> P_2 W_2 P_1',   W_3 -> W_3 P_2'   (biases move with their units),

changes the weights and not the function. `sinkhorn_matching` finds permutations by descent on
`optedu.problems.Rebasin` and rounds them (pena2023); `weight_matching` solves one assignment after
the other (ainsworth2023). With one hidden layer both are a single linear assignment.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from optedu.newton.lbfgs import LBFGS
from optedu.problems.functions import Problem
from optedu.problems.rebasin import Rebasin
from optedu.running.run import run

Network = list[np.ndarray]


def outputs(W: Network, A: np.ndarray) -> np.ndarray:
    """Return the outputs (n, c) of a network at the rows of A."""
    for layer, weights in enumerate(W):
        A = A @ weights[:, :-1].T + weights[:, -1]
        A = np.maximum(A, 0.0) if layer < len(W) - 1 else A
    return A


def loss_and_gradient(W: Network, A: np.ndarray, Y: np.ndarray) -> tuple[float, Network]:
    """Return the mean cross-entropy and its derivatives, written out."""
    units = [A]
    for weights in W[:-1]:
        units.append(np.maximum(units[-1] @ weights[:, :-1].T + weights[:, -1], 0.0))
    Z = units[-1] @ W[-1][:, :-1].T + W[-1][:, -1]
    Z = Z - np.max(Z, axis=1, keepdims=True)
    logs = Z - np.log(np.sum(np.exp(Z), axis=1, keepdims=True))
    D, found = (np.exp(logs) - Y) / len(A), []
    for layer in (2, 1, 0):
        found.append(np.hstack([D.T @ units[layer], np.sum(D, axis=0)[:, None]]))
        D = (D @ W[layer][:, :-1]) * (units[layer] > 0)
    return float(-np.sum(Y * logs) / len(A)), found[::-1]


def train(
    A: np.ndarray, Y: np.ndarray, hidden: tuple[int, int], steps: int = 100, l2: float = 1e-3,
    seed: int = 0,
) -> Network:  # fmt: skip
    """Return a network after some steps of L-BFGS from random weights."""
    rng = np.random.default_rng(seed)
    sizes = [A.shape[1], *hidden, Y.shape[1]]
    shapes = [(sizes[i + 1], sizes[i] + 1) for i in range(3)]
    start = [np.sqrt(2 / s[1]) * rng.standard_normal(s) for s in shapes]
    ends = np.cumsum([0] + [a * b for a, b in shapes])

    def split(x):
        return [x[ends[i] : ends[i + 1]].reshape(shapes[i]) for i in range(3)]

    problem = Problem.from_functions(
        lambda x: loss_and_gradient(split(x), A, Y)[0] + l2 / 2 * (x @ x),
        gradient=lambda x: joined(loss_and_gradient(split(x), A, Y)[1]) + l2 * x,
    )
    return split(run(LBFGS(), problem, joined(start), max_iter=steps, tol=1e-6).x)


def joined(W: Network) -> np.ndarray:
    """Return all weights in one vector."""
    return np.concatenate([weights.ravel() for weights in W])


def permuted(W: Network, p: np.ndarray, q: np.ndarray) -> Network:
    """Return the network whose hidden units i are the units p_i and q_i of the given one."""
    return [W[0][p], np.hstack([W[1][q][:, p], W[1][q][:, -1:]]), W[2][:, np.append(q, -1)]]


def distance_problem(W: Network, V: Network, temperature: float = 0.3) -> Rebasin:
    """Return the problem of bringing V, softly permuted, near W."""
    parts = [(N[0], N[1][:, :-1], np.hstack([N[1][:, -1:], N[2][:, :-1].T])) for N in (W, V)]
    pairs = [part for both in zip(*parts, strict=True) for part in both]
    return Rebasin(*pairs, temperature=temperature)


def sinkhorn_matching(
    W: Network, V: Network, temperature: float = 0.3, steps: int = 60, method: Any = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the permutations (p, q) of V's units that soft ones are rounded to.

    Parameters
    ----------
    W, V : list of numpy.ndarray
        The network that stands, and the one that is permuted.
    temperature : float
        t of the soft permutations.
    steps : int
        Of the method.
    method : method, optional
        Anything that minimizes by values and gradients; by default L-BFGS.
    """
    problem = distance_problem(W, V, temperature)
    method = LBFGS() if method is None else method
    trace = run(method, problem, problem.start, max_iter=steps, tol=1e-8, execution="python")
    one, two = problem.permutations(trace.x)
    return assigned(one), assigned(two)


def weight_matching(W: Network, V: Network, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return (p, q) by one linear assignment after the other, until none gets nearer."""
    rng, problem = np.random.default_rng(seed), distance_problem(W, V)
    F, f, M, m, L, last, _ = problem
    p, q = rng.permutation(len(F)), rng.permutation(len(L))
    for _ in range(100):
        one = assigned(F @ f.T + M.T @ m[q])
        two = assigned(L @ last.T + M @ m[:, one].T)
        if np.array_equal(one, p) and np.array_equal(two, q):
            break
        p, q = one, two
    return p, q


def assigned(S: np.ndarray) -> np.ndarray:
    """Return the permutation p with the largest sum of S[i, p_i]."""
    return linear_sum_assignment(-S)[1]


def losses_between(
    W: Network, V: Network, A: np.ndarray, Y: np.ndarray, points: int = 11
) -> np.ndarray:
    """Return the cross-entropy along the straight line from W to V."""
    return np.array(
        [
            loss_and_gradient([(1 - s) * a + s * b for a, b in zip(W, V, strict=True)], A, Y)[0]
            for s in np.linspace(0.0, 1.0, points)
        ]
    )


def barrier(losses: np.ndarray) -> float:
    """Return by how much a path of losses rises above the chord of its ends, at most."""
    chord = np.linspace(losses[0], losses[-1], len(losses))
    return float(np.max(losses - chord))
