"""K-FAC: the Fisher matrix of each layer of a network as a Kronecker product."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.parameters import require_positive
from optedu.protocol import method, portable


class KFACState(NamedTuple):
    x: np.ndarray  # the parameters, layer by layer, each matrix row by row


@portable
def kronecker_solve(A, G, D, damping):
    """Return (G + damping^(1/2) / pi I)^(-1) D (A + pi damping^(1/2) I)^(-1).

    D has the shape of a layer's weights, (outputs, inputs). pi is the root of the mean eigenvalue
    of A over that of G, so that both are damped in proportion to their size.
    """
    rows, columns = D.shape
    sizes = np.trace(A) / columns, np.trace(G) / rows
    pi = np.sqrt(sizes[0] / sizes[1]) if min(sizes) > 0 else 1.0
    root = np.sqrt(damping)
    damped_A = A + pi * root * np.eye(columns)
    damped_G = G + root / pi * np.eye(rows)
    half = np.linalg.solve(damped_G, D)
    return np.linalg.solve(damped_A, np.ascontiguousarray(half.T)).T


@method
class KFAC(NamedTuple):
    """Natural gradient of a network, its Fisher matrix replaced by one product per layer.

    Problem      minimize the loss of a network with weights W_l (outputs, inputs + 1), which are
                 packed layer by layer, row by row.
    Update       W_l+ = W_l - t (G_l + s/pi I)^(-1) D_l (A_l + s pi I)^(-1),  s = damping^(1/2)
                 D_l is the gradient, A_l = E[a a'] for the layer's inputs with a 1 appended,
                 G_l = E[b b'] for the derivatives of log likelihood at its outputs,
                 pi^2 = (tr A_l / inputs) / (tr G_l / outputs).
    Guarantee    none known: correlations between layers are dropped, and inputs are taken as
                 independent of derivatives. With one sample the factors of a layer are exact.
    Cost         one gradient, the factors, and solves of order inputs^3 + outputs^3 per layer,
                 instead of (inputs * outputs)^3.
    Use when     a network is trained, and gradient descent crawls.
    Fails when   damping is too small for the step: nothing checks that f decreases.

    Parameters
    ----------
    step_size : float
        t.
    damping : float
        Positive; a Levenberg-Marquardt term, shared out to both factors.

    References
    ----------
    martens2015.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> A = np.random.default_rng(0).standard_normal((30, 2))
    >>> Y = np.sin(A[:, :1])
    >>> problem = oe.problems.MultilayerPerceptron(A, Y, hidden=(4,), softmax=False)
    >>> trace = oe.run(oe.KFAC(), problem, problem.start, max_iter=50)
    >>> bool(trace.values[-1] < 0.1 * trace.values[0])
    True
    """

    step_size: float = 0.5
    damping: float = 1e-3

    def check(self):
        """Refuse numbers that are not positive."""
        require_positive(self, "step_size", "damping")

    def init(self, problem, x):
        return KFACState(x)

    def step(self, problem, state):
        g = problem.gradient(state.x).ravel()
        factors = problem.kronecker_factors(state.x)
        d = np.empty(g.size)
        first = 0
        for layer in range(len(factors) // 2):
            A, G = factors[2 * layer], factors[2 * layer + 1]
            last = first + G.shape[0] * A.shape[0]
            D = np.ascontiguousarray(g[first:last]).reshape(G.shape[0], A.shape[0])
            S = kronecker_solve(A, G, D, self.damping)
            d[first:last] = np.ascontiguousarray(S).reshape(S.size)
            first = last
        return KFACState(state.x - self.step_size * d.reshape(state.x.shape))
