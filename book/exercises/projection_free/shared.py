"""What the checks of this chapter's exercises share."""

import numpy as np

from optedu.problems.functions import Problem
from optedu.problems.polytopes import nearest_in_hull


def from_corners(A, b, V):
    """Return least squares over the hull of the rows of V, which gives gradients and corners."""
    return Problem.from_functions(
        lambda x: 0.5 * float(np.sum((A @ x - b) ** 2)),
        gradient=lambda x: A.T @ (A @ x - b),
        linear_minimizer=lambda g: V[np.argmin(V @ g)].copy(),
    )


def distance(V, x):
    """Return the distance of x to the hull of the rows of V."""
    return float(np.linalg.norm(nearest_in_hull(V, x) - x))
