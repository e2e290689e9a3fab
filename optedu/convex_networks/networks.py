"""From a solution of the convex program to a network, and back."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from optedu.problems.convex_relu import fit_loss


class Network(NamedTuple):
    """A two-layer ReLU network, Z -> max(Z hidden', 0) output.

    Parameters
    ----------
    hidden : numpy.ndarray, shape (h, d)
        Weights of the units, one row each.
    output : numpy.ndarray, shape (h,)
    """

    hidden: np.ndarray
    output: np.ndarray

    def outputs(self, Z: np.ndarray) -> np.ndarray:
        """Return what the network says of each row of Z, shape (n,)."""
        return np.maximum(Z @ self.hidden.T, 0.0) @ self.output

    def objective(self, problem: Any) -> float:
        """Return the loss on the data of a problem, with its beta for the weight decay."""
        decay = 0.5 * problem.beta * (np.sum(self.hidden**2) + np.sum(self.output**2))
        return float(fit_loss(self.outputs(problem.X), problem.y, problem.logistic) + decay)


def network_of(x: np.ndarray, tol: float = 0.0) -> Network:
    """Return the network of a point of a `ConvexReLU`: each row that is not 0 becomes a unit.

    A row v of the first half gives the unit v / sqrt ||v|| with the output sqrt ||v||, one of the
    second half the same with the output -sqrt ||v||: so both layers decay alike.

    Parameters
    ----------
    x : numpy.ndarray, shape (2 P, d)
    tol : float
        Rows up to this norm are left out.

    Returns
    -------
    Network

    References
    ----------
    pilanci2020, Theorem 1.

    Examples
    --------
    >>> import numpy as np
    >>> from optedu.convex_networks.networks import network_of
    >>> network_of(np.array([[4.0, 0.0], [0.0, 0.0]]))
    Network(hidden=array([[2., 0.]]), output=array([2.]))
    """
    norms = np.linalg.norm(x, axis=1)
    signs = np.repeat([1.0, -1.0], len(x) // 2)
    kept = norms > tol
    roots = np.sqrt(norms[kept])
    return Network(x[kept] / roots[:, None], signs[kept] * roots)


def point_of(network: Network, problem: Any) -> np.ndarray:
    """Return the point of a `ConvexReLU` that says the same as a network.

    Units of one pattern and one sign are added. The penalty of the point is at most the network's
    weight decay.

    Parameters
    ----------
    network : Network
    problem : ConvexReLU

    Returns
    -------
    numpy.ndarray, shape (2 P, d)

    Raises
    ------
    ValueError
        If a unit that lets something through has a pattern that the problem does not have.
    """
    D = problem.patterns
    number = {column.tobytes(): i for i, column in enumerate(D.T > 0.5)}
    x = np.zeros(problem.shape)
    for u, a in zip(network.hidden, network.output, strict=True):
        active = problem.X @ u >= 0
        if a == 0.0 or not (problem.X @ u > 0).any():
            continue
        i = number.get(active.tobytes())
        if i is None:
            raise ValueError("point_of: a unit has an activation pattern that the problem lacks")
        x[i if a > 0 else i + D.shape[1]] += abs(a) * u
    return x
