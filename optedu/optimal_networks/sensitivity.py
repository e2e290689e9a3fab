"""How the optimum moves with the targets and with beta."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from optedu.optimal_networks.smooth_piece import smooth_piece
from optedu.problems.convex_relu import fit_slope


class Sensitivity(NamedTuple):
    """Derivatives of the minimum and of the fit, for the squared loss.

    Parameters
    ----------
    value_by_beta : float
        Of the minimum: sum ||x_i|| (Danskin).
    value_by_y : numpy.ndarray, shape (n,)
        Of the minimum: y - z.
    fit_by_beta : numpy.ndarray, shape (n,)
    fit_by_y : numpy.ndarray, shape (n, n)
    """

    value_by_beta: float
    value_by_y: np.ndarray
    fit_by_beta: np.ndarray
    fit_by_y: np.ndarray

    @property
    def degrees_of_freedom(self) -> float:
        """The trace of fit_by_y: how many parameters the network is worth."""
        return float(np.trace(self.fit_by_y))


def sensitivity(problem: Any, x: np.ndarray) -> Sensitivity:
    """Return the derivatives of the minimum and of the fit in beta and in y at an optimal x.

    Those of the minimum hold everywhere. Those of the fit hold where the units that are not 0 and
    the walls of cones on which they lie stay the same nearby, and no unit that is 0 has
    ||q_i|| = beta. Then the optimal w on the smooth piece has gradient 0, and the implicit function
    theorem says how it moves: with M the columns and H the Hessian,
    dz/dy = M H^+ M', dz/dbeta = -M H^+ g, g the gradient of the norms.

    Parameters
    ----------
    problem : GatedReLU or ConvexReLU
        With the squared loss.
    x : numpy.ndarray
        An optimal network; where there are many, any one.

    Raises
    ------
    ValueError
        For the logistic loss, whose labels do not move.

    References
    ----------
    mishkin2023 for the questions (they ask them of minimal networks); danskin1967.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> from optedu.optimal_networks.sensitivity import sensitivity
    >>> X, y = np.array([[1.0], [2.0]]), np.array([1.0, 1.0])
    >>> found = sensitivity(oe.problems.GatedReLU(X, y, np.ones((2, 1)), 0.5), np.array([[0.5]]))
    >>> found.fit_by_beta.round(6), round(found.degrees_of_freedom, 6)
    (array([-0.2, -0.4]), 1.0)
    """
    if problem.logistic:
        raise ValueError("sensitivity: the logistic loss has labels, which do not move")
    z, n = problem.outputs(x), len(problem.y)
    by_beta = float(np.sum(np.linalg.norm(x, axis=1)))
    by_y = -fit_slope(z, problem.y, False)
    if not np.any(x):
        return Sensitivity(by_beta, by_y, np.zeros(n), np.zeros((n, n)))
    piece = smooth_piece(problem, x)
    inverse = np.linalg.pinv(piece.hessian(problem, piece.w), rcond=1e-10, hermitian=True)
    M = piece.columns
    return Sensitivity(by_beta, by_y, -M @ inverse @ piece.normals(piece.w), M @ inverse @ M.T)
