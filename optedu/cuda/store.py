"""Compiled code on disk: a file is whole, or it counts for nothing."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path


def kept(path: Path, make: Callable[[], bytes]) -> bytes:
    """Return what a file holds; what is missing or damaged is made, and kept if that is possible.

    Parameters
    ----------
    path : pathlib.Path
        Named after all that the content is made from.
    make : callable
        Returns the content.
    """
    content = read(path)
    if content is None:
        content = make()
        with contextlib.suppress(OSError):  # a full disk costs time in the next process, no more
            _write(path, content)
    return content


def read(path: Path) -> bytes | None:
    """Return what was kept, or None if the file is missing or damaged."""
    try:
        digest, _, content = path.read_bytes().partition(b"\n")
    except OSError:
        return None
    return content if digest == _digest(content) else None


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(_digest(content) + b"\n" + content)
    os.replace(file.name, path)


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()
