"""Problems of the family, drawn from seeds, rotated and shifted."""

from __future__ import annotations

import numpy as np

import optedu as oe
from optedu.problems.generators import random_least_squares, random_rotation

P = oe.problems


def start(d, seed):
    return np.random.default_rng([seed, 1]).normal(0.5, 2.0, d)


class Quadratic:
    """f(x) = <P x, x> / 2 + <q, x> by its prox, in Python, for tests of contraction."""

    def __init__(self, spectrum, seed):
        rng = np.random.default_rng(seed)
        Q = random_rotation(len(spectrum), rng)
        self.P, self.q = (Q * np.asarray(spectrum)) @ Q.T, rng.standard_normal(len(spectrum))

    def value(self, x):
        return 0.5 * x @ self.P @ x + self.q @ x

    def gradient(self, x):
        return self.P @ x + self.q

    def prox(self, x, t):
        return np.linalg.solve(np.eye(x.size) + t * self.P, x - t * self.q)


def two_terms(seed=31, d=5):
    """Return ||x - c||^2 / 2 weighted, plus an l1 norm."""
    rng = np.random.default_rng(seed)
    return P.SumOfTwo(P.SquaredError(2 * rng.standard_normal(d), 0.7), P.L1(0.6))


def three_terms(seed=32, d=5):
    fit = random_least_squares(2 * d, d, seed=seed)
    return P.SmoothSumOfTwo(fit, P.L1(0.3), P.L2(0.4))


def signal(n=30, seed=33, noise=0.3):
    """Return a noisy signal with a few jumps."""
    rng = np.random.default_rng(seed)
    return np.cumsum(2 * rng.standard_normal(n) * (rng.random(n) < 0.2)) + noise * (
        rng.standard_normal(n)
    )


def total_variation(n=8, seed=33):
    return P.TotalVariation(signal(n, seed), 0.5)


def lasso_by_map(seed=34, n=8, d=5):
    rng = np.random.default_rng(seed)
    fit = P.SquaredError(rng.standard_normal(n))
    return P.LinearComposite(P.L1(0.4), rng.standard_normal((n, d)), fit)


def fused(seed=35, n=10, d=5):
    rng = np.random.default_rng(seed)
    return P.FusedLasso(rng.standard_normal((n, d)), rng.standard_normal(n), 0.4, 0.3)


def box_program(seed=36, d=4, m=6, rank=None):
    """Return a feasible quadratic program with an equation among its constraints."""
    rng = np.random.default_rng(seed)
    root = rng.standard_normal((rank or d, d))
    A, inside = rng.standard_normal((m, d)), rng.standard_normal(d)
    low, high = A @ inside - rng.uniform(0, 1, m), A @ inside + rng.uniform(0, 1, m)
    low[0] = high[0] = A[0] @ inside
    return P.BoxProgram(root.T @ root, 3 * rng.standard_normal(d), A, low, high)


def agents(seed=37, n=4, rows=5, d=3):
    """Return consensus least squares; the agents' own models differ."""
    rng = np.random.default_rng(seed)
    A, own = rng.standard_normal((n, rows, d)), rng.standard_normal((n, d))
    return P.ConsensusLeastSquares(A, np.einsum("nrd,nd->nr", A, own) + 1.0)


def logistic_agents(seed=38, n=3, rows=6, d=3):
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((n, rows, d))
    y = np.where(A @ rng.standard_normal(d) + rng.standard_normal((n, rows)) > 0, 1.0, -1.0)
    return P.ConsensusLogistic(A, y, 0.1)


def polyhedron(seed=39, m=5, d=3):
    """Return half-spaces with an interior point in common."""
    rng = np.random.default_rng(seed)
    A, inside = rng.standard_normal((m, d)), rng.standard_normal(d)
    return P.HalfSpaces(A, A @ inside + rng.uniform(0.1, 0.5, m))


def equations(seed=40, m=4, d=4):
    rng = np.random.default_rng(seed)
    A = random_rotation(d, rng)[:m] + 0.3 * rng.standard_normal((m, d))
    return P.Hyperplanes(A, A @ rng.standard_normal(d))


def lines(angle, at=(0.7, -0.4), turn=0.3):
    """Return two lines through a point, at an angle to each other, the first turned by `turn`."""
    sets = []
    for slope in (turn, turn + angle):
        normal = np.array([[-np.sin(slope), np.cos(slope)]])
        sets.append(P.AffineSet(normal, normal @ np.asarray(at)))
    return P.IntersectionOfTwo(*sets), np.asarray(at, dtype=float)


def samples_of(method):
    """Yield the contract's samples of a method of the family."""
    chosen = {
        "DouglasRachford": [two_terms(), lines(0.8)[0]],
        "ADMM": [two_terms(), lines(0.8)[0]],
        "DavisYin": [three_terms()],
        "ChambollePock": [total_variation(), lasso_by_map()],
        "CondatVu": [fused()],
        "QuadraticADMM": [box_program(), total_variation()],
        "ConsensusADMM": [agents(), logistic_agents()],
        "AlternatingProjections": [polyhedron(seed=42), equations()],
        "Dykstra": [equations(), polyhedron(seed=42)],
        "RandomProjections": [equations()],
    }
    for problem in chosen[type(method).__name__]:
        yield method, problem, start(problem.shape[0], 41)
