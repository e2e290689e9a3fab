"""Shampoo: a preconditioner for the rows of a matrix and one for its columns."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.curvature.inverse_root import inverse_root
from optedu.parameters import require_positive
from optedu.protocol import method


class ShampooState(NamedTuple):
    x: np.ndarray  # the iterate, a vector or a matrix
    L: np.ndarray  # epsilon I + the sum of G G'
    R: np.ndarray  # epsilon I + the sum of G'G
    left: np.ndarray  # the inverse root of L that is in use
    right: np.ndarray  # the inverse root of R that is in use
    squares: np.ndarray  # epsilon + the sum of the squares of each entry of G
    k: int  # steps taken


@method
class Shampoo(NamedTuple):
    """Full-matrix AdaGrad in a Kronecker product: one small matrix for each side of a matrix.

    Problem      minimize f(X), f differentiable, X a matrix (m, n) or a vector (m,).
    Update       L += G G',  R += G'G with G = grad f(X);  X+ = X - t L^(-1/4) G R^(-1/4)
                 a vector: L += g g',  x+ = x - t L^(-1/2) g, which is full-matrix AdaGrad
                 with grafting the step is given the length of diagonal AdaGrad's step.
    Guarantee    convex f over online rounds: regret of order sqrt(k) (gupta2018),
                 since L^(1/2) kron R^(1/2) dominates the sum of g g' up to the rank of the G.
    Cost         one gradient, m^2 n + m n^2 for the products, and every `refresh` steps two
                 inverse roots, of order m^3 + n^3.
    Use when     the unknown is a matrix whose rows, or columns, are correlated.
    Fails when   the step is too long for the curvature; AdaGrad's steps shrink for ever, so the
                 end of an ill-conditioned problem takes long.

    Parameters
    ----------
    step_size : float
        t; it grows with the distance to the solution.
    epsilon : float
        L and R start from epsilon times the identity.
    refresh : int
        Steps between two computations of the inverse roots.
    grafting : bool
        Take the length of the step from diagonal AdaGrad.

    References
    ----------
    gupta2018; anil2020 for refreshing and grafting; guo2006 for the roots.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> problem = oe.problems.MatrixRegression(np.diag([3.0, 1.0]), np.eye(2), np.ones((2, 2)))
    >>> oe.run(oe.Shampoo(), problem, np.zeros((2, 2)), tol=1e-8).x.round(4)
    array([[0.3333, 0.3333],
           [1.    , 1.    ]])
    """

    step_size: float = 1.0
    epsilon: float = 1e-6
    refresh: int = 1
    grafting: bool = False

    def check(self):
        """Refuse numbers that are not positive."""
        require_positive(self, "step_size", "epsilon", "refresh")

    def init(self, problem, x):
        rows = x.shape[0]
        columns = x.size // rows
        L, R = self.epsilon * np.eye(rows), self.epsilon * np.eye(columns)
        return ShampooState(x, L, R, L, R, np.full(x.shape, self.epsilon), 0)

    def step(self, problem, state):
        x, k = state.x, state.k
        g = problem.gradient(x)
        G = np.ascontiguousarray(g).reshape(state.L.shape[0], state.R.shape[0])
        L, R = state.L + G @ G.T, state.R + G.T @ G
        left, right = state.left, state.right
        if k % self.refresh == 0:
            left = inverse_root(L, 2 * x.ndim)
            right = inverse_root(R, 4) if x.ndim == 2 else np.eye(1)
        direction = (left @ G @ right).reshape(x.shape)
        squares = state.squares + g * g
        if self.grafting:
            adagrad = g / np.sqrt(squares)
            own = np.sqrt(np.sum(direction * direction))
            if own > 0:
                direction = direction * (np.sqrt(np.sum(adagrad * adagrad)) / own)
        return ShampooState(x - self.step_size * direction, L, R, left, right, squares, k + 1)
