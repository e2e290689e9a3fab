"""A process for a student's code that has nothing: no network, no home, no answers, little time.

What protects (Linux, ``isolation="strong"``):

* *bubblewrap* gives the process namespaces of its own. It sees no other process, no network, and of
  the file system what Python needs, read-only: interpreter, shared libraries, NumPy, the listed
  parts of SciPy and optedu. There is no ``/proc``, no home, no book. ``/tmp`` is its own, in
  memory, and small.
* *seccomp* filters system calls. Sockets, processes and programs are refused; what only an attack
  would call (ptrace, bpf, mount, keyctl, io_uring, ...) ends the process.
* *Resource limits* bound address space, processor time, files, processes.
* *The grader* bounds time by the clock, messages and what is printed, and kills the whole
  namespace.

``isolation="limits"`` is for machines without namespaces: limits, and the filter where there is
one. The process then runs as the user who grades, and can read that user's files, the book's hidden
checks among them. Each result says which of the two was in force.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import Literal

from optedu.grading.calls import filtering

Isolation = Literal["strong", "limits"]

NAMESPACES = (
    "bwrap", "--unshare-all", "--unshare-user", "--uid", "65534", "--gid", "65534",
    "--cap-drop", "ALL", "--hostname", "sandbox", "--die-with-parent", "--new-session",
    "--as-pid-1", "--clearenv",
)  # fmt: skip


class Unavailable(RuntimeError):
    """What was asked for is not there on this machine."""


@dataclass(frozen=True)
class Limits:
    """What a student's code may use.

    Parameters
    ----------
    seconds : float
        Wall time of all calls of one exercise together.
    call_seconds : float
        Wall time of one call of the answer, with all oracles that it calls.
    cell_seconds, cells_seconds : float
        Wall time of one cell, and of all cells together.
    memory : int
        Address space, in MiB. Python and NumPy take about 300 of it.
    disk : int
        Size of ``/tmp``, in MiB.
    printed : int
        Bytes of output; who prints more is stopped.
    message : int
        Largest argument or answer, in MiB.
    threads : int
        Largest number of threads.
    """

    seconds: float = 60.0
    call_seconds: float = 20.0
    cell_seconds: float = 10.0
    cells_seconds: float = 30.0
    memory: int = 2048
    disk: int = 16
    printed: int = 2**22
    message: int = 64
    threads: int = 32


def protection(isolation: Isolation = "strong") -> str:
    """Return which protection is in force on this machine, in words.

    Raises
    ------
    Unavailable
        If what is asked for is not there.
    """
    if isolation not in ("strong", "limits"):
        raise ValueError(f"isolation must be 'strong' or 'limits', got {isolation!r}")
    if os.name != "posix":
        raise Unavailable("grading needs Linux: use WSL, or a container with bubblewrap")
    if isolation == "strong":
        missing = _missing()
        if missing:
            raise Unavailable(
                f"students' code cannot be isolated here: {missing}. Install what is missing, "
                "grade in a container or a virtual machine that has it, or, if you trust the code "
                "as you trust your own, pass isolation='limits'"
            )
        return (
            "strong: namespaces (own processes, files, no network), filtered system calls, limits "
            "on time, memory, files"
        )
    filtered = ", filtered system calls" if filtering("limits") else ""
    return (
        f"limits: time and memory bounded{filtered}; the code could read files of the user who "
        "graded"
    )


@functools.cache
def _missing() -> str:
    """Return what strong isolation lacks here, empty if nothing."""
    if sys.platform != "linux":
        return "namespaces and seccomp are Linux's (on macOS and Windows, grade in a container)"
    if shutil.which("bwrap") is None:
        return "bubblewrap is missing (apt-get install bubblewrap)"
    if filtering("strong") is None:
        return "pyseccomp or libseccomp is missing (pip install 'optedu[course]')"
    trial = subprocess.run(
        [*NAMESPACES, "--ro-bind", "/", "/", "--", sys.executable, "-I", "-S", "-c", ""],
        capture_output=True,
        text=True,
    )
    if trial.returncode:
        said = trial.stderr.strip().splitlines()[-1:] or ["it says nothing"]
        return f"the kernel refuses user namespaces to bubblewrap ({said[0]})"
    return ""
