"""Problems with constraints, and checks of their solutions that share no code with the methods."""

import itertools

import numpy as np

import optedu as oe
from optedu.problems.generators import random_rotation


def kkt_errors(f_gradient, c, jacobian, y, equalities):
    """Return stationarity, infeasibility, wrong signs and broken complementarity, one by one."""
    stationarity = max(
        abs(float(f_gradient[j]) + sum(float(y[i] * jacobian[i, j]) for i in range(len(y))))
        for j in range(len(f_gradient))
    )
    infeasible = max((abs(v) if i < equalities else max(v, 0.0)) for i, v in enumerate(c))
    sign = max((max(-y[i], 0.0) for i in range(equalities, len(c))), default=0.0)
    product = max((abs(y[i] * c[i]) for i in range(equalities, len(c))), default=0.0)
    return np.array([stationarity, infeasible, sign, product])


def kkt_errors_of(problem, x, y):
    return kkt_errors(
        problem.gradient(x), problem.constraint(x), problem.constraint_jacobian(x), y,
        problem.equalities,
    )  # fmt: skip


def program(seed, d=6, equalities=2, inequalities=4, lowest=0.5):
    """Return a rotated, shifted strictly convex quadratic program that is feasible."""
    rng = np.random.default_rng(seed)
    Q = random_rotation(d, rng)
    P = (Q * np.geomspace(lowest, 4.0, d)) @ Q.T
    A, inside = rng.normal(size=(equalities + inequalities, d)), rng.normal(size=d)
    room = np.append(np.zeros(equalities), rng.uniform(0.0, 0.5, inequalities))
    q = 3 * rng.normal(size=d)
    return oe.problems.QuadraticProgram((P + P.T) / 2, q, A, A @ inside + room, equalities)


def dual_value(problem, y):
    """Return the dual function of a strictly convex quadratic program."""
    lowest = np.linalg.solve(problem.P, -(problem.q + problem.A.T @ y))
    return problem.value(lowest) + y @ (problem.A @ lowest - problem.b)


def knapsack(seed, n=15, m=4):
    """Return profits, weights and capacities of a multidimensional knapsack."""
    rng = np.random.default_rng(seed)
    A = rng.integers(5, 60, (m, n)).astype(float)
    profit = np.round(A.mean(axis=0)) + rng.integers(0, 30, n)
    return profit, A, np.floor(0.5 * A.sum(axis=1))


def knapsack_dual(seed, n=15, m=4):
    profit, A, b = knapsack(seed, n, m)
    return oe.problems.BinaryDual(-profit, A, b)


def all_binary(n):
    return (np.arange(2**n)[:, None] >> np.arange(n)) & 1


def best_knapsack(profit, A, b):
    """Return the largest profit, by looking at all subsets."""
    subsets = all_binary(profit.size)
    fits = np.all(subsets @ A.T <= b, axis=1)
    return float((subsets[fits] @ profit).max())


def distances(seed, n=8):
    X = np.random.default_rng(seed).random((n, 2))
    D = np.linalg.norm(X[:, None] - X, axis=2)
    return (D + D.T) / 2


def shortest_tour(D):
    """Return the length of the shortest tour, by looking at all of them."""
    n = len(D)
    tours = np.array([(0, *rest) for rest in itertools.permutations(range(1, n))])
    return float(D[tours, np.roll(tours, -1, axis=1)].sum(axis=1).min())


def inconsistent():
    """Return a linear program over x >= 0 with x_1 + x_2 <= -1."""
    return oe.problems.QuadraticProgram(
        np.zeros((2, 2)), [1.0, 1.0], [[1.0, 1.0], [-1.0, 0.0], [0.0, -1.0]], [-1.0, 0.0, 0.0]
    )


def without_end():
    """Return a linear program that falls along (1, 1)."""
    return oe.problems.QuadraticProgram(
        np.zeros((2, 2)), [-1.0, -1.0], [[1.0, -1.0], [-1.0, 0.0], [0.0, -1.0]], [1.0, 0.0, 0.0]
    )
