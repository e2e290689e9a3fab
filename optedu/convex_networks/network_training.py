"""What everybody does: Adam on the network itself."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from optedu.convex_networks.networks import Network
from optedu.problems.convex_relu import fit_loss, fit_slope


class Training(NamedTuple):
    """A network and how it came about.

    Parameters
    ----------
    network : Network
        The best one that was seen.
    objective : float
        Its loss on the data and its weight decay.
    objectives : numpy.ndarray, shape (steps + 1,)
        At the start and after each step.
    """

    network: Network
    objective: float
    objectives: np.ndarray


def trained_network(
    problem: Any, width: int, seed: int = 0, steps: int = 2000, step_size: float = 0.02
) -> Training:
    """Train a network of random start by Adam, with all data at each step.

    What it minimizes is the objective of `Network.objective`, weight decay included; the step size
    falls to zero along half a cosine.

    Parameters
    ----------
    problem : ConvexReLU
        Its data, loss and beta are used, its patterns not.
    width : int
        Hidden units.
    seed : int
    steps : int
    step_size : float

    Returns
    -------
    Training

    References
    ----------
    kingma2015.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> from optedu.convex_networks.network_training import trained_network
    >>> X, y = np.array([[1.0, 1.0], [0.0, 1.0], [-1.0, 1.0]]), np.array([1.0, 0.0, 1.0])
    >>> problem = oe.problems.ConvexReLU(X, y, np.ones((3, 1)), 0.1)
    >>> trained_network(problem, 8).objective < 0.5
    True
    """
    X, y, beta = problem.X, problem.y, problem.beta
    d = X.shape[1]
    rng = np.random.default_rng(seed)
    w = np.concatenate(
        (rng.standard_normal((width, d)) / np.sqrt(d), rng.standard_normal((width, 1))), axis=1
    )
    m, v, best, record = np.zeros_like(w), np.zeros_like(w), w, []
    for k in range(steps + 1):
        hidden = np.maximum(X @ w[:, :d].T, 0.0)
        z = hidden @ w[:, d]
        record.append(fit_loss(z, y, problem.logistic) + 0.5 * beta * np.sum(w * w))
        if record[-1] <= min(record):
            best = w
        r = fit_slope(z, y, problem.logistic)
        back = (hidden > 0.0) * r[:, None] * w[:, d]
        g = np.concatenate((back.T @ X, (hidden.T @ r)[:, None]), axis=1) + beta * w
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
        fall = 0.5 * step_size * (1.0 + np.cos(np.pi * k / steps))
        root = np.sqrt(v / (1.0 - 0.999 ** (k + 1))) + 1e-8
        w = w - fall * m / (1.0 - 0.9 ** (k + 1)) / root
    return Training(Network(best[:, :d], best[:, d]), float(min(record)), np.array(record))
