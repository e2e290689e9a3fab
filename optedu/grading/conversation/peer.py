"""A conversation between two processes in which data travels and everything else stays at home.

Both sides are a `Peer`. What is no data (a function, a problem, a method) is sent as a reference;
the other side holds a stand-in for it, and using the stand-in calls back. Only what was sent may be
called, and a side says by `permit` what of it.
"""

from __future__ import annotations

import itertools
import types
from collections.abc import Iterable
from typing import Any

import numpy as np

from . import wire
from .stand_ins import METHOD_PARTS, handle_of, stand_in
from .values import Malformed, NotData, Own, Reference, Stream

_PLAINLY_FUNCTIONS = (type, types.FunctionType, types.MethodType, types.BuiltinFunctionType)
NESTED = 24
OBJECTS = 200_000
WRITTEN_BYTES = 2**23
"""Arguments up to this size are looked at again after a call: were they written to?"""


class Peer:
    """One side of the conversation.

    Parameters
    ----------
    oracles : sequence of str
        Names of oracles, by which a problem is known.
    constants : sequence of str
        What else the other side may ask of a problem.
    limit : int
        Largest message, in bytes.
    """

    caught: tuple[type[BaseException], ...] = (Exception,)
    """Exceptions of this side that are reported to the other one."""

    def __init__(self, oracles: Iterable[str], constants: Iterable[str], limit: int) -> None:
        self.oracles = tuple(oracles)
        self.constants = frozenset(constants)
        self.limit = limit
        self.number = 0
        self.depth = 0
        self.things: list[tuple[str, Any]] = []
        self.handles: dict[int, int] = {}
        self.told: set[int] = set()
        self.telling: set[int] = set()
        self.stand_ins: dict[int, Any] = {}
        self.classes: dict[tuple[str, tuple[str, ...]], type] = {}

    # What a side decides for itself.

    def transmit(self, pieces: list[bytes]) -> None:
        """Send a frame."""
        raise NotImplementedError

    def fetch(self) -> tuple[bytes, bytearray]:
        """Wait for a frame, and return its header and body."""
        raise NotImplementedError

    def permit(self, kind: str, thing: Any, message: wire.Message) -> None:
        """Raise unless the other side may do this with what it refers to."""

    def failure(self, name: str, sentence: str) -> Exception:
        """Return the exception that stands for one of the other side."""
        return RuntimeError(f"{name}: {sentence}")

    def stream_of(self, generator: np.random.Generator) -> Stream:
        """Return what the other side draws from instead of a generator of ours."""
        raise NotData("a random generator cannot be passed back")

    def stream(self, sent: Stream) -> Any:
        """Return the generator that the other side sent."""
        raise Malformed("a random generator where none can be")

    def unknown(self, thing: Any) -> Reference | None:
        """Return what is sent for a thing that is neither data nor of a known kind."""
        return None

    # Calls.

    def call(self, handle: int, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call a thing of the other side, or a function of it, and return the answer."""
        result, written = self.ask("call", handle, name, (args, kwargs))
        self.note_written(handle, written)
        return result

    def get(self, handle: int, name: str) -> Any:
        """Return an attribute of a thing of the other side."""
        return self.ask("get", handle, name, None)[0]

    def ask(self, kind: str, handle: int, name: str, value: Any) -> Any:
        """Send a request, serve the other side while it works on it, and return its answer."""
        self.number += 1
        number = self.number
        self.tell(self.packed(wire.Message(kind, number, handle, name, value)))
        while True:
            message = self.receive()
            if message.kind in ("call", "get"):
                self.serve(message)
            elif message.number != number or message.kind not in ("answer", "error"):
                raise Malformed("an answer to what was not asked")
            elif message.kind == "error":
                raise self.failure(message.name, str(message.value))
            elif type(message.value) is not tuple or len(message.value) != 2:
                raise Malformed("an answer that lacks something")
            else:
                return message.value

    def packed(self, message: wire.Message) -> list[bytes]:
        """Return the frame of a message."""
        self.telling.clear()
        return wire.pack(message, self.refer, self.limit)

    def tell(self, pieces: list[bytes]) -> None:
        """Send a frame; what it describes need not be described again."""
        self.transmit(pieces)
        self.told |= self.telling

    def receive(self) -> wire.Message:
        """Wait for a message."""
        header, body = self.fetch()
        return wire.unpack(header, body, self.restore)

    def serve(self, message: wire.Message) -> None:
        """Do what the other side asks for, and answer."""
        self.depth += 1
        if self.depth > NESTED:
            raise Malformed(f"calls within calls, {NESTED} deep")
        try:
            value = self.perform(message)
            pieces = self.packed(wire.Message("answer", message.number, 0, "", value))
        except Malformed:
            raise
        except self.caught as error:
            name, sentence = self.words(error)
            pieces = self.packed(wire.Message("error", message.number, 0, name, sentence))
        finally:
            self.depth -= 1
        self.tell(pieces)

    def words(self, error: BaseException) -> tuple[str, str]:
        """Return the type and message of an exception, as far as the other side is told."""
        return type(error).__name__[:100], str(error)[:500]

    def perform(self, message: wire.Message) -> tuple[Any, list[Any]]:
        """Return the result of a request, and which of its arguments were written to."""
        kind, thing = self.thing(message.target)
        self.permit(kind, thing, message)
        if message.kind == "get":
            return getattr(_inner(thing), message.name), []
        if type(message.value) is not tuple or len(message.value) != 2:
            raise Malformed("a call without arguments")
        args, kwargs = message.value
        if message.name == "make":
            return type(thing)(*args), []
        if kind == "iterator":
            return tuple(itertools.islice(thing, 1)), []
        function = getattr(thing, message.name) if message.name else thing
        before = _bytes(args)
        result = function(*args, **kwargs)
        now = _bytes(args)
        return result, [place for place, old in enumerate(before) if old != now[place]]

    def thing(self, handle: int) -> tuple[str, Any]:
        """Return what the other side refers to."""
        if not 0 <= handle < len(self.things):
            raise Malformed("a reference to what was never sent")
        return self.things[handle]

    def note_written(self, handle: int, written: Any) -> None:
        """Hear the places of arguments that a call of the other side wrote to."""

    # References.

    def refer(self, value: Any) -> Any:
        """Return what is sent for something that is not plain data."""
        handle = handle_of(value)
        if handle is not None and handle[0] is self:
            return Own(handle[1])
        if isinstance(value, np.random.Generator):
            return self.stream_of(value)
        kind = self.kind(value)
        if kind is None:
            if isinstance(value, tuple) and hasattr(value, "_fields"):
                self.classes[(type(value).__name__.lstrip("_"), tuple(value._fields))] = type(value)
                return None
            if isinstance(value, (bool, int, float, complex, str, list, tuple, dict)):
                return None
            return None if isinstance(value, (set, frozenset, range)) else self.unknown(value)
        return self.reference(kind, value)

    def reference(self, kind: str, value: Any) -> Reference:
        """Return a reference to a thing, which is described once."""
        handle = self.handle(kind, value)
        if handle in self.told:
            return Reference(kind, handle, {})
        self.telling.add(handle)
        return Reference(kind, handle, self.describe(kind, value))

    def kind(self, value: Any) -> str | None:
        """Return which kind of thing a value is, None for data and what is unknown."""
        if isinstance(value, _PLAINLY_FUNCTIONS):
            return "function"
        if callable(getattr(value, "init", None)) and callable(getattr(value, "step", None)):
            return "method"
        if not isinstance(value, (list, dict, str)) and self.oracles_of(value):
            return "problem"
        if hasattr(type(value), "__next__"):
            return "iterator"
        return "function" if callable(value) else None

    def oracles_of(self, value: Any) -> list[str]:
        """Return the oracles of a problem, those that it counts for another one, too."""
        inner = _inner(value)
        return [name for name in self.oracles if callable(getattr(inner, name, None))]

    def handle(self, kind: str, value: Any) -> int:
        """Return the number under which the other side knows a thing."""
        if id(value) not in self.handles:
            if len(self.things) >= OBJECTS:
                raise NotData(f"more than {OBJECTS} objects")
            self.handles[id(value)] = len(self.things)
            self.things.append((kind, value))
        return self.handles[id(value)]

    def describe(self, kind: str, value: Any) -> dict[str, Any]:
        """Return what the other side is told about a thing."""
        name = getattr(value, "__name__", None)
        about: dict[str, Any] = {"name": name if type(name) is str else type(value).__name__}
        if kind == "problem":
            inner = _inner(value)
            about = {
                "name": type(inner).__name__,
                "oracles": self.oracles_of(value),
                "constants": [name for name in sorted(self.constants) if _has(inner, name)],
            }
        if kind == "method":
            about = {
                "name": type(value).__name__,
                "fields": {name: getattr(value, name) for name in getattr(value, "_fields", ())},
                "takes_rng": getattr(value, "takes_rng", None),
                "needs": sorted(getattr(value, "needs", ())),
                "has": [part for part in METHOD_PARTS if callable(getattr(value, part, None))],
            }
        return about

    def restore(self, sent: Any) -> Any:
        """Return what stands for a reference or a named tuple that arrived."""
        if isinstance(sent, Own):
            return self.thing(sent.handle)[1]
        if isinstance(sent, Stream):
            return self.stream(sent)
        if isinstance(sent, Reference):
            if sent.handle not in self.stand_ins:
                if len(self.stand_ins) >= OBJECTS:
                    raise Malformed(f"more than {OBJECTS} objects")
                self.stand_ins[sent.handle] = stand_in(self, sent)
            return self.stand_ins[sent.handle]
        own = self.classes.get((type(sent).__name__, sent._fields))
        return sent if own is None else tuple.__new__(own, sent)


def _inner(problem: Any) -> Any:
    """Return the problem whose calls this one only counts, or the problem itself."""
    return problem.problem if type(problem).__name__ == "Counted" else problem


def _has(problem: Any, name: str) -> bool:
    """Whether a problem has a constant or a field, without computing it."""
    if name in getattr(problem, "__dict__", {}) or name in getattr(problem, "_fields", ()):
        return True
    held = getattr(type(problem), name, None)
    return held is not None and not callable(held)


def _bytes(args: tuple[Any, ...]) -> list[bytes]:
    """Return the content of arrays, to see whether they are written to; of all else nothing."""
    return [
        value.tobytes() if isinstance(value, np.ndarray) and value.nbytes <= WRITTEN_BYTES else b""
        for value in args
    ]
