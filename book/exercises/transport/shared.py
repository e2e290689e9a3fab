"""What the checks of this chapter's exercises share."""

import numpy as np


def line_of(x, y, p):
    """Return the distance of two clouds on a line."""
    return np.mean(np.abs(np.sort(x) - np.sort(y)) ** p) ** (1 / p)


def potentials_of_rows(cost, g, a, t):
    """Return the row potentials that give the plan the row sums ``a``."""
    z = (g - cost) / t
    top = z.max(axis=1)
    return t * (np.log(a) - top - np.log(np.exp(z - top[:, None]).sum(axis=1)))


def scaled(cost, t):
    """Return the entropic plan with equal masses, for a cost that varies by a few t at most."""
    n, m = cost.shape
    K, v = np.exp(-cost / t), np.ones(m)
    for _ in range(200):
        u = 1 / n / (K @ v)
        v = 1 / m / (K.T @ u)
    return u[:, None] * K * v


def moved(plan, t, G, frozen=False):
    """Return the gradient in the cost of <G, plan>; ``frozen``: as if potentials stayed."""
    n, m = plan.shape
    w = np.zeros(n + m)
    if not frozen:
        M = np.block([[np.diag(plan.sum(axis=1)), plan], [plan.T, np.diag(plan.sum(axis=0))]])
        right = np.concatenate([(plan * G).sum(axis=1), (plan * G).sum(axis=0)])
        w = np.linalg.lstsq(M, right, rcond=1e-12)[0]
    return plan * (w[:n, None] + w[n:] - G) / t
