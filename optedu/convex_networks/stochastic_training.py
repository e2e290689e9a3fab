"""What is done with more data: stochastic gradients, plain or scaled as in Adam, on the network."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.convex_networks.networks import Network

RULES = ("sgd", "adam")


def stochastic_network(
    problem: Any,
    rule: str = "adam",
    seed: int = 0,
    steps: int = 1500,
    step_size: float = 0.02,
    batch: int = 32,
) -> Network:
    """Train a network from a random start by gradients on batches of rows.

    Each batch is drawn without replacement, and its gradient is scaled to that of all rows; the
    step size falls to zero in a straight line.

    Parameters
    ----------
    problem : TwoLayerReLU
        Its start is redrawn with the seed.
    rule : {"adam", "sgd"}
        Adam, or x+ = x - step gradient.
    seed : int
        Of the start and of the batches.
    steps : int
    step_size : float
        The first one; a good one for "sgd" is far smaller, 0.002 for 300 rows.
    batch : int
        Rows in a batch; all of them at the most.

    Returns
    -------
    Network

    Raises
    ------
    ValueError
        If the rule is another.

    References
    ----------
    kingma2015.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> from optedu.convex_networks.stochastic_training import stochastic_network
    >>> X, y = np.array([[1.0, 1.0], [0.0, 1.0], [-1.0, 1.0]]), np.array([1.0, 0.0, 1.0])
    >>> problem = oe.problems.TwoLayerReLU(X, y, 8, 0.01)
    >>> network = stochastic_network(problem, batch=2)
    >>> bool(np.abs(network.outputs(X) - y).max() < 0.3)
    True
    """
    if rule not in RULES:
        raise ValueError(f"stochastic_network: rule must be one of {RULES}, got {rule!r}")
    n, d = problem.X.shape
    rows, rng = min(batch, n), np.random.default_rng(seed)
    x = problem._replace(seed=seed).start
    m, v = 0.0 * x, 0.0 * x
    for k in range(1, steps + 1):
        chosen = rng.choice(n, rows, replace=False)
        part = problem._replace(
            X=problem.X[chosen], y=problem.y[chosen], beta=problem.beta * rows / n
        )
        g = (n / rows) * part.gradient(x)
        step = step_size * (1.0 - (k - 1) / steps)
        if rule == "adam":
            m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
            g = m / (1.0 - 0.9**k) / (np.sqrt(v / (1.0 - 0.999**k)) + 1e-8)
        x = x - step * g
    return Network(x[:, :d], x[:, d])
