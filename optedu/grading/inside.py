"""The program in the sandbox: it executes the student's code and answers calls, with data.

It knows the student's code and no more: no check, no answer, no seed that is not the student's own.
It ends when the grader closes the conversation or kills it. What it tells about itself (which
statements failed, what was attempted) is the word of a process that the student controls; the
grader shows it and gives no point for it.
"""

from __future__ import annotations

import ast
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
import codeop  # noqa: E402
import errno  # noqa: E402
import itertools  # noqa: E402
import linecache  # noqa: E402
import random  # noqa: E402
import re  # noqa: E402
import signal  # noqa: E402
import time  # noqa: E402
import types  # noqa: E402
from typing import Any, NamedTuple  # noqa: E402

import numpy as np  # noqa: E402
import peer  # type: ignore  # noqa: E402
import wire  # type: ignore  # noqa: E402

import optedu  # noqa: E402

LONGEST_ITERATOR = 100_000
SENTENCE = 300


class Notes:
    """One byte for each kind of thing that was attempted, on a pipe of its own."""

    def __init__(self, descriptor: int, codes: dict[str, int]) -> None:
        self.descriptor, self.codes = descriptor, codes
        self.told: set[str] = set()
        self.threads = 0

    def tell(self, name: str) -> None:
        """Note it, once."""
        if name not in self.told:
            self.told.add(name)
            try:
                os.write(self.descriptor, bytes([self.codes[name]]))
            except OSError:
                return

    def hear(self, event: str, args: tuple[Any, ...]) -> None:
        """Listen to what the interpreter is asked to do."""
        if event.startswith("socket."):
            self.tell("network")
        elif event in ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.system", "pty.spawn"):
            self.tell("program")
        elif event in ("os.fork", "os.forkpty"):
            self.tell("process")
        elif event in ("os.kill", "os.killpg", "signal.pthread_kill"):
            self.tell("signal")
        elif event.startswith("ctypes."):
            self.tell("foreign")
        elif event in ("gc.get_objects", "gc.get_referrers", "gc.get_referents"):
            self.tell("objects")
        elif event in ("os.symlink", "os.link"):
            self.tell("link")
        elif event == "pickle.find_class":
            self.tell("pickle")
        elif event == "_thread.start_new_thread":
            self.threads += 1
            if self.threads > 16:
                self.tell("threads")
        elif event in ("open", "os.listdir", "os.scandir"):
            self.hear_path(args[0] if args else None)

    def hear_path(self, path: Any) -> None:
        """Note a file that is none of the sandbox's own."""
        if isinstance(path, bytes):
            path = path.decode("utf-8", "replace")
        if isinstance(path, str) and not path.startswith(("<", *SETTINGS["own"])):
            self.tell("file")


class Hidden:
    """Says which modules exist and are not at hand."""

    def __init__(self, notes: Notes, names: list[str]) -> None:
        self.notes, self.names = notes, tuple(names)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        """Refuse a module that is not at hand; leave all others to the finders that follow."""
        top = name.partition(".")[0]
        if top in ("optedu", "scipy") and not self._is_there(name, path):
            if not _asked_by_a_library():
                self.notes.tell("library")
            raise ModuleNotFoundError(f"{name} is not available while grading", name=name)
        if top in self.names:
            raise ModuleNotFoundError(f"{name} is not available while grading", name=name)

    def _is_there(self, name: str, path: Any) -> bool:
        from importlib.machinery import PathFinder

        return PathFinder.find_spec(name, path) is not None


def _asked_by_a_library() -> bool:
    """Whether what is being imported is what a library tries for itself."""
    frame = sys._getframe(2)
    while frame is not None and "importlib" in frame.f_code.co_filename:
        frame = frame.f_back
    asking = "" if frame is None else str(frame.f_globals.get("__name__"))
    return asking.partition(".")[0] in ("numpy", "optedu", "scipy")


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
            return run_cells(message.value, self.notes), []
        result, written = super().perform(message)
        if hasattr(type(result), "__next__"):
            result = list(itertools.islice(result, LONGEST_ITERATOR))
        return result, written

    def words(self, error: BaseException) -> tuple[str, str]:
        """Return the type and message of an exception, and note what was refused."""
        note_error(error, self.notes)
        name, sentence = type(error).__name__, str(error)
        if isinstance(error, wire.NotData):
            name, sentence = "TypeError", f"what was returned cannot be read: {error}"
        return name[:100], sentence[:SENTENCE]


STUDENT = types.ModuleType("__main__")


