"""Why a run ended."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """The reason a run stopped; only `CONVERGED` is a success.

    The order of the members is their integer code in compiled code; 0 means "go on".
    """

    RUNNING = "running"
    CONVERGED = "converged"
    MAX_ITER = "max_iter"
    TIME_LIMIT = "time_limit"
    STALLED = "stalled"
    DIVERGED = "diverged"
    NONFINITE = "nonfinite"
    INFEASIBLE = "infeasible"
    UNBOUNDED = "unbounded"
    INTERRUPTED = "interrupted"

    @property
    def code(self) -> int:
        """The integer that stands for this status in compiled code."""
        return _CODES[self]

    @classmethod
    def from_code(cls, code: int) -> Status:
        """Return the status with this integer code."""
        return _MEMBERS[code]

    @property
    def success(self) -> bool:
        """Whether the stated certificate is below the stated tolerance."""
        return self is Status.CONVERGED


_MEMBERS = tuple(Status)
_CODES = {status: code for code, status in enumerate(_MEMBERS)}

CONVERGED = Status.CONVERGED.code
STALLED = Status.STALLED.code
DIVERGED = Status.DIVERGED.code
NONFINITE = Status.NONFINITE.code
INFEASIBLE = Status.INFEASIBLE.code
UNBOUNDED = Status.UNBOUNDED.code
