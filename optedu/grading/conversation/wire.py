"""Messages between a grader and a student's code: data only, checked before it is believed.

A message is a frame: eight bytes of magic and the length of the header, eight bytes of the length
of the body; then the header, JSON that says what is there, and the body, the bytes of its arrays.
Lengths are checked before anything is read, and there is no pickle. What a value may be is said by
`values`.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from typing import Any, NamedTuple

from .values import Malformed, NotData, Reader, Writer, must

HEAD = struct.Struct("<4sIQ")
MAGIC = b"oedu"
HEADER_BYTES = 2**22
JOINED = 2**18
"""Frames up to this size are written at once."""

KINDS = ("begin", "call", "get", "answer", "error")


class Message(NamedTuple):
    """What one side tells the other.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    number : int
        The number of the call; an answer or an error repeats it.
    target : int
        What is called or asked: a reference of the receiver.
    name : str
        Which of its functions or attributes; of an error, its type.
    value : object
        Arguments or the answer.
    """

    kind: str
    number: int
    target: int = 0
    name: str = ""
    value: Any = None


def pack(message: Message, refer: Callable[[Any], Any], limit: int) -> list[bytes]:
    """Return a frame, in pieces.

    Parameters
    ----------
    message : Message
    refer : callable
        Asked about whatever is not plain data: a `Reference`, `Own` or `Stream` to send for it, or
        None.
    limit : int
        Largest length of the body, in bytes.

    Raises
    ------
    NotData
        If the value is none, or too large.
    """
    writer = Writer(refer, limit)
    tree = writer.tree(message.value)
    header = json.dumps([*message[:4], tree], separators=(",", ":")).encode("ascii")
    size = sum(map(len, writer.parts))
    if len(header) > HEADER_BYTES or size > limit:
        raise NotData(f"more than {limit / 2**20:.0f} MiB")
    pieces = [HEAD.pack(MAGIC, len(header), size) + header, *writer.parts]
    return [b"".join(pieces)] if size <= JOINED else pieces


def lengths(head: bytes, limit: int) -> tuple[int, int]:
    """Return how long header and body are, before they are read.

    Raises
    ------
    Malformed
        If these are no first bytes of a frame, or it is too long.
    """
    magic, header, body = HEAD.unpack(head)
    if magic != MAGIC:
        raise Malformed("bytes that are no message")
    if header > HEADER_BYTES or body > limit:
        raise Malformed(f"a message of more than {limit / 2**20:.0f} MiB")
    return header, body


def unpack(header: bytes, body: bytearray, restore: Callable[[Any], Any]) -> Message:
    """Return the message of a frame.

    Parameters
    ----------
    header, body : bytes-like
    restore : callable
        Returns what stands for a `Reference`, an `Own`, a `Stream` or a named tuple.

    Raises
    ------
    Malformed
        If it is none.
    """
    try:
        parts = json.loads(header)
    except (ValueError, RecursionError):
        raise Malformed("a message that cannot be read") from None
    must(type(parts) is list and len(parts) == 5, "a message that lacks something")
    kind, number, target, name, tree = parts
    must(type(kind) is str and kind in KINDS, "a message of an unknown kind")
    must(type(number) is int and type(target) is int, "a message without a number")
    must(type(name) is str and len(name) <= 200, "a message without a name")
    reader = Reader(memoryview(body), restore)
    try:
        value = reader.value(tree)
    except RecursionError:
        raise Malformed("a message that is nested too deep") from None
    must(reader.at == len(body), "bytes that belong to nothing")
    return Message(kind, number, target, name, value)
