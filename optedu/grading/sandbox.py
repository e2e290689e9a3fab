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

import ast
import compileall
import contextlib
import functools
import importlib.util
import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any, Literal

from optedu.exercises.library import folder as exercise_sources
from optedu.grading import wire
from optedu.oracles import FUSED, ORACLES
from optedu.problems.functions import CONSTANTS

Isolation = Literal["strong", "limits"]

PACKAGE = Path(__file__).resolve().parents[1]
CORE = (
    "optedu.protocol",
    "optedu.running.run",
    "optedu.problems.functions",
    "optedu.parameters",
    "optedu.discovery",
)
"""What a student's method needs of optedu. What the exercise's own solution uses is added."""

SCIPY = ("linalg", "special", "fft", "_lib", "_external")
HIDDEN = (
    "matplotlib", "pandas", "numba", "sklearn", "cvxpy", "clarabel", "ot", "torch", "jax", "PEPit",
    "sympy", "ipywidgets", "IPython", "tqdm", "nbgrader", "requests",
)  # fmt: skip

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


NAMESPACES = (
    "bwrap", "--unshare-all", "--unshare-user", "--uid", "65534", "--gid", "65534",
    "--cap-drop", "ALL", "--hostname", "sandbox", "--die-with-parent", "--new-session",
    "--as-pid-1", "--clearenv",
)  # fmt: skip


class Unavailable(RuntimeError):
    """What was asked for is not there on this machine."""


class Stopped(BaseException):
    """The student's process was ended; says why.

    Not an `Exception`, so that no check can take it for a mistake of the answer and go on.
    """


TOO_LONG = "ran longer than allowed"
START_SECONDS = 60.0
"""Time that a machine under load may take to start a process."""


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
    filtered = ", filtered system calls" if _filter("limits") else ""
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
    if _filter("strong") is None:
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


# The filter of system calls.

FORBIDDEN = (
    "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp", "bpf",
    "perf_event_open", "userfaultfd", "io_uring_setup", "io_uring_enter", "io_uring_register",
    "mount", "umount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree", "fsopen",
    "fsconfig", "fsmount", "fspick", "mount_setattr", "unshare", "setns", "add_key", "request_key",
    "keyctl", "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load",
    "reboot", "swapon", "swapoff", "acct", "quotactl", "nfsservctl", "lookup_dcookie", "iopl",
    "ioperm", "modify_ldt", "vm86", "vm86old", "open_by_handle_at", "name_to_handle_at",
    "fanotify_init", "settimeofday", "clock_settime", "adjtimex", "clock_adjtime", "stime",
    "sethostname", "setdomainname", "syslog", "uselib", "vhangup", "pidfd_getfd",
)  # fmt: skip
"""Calls that only an attack makes; they end the process."""

REFUSED = (
    "socket", "socketpair", "connect", "bind", "listen", "accept", "accept4", "sendto", "sendmsg",
    "sendmmsg", "recvfrom", "recvmsg", "recvmmsg", "fork", "vfork", "memfd_secret", "mq_open",
    "shmget", "shmat", "semget", "msgget", "inotify_init", "inotify_init1", "personality",
    "setuid", "setgid", "setreuid", "setregid", "setresuid", "setresgid", "setgroups", "capset",
    "pidfd_open", "pidfd_send_signal", "mknod", "mknodat", "setsid", "setpgid",
)  # fmt: skip
"""Calls that fail with "not permitted", as Python then says."""

WRITES = (
    "unlink", "unlinkat", "rmdir", "rename", "renameat", "renameat2", "truncate", "mkdir",
    "mkdirat", "symlink", "symlinkat", "link", "linkat", "chmod", "fchmod", "fchmodat", "chown",
    "fchown", "lchown", "fchownat", "kill", "tkill", "execve", "execveat", "creat",
)  # fmt: skip
"""Refused, too, where no namespace protects the user's files and processes."""

CLONE_THREAD = 0x00010000
PR_SET_PDEATHSIG = 1
_CHANGING = (os.O_CREAT, os.O_TRUNC)


