"""Grade what a student handed in, without ever executing it here.

Who is protected from whom: the grader, its answers, instances and files from the student's code.
That code runs in a process of its own (`optedu.grading.sandbox`), which holds no check, no solution
and no seed; it is sent instances and sends answers, which are data
(`optedu.grading.conversation`). The verdict is computed here, by the exercise's checks, on
instances drawn when grading begins. Whatever the code does to its own process (patched functions,
read frames, printed words, forged messages), the most it can make is an answer, and an answer is
judged by its mathematics.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import secrets
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor, as_completed
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from optedu.exercises import Exercise, Incorrect, find
from optedu.exercises.checking import check_hidden, check_public
from optedu.grading.process import START_SECONDS, Stopped
from optedu.grading.remote import Session
from optedu.grading.sandbox import Isolation, Limits, Unavailable, protection
from optedu.grading.words import plain

__all__ = ["Limits", "Result", "Unavailable", "grade", "grade_all", "protection"]

Outcome = Literal["passed", "failed", "not run"]
SEED_BITS = 48
BY_HAND = "a proof: to be graded by hand"


@dataclass(frozen=True)
class Result:
    """What grading one exercise of one student found.

    Parameters
    ----------
    exercise : str
    points : int or None
        None: to be graded by hand.
    of : int
        Points that the exercise is worth.
    public, hidden : {"passed", "failed", "not run"}
    hint : str
        The sentence of the check that failed, or why checks did not run.
    stopped : tuple of str
        What was stopped or attempted. The grader's own observations come first; what the student's
        process noted of itself may be incomplete.
    failed : tuple of str
        Statements of the student's cells that failed.
    output : str
        What the student's code printed, its first 4000 bytes.
    protection : str
        What was in force.
    seed : int or None
        Gives the same instances again: ``grade(..., seed=result.seed)``.
    seconds : float
        Wall time.
    """

    exercise: str
    points: int | None
    of: int
    public: Outcome
    hidden: Outcome
    hint: str = ""
    stopped: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    output: str = ""
    protection: str = ""
    seed: int | None = None
    seconds: float = 0.0

    @property
    def sentence(self) -> str:
        """The result in one line."""
        if self.points is None:
            return f"{self.exercise}: {self.hint or BY_HAND}"
        words = f"public checks {self.public}; hidden checks {self.hidden}"
        line = f"{self.exercise}: {self.points} of {self.of} points; {words}"
        return f"{line}. {self.hint}" if self.hint else line


def grade(
    exercise: Exercise | str,
    cells: Sequence[str],
    *,
    seed: int | None = None,
    isolation: Isolation = "strong",
    limits: Limits | None = None,
) -> Result:
    """Grade one exercise of one student.

    Parameters
    ----------
    exercise : Exercise or str
        With its hidden checks, as it lies in a checkout of the book.
    cells : sequence of str
        The student's code cells, in order. What only a notebook understands is left out, and a
        statement that fails does not stop the later ones.
    seed : int, optional
        Draws the instances of an earlier grading again. By default it is drawn now.
    isolation : {"strong", "limits"}
        See `optedu.grading.sandbox`.
    limits : Limits, optional

    Raises
    ------
    Unavailable
        In one sentence, where this machine cannot isolate as is asked.
    ValueError
        If the exercise's hidden checks are not at hand.
    """
    began = time.perf_counter()
    exercise = find(exercise) if isinstance(exercise, str) else exercise
    if exercise.kind == "proof":
        return Result(exercise.name, None, exercise.points, "not run", "not run", BY_HAND)
    if not exercise.hidden:
        raise ValueError(
            f"the hidden checks of {exercise.name} are not at hand: grade with a checkout of the "
            "book"
        )
    seed = secrets.randbits(SEED_BITS) if seed is None else int(seed)
    session = Session(
        exercise.solution_code,
        exercise.without,
        seed,
        isolation,
        limits,
        typical=exercise.typical,
    )
    allowed = session.limits
    with session, _bounded(START_SECONDS + allowed.cells_seconds + 2 * allowed.seconds):
        public, hidden, hint, failed = _judge(session, exercise, cells, seed)
    noted = [f"{words} (as its process noted)" for words in session.process.noted]
    points = exercise.points if public == hidden == "passed" else 0
    return Result(
        exercise=exercise.name,
        points=points,
        of=exercise.points,
        public=public,
        hidden=hidden,
        hint=hint,
        stopped=(*session.stopped, *list(session.refused)[:10], *noted),
        failed=tuple(failed),
        output=plain(bytes(session.process.printed)),
        protection=session.process.protection,
        seed=seed,
        seconds=time.perf_counter() - began,
    )


def _judge(
    session: Session, exercise: Exercise, cells: Sequence[str], seed: int
) -> tuple[Outcome, Outcome, str, list[str]]:
    """Return the outcomes of public and hidden checks, the hint, and which statements failed."""
    public: Outcome = "not run"
    failed: list[str] = []
    now = "cells"
    try:
        failed, found, answer = session.run(cells, exercise.answer)
        if not found:
            why = f" ({failed[0]})" if failed else ""
            return public, "not run", f"the cells define no {exercise.answer}{why}", failed
        now = "public checks"
        try:
            check_public(exercise, answer)
        except Incorrect as wrong:
            return "failed", "not run", _said(wrong), failed
        public, now = "passed", "hidden checks"
        session.watch(answer)
        try:
            check_hidden(exercise, answer, np.random.default_rng(seed))
        except Incorrect as wrong:
            return public, "failed", _said(wrong), failed
        return public, "passed", "", failed
    except Stopped as why:
        hint = f"the {now} were not finished: the code {why}"
        hidden: Outcome = "failed" if now == "hidden checks" else "not run"
        return "failed" if now == "public checks" else public, hidden, hint, failed


def _said(wrong: Incorrect) -> str:
    return plain(str(wrong)[:2000])


class _Overdue(Stopped):
    """The check itself did not come to an end with what it was given."""

    def __str__(self) -> str:
        return "gave an answer with which the check took too long"


@contextmanager
def _bounded(seconds: float) -> Iterator[None]:
    """End this thread's work with `_Overdue` after a time, though it be the check that loops."""
    thread, lock, done = threading.get_ident(), threading.Lock(), threading.Event()

    def end() -> None:
        with lock:
            if not done.is_set():
                raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
                raise_in(ctypes.c_ulong(thread), ctypes.py_object(_Overdue))

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        with lock:
            done.set()


