"""Problems around a problem: one that notes its calls, one that breaks."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.oracles import FUSED, ORACLES, oracles_of

PATIENCE = 10_000


class _Around:
    """A problem that passes every oracle through `answered`, and everything else on."""

    def __init__(self, problem: Any) -> None:
        self.inner = problem
        for name in ORACLES:
            if name in oracles_of(problem):
                setattr(self, name, self._passing(name))

    def __getattr__(self, name: str) -> Any:
        if name in ORACLES or name in FUSED or name == "inner":
            raise AttributeError(name)
        return getattr(self.inner, name)

    def _passing(self, name: str):
        oracle = getattr(self.inner, name)
        return lambda *args: self.answered(name, oracle(*args))

    def answered(self, name: str, answer: Any) -> Any:
        """Return the answer to give."""
        raise NotImplementedError


class Spy(_Around):
    """A problem that notes in `calls` how often each oracle was called."""

    def __init__(self, problem: Any) -> None:
        super().__init__(problem)
        self.calls: dict[str, int] = {}

    def answered(self, name: str, answer: Any) -> Any:
        """Count the call."""
        self.calls[name] = self.calls.get(name, 0) + 1
        return answer


class Poisoned(_Around):
    """A problem whose oracles answer NaN from a certain call on."""

    def __init__(self, problem: Any, first: int) -> None:
        super().__init__(problem)
        self.first, self.total = first, 0

    def answered(self, name: str, answer: Any) -> Any:
        """Return the answer, or NaN of its shape.

        Raises
        ------
        RuntimeError
            When the method goes on asking for ever.
        """
        self.total += 1
        if self.total < self.first:
            return answer
        if self.total > self.first + PATIENCE:
            raise RuntimeError(f"the method asks for ever after a NaN ({PATIENCE} calls)")
        return _nan_like(answer)


def _nan_like(answer: Any) -> Any:
    if isinstance(answer, tuple):
        return tuple(map(_nan_like, answer))
    return np.full_like(answer, np.nan) if isinstance(answer, np.ndarray) else np.nan
