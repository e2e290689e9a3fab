"""The Sinkhorn divergence from one cloud of points to another, with its gradient."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.kernels.transport import column_log_sums, plan_of, row_log_sums
from optedu.problems.transport import require_masses
from optedu.protocol import portable, problem

SINGLE_ACCURACY = 1e-5
"""What row sums of plans can be asked for in single precision."""


@problem
class SinkhornDivergence(NamedTuple):
    """S(x, y) = W(x, y) - W(x, x) / 2 - W(y, y) / 2, as a function of the points x.

    W(x, y) is the least <C, P> + t KL(P, a b') over the plans P between the masses a and b, with
    C_ij = ||x_i - y_j||^2, and KL(P, Q) = sum_ij P_ij log(P_ij / Q_ij) - P_ij + Q_ij. Alone, it is
    positive at x = y, and pulls points together; the two terms that are taken away mend both: S
    is 0 where both clouds are the same, and positive elsewhere (feydy2019).

    Plans are found inside each oracle, by Sinkhorn's and Newton's method in turn. The gradient is
    2 a_i (m_i - n_i), m_i and n_i the means of the cloud x and of the cloud y as the plans from
    x_i weigh them: how a plan moves with x need not be known, since it is a minimizer.

    Parameters
    ----------
    targets : numpy.ndarray, shape (m, d)
        The points y, held.
    a : numpy.ndarray, shape (n,)
        Mass of the points x, positive, of total 1.
    b : numpy.ndarray, shape (m,)
        Mass of the targets, the same.
    regularization : float
        t, positive, in the unit of the squared distance.
    accuracy : float
        Largest error of the row sums of each plan, in all.
    max_rounds : int
        Rounds after which a plan is taken as it is.

    Raises
    ------
    ValueError
        If shapes do not fit, a total is not 1, or a number is not positive.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> y = np.array([[0.0, 0.0], [1.0, 0.0]])
    >>> problem = oe.problems.SinkhornDivergence(y, [0.5, 0.5], [0.5, 0.5], 0.5)
    >>> float(problem.value(y).round(6)) + 0.0, float(problem.value(y + [0.0, 2.0]).round(6))
    (0.0, 4.0)
    """

    targets: np.ndarray
    a: np.ndarray
    b: np.ndarray
    regularization: float = 0.1
    accuracy: float = 1e-12
    max_rounds: int = 1000

    def check(self):
        """Refuse masses of another total than 1, and numbers that are not positive."""
        if self.targets.ndim != 2:
            raise ValueError(
                f"SinkhornDivergence: targets must have one point per row, got shape "
                f"{self.targets.shape}"
            )
        require_masses("SinkhornDivergence", np.ones((self.a.size, len(self.targets))), *self[1:3])
        for letter, masses in (("a", self.a), ("b", self.b)):
            if abs(masses.sum() - 1) > 1e-9:
                raise ValueError(
                    f"SinkhornDivergence: the total of {letter} must be 1, got {masses.sum():.10g}"
                )
        for name in ("regularization", "accuracy", "max_rounds"):
            if not getattr(self, name) > 0:
                raise ValueError(
                    f"SinkhornDivergence: {name} must be positive, got {getattr(self, name)}"
                )

    def value(self, x):
        y, a, b, t, accuracy, rounds = self
        own = entropic_cost(x, x, a, a, t, accuracy, rounds)[0]
        own += entropic_cost(y, y, b, b, t, accuracy, rounds)[0]
        return entropic_cost(x, y, a, b, t, accuracy, rounds)[0] - 0.5 * own

    def gradient(self, x):
        y, a, b, t, accuracy, rounds = self
        P = entropic_cost(x, y, a, b, t, accuracy, rounds)[1]
        Q = entropic_cost(x, x, a, a, t, accuracy, rounds)[1]
        return 2.0 * (Q @ x - P @ y)

    def value_and_gradient(self, x):
        y, a, b, t, accuracy, rounds = self
        own, Q = entropic_cost(x, x, a, a, t, accuracy, rounds)
        own += entropic_cost(y, y, b, b, t, accuracy, rounds)[0]
        both, P = entropic_cost(x, y, a, b, t, accuracy, rounds)
        return both - 0.5 * own, 2.0 * (Q @ x - P @ y)

    @property
    def shape(self):
        """Shape (n, d) of x."""
        return (self.a.size, self.targets.shape[1])


@portable
def squared_distances(x, y):
    """Return ||x_i - y_j||^2, shape (n, m), of points in the rows of x and y."""
    C = np.zeros((x.shape[0], y.shape[0]))
    for k in range(x.shape[1]):
        for i in range(x.shape[0]):
            C[i] += (x[i, k] - y[:, k]) ** 2
    return C


@portable
def entropic_cost(x, y, a, b, t, accuracy, rounds):
    """Return W(x, y) and a plan with row sums a.

    Rounds of Sinkhorn's algorithm alternate with Newton steps of the potentials f, of a length
    that is safe for sums of exponentials; g follows f. It begins with a large regularization s,
    halved until it is t. Sinkhorn alone would be slow where x is near y, or t is small: the plan
    then falls into parts that hardly touch.

    Parameters
    ----------
    x : numpy.ndarray, shape (n, d)
        Points.
    y : numpy.ndarray, shape (m, d)
        Points.
    a, b : numpy.ndarray
        Their masses.
    t : float
        Regularization.
    accuracy : float
        Largest error of the row sums, in all, before they are mended.
    rounds : int
        Rounds at the most.

    Returns
    -------
    tuple of (float, numpy.ndarray)
    """
    C = squared_distances(x, y)
    enough = accuracy if C.itemsize == 8 else max(accuracy, SINGLE_ACCURACY)
    g, s = np.zeros(b.size), max(t, float(np.max(C)))
    for _ in range(rounds):
        f = s * np.log(a) - row_log_sums(C, g, s)
        g = s * np.log(b) - column_log_sums(C, f, s)
        P = plan_of(C, f, g, s)
        rows = np.sum(P, axis=1)
        error = np.sum(np.abs(rows - a))
        if error <= enough and s == t:
            break
        if error <= 0.1 and s > t:
            s = max(0.5 * s, t)
        else:
            S = np.diag(rows + 1e-12 * a) + a.reshape((-1, 1)) * a - (P / b) @ P.T
            step = np.linalg.solve(S, a - rows)
            reach = 2.0 * np.max(np.abs(step))
            f = f + s * np.log1p(reach) / reach * step
            g = s * np.log(b) - column_log_sums(C, f, s)
    f = t * np.log(a) - row_log_sums(C, g, t)
    dual = np.sum(a * (f - t * np.log(a))) + np.sum(b * (g - t * np.log(b)))
    return dual, plan_of(C, f, g, t)
