"""The program in the sandbox: it executes the student's code and answers calls, with data.

It knows the student's code and no more: no check, no answer, no seed that is not the student's own.
It ends when the grader closes the conversation or kills it. What it tells about itself (which
statements failed, what was attempted) is the word of a process that the student controls; the
grader shows it and gives no point for it.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys


def confine(settings: dict) -> None:
    """Take limits upon this process that it cannot lift again."""
    try:
        import resource
    except ImportError:  # Windows, which the grader does not call protected
        return
    for name, amount in settings["limits"].items():
        which = getattr(resource, f"RLIMIT_{name}", None)
        if which is not None:
            try:
                resource.setrlimit(which, (amount, amount))
            except (ValueError, OSError):  # a lower limit is there already, or there is no such one
                continue
    if settings["filter"] is not None:
        filter_calls(settings["filter"])


def filter_calls(descriptor: int) -> None:
    """Load a seccomp filter, a program that a file descriptor holds."""
    program = os.pread(descriptor, 2**16, 0)
    os.close(descriptor)

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))

    held = ctypes.create_string_buffer(program, len(program))
    loaded = Program(len(program) // 8, ctypes.cast(held, ctypes.c_void_p))
    libc = ctypes.CDLL(None, use_errno=True)
    no_new_privileges, set_filter, filter_mode = 38, 22, 2
    if libc.prctl(no_new_privileges, 1, 0, 0, 0) or libc.prctl(
        set_filter, filter_mode, ctypes.byref(loaded), 0, 0
    ):
        raise OSError(ctypes.get_errno(), "no filter of system calls")


SETTINGS = json.loads(sys.argv[1])
if __name__ == "__main__":
    confine(SETTINGS)
    sys.argv = [""]
    sys.path[:0] = SETTINGS["path"]

import builtins  # noqa: E402
import itertools  # noqa: E402
import random  # noqa: E402
import time  # noqa: E402
import types  # noqa: E402
from typing import Any, NamedTuple  # noqa: E402

import numpy as np  # noqa: E402
from conversation import peer, stand_ins, values, wire  # type: ignore  # noqa: E402
from student.cells import SENTENCE, run_cells  # type: ignore  # noqa: E402
from student.library import Hidden, guard_library  # type: ignore  # noqa: E402
from student.noting import Notes  # type: ignore  # noqa: E402

import optedu  # noqa: E402

LONGEST_ITERATOR = 100_000
STUDENT = types.ModuleType("__main__")


class Inside(peer.Peer):
    """The student's side of the conversation."""

    caught = (BaseException,)

    def __init__(self, settings: dict, notes: Notes) -> None:
        super().__init__(settings["oracles"], settings["constants"], settings["message"])
        self.reading, self.writing = settings["reading"], settings["writing"]
        self.notes = notes
        self.generators: dict[int, np.random.Generator] = {}

    def transmit(self, pieces: list[bytes]) -> None:
        """Send a frame."""
        for piece in pieces:
            view = memoryview(piece)
            while view:
                view = view[os.write(self.writing, view) :]

    def fetch(self) -> tuple[bytes, bytearray]:
        """Wait for a frame."""
        header, body = wire.lengths(bytes(self._read(wire.HEAD.size)), self.limit)
        return bytes(self._read(header)), self._read(body)

    def _read(self, size: int) -> bytearray:
        held = bytearray(size)
        view = memoryview(held)
        while view:
            n = os.readv(self.reading, [view])
            if n == 0:
                os._exit(0)  # the grader has gone
            view = view[n:]
        view.release()
        return held

    def stream(self, sent: Any) -> np.random.Generator:
        """Return the generator of this number; it goes on where it stood."""
        if sent.handle not in self.generators:
            self.generators[sent.handle] = np.random.default_rng(sent.words)
        return self.generators[sent.handle]

    def unknown(self, thing: Any) -> Any:
        """Send any other object as a reference."""
        return self.reference("object", thing)

    def perform(self, message: Any) -> tuple[Any, list[Any]]:
        """Do what the grader asks for; an iterator is run through, since it is no data."""
        if message.target == -1:
            return answer_cells(message.value, self.notes), []
        result, written = super().perform(message)
        if hasattr(type(result), "__next__"):
            result = list(itertools.islice(result, LONGEST_ITERATOR))
        return result, written

    def words(self, error: BaseException) -> tuple[str, str]:
        """Return the type and message of an exception, and note what was refused."""
        self.notes.hear_error(error)
        name, sentence = type(error).__name__, str(error)
        if isinstance(error, values.NotData):
            name, sentence = "TypeError", f"what was returned cannot be read: {error}"
        return name[:100], sentence[:SENTENCE]


def answer_cells(request: Any, notes: Notes) -> dict[str, Any]:
    """Execute the cells, and return what failed, and what was defined."""
    names = STUDENT.__dict__
    names.update(np=np, oe=optedu, NamedTuple=NamedTuple, __builtins__=builtins)
    before = _patchable()
    failed = run_cells(request, names, notes)
    pairs = zip(before, _patchable(), strict=True)
    if any(now.get(name) != was for old, now in pairs for name, was in old.items()):
        notes.tell("patched")
    wanted = request["answer"]
    return {"failed": failed, "found": wanted in names, "answer": names.get(wanted)}


def _patchable() -> list[dict[str, Any]]:
    """Return what common modules hold, to see whether it was replaced."""
    ours = (wire, peer, values, stand_ins)
    modules = (np, np.linalg, builtins, json, time, optedu, os, *ours)
    return [
        {name: id(value) for name, value in vars(m).items() if callable(value)} for m in modules
    ]


def main() -> None:
    """Answer the grader until it closes the conversation."""
    notes = Notes(SETTINGS["notes"], SETTINGS["codes"], SETTINGS["own"])
    from optedu import method, portable, problem, run  # noqa: F401

    guard_library(SETTINGS["without"], notes)
    inside = Inside(SETTINGS, notes)
    sys.modules["__main__"] = STUDENT
    np.random.seed(SETTINGS["seed"])  # noqa: NPY002 - what the student's code may draw from
    random.seed(SETTINGS["seed"])
    sys.setrecursionlimit(2000)
    sys.meta_path.insert(0, Hidden(notes, SETTINGS["hidden"]))  # type: ignore[arg-type]
    sys.addaudithook(notes.hear)
    inside.transmit(wire.pack(wire.Message("begin", 0), inside.refer, inside.limit))
    while True:
        inside.serve(inside.receive())


if __name__ == "__main__":
    main()
