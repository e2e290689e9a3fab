"""Consensus ADMM: many agents, each with its own data, agree on one model."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from optedu.parameters import require_positive
from optedu.protocol import method, portable
from optedu.splitting.residuals import balanced, norm, resolve_components


class ConsensusADMMState(NamedTuple):
    x: np.ndarray  # the consensus
    local: np.ndarray  # the agents' own minimizers, one per row
    Y: np.ndarray  # their multipliers, one per row
    rho: float  # the penalty
    k: int  # steps taken


@portable
def gather(x, local, Y, rho):
    """Return the new consensus and multipliers, once all agents have answered."""
    x_new = x * 0.0
    for i in range(local.shape[0]):
        x_new = x_new + (local[i] + Y[i] / rho)
    x_new = x_new / local.shape[0]
    return x_new, Y + rho * (local - x_new)


@portable
def rebalance(x, x_new, local, rho):
    """Return the penalty for the next step, by residual balancing."""
    n = local.shape[0]
    return balanced(rho, norm(local - x_new), rho * np.sqrt(n) * norm(x_new - x))


@method
class ConsensusADMM(NamedTuple):
    """ADMM for the global consensus problem.

    Problem      minimize sum_i f_i(x), i = 1..n, each f_i convex with a prox; x a vector.
    Update       x_i = prox_i(x - y_i / rho, 1 / rho)           (all agents at once)
                 x+ = mean of x_i + y_i / rho
                 y_i+ = y_i + rho (x_i - x+)
                 in the first `balance` steps then rho doubled when the primal residual
                 sqrt(sum ||x_i - x+||^2) is more than 10 times the dual one, rho sqrt(n)
                 ||x+ - x||, halved when it is 10 times less
    Guarantee    x_i - x -> 0 and sum f_i(x_i) tends to the minimum, for every constant rho
                 (boyd2011, Section 3.2 and Chapter 7). f_i strongly convex and smooth: linear
                 convergence.
    Cost         one prox of each term per step; data never leave an agent, two vectors per agent
                 and step do.
    Use when     data are distributed, or proxes can be computed in parallel (`consensus_admm`).
    Fails when   rho is badly chosen: small, and the agents hardly listen; large, and they hardly
                 move.

    Parameters
    ----------
    penalty : float, default 1.0
        rho, the first one where it is balanced.
    balance : int, default 0
        Number of steps after which rho may still be changed.
    components : int, optional
        Number of agents; by default problem.components.

    References
    ----------
    boyd2011, Sections 3.4.1 and 7.1.

    Examples
    --------
    >>> import optedu as oe
    >>> problem = oe.problems.ConsensusLeastSquares([[[1.0]], [[1.0]]], [[0.0], [4.0]])
    >>> oe.run(oe.ConsensusADMM(), problem, [9.0]).x.round(4)
    array([2.])
    """

    penalty: float = 1.0
    balance: int = 0
    components: int | None = None

    certificate_name = "consensus residual"
    may_rest = True

    def check(self):
        """Refuse a penalty and a number of agents that are not positive."""
        require_positive(self, "penalty", "components")

    def resolve(self, problem):
        """Take the number of agents from the problem."""
        return resolve_components(self, problem)

    def init(self, problem, x):
        local = np.zeros((self.components, x.size)) + x
        return ConsensusADMMState(x, local, 0.0 * local, self.penalty, 0)

    def step(self, problem, state):
        x, _, Y, rho, k = state
        local = np.zeros(Y.shape)
        for i in range(self.components):
            local[i] = problem.component_prox(i, x - Y[i] / rho, 1.0 / rho)
        x_new, Y_new = gather(x, local, Y, rho)
        if k < self.balance:
            rho = rebalance(x, x_new, local, rho)
        return ConsensusADMMState(x_new, local, Y_new, rho, k + 1)

    def certificate(self, problem, state):
        """sqrt(sum_i ||x - prox_i(x - y_i, 1)||^2): zero when each -y_i is a subgradient at x."""
        total = 0.0
        for i in range(self.components):
            r = state.x - problem.component_prox(i, state.x - state.Y[i], 1.0)
            total += np.sum(r * r)
        return np.sqrt(total)
