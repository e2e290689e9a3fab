"""Several classes: one convex program each, with the same patterns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from optedu.problems.activation_patterns import Patterns
from optedu.problems.convex_relu import GatedReLU


class GatedClassifier(NamedTuple):
    """Gated networks that share their gates, one for each class.

    Parameters
    ----------
    gates : numpy.ndarray, shape (P, d)
    weights : numpy.ndarray, shape (C, P, d)
    """

    gates: np.ndarray
    weights: np.ndarray

    def scores(self, Z: np.ndarray) -> np.ndarray:
        """Return what each network says of each row of Z, shape (n, C)."""
        active = (Z @ self.gates.T >= 0).astype(float)
        return np.stack([np.sum(active * (Z @ w.T), axis=1) for w in self.weights], axis=1)

    def classes(self, Z: np.ndarray) -> np.ndarray:
        """Return the class with the highest score, shape (n,)."""
        return self.scores(Z).argmax(axis=1)


def one_against_rest(
    X: np.ndarray,
    labels: np.ndarray,
    patterns: Patterns,
    beta: float,
    solve: Callable[[Any], np.ndarray],
) -> GatedClassifier:
    """Train a gated network for each class, with the target 1 for it and -1 for the others.

    Parameters
    ----------
    X : numpy.ndarray, shape (n, d)
    labels : numpy.ndarray of int, shape (n,)
        Classes 0, 1, ..., C - 1.
    patterns : Patterns
        Of X, from `sampled_patterns`.
    beta : float
        Weight of the norms.
    solve : callable
        From a `GatedReLU` to its solution.

    Returns
    -------
    GatedClassifier

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> from optedu.convex_networks.one_against_rest import one_against_rest
    >>> from optedu.problems.activation_patterns import all_patterns
    >>> X = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]])
    >>> solve = lambda problem: oe.run(oe.RestartedFISTA(), problem).x
    >>> one_against_rest(X, np.array([0, 1, 2]), all_patterns(X), 0.01, solve).classes(X)
    array([0, 1, 2])
    """
    weights = [
        solve(GatedReLU(X, np.where(labels == k, 1.0, -1.0), patterns.active, beta))
        for k in range(int(labels.max()) + 1)
    ]
    return GatedClassifier(patterns.gates, np.array(weights))
