"""Re-basin: soft permutations of one network's hidden units that bring it near another network."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.protocol import portable, problem
from optedu.transport.implicit_differentiation import plan_vjp

ROUNDS, NEWTON_STEPS = 8, 60


@portable
def doubly_stochastic(X, t):
    """Return argmax <X, P> + t H(P) over P >= 0 whose rows and columns sum to 1.

    P_ij is proportional to exp(X_ij / t + g_j) in each row. Some rounds of Sinkhorn's method find
    g roughly. Near a permutation they would go on for long, since their rate is the second singular
    value of P, squared; Newton's method, steps cut to length 1, does the rest. Entries of X / t
    should not differ by more than about 50.
    """
    n = X.shape[0]
    A, g, P = X / t, np.zeros(n), np.empty((n, n))
    for k in range(ROUNDS + NEWTON_STEPS):
        for i in range(n):
            row = A[i] + g
            row = np.exp(row - np.max(row))
            P[i] = row / np.sum(row)
        sums = np.sum(P, axis=0)
        if np.max(np.abs(sums - 1.0)) <= 1e-14 * n:
            break
        if k < ROUNDS:
            g = g - np.log(np.maximum(sums, 1e-300))
        else:
            H = np.diag(sums + 1e-12) - P.T @ P + 1.0 / n
            d = np.linalg.solve(H, 1.0 - sums)
            g = g + d / max(1.0, np.max(np.abs(d)))
    return P


@problem
class Rebasin(NamedTuple):
    """Minimize over logits x = (X_1, X_2) the distance of network A to network B, permuted softly.

    f(x) = (||F_A - P_1 F_B||^2 + ||M_A - P_2 M_B P_1'||^2 + ||L_A - P_2 L_B||^2) / 2 with
    P_l = argmax <X_l, P> + t H(P) over the doubly stochastic matrices. The networks have two hidden
    layers; F holds the weights into the first, M those from the first to the second, L the biases
    of the second and the weights out of it. Where P_1 and P_2 are permutations, this is half the
    squared distance of the weights, and permuted units compute the same function.

    Parameters
    ----------
    first_a, first_b : numpy.ndarray, shape (h, p)
        F; one row per unit of the first hidden layer.
    middle_a, middle_b : numpy.ndarray, shape (k, h)
        M; one row per unit of the second.
    last_a, last_b : numpy.ndarray, shape (k, q)
        L; one row per unit of the second.
    temperature : float
        t, positive, in the unit of the logits.

    Raises
    ------
    ValueError
        If shapes do not fit, or the temperature is not positive.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> rng = np.random.default_rng(0)
    >>> F, M, L = rng.standard_normal((3, 4)), rng.standard_normal((2, 3)), np.eye(2)
    >>> p = [2, 0, 1]
    >>> problem = oe.problems.Rebasin(F[p], F, M[:, p], M, L, L)
    >>> x = oe.run(oe.LBFGS(), problem, problem.start, max_iter=15).x
    >>> problem.permutations(x)[0].argmax(axis=1)
    array([2, 0, 1])
    """

    first_a: np.ndarray
    first_b: np.ndarray
    middle_a: np.ndarray
    middle_b: np.ndarray
    last_a: np.ndarray
    last_b: np.ndarray
    temperature: float = 1.0

    convex = False

    def check(self):
        """Refuse shapes that do not fit, and a temperature that is not positive."""
        h, k = len(self.first_a), len(self.last_a)
        same = (
            self.first_a.shape == self.first_b.shape
            and self.last_a.shape == self.last_b.shape
            and self.middle_a.shape == self.middle_b.shape == (k, h)
        )
        if not same:
            raise ValueError(
                "Rebasin: both networks must have the same shapes, (h, p), (k, h) and (k, q), got "
                f"{self.first_a.shape}, {self.middle_a.shape}, {self.last_a.shape} and "
                f"{self.first_b.shape}, {self.middle_b.shape}, {self.last_b.shape}"
            )
        if not self.temperature > 0:
            raise ValueError(f"Rebasin: temperature must be positive, got {self.temperature}")

    def permutations(self, x):
        """Return the soft permutations P_1, shape (h, h), and P_2, shape (k, k)."""
        h, k = self.first_a.shape[0], self.last_a.shape[0]
        one = doubly_stochastic(x[: h * h].reshape((h, h)), self.temperature)
        return one, doubly_stochastic(x[h * h :].reshape((k, k)), self.temperature)

    def value(self, x):
        one, two = self.permutations(x)
        E = self.middle_a - two @ self.middle_b @ one.T
        outer = np.sum((self.first_a - one @ self.first_b) ** 2)
        return 0.5 * (outer + np.sum(E**2) + np.sum((self.last_a - two @ self.last_b) ** 2))

    def gradient(self, x):
        one, two = self.permutations(x)
        inner = two @ self.middle_b
        E = self.middle_a - inner @ one.T
        G = -(self.first_a - one @ self.first_b) @ self.first_b.T - E.T @ inner
        H = -(self.last_a - two @ self.last_b) @ self.last_b.T - E @ one @ self.middle_b.T
        t = self.temperature
        return np.concatenate((-plan_vjp(one, t, G).ravel(), -plan_vjp(two, t, H).ravel()))

    @property
    def shape(self):
        """Shape (h h + k k,) of x: the logits X_1 row by row, then X_2."""
        return (len(self.first_a) ** 2 + len(self.last_a) ** 2,)

    @property
    def start(self):
        """Zeros: all permutations alike."""
        return np.zeros(self.shape)