def grade_all(
    submissions: Mapping[str, Sequence[str] | Mapping[str, Sequence[str]]],
    exercises: Sequence[Exercise | str],
    *,
    seed: int | None = None,
    isolation: Isolation = "strong",
    limits: Limits | None = None,
    executor: Executor | None = None,
    progress: bool | None = None,
) -> dict[str, list[Result]]:
    """Grade exercises of many students.

    All students get the same instances of an exercise: a rare hard draw is the same for all. They
    are drawn when grading begins, so that nobody has seen them.

    Parameters
    ----------
    submissions : mapping
        Student to cells, in which all exercises are looked for; or student to a mapping of exercise
        to cells.
    exercises : sequence of Exercise or str
    seed : int, optional
        Of the whole run; drawn by default. Each result records its own.
    isolation, limits
        As in `grade`.
    executor : concurrent.futures.Executor, optional
        By default, a pool of as many threads as there are processors.
    progress : bool, optional
        Show a bar; by default when somebody is looking.

    Returns
    -------
    dict
        Student to results, in the order of the exercises.
    """
    protection(isolation)  # one sentence at once, and not one for each student
    chosen = [find(e) if isinstance(e, str) else e for e in exercises]
    seed = secrets.randbits(SEED_BITS) if seed is None else int(seed)
    results: dict[str, list[Any]] = {student: [None] * len(chosen) for student in submissions}
    with (
        nullcontext(executor) if executor is not None else ThreadPoolExecutor(_processors())
    ) as pool:
        waiting = {}
        for student, handed in submissions.items():
            for place, exercise in enumerate(chosen):
                cells = handed.get(exercise.name, ()) if isinstance(handed, Mapping) else handed
                job = pool.submit(
                    grade,
                    exercise,
                    list(cells),
                    seed=_seed_of(seed, exercise.name),
                    isolation=isolation,
                    limits=limits,
                )
                waiting[job] = student, place
        with _bar(progress, len(waiting)) as bar:
            for job in as_completed(waiting):
                student, place = waiting[job]
                try:
                    results[student][place] = job.result()
                except (OSError, MemoryError) as error:  # this one, and not the whole class
                    results[student][place] = _ungraded(chosen[place], isolation, error)
                bar.update()
    return results


def _ungraded(exercise: Exercise, isolation: Isolation, error: Exception) -> Result:
    """Return the result of an answer whose sandbox could not be started."""
    why = f"could not be graded, grade it again: {type(error).__name__}: {error}"
    return Result(
        exercise=exercise.name, points=0, of=exercise.points, public="not run", hidden="not run",
        hint=why, stopped=(), failed=(), output="", protection=protection(isolation), seed=None,
        seconds=0.0,
    )  # fmt: skip


def _seed_of(seed: int, name: str) -> int:
    """Return the seed of one exercise in a run."""
    digest = hashlib.sha256(f"{seed}, {name}".encode()).digest()
    return int.from_bytes(digest[: SEED_BITS // 8], "little")


def _processors() -> int:
    available = getattr(os, "sched_getaffinity", None)
    return len(available(0)) if available is not None else os.cpu_count() or 1


def _bar(progress: bool | None, total: int) -> Any:
    from tqdm.auto import tqdm

    looking = sys.stderr is not None and sys.stderr.isatty()
    shown = looking if progress is None else progress
    return tqdm(total=total, unit="exercise", disable=not shown)
