"""Exact Gauss-Newton: a damped Gauss-Newton step from a system as small as the batch."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.parameters import require_positive
from optedu.protocol import method

EVERYTHING = 1_000_000_000


class ExactGaussNewtonState(NamedTuple):
    x: np.ndarray  # the iterate


@method
class ExactGaussNewton(NamedTuple):
    """Stochastic Gauss-Newton whose linear system has the size of the batch, not of the model.

    Problem      minimize f(x) = loss(outputs of a model at x): m outputs, d parameters, m < d.
    Update       draw a batch of b of n observations; J, r, Q their rows of the Jacobian, and the
                 loss's gradient and Hessian with respect to their outputs
                 x+ = x - t J'(Q J J' + (b/n) damping I)^(-1) r
                 which equals x - t (n/b J'Q J + damping I)^(-1) n/b J'r.
    Guarantee    stationary points in expectation (korbit2024); no bound that we could state here.
    Cost         the Jacobian of the batch, m^2 d for Q J J' and m^3 for the solve. (Our oracles
                 give all rows, and the step takes some: calls do not show what a batch saves.)
    Use when     there are far more parameters than outputs in a batch.
    Fails when   damping is small against the noise of a small batch: each step then fits its
                 batch and forgets the rest. The problem has a ridge: it is refused.

    Parameters
    ----------
    damping : float
        Levenberg-Marquardt's weight, positive; large, the step is damping^(-1) times a gradient.
    batch_size : int, optional
        b, drawn without replacement; by default all n, and nothing is random.
    step_size : float
        t.
    outputs : int, optional
        Outputs of each observation, which lie next to each other; by default their number over
        problem.components, or 1 where that is unknown.

    References
    ----------
    korbit2024.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.LeastSquares([[1.0, 0.0, 1.0], [0.0, 2.0, 1.0]], [1.0, 4.0])
    >>> trace = oe.run(oe.ExactGaussNewton(damping=1e-9), problem, [3.0, 1.0, 1.0], max_iter=1)
    >>> bool(trace.values[-1] < 1e-12)
    True
    """

    damping: float = 1.0
    batch_size: int | None = None
    step_size: float = 1.0
    outputs: int | None = None

    def check(self):
        """Refuse numbers that are not positive."""
        require_positive(self, "damping", "batch_size", "step_size", "outputs")

    def resolve(self, problem):
        """Refuse a ridge, and count the outputs of an observation."""
        if getattr(problem, "l2", 0.0):
            raise ValueError(
                f"ExactGaussNewton needs a loss without a ridge, got l2 = {problem.l2}: its small "
                "system knows the outputs only. Pass l2=0, or use LevenbergMarquardt"
            )
        x = getattr(problem, "start", None)
        if x is None and getattr(problem, "shape", None) is not None:
            x = np.zeros(problem.shape)
        outputs, components = self.outputs, getattr(problem, "components", None)
        if outputs is None and components and x is not None:
            size = problem.residual(x).size
            outputs = size // components if size % components == 0 else 1
        return self._replace(outputs=outputs or 1, batch_size=self.batch_size or EVERYTHING)

    def init(self, problem, x, rng):
        return ExactGaussNewtonState(x)

    def step(self, problem, state, rng):
        x = state.x
        r, J, Q = problem.residual(x), problem.jacobian(x), problem.output_hessian(x)
        n = r.size // self.outputs
        b = min(self.batch_size, n)
        if b < n:
            batch = rng.permutation(n)[:b]
            rows = np.empty(b * self.outputs, dtype=np.int64)
            for i in range(rows.size):
                rows[i] = batch[i // self.outputs] * self.outputs + i % self.outputs
            r, J = r[rows], np.ascontiguousarray(J[rows])
            Q = np.ascontiguousarray(Q[rows][:, rows])
        small = Q @ (J @ J.T) + self.damping * b / n * np.eye(r.size)
        d = J.T @ np.linalg.solve(small, r)
        return ExactGaussNewtonState(x - self.step_size * d.reshape(x.shape))
