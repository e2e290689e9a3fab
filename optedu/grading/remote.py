"""The grader's side: a student's answer that is used like any other, and is somewhere else.

``answer(A, b)`` sends data and returns data. A function, problem or method among the arguments is
sent as a reference: the student's process calls back, the call is evaluated here, on data, and may
be counted here. Of a problem it may call oracles and ask for the constants that theory needs, not
for its minimum or minimizer, nor for its fields, unless the exercise's own solution reads them. A
method that comes back is run by ``oe.run(..., execution="python")`` as any method; values,
gradients and certificates are computed here.
"""

from __future__ import annotations

import builtins
import hashlib
import re
import time
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from optedu.exercises.checking import Incorrect
from optedu.grading import sandbox, wire
from optedu.grading.peer import Peer
from optedu.grading.sandbox import Isolation, Limits, Stopped
from optedu.oracles import FUSED, ORACLES
from optedu.problems.functions import CONSTANTS

_SENTENCE = re.compile(r"cell \d{1,9}[:,] ")
WITHHELD = frozenset({"minimum", "minimizer"})
FORGED = "sent bytes that are no answer"

_ERRORS = {
    name: getattr(builtins, name)
    for name in (
        "ValueError", "TypeError", "IndexError", "KeyError", "AttributeError", "NameError",
        "ZeroDivisionError", "OverflowError", "FloatingPointError", "ArithmeticError",
        "NotImplementedError", "RuntimeError", "RecursionError", "MemoryError", "AssertionError",
        "StopIteration", "OSError", "PermissionError", "ImportError", "ModuleNotFoundError",
    )
}  # fmt: skip
_ERRORS["LinAlgError"] = np.linalg.LinAlgError


class AnswerFailed(Exception):
    """The student's code raised an exception, whose type's name and message came back."""


@lru_cache(maxsize=256)
def _failure_class(name: str) -> type[AnswerFailed]:
    """Return an exception of this name that is, too, of the built-in type of the name, if any."""
    bases = (AnswerFailed, _ERRORS[name]) if name in _ERRORS else (AnswerFailed,)
    return type(name if name.isidentifier() else "Exception", bases, {})


