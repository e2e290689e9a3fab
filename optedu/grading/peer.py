"""A conversation between two processes in which data travels and everything else stays at home.

Both sides are a `Peer`. What is no data (a function, a problem, a method) is sent as a reference;
the other side holds a stand-in for it, and using the stand-in calls back. Only what was sent may be
called, and a side says by `permit` what of it.
"""

from __future__ import annotations

import itertools
import types
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

try:  # the grader's side, where this file is a module of the package
    from optedu.grading import wire
except ImportError:  # the student's side, where these files lie beside each other
    import wire  # type: ignore[no-redef]

_PLAINLY_FUNCTIONS = (type, types.FunctionType, types.MethodType, types.BuiltinFunctionType)
METHOD_PARTS = ("init", "step", "resolve", "certificate", "verdict", "guarantee")
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

    def stream_of(self, generator: np.random.Generator) -> wire.Stream:
        """Return what the other side draws from instead of a generator of ours."""
        raise wire.NotData("a random generator cannot be passed back")

    def stream(self, sent: wire.Stream) -> Any:
        """Return the generator that the other side sent."""
        raise wire.Malformed("a random generator where none can be")

    def unknown(self, thing: Any) -> wire.Reference | None:
        """Return what is sent for a thing that is neither data nor of a known kind."""
        return None

    # Calls.

    def call(self, handle: int, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call a thing of the other side, or a function of it, and return the answer."""
        result, written = self.ask("call", handle, name, (args, kwargs))
        self.note_written(args, written)
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
                raise wire.Malformed("an answer to what was not asked")
            elif message.kind == "error":
                raise self.failure(message.name, str(message.value))
            elif type(message.value) is not tuple or len(message.value) != 2:
                raise wire.Malformed("an answer that lacks something")
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
            raise wire.Malformed(f"calls within calls, {NESTED} deep")
        try:
            value = self.perform(message)
            pieces = self.packed(wire.Message("answer", message.number, 0, "", value))
        except wire.Malformed:
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
            raise wire.Malformed("a call without arguments")
        args, kwargs = message.value
        if message.name == "make":
            return type(thing)(*args), []
        if kind == "iterator":
            return tuple(itertools.islice(thing, 1)), []
        function = getattr(thing, message.name) if message.name else thing
        before = [_copy(argument) for argument in args]
        result = function(*args, **kwargs)
        return result, _changes(before, args)

    def thing(self, handle: int) -> tuple[str, Any]:
        """Return what the other side refers to."""
        if not 0 <= handle < len(self.things):
            raise wire.Malformed("a reference to what was never sent")
        return self.things[handle]

    def note_written(self, args: tuple[Any, ...], written: Any) -> None:
        """Hear which arguments of a call the other side wrote to."""

    # References.

    def refer(self, value: Any) -> Any:
        """Return what is sent for something that is not plain data."""
        handle = _handle_of(value)
        if handle is not None and handle[0] is self:
            return wire.Own(handle[1])
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

    def reference(self, kind: str, value: Any) -> wire.Reference:
        """Return a reference to a thing, which is described once."""
        handle = self.handle(kind, value)
        if handle in self.told:
            return wire.Reference(kind, handle, {})
        self.telling.add(handle)
        return wire.Reference(kind, handle, self.describe(kind, value))

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
                raise wire.NotData(f"more than {OBJECTS} objects")
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
        if isinstance(sent, wire.Own):
            return self.thing(sent.handle)[1]
        if isinstance(sent, wire.Stream):
            return self.stream(sent)
        if isinstance(sent, wire.Reference):
            if sent.handle not in self.stand_ins:
                if len(self.stand_ins) >= OBJECTS:
                    raise wire.Malformed(f"more than {OBJECTS} objects")
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


def _copy(argument: Any) -> Any:
    if isinstance(argument, np.ndarray) and argument.nbytes <= WRITTEN_BYTES:
        return argument.copy()
    return None


def _changes(before: list[Any], args: tuple[Any, ...]) -> list[Any]:
    """Return the arguments that were written to, each with its place."""
    return [
        (place, args[place])
        for place, old in enumerate(before)
        if old is not None
        and (old.shape != args[place].shape or old.tobytes() != args[place].tobytes())
    ]


# Stand-ins for what is on the other side.


class RemoteFunction:
    """A function, or a class, of the other side."""

    def __init__(self, peer: Peer, handle: int, name: str) -> None:
        self.__dict__.update(_peer=peer, _remote=handle, __name__=name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it, there."""
        return self._peer.call(self._remote, "", args, kwargs)

    def __getattr__(self, name: str) -> Any:
        return _ask_once(self, name)

    def __repr__(self) -> str:
        return f"<{self.__name__}>"


class RemoteIterator:
    """An iterator of the other side, asked for one item at a time."""

    def __init__(self, peer: Peer, handle: int) -> None:
        self.__dict__.update(_peer=peer, _remote=handle)

    def __iter__(self) -> RemoteIterator:
        return self

    def __next__(self) -> Any:
        items = self._peer.call(self._remote, "next", (), {})
        if type(items) is not tuple or len(items) != 1:
            raise StopIteration
        return items[0]

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


class RemoteObject:
    """An object of the other side; what is read of it is read once."""

    def __init__(self, peer: Peer, handle: int, name: str) -> None:
        self.__dict__.update(_peer=peer, _remote=handle, _name=name)

    def __getattr__(self, name: str) -> Any:
        return _ask_once(self, name)

    def __repr__(self) -> str:
        return f"<{self._name}>"


def _ask_once(stand_in: Any, name: str) -> Any:
    if name.startswith("_"):
        raise AttributeError(name)
    found = stand_in._peer.get(stand_in._remote, name)
    stand_in.__dict__[name] = found
    return found


class RemoteProblem:
    """A problem of the other side: its oracles call back, its constants are asked for once."""

    def __init__(self, peer: Peer, handle: int, about: dict[str, Any]) -> None:
        self.__dict__.update(
            _peer=peer,
            _remote=handle,
            _name=about["name"],
            _constants=frozenset(about["constants"]),
        )
        for name in about["oracles"]:
            self.__dict__[name] = _part(peer, handle, name)
        self.__dict__["problem"] = self  # what a method asks a problem that counts

    def __getattr__(self, name: str) -> Any:
        if name not in self._constants:
            raise AttributeError(
                f"{self._name} has no {name}, or it is not shown while grading: ask a problem for "
                "its oracles and constants"
            )
        return _ask_once(self, name)

    def __repr__(self) -> str:
        return f"<{self._name}>"


def _part(peer: Peer, handle: int, name: str) -> Callable[..., Any]:
    def part(*args: Any, **kwargs: Any) -> Any:
        return peer.call(handle, name, args, kwargs)

    part.__name__ = name
    return part


class _RemoteMethod:
    """What stand-ins for methods have in common: their parts call back.

    What a method promises about its own states (``holds``) and how it judges itself (its own
    certificate and verdict) are not believed: f, gradients and certificates are computed here.
    """

    _peer: Peer
    _parts: frozenset[str]
    may_rest = True

    def _there(self) -> int:
        """Return the number of this method on the other side, made there if it is new."""
        if "_remote" not in self.__dict__:
            made = self._peer.call(self._origin, "make", tuple(self), {})
            self.__dict__["_remote"] = made.__dict__["_remote"]
        return self.__dict__["_remote"]

    def init(self, *args: Any) -> Any:
        """Return the first state."""
        return self._peer.call(self._there(), "init", args, {})

    def step(self, *args: Any) -> Any:
        """Return the next state."""
        return self._peer.call(self._there(), "step", args, {})


def _resolve(self: Any, *args: Any) -> Any:
    return self._peer.call(self._there(), "resolve", args, {})


def remote_method(peer: Peer, handle: int, about: dict[str, Any]) -> Any:
    """Return a stand-in for a method of the other side, with its hyperparameters as fields."""
    fields = about["fields"]
    members: dict[str, Any] = {"_peer": peer, "_origin": handle, "needs": frozenset(about["needs"])}
    if about["takes_rng"] is not None:
        members["takes_rng"] = about["takes_rng"]
    if "resolve" in about["has"]:
        members["resolve"] = _resolve
    base = wire.named(about["name"], tuple(fields))
    cls = type(base.__name__, (_RemoteMethod, base), members)
    method = cls(*fields.values())
    method.__dict__["_remote"] = handle
    return method


def stand_in(peer: Peer, sent: wire.Reference) -> Any:
    """Return what stands for a thing of the other side.

    Raises
    ------
    optedu.grading.wire.Malformed
        If its description is none.
    """
    about = sent.about
    name = about.get("name")
    if type(name) is not str or len(name) > 200 or sent.handle < 0:
        raise wire.Malformed("a reference without a name")
    if sent.kind == "function":
        return RemoteFunction(peer, sent.handle, name)
    if sent.kind == "iterator":
        return RemoteIterator(peer, sent.handle)
    if sent.kind == "object":
        return RemoteObject(peer, sent.handle, name)
    if (
        sent.kind == "problem"
        and _names(about.get("oracles"), peer.oracles)
        and _names(about.get("constants"), None)
    ):
        return RemoteProblem(peer, sent.handle, about)
    if (
        sent.kind == "method"
        and type(about.get("fields")) is dict
        and type(about.get("takes_rng")) in (bool, type(None))
        and _names(about.get("needs"), peer.oracles)
        and _names(about.get("has"), METHOD_PARTS)
    ):
        return remote_method(peer, sent.handle, about)
    raise wire.Malformed("a reference to a thing of no known kind")


def _names(given: Any, known: Iterable[str] | None) -> bool:
    return (
        type(given) is list
        and len(given) <= 200
        and all(type(name) is str and not name.startswith("_") for name in given)
        and (known is None or set(given) <= set(known))
    )


def _handle_of(value: Any) -> tuple[Peer, int] | None:
    """Return whose stand-in a value is, and its number there; None for all other values."""
    if isinstance(value, (RemoteFunction, RemoteIterator, RemoteObject, RemoteProblem)):
        return value.__dict__["_peer"], value.__dict__["_remote"]
    if isinstance(value, _RemoteMethod):
        return value._peer, value._there()
    return None
