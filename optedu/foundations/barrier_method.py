"""The barrier method: follow the central path of a linear program by Newton steps."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.guarantees import Guarantee
from optedu.parameters import constant, require_positive
from optedu.problems.linear_program import LinearProgram
from optedu.protocol import method, portable

NEAR = 0.25
"""The Newton decrement up to which an iterate counts as near the central path."""


class BarrierMethodState(NamedTuple):
    x: np.ndarray  # a strictly feasible point
    t: float  # weight of the objective: F_t = t <c, x> + F(x)
    c: np.ndarray  # grad f(x), the cost
    F: np.ndarray  # grad F(x)
    cost_step: np.ndarray  # H^{-1} c, with H the Hessian of F at x
    barrier_step: np.ndarray  # H^{-1} grad F(x)


@portable
def decrement(state, t):
    """Return the Newton decrement lambda(t) = ||t c + grad F(x)|| in the norm of H^{-1}.

    Parameters
    ----------
    state : BarrierMethodState
    t : float
        Weight of the objective.

    Returns
    -------
    float
    """
    direction = t * state.cost_step + state.barrier_step
    square = np.sum(direction * (t * state.c + state.F))
    return np.sqrt(max(square, 0.0))


@method
class BarrierMethod(NamedTuple):
    """Interior-point method of path following, with the logarithmic barrier.

    Problem      minimize <c, x> over {A x <= b}, from a strictly feasible x_0; F is the
                 logarithmic barrier of the set, nu its parameter, F_t = t <c, x> + F.
    Update       d(t) = -H^{-1} (t c + grad F(x)),  lambda(t)^2 = <d(t), H d(t)>,  H = F''(x)
                 t+ = growth t if lambda(t) <= 1/4, else t
                 x+ = x + s d(t+), with s = 1 if lambda(t+) < 1/2, else s from {1, 1/2, ...} by
                 Armijo's rule on F_{t+}
    Guarantee    growth = 1 + 1/(13 sqrt(nu)) and lambda_0(t_0) <= 1/5 at x_0:
                 <c, x_k> - min <= (2 nu / t_0) growth^{-k}
                                <= (2 nu / t_0) exp(-k / (1 + 13 sqrt(nu))) (bubeck2015,
                 Theorem 5.9, stated there for lambda_0 <= 1/4). In any case the dual point
                 y_i = (1/t)(1/s_i + <a_i, d(t)> / s_i^2), s = b - A x, has A'y = -c exactly, and
                 y >= 0 when lambda(t) <= 1; its gap (nu + <grad F(x), d(t)>) / t is the
                 certificate: a true bound on <c, x_k> - min, at each such k.
    Cost         one barrier Hessian, one factorization, O(m d^2 + d^3) per step.
    Use when     a linear program must be solved to high accuracy in a few dozen steps: take
                 growth = 10. The short default step is the one that the theorem is about.
    Fails when   there is no strictly feasible point (see `strictly_feasible_start`).

    Parameters
    ----------
    t : float, default 1.0
        First weight of the objective.
    growth : float, optional
        Factor of t; by default 1 + 1/(13 sqrt(nu)).
    barrier_parameter : float, optional
        nu; by default problem.barrier_parameter.

    References
    ----------
    bubeck2015, Section 5.3, Theorem 5.9.

    Examples
    --------
    >>> import optedu as oe
    >>> square = [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]]
    >>> problem = oe.problems.LinearProgram([-1.0, -2.0], square, [1.0, 1.0, 0.0, 0.0])
    >>> trace = oe.run(oe.BarrierMethod(growth=10.0), problem, [0.5, 0.5], tol=1e-8)
    >>> trace.status.value, trace.x.round(6)
    ('converged', array([1., 1.]))
    """

    t: float = 1.0
    growth: float | None = None
    barrier_parameter: float | None = None

    certificate_name = "duality gap"

    def check(self):
        """Refuse a weight that is not positive, or a factor that does not let it grow."""
        require_positive(self, "t", "barrier_parameter")
        if self.growth is not None and not self.growth > 1:
            raise ValueError(f"BarrierMethod: growth must be above 1, got {self.growth}")

    def resolve(self, problem):
        """Take nu from the problem and growth = 1 + 1/(13 sqrt(nu)) where they are not given."""
        nu = self.barrier_parameter
        if nu is None:
            nu = constant(self, problem, "barrier_parameter", "barrier_parameter")
        growth = self.growth if self.growth is not None else 1 + 1 / (13 * np.sqrt(nu))
        return self._replace(growth=float(growth), barrier_parameter=float(nu))

    def init(self, problem, x):
        if not np.isfinite(problem.barrier(x)):
            raise ValueError("BarrierMethod needs a strictly feasible x0 (every A x < b)")
        c, F, H = problem.gradient(x), problem.barrier_gradient(x), problem.barrier_hessian(x)
        return BarrierMethodState(x, self.t, c, F, np.linalg.solve(H, c), np.linalg.solve(H, F))

    def step(self, problem, state):
        x, t = state.x, state.t
        if decrement(state, t) <= NEAR:
            t = self.growth * t
        d = -(t * state.cost_step + state.barrier_step)
        size = decrement(state, t)
        s = 1.0
        if size >= 0.5:
            slope, start = t * np.sum(state.c * d), problem.barrier(x)
            while s > 1e-14 and (
                problem.barrier(x + s * d) - start + s * slope > -0.25 * s * size * size
            ):
                s = 0.5 * s
        x = x + s * d
        c, F, H = problem.gradient(x), problem.barrier_gradient(x), problem.barrier_hessian(x)
        return BarrierMethodState(x, t, c, F, np.linalg.solve(H, c), np.linalg.solve(H, F))

    def certificate(self, problem, state):
        """Return the gap of the dual point behind the Newton step, inf when it is not feasible."""
        if not decrement(state, state.t) <= 1.0:
            return np.inf
        d = -(state.t * state.cost_step + state.barrier_step)
        return (self.barrier_parameter + np.sum(state.F * d)) / state.t

    def guarantee(self, problem, k, x0):
        """Return bubeck2015, Theorem 5.9, where its assumptions hold."""
        nu = self.barrier_parameter
        short = self.growth <= 1 + 1 / (13 * np.sqrt(nu)) + 1e-12
        # The book's proof uses lambda+ <= 2 lambda^2 at lambda = 0.34, beyond its own premise of
        # 1/4. From 1/5 on, Nesterov's lambda+ <= (lambda / (1 - lambda))^2 carries the induction.
        if not short or decrement(self.init(problem, x0), self.t) > 0.2:
            return None
        bound = 2 * nu / self.t * self.growth ** -np.asarray(k, dtype=float)
        return Guarantee("gap", bound, "bubeck2015, Theorem 5.9")


def strictly_feasible_start(problem: LinearProgram, tol: float = 1e-9) -> np.ndarray:
    """Return a strictly feasible point of a linear program, by the barrier method itself.

    It minimizes r subject to A x - b <= r and r >= -1, from x = 0 and any r that is large enough,
    and stops as soon as r < 0.

    Parameters
    ----------
    problem : LinearProgram
    tol : float
        The set counts as empty inside when the smallest r is proved to be above -`tol`.

    Returns
    -------
    numpy.ndarray, shape (d,)

    Raises
    ------
    ValueError
        If there is no strictly feasible point.

    Examples
    --------
    >>> import optedu as oe
    >>> interval = oe.problems.LinearProgram([1.0], [[1.0], [-1.0]], [4.0, -2.0])
    >>> bool(2.0 < strictly_feasible_start(interval)[0] < 4.0)
    True
    """
    m, d = problem.A.shape
    rows = np.block([[problem.A, -np.ones((m, 1))], [np.zeros((1, d)), -np.ones((1, 1))]])
    phase_one = LinearProgram(np.append(np.zeros(d), 1.0), rows, np.append(problem.b, 1.0))
    method = BarrierMethod(growth=10.0).resolve(phase_one)
    start = np.append(np.zeros(d), max(-problem.b.min(), 0.0) + 1.0)
    state = method.init(phase_one, start)
    while state.x[-1] >= 0.0:
        if state.x[-1] - method.certificate(phase_one, state) > -tol:
            raise ValueError("this linear program has no strictly feasible point")
        state = method.step(phase_one, state)
    return state.x[:d]
