"""The memory that a warm run takes on top of what is there."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any


def peak_bytes(call: Callable[[], Any]) -> int | None:
    """Return how far the resident memory rises during a call, in a fork of this process.

    In this process itself where JAX has threads, which a fork would wait for; None where a process
    cannot be forked or does not tell. What lay free in the process is given back first, so that it
    is not taken for nothing.
    """
    if not hasattr(os, "fork"):
        return None
    if "jaxlib" in sys.modules and _threads() > 1:
        with suppress(OSError, StopIteration):
            return _rise(call)
        return None
    source, sink = os.pipe()
    child = os.fork()
    if child == 0:
        answer = b""
        with suppress(BaseException):
            answer = str(_rise(call)).encode()
        os.write(sink, answer)
        os._exit(0)
    os.close(sink)
    with os.fdopen(source, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return int(answer) if answer else None


def _rise(call: Callable[[], Any]) -> int:
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
    with open("/proc/self/clear_refs", "w") as resetting:
        resetting.write("5")  # the peak begins anew
    before = _status("VmRSS")
    call()
    return _status("VmHWM") - before


def _status(field: str) -> int:
    with open("/proc/self/status") as lines:
        found = next(line for line in lines if line.startswith(f"{field}:"))
    return 1024 * int(found.split()[1])


def _threads() -> int:
    return len(os.listdir("/proc/self/task"))
