"""A student's process and the three pipes that lead out of it: frames, notes, what it prints."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from optedu.grading import box
from optedu.grading.calls import filtering
from optedu.grading.conversation import wire
from optedu.grading.sandbox import Isolation, Limits, protection
from optedu.grading.shown import HIDDEN, needs_scipy, visible
from optedu.grading.words import CODES, ENDS, WORDS
from optedu.oracles import FUSED, ORACLES
from optedu.problems.functions import CONSTANTS

TOO_LONG = "ran longer than allowed"
START_SECONDS = 60.0
"""Time that a machine under load may take to start a process."""


class Stopped(BaseException):
    """The student's process was ended; says why.

    Not an `Exception`, so that no check can take it for a mistake of the answer and go on.
    """


class Process:
    """A student's process and the three pipes that lead out of it: frames, notes, what it prints.

    Parameters
    ----------
    isolation : {"strong", "limits"}
    limits : Limits
    solution : str
        The text of the exercise's solution, which says what of the library is shown.
    without : sequence of str
        Names that are hidden all the same.
    seed : int
        Of the random numbers that the student's code draws without a generator.
    typical : str
        The text of the exercise's typical answers: if one asks SciPy for more than linear algebra
        and special functions, all of SciPy is shown.
    """

    def __init__(
        self,
        isolation: Isolation,
        limits: Limits,
        solution: str = "",
        without: tuple[str, ...] = (),
        seed: int = 0,
        typical: str = "",
    ) -> None:
        self.protection = protection(isolation)
        self.limits = limits
        self.ends = time.monotonic() + START_SECONDS
        self.printed = bytearray()
        self.amount = 0
        self.noted: list[str] = []
        self._start(isolation, solution, without, seed, typical)

    def _start(self, isolation: Isolation, solution: str, without: Any, seed: int, typical: str):
        limits, strong = self.limits, isolation == "strong"
        scipy = needs_scipy(solution) or needs_scipy(typical)
        folder, libraries = box.stage(visible(solution, without), scipy), box.libraries_of(scipy)
        there = Path("/box") if strong else folder
        inward, self.writing = os.pipe()
        self.reading, outward = os.pipe()
        self.notes, notes = os.pipe()
        self.output, output = os.pipe()
        handed = [inward, outward, notes]
        program = filtering(isolation)
        held = None
        if program is not None:
            held = _in_memory(program)
            handed.append(held)
        cpu = int(2 * (limits.seconds + limits.cells_seconds)) + 2
        settings = {
            "limits": {
                "AS": limits.memory * 2**20,
                "CPU": cpu,
                "FSIZE": limits.disk * 2**20 if strong else 0,
                "CORE": 0,
                "NOFILE": 64,
                "NPROC": limits.threads,
            },
            "filter": None if strong else held,
            "path": [str(there / part) for part in ("program", "lib", "lib/links")],
            "own": [str(there), f"{sys.base_prefix}/lib/", "/usr/lib/", "/tmp", "/dev/", "."],
            "reading": inward,
            "writing": outward,
            "notes": notes,
            "codes": CODES,
            "oracles": [*ORACLES, *FUSED],
            "constants": list(CONSTANTS),
            "message": limits.message * 2**20,
            "hidden": list(HIDDEN),
            "without": list(without),
            "seed": seed,
        }
        if not strong:  # other processes of the user count, too
            del settings["limits"]["NPROC"]
            box.link(folder, libraries)
        executable = str(Path(getattr(sys, "_base_executable", sys.executable)).resolve())
        command = [executable, "-I", "-S", "-B", "-u", str(there / "program" / "inside.py")]
        command.append(json.dumps(settings))
        if strong:
            arguments = [*box.bindings(folder, libraries, limits), "--seccomp", str(held)]
            for name, value in box.ENVIRONMENT.items():
                arguments += ["--setenv", name, value]
            command = [*arguments, "--", *command]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=box.ENVIRONMENT if not strong else None,
            cwd=folder if not strong else None,
            pass_fds=handed,
            start_new_session=True,
        )
        for descriptor in (*handed, output):
            os.close(descriptor)
        for descriptor in (self.reading, self.writing, self.notes, self.output):
            os.set_blocking(descriptor, False)

    # Frames.

    def send(self, pieces: list[bytes]) -> None:
        """Write a frame, as fast as the other side reads it."""
        for piece in pieces:
            view = memoryview(piece)
            while view:
                try:
                    view = view[os.write(self.writing, view) :]
                except BlockingIOError:
                    self._wait(self.writing, select.POLLOUT)
                except BrokenPipeError:
                    raise Stopped(self.end()) from None

    def receive(self, limit: int) -> tuple[bytes, bytearray]:
        """Read a frame.

        Raises
        ------
        Stopped
            If the process ends, takes too long, prints too much, or sends what is no frame.
        """
        if time.monotonic() > self.ends:  # though there be always something to read
            raise Stopped(TOO_LONG)
        header, body = wire.lengths(bytes(self._read(wire.HEAD.size)), limit)
        return bytes(self._read(header)), self._read(body)

    def _read(self, size: int) -> bytearray:
        held = bytearray(size)
        view = memoryview(held)
        while view:
            try:
                n = os.readv(self.reading, [view])
            except BlockingIOError:
                self._wait(self.reading, select.POLLIN)
                continue
            if n == 0:
                raise Stopped(self.end())
            view = view[n:]
        return held

    def _wait(self, descriptor: int, event: int) -> None:
        """Wait until a pipe is ready, and meanwhile take what is printed."""
        poll = select.poll()
        poll.register(descriptor, event)
        poll.register(self.output, select.POLLIN)
        while True:
            left = self.ends - time.monotonic()
            if left <= 0:
                raise Stopped(TOO_LONG)
            ready = dict(poll.poll(1000 * left))
            if ready.get(self.output) and not self._take_output():
                poll.unregister(self.output)
            if descriptor in ready:
                return

    def _take_output(self) -> bool:
        """Take what was printed; false when nothing can come any more."""
        try:
            text = os.read(self.output, 2**16)
        except BlockingIOError:
            return True
        self.amount += len(text)
        self.printed += text[: max(0, 4000 - len(self.printed))]
        if self.amount > self.limits.printed:
            raise Stopped(f"printed more than {self.limits.printed} bytes")
        return bool(text)

    # The end.

    def end(self) -> str:
        """Return why the process ended by itself."""
        try:
            code = self.process.wait(timeout=2.0)
        except subprocess.TimeoutExpired:
            return "closed the conversation"
        number = -code if code < 0 else code - 128
        if number in ENDS:
            return ENDS[signal.Signals(number)]
        return "ended its process"

    def attempts(self) -> list[str]:
        """Return in words what the process noted of itself."""
        with contextlib.suppress(BlockingIOError):
            codes = os.read(self.notes, 2**12)
            words = dict(zip(CODES.values(), WORDS.values(), strict=True))
            return list(dict.fromkeys(words[code] for code in codes if code in words))
        return []

    def close(self) -> None:
        """Kill what is left of the process and all it started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.process.wait()
        with contextlib.suppress(Stopped):
            for _ in range(16):
                before = self.amount
                if not self._take_output() or self.amount == before:
                    break
        self.noted = self.attempts()
        for descriptor in (self.reading, self.writing, self.notes, self.output):
            os.close(descriptor)


def _in_memory(program: bytes) -> int:
    """Return a file descriptor from which a program can be read."""
    descriptor = os.memfd_create("filter")
    os.write(descriptor, program)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor
