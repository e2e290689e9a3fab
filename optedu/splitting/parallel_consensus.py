"""Consensus ADMM whose agents work at the same time, on any executor."""

from __future__ import annotations

from concurrent.futures import Executor
from typing import Any

import numpy as np

from optedu.splitting.consensus_admm import ConsensusADMM, ConsensusADMMState, gather, rebalance


def ask_agent(problem: Any, i: int, x: np.ndarray, t: float) -> np.ndarray:
    """Return the prox of agent i; what a worker of the executor computes.

    Parameters
    ----------
    problem : problem
        With the oracle ``component_prox``.
    i : int
        The agent.
    x : numpy.ndarray, shape (d,)
    t : float
    """
    return problem.component_prox(i, x, t)


def consensus_admm(
    problem: Any,
    x0: Any,
    executor: Executor,
    *,
    method: ConsensusADMM | None = None,
    max_iter: int = 100,
    tol: float = 1e-8,
) -> ConsensusADMMState:
    """Run consensus ADMM with one job per agent and step; the numbers are those of the method.

    Parameters
    ----------
    problem : problem
        With the oracle ``component_prox``; it is sent to the workers.
    x0 : array_like, shape (d,)
        The first consensus.
    executor : concurrent.futures.Executor
        Threads, processes, loky, or ``client.get_executor()`` of Dask.
    method : ConsensusADMM, optional
        Penalty and balancing; by default ``ConsensusADMM()``.
    max_iter : int
        Number of steps at the most.
    tol : float
        Stop when sqrt(sum ||x_i - x||^2) and rho sqrt(n) ||x+ - x|| are both at most this.

    Returns
    -------
    ConsensusADMMState
        Bit for bit the state of `ConsensusADMM` after as many steps.

    Examples
    --------
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> import optedu as oe
    >>> from optedu.splitting.parallel_consensus import consensus_admm
    >>> problem = oe.problems.ConsensusLeastSquares([[[1.0]], [[1.0]]], [[0.0], [4.0]])
    >>> with ThreadPoolExecutor(2) as pool:
    ...     consensus_admm(problem, [9.0], pool).x.round(6)
    array([2.])
    """
    chosen = (method or ConsensusADMM()).resolve(problem)
    state = chosen.init(problem, np.array(x0, dtype=np.float64))
    n = state.local.shape[0]
    for _ in range(max_iter):
        x, _, Y, rho, k = state
        jobs = [executor.submit(ask_agent, problem, i, x - Y[i] / rho, 1 / rho) for i in range(n)]
        local = np.array([job.result() for job in jobs])
        x_new, Y_new = gather(x, local, Y, rho)
        primal = np.linalg.norm(local - x_new)
        dual = rho * np.sqrt(n) * np.linalg.norm(x_new - x)
        if k < chosen.balance:
            rho = rebalance(x, x_new, local, rho)
        state = ConsensusADMMState(x_new, local, Y_new, rho, k + 1)
        if max(primal, dual) <= tol:
            break
    return state