def run_cells(request: Any, notes: Notes) -> dict[str, Any]:
    """Execute the cells, statement by statement, and return what failed, and what was defined."""
    cells, wanted, seconds = request["cells"], request["answer"], request["seconds"]
    compiler, failed = codeop.Compile(), []
    names = STUDENT.__dict__
    names.update(np=np, oe=optedu, NamedTuple=NamedTuple, __builtins__=builtins)
    before = _patchable()
    for number, cell in enumerate(cells, 1):
        failed += run_cell(cell, f"<cell {number}>", names, compiler, seconds, notes)
    after = _patchable()
    pairs = zip(before, after, strict=True)
    if any(now.get(name) != was for old, now in pairs for name, was in old.items()):
        notes.tell("patched")
    found = wanted in names
    return {"failed": failed[:20], "found": found, "answer": names.get(wanted)}


def run_cell(cell, file, names, compiler, seconds, notes) -> list[str]:
    """Execute one cell within its time; a statement that fails does not stop the later ones."""
    source = plain_python(cell)
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    try:
        tree = ast.parse(source, file)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return [f"{file[1:-1]}: {type(error).__name__}: {str(error)[:SENTENCE]}"]
    failed, ends = [], time.monotonic() + seconds
    for statement in tree.body:
        try:
            signal.signal(signal.SIGALRM, _too_long)
            signal.setitimer(signal.ITIMER_REAL, max(1e-3, ends - time.monotonic()))
            exec(compiler(ast.Module([statement], []), file, "exec"), names)  # type: ignore
        except BaseException as error:
            note_error(error, notes)
            sentence = f"{type(error).__name__}: {str(error)[:SENTENCE]}"
            failed.append(f"{file[1:-1]}, line {statement.lineno}: {sentence}")
            if isinstance(error, TimeoutError):
                break
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0.0)
    return failed


def _too_long(number: int, frame: Any) -> None:
    raise TimeoutError("the cell took too long")


_MAGIC_LINE = re.compile(r"^(\s*)[%!?].*$", re.MULTILINE)


def plain_python(cell: str) -> str:
    """Return a cell without what only a notebook understands."""
    head = cell.lstrip().partition("\n")
    if head[0].startswith("%%"):
        timed = head[0].split()[0] in ("%%time", "%%timeit", "%%capture")
        cell = head[2] if timed else ""
    try:
        ast.parse(cell)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _MAGIC_LINE.sub(r"\1pass", cell)
    return cell


def note_error(error: BaseException, notes: Notes) -> None:
    """Note what a limit or the filter refused."""
    if isinstance(error, MemoryError):
        notes.tell("memory")
    elif isinstance(error, SystemExit):
        notes.tell("exit")
    elif isinstance(error, TimeoutError):
        notes.tell("time")
    elif isinstance(error, RuntimeError) and "start new thread" in str(error):
        notes.tell("threads")
    elif isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EFBIG, errno.EDQUOT):
        notes.tell("disk")
    elif isinstance(error, OSError) and error.errno == errno.EROFS:
        notes.tell("file")
    elif isinstance(error, PermissionError):
        notes.tell("refused")


def _patchable() -> list[dict[str, Any]]:
    """Return what common modules hold, to see whether it was replaced."""
    modules = (np, np.linalg, builtins, json, time, optedu, os, wire, peer)
    return [
        {name: id(value) for name, value in vars(m).items() if callable(value)} for m in modules
    ]


def check(name: str, answer: Any = None, seed: int | None = None) -> None:
    """Stand where ``oe.check`` does in a notebook: the checks are not here."""
    print(f"{name}: not checked here; the grader does it")


def guard_library(notes: Notes) -> None:
    """Let optedu say of what is not here that it is not available."""
    guard(optedu, notes)
    guard(optedu.problems, notes)
    optedu.check = check  # type: ignore[attr-defined]
    for name in SETTINGS["without"]:
        vars(optedu).pop(name, None)


def guard(module: Any, notes: Notes) -> None:
    """Change what a module says when it lacks a name."""
    plain = module.__getattr__

    def __getattr__(name: str) -> Any:
        try:
            return plain(name)
        except (AttributeError, ImportError):
            if name.startswith("__"):
                raise
            if name[:1].isupper():
                notes.tell("library")
            sentence = f"{module.__name__}.{name} is not available while grading"
            raise AttributeError(sentence) from None

    module.__getattr__ = __getattr__


def main() -> None:
    """Answer the grader until it closes the conversation."""
    notes = Notes(SETTINGS["notes"], SETTINGS["codes"])
    from optedu import method, portable, problem, run  # noqa: F401

    guard_library(notes)
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
