"""Checks of an answer: examples that are public, and instances that nobody has seen."""

from __future__ import annotations

import linecache
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from operator import ne
from pathlib import Path
from types import FunctionType
from typing import Any, NamedTuple

import numpy as np

from optedu.exercises.library import find
from optedu.exercises.source import Exercise

ROOM_BYTES = 2**34
"""Address space that a check may take beyond what the process has, where the system counts it."""

WATCHED_BYTES = 2**23
"""Arguments up to this size are looked at again after a call: were they written to?"""


class Incorrect(AssertionError):
    """The answer is not right yet; the sentence says where to look."""


def require(condition: Any, hint: str) -> None:
    """Refuse the answer with a hint unless the condition holds.

    Raises
    ------
    Incorrect
        If it does not hold.
    """
    if not condition:
        raise Incorrect(hint)


def functions(exercise: Exercise, part: str) -> dict[str, Any]:
    """Execute the code of a part and return what it defines.

    Parameters
    ----------
    exercise : Exercise
    part : {"solution_code", "public", "hidden", "typical"}
        ``np``, ``oe``, ``require`` and ``NamedTuple`` are at hand in all of them, what the family
        shares in the last two.
    """
    import optedu

    names: dict[str, Any] = {
        "__name__": f"exercise_{exercise.family}",
        "np": np,
        "oe": optedu,
        "require": require,
        "NamedTuple": NamedTuple,
    }
    sources = [(part, getattr(exercise, part))]
    if part in ("hidden", "typical"):
        sources.insert(0, ("shared", exercise.shared))
    for name, text in sources:
        file = f"<{exercise.name}, {name}>"
        linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
        exec(compile(text, file, "exec", dont_inherit=True), names)
    return names


def check_public(exercise: Exercise, answer: Any) -> None:
    """Try an answer on the examples.

    Raises
    ------
    Incorrect
        With a hint.
    """
    _try(functions(exercise, "public")["public"], answer)


def check_hidden(exercise: Exercise, answer: Any, rng: np.random.Generator) -> None:
    """Try an answer on instances that are drawn from ``rng``.

    A function that writes into an array that it is given is refused, whatever it returns.

    Raises
    ------
    Incorrect
        With a hint.
    """
    if isinstance(answer, FunctionType):
        answer = _watched(answer)
    _try(functions(exercise, "hidden")["hidden"], answer, rng)


@contextmanager
def _bounded_memory() -> Iterator[None]:
    """Let a matrix that does not fit fail when it is made, where the system would promise it.

    Some checks have instances on which a wasteful answer asks for hundreds of gigabytes. Linux can
    be set to grant them, and to fall over when they are written to.
    """
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (ImportError, OSError):  # not Linux: no such limit is kept there
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    room = pages * resource.getpagesize() + ROOM_BYTES
    if soft == resource.RLIM_INFINITY or room < soft:
        resource.setrlimit(resource.RLIMIT_AS, (room, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _watched(answer: FunctionType) -> Callable[..., Any]:
    """Return a function that refuses to have written into its arguments."""

    @wraps(answer)
    def watched(*args: Any, **kwargs: Any) -> Any:
        given = [a for a in (*args, *kwargs.values()) if isinstance(a, np.ndarray)]
        before = [a.tobytes() for a in given if a.nbytes <= WATCHED_BYTES]
        found = answer(*args, **kwargs)
        now = [a.tobytes() for a in given if a.nbytes <= WATCHED_BYTES]
        refuse_writing(sum(map(ne, before, now)))
        return found

    return watched


def refuse_writing(arrays: int) -> None:
    """Refuse an answer that wrote into so many of the arrays it was given.

    Raises
    ------
    Incorrect
        If there is one.
    """
    require(not arrays, "Do not write into the arrays you are given: take copies.")


def _try(check: Any, *arguments: Any) -> None:
    try:
        check(*arguments)
    except Incorrect:
        raise
    except Exception as error:
        raise Incorrect(
            f"The check stopped with {type(error).__name__}: {error}. Does the answer take and "
            "return what the exercise says?"
        ) from error


def check(name: str, answer: Any = None, seed: int | None = None) -> None:
    """Check an answer to an exercise, and say which checks it passed.

    Parameters
    ----------
    name : str
        The exercise, as the chapter names it: ``"family.exercise"``.
    answer : object
        What the exercise asks for, a function or a method's class as a rule.
    seed : int, optional
        Draws the instances of an earlier check again; a refusal names its seed. By default
        the seed is drawn, or taken from the environment's ``OPTEDU_EXERCISE_SEED``, with
        which a book is built twice alike.

    Raises
    ------
    Incorrect
        With a hint, and with the seed of the instances, when the answer is wrong.
    ValueError
        If there is no such exercise.
    """
    exercise = find(name)
    if not exercise.public:
        print(f"{name}: a proof, which no machine checks; compare with the solution")
        return
    check_public(exercise, answer)
    if not exercise.hidden:
        print(f"{name}: public checks passed; hidden checks not run")
        return
    if seed is None:
        seed = int(os.environ.get("OPTEDU_EXERCISE_SEED", secrets.randbits(31)))
    try:
        with _bounded_memory():
            check_hidden(exercise, answer, np.random.default_rng(seed))
    except Incorrect as wrong:
        again = f"(The same instances again: seed={seed}.)"
        raise Incorrect(f"{wrong} {again}") from wrong.__cause__
    print(f"{name}: public and hidden checks passed")
