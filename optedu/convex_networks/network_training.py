"""What everybody does: Adam or stochastic gradients on the network itself."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from optedu.convex_networks.networks import Network
from optedu.problems.two_layer_relu import TwoLayerReLU

RULES = ("sgd", "adam")


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
    net = TwoLayerReLU(problem.X, problem.y, width, problem.beta, problem.logistic)
    d = net.X.shape[1]
    rng = np.random.default_rng(seed)
    hidden = rng.standard_normal((width, d)) / np.sqrt(d)
    x = np.concatenate((hidden, rng.standard_normal((width, 1))), axis=1)
    m, v, best, record = 0.0 * x, 0.0 * x, x, []
    for k in range(steps + 1):
        record.append(net.value(x))
        if record[-1] <= min(record):
            best = x
        direction, m, v = adam_direction(net.gradient(x), m, v, k + 1)
        x = x - 0.5 * step_size * (1.0 + np.cos(np.pi * k / steps)) * direction
    return Training(Network(best[:, :d], best[:, d]), float(min(record)), np.array(record))


def adam_direction(g: Any, m: Any, v: Any, k: int) -> tuple[Any, Any, Any]:
    """Return the direction of Adam's k-th step, k = 1, 2, ..., and the new means of g and g^2."""
    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g * g
    return m / (1.0 - 0.9**k) / (np.sqrt(v / (1.0 - 0.999**k)) + 1e-8), m, v


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
    >>> from optedu.convex_networks.network_training import stochastic_network
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
            g, m, v = adam_direction(g, m, v, k)
        x = x - step * g
    return Network(x[:, :d], x[:, d])
