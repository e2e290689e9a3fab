"""What stands on one side of a conversation for a thing that is on the other side."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from .values import Malformed, Reference, named

if TYPE_CHECKING:
    from optedu.grading.conversation.peer import Peer

METHOD_PARTS = ("init", "step", "resolve", "certificate", "verdict", "guarantee")


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
    base = named(about["name"], tuple(fields))
    cls = type(base.__name__, (_RemoteMethod, base), members)
    method = cls(*fields.values())
    method.__dict__["_remote"] = handle
    return method


def stand_in(peer: Peer, sent: Reference) -> Any:
    """Return what stands for a thing of the other side.

    Raises
    ------
    Malformed
        If its description is none.
    """
    about = sent.about
    name = about.get("name")
    if type(name) is not str or len(name) > 200 or sent.handle < 0:
        raise Malformed("a reference without a name")
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
    raise Malformed("a reference to a thing of no known kind")


def _names(given: Any, known: Iterable[str] | None) -> bool:
    return (
        type(given) is list
        and len(given) <= 200
        and all(type(name) is str and not name.startswith("_") for name in given)
        and (known is None or set(given) <= set(known))
    )


def handle_of(value: Any) -> tuple[Peer, int] | None:
    """Return whose stand-in a value is, and its number there; None for all other values."""
    if isinstance(value, (RemoteFunction, RemoteIterator, RemoteObject, RemoteProblem)):
        return value.__dict__["_peer"], value.__dict__["_remote"]
    if isinstance(value, _RemoteMethod):
        return value._peer, value._there()
    return None