@functools.cache
def _filter(isolation: Isolation) -> bytes | None:
    """Return the filter as a program for the kernel, None where there is none."""
    if sys.platform != "linux":
        return None
    try:
        import pyseccomp
    except (ImportError, RuntimeError, OSError):
        return None
    rules: Any = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    refuse, kill = pyseccomp.ERRNO(1), pyseccomp.KILL_PROCESS
    names = dict.fromkeys(FORBIDDEN, kill) | dict.fromkeys(REFUSED, refuse)
    if isolation == "limits":
        names |= dict.fromkeys(WRITES, refuse)
    for name in ("clone3", "openat2"):  # "no such call": their flags lie in memory
        names[name] = pyseccomp.ERRNO(38)
    for name, action in names.items():
        with contextlib.suppress(ValueError, OSError, RuntimeError):  # not on this processor
            rules.add_rule(action, name)
    no_thread = pyseccomp.Arg(0, pyseccomp.MASKED_EQ, CLONE_THREAD, 0)
    rules.add_rule(refuse, "clone", no_thread)
    to_outlive_its_parent = pyseccomp.Arg(0, pyseccomp.EQ, PR_SET_PDEATHSIG)
    rules.add_rule(refuse, "prctl", to_outlive_its_parent)
    if isolation == "limits":
        for name, place in (("open", 1), ("openat", 2)):
            for mask, flags in ((3, os.O_WRONLY), (3, os.O_RDWR), *((f, f) for f in _CHANGING)):
                with contextlib.suppress(ValueError, OSError, RuntimeError):
                    arg = pyseccomp.Arg(place, pyseccomp.MASKED_EQ, mask, flags)
                    rules.add_rule(refuse, name, arg)
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


# What the process sees of optedu and SciPy.

_PARSING = threading.RLock()
"""Python 3.11 makes syntax trees in one thread at a time, or fails."""


def _nodes(code: str) -> list[ast.AST]:
    """Return all nodes of a program."""
    with _PARSING:
        return list(ast.walk(ast.parse(code)))


def _words(node: ast.AST) -> str:
    """Return a dotted name, empty for other expressions."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := _words(node.value)):
        return f"{before}.{node.attr}"
    return ""


@functools.cache
def uses(code: str) -> frozenset[str]:
    """Return the modules of optedu and SciPy that a solution uses, by its text."""
    from optedu import discovery

    tables = {"problems": discovery.decorated("problems"), "": discovery.methods()}
    found: set[str] = set()
    for node in _nodes(code):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Attribute):
            owner = _words(node.value)
            table = tables["problems" if owner == "oe.problems" else ""]
            if owner in ("oe", "oe.problems") and node.attr in table:
                found.add(table[node.attr])
            elif owner == "oe.problems":
                found.add(f"optedu.problems.{node.attr}")
    return frozenset(name for name in found if name.partition(".")[0] in ("optedu", "scipy"))


def needs_scipy(code: str) -> bool:
    """Whether a text uses more of SciPy than what is always shown."""
    modules = (name.split(".") for name in uses(code))
    return any(parts[0] == "scipy" and not {*SCIPY} & {*parts[1:2]} for parts in modules)


@functools.cache
def attributes(code: str) -> frozenset[str]:
    """Return what a solution reads of its ``problem``."""
    return frozenset(
        node.attr
        for node in _nodes(code)
        if isinstance(node, ast.Attribute) and not node.attr.startswith("_")
        if isinstance(node.value, ast.Name) and node.value.id == "problem"
    )


@functools.cache
def visible(code: str, without: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the modules of optedu that the process sees, those that they import included.

    Parameters
    ----------
    code : str
        The exercise's solution: what it uses, a student may use.
    without : tuple of str
        Names whose modules are left out all the same.
    """
    from optedu import discovery

    tables = discovery.methods() | discovery.decorated("problems")
    banned = {tables[name] for name in without if name in tables}
    core = _reached(set(CORE), banned, deep=False)
    return tuple(sorted(core | _reached(set(uses(code) - banned), banned, deep=True)))


def _reached(waiting: set[str], banned: set[str], deep: bool) -> set[str]:
    """Return modules and what they import, `deep` inside of their functions, too."""
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        path = _source(name)
        if path is None:
            continue
        found.add(name)
        for node in _nodes(path.read_text(encoding="utf-8")):
            if isinstance(node, ast.ImportFrom) and node.module and (deep or not node.col_offset):
                waiting |= {node.module, *(f"{node.module}.{a.name}" for a in node.names)}
        parents = name.split(".")[:-1]
        waiting |= {".".join(parents[: k + 1]) for k in range(len(parents))}
        waiting -= found | banned
    return found


def _source(module: str) -> Path | None:
    """Return the file of a module of optedu, None for other names."""
    first, *rest = module.split(".")
    if first != "optedu":
        return None
    place = PACKAGE.joinpath(*rest)
    for path in (place / "__init__.py", place.with_name(place.name + ".py")):
        if path.is_file():
            return path
    return None


@functools.cache
def stage(modules: tuple[str, ...], scipy: bool = False) -> Path:
    """Return a folder with copies of these modules and the program, made once per process.

    One with all of SciPy is another: without namespaces it holds links to the libraries' parts.
    """
    folder = Path(tempfile.mkdtemp(prefix="optedu-grading-"))
    Finalize(None, shutil.rmtree, (folder,), {"ignore_errors": True}, exitpriority=1)
    program = folder / "program"
    program.mkdir()
    for name in ("inside.py", "peer.py", "wire.py"):
        shutil.copy2(Path(__file__).with_name(name), program / name)
    for module in modules:
        source = _source(module)
        assert source is not None
        target = folder / "lib" / source.relative_to(PACKAGE.parent)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)
    (folder / "lib" / "links").mkdir()
    compileall.compile_dir(folder, quiet=2)
    folder.chmod(0o755)
    return folder