class Session(Peer):
    """A conversation with a student's process.

    Parameters
    ----------
    solution : str
        The exercise's solution: what it uses of the library is shown.
    without : sequence of str
        Names that are hidden all the same.
    seed : int
        Generators that the student is given are drawn from it, and tell nothing about it.
    isolation : {"strong", "limits"}
    limits : Limits
    watches : bool
        Whether arrays of an argument that the student wrote to are written to here, too: for checks
        that look for this, and so pass copies.
    typical : str
        The exercise's typical answers, which may use SciPy.
    """

    def __init__(
        self,
        solution: str = "",
        without: Sequence[str] = (),
        seed: int = 0,
        isolation: Isolation = "strong",
        limits: Limits | None = None,
        watches: bool = False,
        typical: str = "",
    ) -> None:
        read = sandbox.attributes(solution)
        shown = (set(CONSTANTS) | {"differentiable"}) - WITHHELD | (read - set(ORACLES))
        limits = Limits() if limits is None else limits
        super().__init__((*ORACLES, *FUSED), shown, limits.message * 2**20)
        self.limits, self.seed, self.watches = limits, seed, watches
        self.generators: dict[int, tuple[int, Any]] = {}
        self.streams: dict[int, int] = {}
        self.stopped: list[str] = []
        self.refused: dict[str, None] = {}
        self.spent = 0.0
        self.process = sandbox.Process(
            isolation, limits, solution, tuple(without), _words(seed, "plain")[0], typical
        )
        self.begun = False

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        self.process.close()

    def run(self, cells: Sequence[str], answer: str) -> tuple[list[str], bool, Any]:
        """Execute a student's cells.

        Returns
        -------
        tuple
            (sentences about statements that failed, whether the answer was defined, the answer).
        """
        try:
            if not self.begun:
                self._begin()
            self.process.ends = time.monotonic() + self.limits.cells_seconds
            request = {
                "cells": list(cells), "answer": answer, "seconds": self.limits.cell_seconds,
            }  # fmt: skip
            told = super().ask("call", -1, "", request)[0]
            failed = told["failed"]
            if not all(_SENTENCE.match(sentence) for sentence in failed):
                raise wire.Malformed("no report")
            said = [sandbox.plain(sentence[:600]) for sentence in failed[:20]]
            return said, told["found"] is True, told["answer"]
        except (wire.Malformed, KeyError, TypeError) as error:
            raise self._stop(FORGED) from error
        except Stopped as why:
            raise self._stop(str(why)) from None

    def _begin(self) -> None:
        """Wait until the process is ready; no line of the student's code has run by then."""
        try:
            self.begun = self.receive().kind == "begin"
        except Stopped as why:
            said = sandbox.plain(bytes(self.process.printed)).strip()[-500:]
            raise sandbox.Unavailable(f"the sandbox did not start, it {why}: {said}") from None

    def ask(self, kind: str, handle: int, name: str, value: Any) -> Any:
        """Ask the student's process; what it has is time for one call, and for all together."""
        if self.stopped:
            raise Stopped(self.stopped[0])
        outermost = self.depth == 0
        began = time.monotonic()
        if outermost:
            left = min(self.limits.call_seconds, self.limits.seconds - self.spent)
            self.process.ends = began + left
        try:
            return super().ask(kind, handle, name, value)
        except wire.Malformed as error:
            raise self._stop(f"{FORGED} ({error})") from None
        except Stopped as why:
            raise self._stop(str(why)) from None
        finally:
            if outermost:
                self.spent += time.monotonic() - began

    def _stop(self, why: str) -> Stopped:
        """End the process for a reason, and return what is raised."""
        if not self.stopped:
            self.stopped.append(why)
            self.process.process.kill()
        return Stopped(self.stopped[0])

    def transmit(self, pieces: list[bytes]) -> None:
        """Send a frame."""
        self.process.send(pieces)

    def fetch(self) -> tuple[bytes, bytearray]:
        """Wait for a frame, in the time that is left."""
        return self.process.receive(self.limit)

    def permit(self, kind: str, thing: Any, message: wire.Message) -> None:
        """Allow oracles and constants of problems, parts of methods, and calls of functions."""
        name = message.name
        if message.kind == "call":
            allowed = (
                (kind == "function" and name == "")
                or (kind == "problem" and name in self.oracles)
                or (kind == "iterator" and name == "next")
                or (kind == "method" and name in ("init", "step", "resolve", "make"))
            )
        else:
            allowed = kind == "problem" and name in self.constants
        if not allowed:
            shown = name if name.isidentifier() and len(name) <= 60 else "something"
            self.refused[f"asked the grader for {shown!r}, which is not shown while grading"] = None
            raise PermissionError(f"{name or 'this'} may not be asked for while grading")

    def perform(self, message: wire.Message) -> tuple[Any, list[Any]]:
        """Do what the student's code asks for; what it then did to its copies is its own affair."""
        with np.errstate(all="ignore"):
            return super().perform(message)[0], []

    def failure(self, name: str, sentence: str) -> Exception:
        """Return an exception with the words of the student's."""
        return _failure_class(name[:60])(sandbox.plain(sentence[:500]))

    def words(self, error: BaseException) -> tuple[str, str]:
        """Return type and message for the student; a refusal of the check itself ends the call."""
        if isinstance(error, Incorrect):
            raise error
        return super().words(error)

    def note_written(self, args: tuple[Any, ...], written: Any) -> None:
        """Write to our array what was written to the student's, where the check looks for it."""
        if not self.watches:
            return
        for entry in written if type(written) is list else ():
            place, array = entry if type(entry) is tuple and len(entry) == 2 else (None, None)
            if type(place) is not int or not 0 <= place < len(args):
                continue
            own = args[place]
            same = type(own) is type(array) is np.ndarray and own.shape == array.shape
            if same and own.dtype == array.dtype and own.flags.writeable:
                own[...] = array

    def stream_of(self, generator: np.random.Generator) -> wire.Stream:
        """Return a generator for the student that says nothing about ours: it is drawn apart."""
        handle, _ = self.generators.setdefault(id(generator), (len(self.generators), generator))
        return wire.Stream(handle, _words(self.seed, f"stream {handle}"))


def _words(seed: int, purpose: str) -> list[int]:
    """Return numbers of 32 bits from which the seed cannot be found."""
    digest = hashlib.sha256(f"{seed}, {purpose}".encode()).digest()
    return [int.from_bytes(digest[4 * k : 4 * k + 4], "little") for k in range(4)]
