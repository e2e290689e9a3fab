"""Regret: what was lost round by round, beyond what the best fixed point would have lost."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.running.run import prepare, run


def play(
    method: Any,
    problem: Any,
    x0: Any = None,
    rounds: int | None = None,
    compiled: bool = False,
) -> np.ndarray:
    """Return the points x_0, x_1, ... that an online method chose, one for each round.

    The same as the iterates of a run, which would end where the mean of all losses has its
    minimum; a game is over when its rounds are.

    Parameters
    ----------
    method : method
        Whose state's x is the point for the next round.
    problem : problem
        With ``component_gradient``.
    x0 : array_like, optional
        By default problem.start.
    rounds : int, optional
        By default problem.components.
    compiled : bool
        Whether to take a compiled run after all, where rounds are slow; it may end early, at a
        point whose certificate is exactly 0.
    """
    method = prepare(method, problem)
    start = problem.start if x0 is None else np.asarray(x0, dtype=float)
    rounds = problem.components if rounds is None else rounds
    if compiled:
        options = {"max_iter": rounds - 1, "tol": 0.0, "execution": "compiled", "progress": False}
        return run(method, problem, start, **options).iterates
    states = [method.init(problem, start)]
    for _ in range(rounds - 1):
        states.append(method.step(problem, states[-1]))
    return np.array([state.x for state in states])


def round_losses(problem: Any, points: Any) -> np.ndarray:
    """Return f_k(x_k) for the points x_0, x_1, ..., the rounds being the problem's components."""
    n = problem.components
    return np.array([problem.component_value(k % n, x) for k, x in enumerate(points)])


def regret(problem: Any, points: Any, comparator: Any = None) -> np.ndarray:
    """Return the regret after 1, 2, ... rounds against one fixed point.

    Parameters
    ----------
    problem : problem
        With ``component_value``; round k has component k, counted from 0 and round again.
    points : sequence of numpy.ndarray
        x_k, chosen before round k: what `play` returns.
    comparator : numpy.ndarray, optional
        The fixed point; by default problem.minimizer, the best one in hindsight if there are as
        many points as components.

    Returns
    -------
    numpy.ndarray
        Sums of f_k(x_k) - f_k(comparator) over the first rounds.

    Raises
    ------
    ValueError
        If there is nothing to compare with.

    Examples
    --------
    >>> import optedu as oe
    >>> from optedu.mirror.regret import regret
    >>> rounds = oe.problems.LinearRounds([[1.0, 0.0], [1.0, 0.0]])
    >>> problem = oe.problems.Mirrored(rounds, oe.problems.EntropyGeometry(), [0.0, 1.0])
    >>> regret(problem, [[0.5, 0.5], [0.25, 0.75]])
    array([0.5 , 0.75])
    """
    if comparator is None:
        comparator = getattr(problem, "minimizer", None)
    if comparator is None:
        raise ValueError("regret needs comparator=...: problem.minimizer is unknown")
    fixed = np.asarray(comparator, dtype=float)
    return np.cumsum(round_losses(problem, points) - round_losses(problem, [fixed] * len(points)))
