"""What several tests of the family share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy.optimize import linprog


def states(method: Any, problem: Any, x0: Any, steps: int, seed: int = 0) -> Iterator[Any]:
    """Yield the states 0, 1, ..., steps of a method, by calling `init` and `step`."""
    method = method.resolve(problem) if hasattr(method, "resolve") else method
    x0 = np.asarray(problem.start if x0 is None else x0, dtype=float)
    chance = (np.random.default_rng(seed),) if type(method).takes_rng else ()
    state = method.init(problem, x0, *chance)
    yield state
    for _ in range(steps):
        state = method.step(problem, state, *chance)
        yield state


class AsOneTerm:
    """A function as a finite sum of one term: no noise."""

    components = 1

    def __init__(self, problem: Any) -> None:
        self.problem = problem
        self.value, self.gradient = problem.value, problem.gradient

    def component_gradient(self, i: int, x: np.ndarray) -> np.ndarray:
        return self.problem.gradient(x)


def least_deviations(problem: Any) -> np.ndarray:
    """Return a minimizer of the sum of absolute deviations, by linear programming."""
    n, d = problem.A.shape
    solved = linprog(
        np.append(np.zeros(d), np.ones(n)),
        A_ub=np.block([[problem.A, -np.eye(n)], [-problem.A, -np.eye(n)]]),
        b_ub=np.append(problem.b, -problem.b),
        bounds=(None, None),
    )
    return solved.x[:d]
