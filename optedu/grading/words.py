"""What is said of a student's process: what it noted, how it ended, what it printed."""

from __future__ import annotations

import re
import signal

WORDS = {
    "network": "tried to open a network connection",
    "program": "tried to start a program",
    "process": "tried to start a process",
    "signal": "tried to send a signal",
    "foreign": "tried to call foreign code through ctypes",
    "objects": "looked through the interpreter's objects",
    "link": "tried to make a link",
    "pickle": "read a pickle",
    "threads": "started more threads than allowed",
    "file": "tried to reach files that are not its own",
    "library": "asked for a part of a library that is not available while grading",
    "memory": "asked for more memory than allowed",
    "exit": "tried to end the process",
    "time": "a cell ran longer than allowed",
    "disk": "wrote more than allowed",
    "refused": "asked the system for what is refused",
    "patched": "replaced functions of a library, in its own process only",
}
CODES = {name: code for code, name in enumerate(WORDS, 1)}

ENDS = {
    signal.SIGSYS: "made a system call that is forbidden",
    signal.SIGSEGV: "crashed",
    signal.SIGBUS: "crashed",
    signal.SIGABRT: "crashed",
    signal.SIGXCPU: "used more processor time than allowed",
    signal.SIGKILL: "was killed, out of memory or of processor time",
}


def plain(text: bytes | str) -> str:
    """Return a text of the student's without what a terminal or a file could stumble over."""
    known = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return re.sub(r"[^\n\t\x20-\x7e\xa0-\ud7ff\ue000-\U0010ffff]", "?", known)
