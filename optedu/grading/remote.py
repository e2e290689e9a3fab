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

from optedu.exercises.checking import Incorrect, refuse_writing
from optedu.grading.conversation.peer import Peer
from optedu.grading.conversation.stand_ins import handle_of
from optedu.grading.conversation.values import Malformed, Stream
from optedu.grading.conversation.wire import Message
from optedu.grading.process import Process, Stopped
from optedu.grading.sandbox import Isolation, Limits, Unavailable
from optedu.grading.shown import attributes
from optedu.grading.words import plain
from optedu.oracles import FUSED, ORACLES
from optedu.problems.functions import CONSTANTS

_SENTENCE = re.compile(r"cell (\d{1,9})(, line \d{1,9}: .*)", re.DOTALL)
WITHHELD = frozenset({"minimum", "minimizer"})
BEGINS = 40
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
        typical: str = "",
    ) -> None:
        read = attributes(solution)
        shown = (set(CONSTANTS) | {"differentiable"}) - WITHHELD | (read - set(ORACLES))
        limits = Limits() if limits is None else limits
        super().__init__((*ORACLES, *FUSED), shown, limits.message * 2**20)
        self.limits, self.seed = limits, seed
        self.watched: int | None = None
        self.generators: dict[int, tuple[int, Any]] = {}
        self.streams: dict[int, int] = {}
        self.stopped: list[str] = []
        self.refused: dict[str, None] = {}
        self.spent = 0.0
        self.process = Process(
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
            said = [_said(sentence[:600], cells, answer) for sentence in told["failed"][:20]]
            return said, told["found"] is True, told["answer"]
        except (Malformed, KeyError, TypeError) as error:
            raise self._stop(FORGED) from error
        except Stopped as why:
            raise self._stop(str(why)) from None

    def _begin(self) -> None:
        """Wait until the process is ready; no line of the student's code has run by then."""
        try:
            self.begun = self.receive().kind == "begin"
        except Stopped as why:
            said = plain(bytes(self.process.printed)).strip()[-500:]
            raise Unavailable(f"the sandbox did not start, it {why}: {said}") from None

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
        except Malformed as error:
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

    def permit(self, kind: str, thing: Any, message: Message) -> None:
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

    def perform(self, message: Message) -> tuple[Any, list[Any]]:
        """Do what the student's code asks for; what it then did to its copies is its own affair."""
        with np.errstate(all="ignore"):
            return super().perform(message)[0], []

    def failure(self, name: str, sentence: str) -> Exception:
        """Return an exception with the words of the student's."""
        return _failure_class(name[:60])(plain(sentence[:500]))

    def words(self, error: BaseException) -> tuple[str, str]:
        """Return type and message for the student; a refusal of the check itself ends the call."""
        if isinstance(error, Incorrect):
            raise error
        return super().words(error)

    def watch(self, answer: Any) -> None:
        """Refuse, from now on, an answer that writes into the arrays it is given."""
        found = handle_of(answer)
        self.watched = None if found is None else found[1]

    def note_written(self, handle: int, written: Any) -> None:
        """Refuse the answer if it wrote into what it was given, where this is looked for."""
        if handle == self.watched and type(written) is list:
            refuse_writing(len(written))

    def stream_of(self, generator: np.random.Generator) -> Stream:
        """Return a generator for the student that says nothing about ours: it is drawn apart."""
        handle, _ = self.generators.setdefault(id(generator), (len(self.generators), generator))
        return Stream(handle, _words(self.seed, f"stream {handle}"))


def _said(sentence: str, cells: Sequence[str], answer: str) -> str:
    """Return a sentence about a cell, which is called by what its author sees of it."""
    found = _SENTENCE.fullmatch(sentence)
    if found is None or not 0 < int(found[1]) <= len(cells):
        raise Malformed("no report")
    return plain(name_of(cells[int(found[1]) - 1], answer) + found[2])


def name_of(cell: str, answer: str) -> str:
    """Return how a student knows a cell: by the answer that it defines, or by how it begins."""
    if re.search(rf"^(?:def|class) {re.escape(answer)}\b|^{re.escape(answer)} *=", cell, re.M):
        return f"your cell for {answer}"
    begins = next((line.strip() for line in cell.splitlines() if line.strip()), "")
    return f'your cell that begins with "{begins[:BEGINS]}"'


def _words(seed: int, purpose: str) -> list[int]:
    """Return numbers of 32 bits from which the seed cannot be found."""
    digest = hashlib.sha256(f"{seed}, {purpose}".encode()).digest()
    return [int.from_bytes(digest[4 * k : 4 * k + 4], "little") for k in range(4)]