@functools.cache
def _libraries(scipy: bool) -> dict[str, Path]:
    """Return what is shown of NumPy and SciPy: name to place."""
    found: dict[str, Path] = {}
    for name in ("numpy", "scipy"):
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            continue
        home = Path(spec.origin).resolve().parent
        bundled = home.with_name(f"{name}.libs")
        if bundled.is_dir():
            found[bundled.name] = bundled
        if name == "numpy" or scipy:
            found[name] = home
            continue
        for entry in home.iterdir():
            if entry.is_file() or entry.name in SCIPY:
                found[f"{name}/{entry.name}"] = entry
    return found


def _python() -> list[Path]:
    """Return the places that the bare interpreter needs: itself, its library, shared libraries."""
    base = Path(sys.base_prefix).resolve()
    executable = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    places = [executable, Path(sysconfig.get_path("stdlib")).resolve()]
    places += [p for p in (base / "lib").glob("lib*.so*") if p.is_file()]
    places += [Path(p) for p in ("/usr/lib", "/lib", "/lib64", "/usr/lib64") if Path(p).exists()]
    return sorted(places, key=lambda place: len(place.parts))


def _bound(folder: Path, libraries: dict[str, Path], limits: Limits) -> list[str]:
    """Return bubblewrap's arguments: what the process sees."""
    arguments = [*NAMESPACES]
    links, bound = [], []
    for place in _python():
        if place.is_symlink():
            links += ["--symlink", os.readlink(place), str(place)]
        elif not any(place.is_relative_to(other) for other in bound):
            arguments += ["--ro-bind", str(place), str(place)]
            bound.append(place)
    arguments += links
    sources = exercise_sources()
    if sources is not None and any(sources.resolve().is_relative_to(place) for place in bound):
        raise Unavailable(f"the exercises lie in {sources}, among what Python needs: move them")
    for pattern in ("site-packages", "dist-packages", "test", "ensurepip"):
        for place in bound:
            for inner in (place / pattern, *place.glob(f"python3*/{pattern}")):
                if inner.is_dir():
                    arguments += ["--tmpfs", str(inner), "--remount-ro", str(inner)]
    arguments += ["--ro-bind", str(folder), "/box"]
    arguments += ["--tmpfs", "/box/lib/links"]
    for name, place in libraries.items():
        arguments += ["--ro-bind", str(place), f"/box/lib/links/{name}"]
    arguments += ["--remount-ro", "/box/lib/links"]
    arguments += ["--dev-bind", "/dev/null", "/dev/null"]
    arguments += ["--dev-bind", "/dev/urandom", "/dev/urandom"]
    arguments += ["--size", str(limits.disk * 2**20), "--tmpfs", "/tmp", "--chdir", "/tmp"]
    return [*arguments, "--remount-ro", "/"]


ENVIRONMENT = {
    "PATH": "/nowhere",
    "HOME": "/tmp",
    "LANG": "C.UTF-8",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}


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
        folder, libraries = stage(visible(solution, without), scipy), _libraries(scipy)
        there = Path("/box") if strong else folder
        inward, self.writing = os.pipe()
        self.reading, outward = os.pipe()
        self.notes, notes = os.pipe()
        self.output, output = os.pipe()
        handed = [inward, outward, notes]
        program = _filter(isolation)
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
            _link(folder, libraries)
        executable = str(Path(getattr(sys, "_base_executable", sys.executable)).resolve())
        command = [executable, "-I", "-S", "-B", "-u", str(there / "program" / "inside.py")]
        command.append(json.dumps(settings))
        if strong:
            arguments = [*_bound(folder, libraries, limits), "--seccomp", str(held)]
            for name, value in ENVIRONMENT.items():
                arguments += ["--setenv", name, value]
            command = [*arguments, "--", *command]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=ENVIRONMENT if not strong else None,
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


def _link(folder: Path, libraries: dict[str, Path]) -> None:
    """Show libraries by links, where nothing can be bound."""
    for name, place in libraries.items():
        link = folder / "lib" / "links" / name
        link.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            link.symlink_to(place)


def plain(text: bytes | str) -> str:
    """Return a text of the student's without what a terminal or a file could stumble over."""
    known = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return re.sub(r"[^\n\t\x20-\x7e\xa0-\ud7ff\ue000-\U0010ffff]", "?", known)


@contextlib.contextmanager
def process(*args: Any, **kwargs: Any) -> Iterator[Process]:
    """Start a process, and kill it at the end."""
    started = Process(*args, **kwargs)
    try:
        yield started
    finally:
        started.close()
