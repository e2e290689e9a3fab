"""Gradients that are given beforehand, and what independent formulas make of them."""

import numpy as np

import optedu as oe


def gradients(seed, n=25, d=4):
    """Return n gradients whose coordinates have different sizes."""
    return np.random.default_rng(seed).standard_normal((n, d)) * np.array([30.0, 1.0, 0.1, 1e-3])


def fed(method, G, x0):
    """Return the iterates of a method whose problem answers with the rows of G, one per step."""
    rows = iter(G)
    problem = oe.Problem.from_functions(value=lambda x: 0.0, gradient=lambda x: next(rows))
    states = [method.init(problem, x0)]
    for _ in G:
        states.append(method.step(problem, states[-1]))
    return np.array([state.x for state in states])


def weighted_sums(G, decay):
    """Return sum_(i<=t) (1 - decay) decay^(t - i) G_i for each t, term by term."""
    n = len(G)
    lag = np.subtract.outer(np.arange(n), np.arange(n))
    weights = np.where(lag >= 0, (1 - decay) * decay ** np.maximum(lag, 0), 0.0)
    return weights @ G


def unbias(means, decay):
    """Return weighted sums divided by the sums of their weights."""
    return means / (1 - decay ** np.arange(1, len(means) + 1))[:, None]


def path(x0, moves):
    """Return x0 and the points that the moves lead to."""
    return np.vstack([x0, x0 - np.cumsum(moves, axis=0)])
