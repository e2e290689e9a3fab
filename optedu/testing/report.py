"""The result of a series of checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple


class NotApplicable(Exception):
    """Raised by a check that asks for something this subject does not have; says what."""


class Outcome(NamedTuple):
    """What one check found.

    Parameters
    ----------
    number : int
    name : str
        The check in words, e.g. ``"start is untouched"``.
    passed : bool or None
        None when the check does not apply.
    reason : str
        Why it failed or does not apply; empty when it passed.
    """

    number: int
    name: str
    passed: bool | None
    reason: str

    def __str__(self) -> str:
        verdict = {True: "passed", False: "FAILED", None: "does not apply"}[self.passed]
        return f"{self.number:2d} {self.name}: {verdict}" + (f", {self.reason}" * bool(self.reason))


@dataclass(frozen=True)
class Report:
    """The outcomes of all checks on one subject, in their order.

    Parameters
    ----------
    subject : str
    outcomes : tuple of Outcome
    """

    subject: str
    outcomes: tuple[Outcome, ...]

    @property
    def failures(self) -> tuple[Outcome, ...]:
        """The outcomes of the checks that failed."""
        return tuple(outcome for outcome in self.outcomes if outcome.passed is False)

    @property
    def passed(self) -> bool:
        """Whether no check failed."""
        return not self.failures

    def __iter__(self) -> Iterator[Outcome]:
        return iter(self.outcomes)

    def __str__(self) -> str:
        return "\n".join((self.subject, *(f"  {outcome}" for outcome in self.outcomes)))

    def require(self) -> Report:
        """Return the report itself.

        Raises
        ------
        AssertionError
            If a check failed; one sentence per failure.
        """
        if self.failures:
            raise AssertionError(
                "\n".join(
                    f"{self.subject}, check {o.number} ({o.name}): {o.reason}"
                    for o in self.failures
                )
            )
        return self


def examine(subject: str, checks: Iterable[Callable[[Any], None]], case: Any) -> Report:
    """Return the report of each check on the case; a check's number is its place, from 1."""
    return Report(
        subject, tuple(_outcome(number, check, case) for number, check in enumerate(checks, 1))
    )


def _outcome(number: int, check: Callable[[Any], None], case: Any) -> Outcome:
    name = check.__name__.replace("_", " ")
    try:
        check(case)
    except NotApplicable as absent:
        return Outcome(number, name, None, str(absent))
    except AssertionError as wrong:
        return Outcome(number, name, False, str(wrong) or "the check's condition does not hold")
    except Exception as error:
        return Outcome(number, name, False, f"raised {type(error).__name__}: {error}")
    return Outcome(number, name, True, "")
