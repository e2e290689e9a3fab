"""What a student's process notes of itself; the grader shows it, and gives no point for it."""

from __future__ import annotations

import errno
import os
from typing import Any


class Notes:
    """One byte for each kind of thing that was attempted, on a pipe of its own."""

    def __init__(self, descriptor: int, codes: dict[str, int], own: list[str]) -> None:
        self.descriptor, self.codes = descriptor, codes
        self.own = ("<", *own)
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
        if isinstance(path, str) and not path.startswith(self.own):
            self.tell("file")

    def hear_error(self, error: BaseException) -> None:
        """Note what a limit or the filter refused."""
        if isinstance(error, MemoryError):
            self.tell("memory")
        elif isinstance(error, SystemExit):
            self.tell("exit")
        elif isinstance(error, TimeoutError):
            self.tell("time")
        elif isinstance(error, RuntimeError) and "start new thread" in str(error):
            self.tell("threads")
        elif isinstance(error, OSError) and error.errno in (
            errno.ENOSPC,
            errno.EFBIG,
            errno.EDQUOT,
        ):
            self.tell("disk")
        elif isinstance(error, OSError) and error.errno == errno.EROFS:
            self.tell("file")
        elif isinstance(error, PermissionError):
            self.tell("refused")
