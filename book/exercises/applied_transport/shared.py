"""What the checks of this chapter's exercises share."""

import numpy as np


def directions_in(rng, m, d):
    """Return m random directions of length 1."""
    v = rng.standard_normal((m, d))
    return v / np.linalg.norm(v, axis=1, keepdims=True)


def spread_directions(rng, m):
    """Return m directions in the plane, no two of them nearly parallel."""
    angle = (np.arange(m) + rng.uniform(0.25, 0.75, m)) * np.pi / m
    return np.column_stack([np.cos(angle), np.sin(angle)])


def sliced(x, y, directions):
    """Return the squared sliced distance."""
    return np.mean((np.sort(x @ directions.T, axis=0) - np.sort(y @ directions.T, axis=0)) ** 2)


def slopes(x, y, directions, in_place=True, ranked=True):
    """Return its gradient; or what comes out if the ranks are not undone, or not taken."""
    total = np.zeros(x.shape)
    for theta in directions:
        p, q = x @ theta, y @ theta
        order = np.argsort(p) if in_place else np.arange(len(p))
        gap = np.empty(len(p))
        gap[order] = np.sort(p) - np.sort(q)
        total += np.outer(gap if ranked else p - q, theta)
    return 2 / (len(x) * len(directions)) * total


def bell_step(m, s, a, mu, sigma):
    """Return mean and deviation after a JKO step towards N(mu, sigma^2)."""
    b = a / sigma**2
    return (m + b * mu) / (1 + b), (s + np.sqrt(s**2 + 4 * (1 + b) * a)) / (2 * (1 + b))


def end_of(log_a, r, S, eps, x):
    """Return the expected end of a light bridge on the line."""
    exponents = log_a + (S * x**2 + 2 * r * x) / (2 * eps)
    weights = np.exp(exponents - exponents.max())
    return weights @ (r + S * x) / weights.sum()


def logistic(u):
    """Return 1 / (1 + exp(-u)), for any u."""
    return 0.5 * (1 + np.tanh(u / 2))


def bisected(z, mass):
    """Return the number lam for which the logistic function at lam + z has this mean."""
    middle = np.log(mass) - np.log1p(-mass)
    low, high = middle - z.max(), middle - z.min()
    for _ in range(200):
        x = (low + high) / 2
        low, high = (low, x) if np.mean(logistic(x + z)) > mass else (x, high)
    return (low + high) / 2


def sums_of(directions, odd):
    """Return the sums of an odd or even number of vectors across the directions."""
    across = np.column_stack([-directions[:, 1], directions[:, 0]])
    m = len(directions)
    choices = np.array([[i >> k & 1 for k in range(m)] for i in range(2**m)])
    return choices[choices.sum(axis=1) % 2 == odd] @ across


def network(A, W1, b1, W2, b2, W3, b3):
    """Return the outputs of a network with two hidden layers."""
    return np.maximum(np.maximum(A @ W1.T + b1, 0.0) @ W2.T + b2, 0.0) @ W3.T + b3
