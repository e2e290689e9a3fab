"""The rows of a kernel's result: our seconds, the limit, our own CPU side, the peers."""

from __future__ import annotations

import contextlib
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.gpu import peers
from benchmarks.gpu.cases import CASES, THREADS, Case
from benchmarks.gpu.rates import seconds_of
from benchmarks.harness.limits import Rates, limit
from optedu.cuda.places import lives_on_a_device

ENOUGH, TRIES = 0.5, 3
"""Seconds of a CPU after which it is not tried again, and how often it is at most."""


@contextlib.contextmanager
def blas_threads(count: int) -> Iterator[None]:
    """Let BLAS take so many threads, where one can tell it."""
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        yield
        return
    with threadpool_limits(count):
        yield


def on_the_cpu(case: Case, arrays: dict[str, np.ndarray], kind: Any) -> float:
    """Return our seconds on two threads, the best of some tries, after what is to be compiled."""
    found: list[float] = []
    with blas_threads(1):  # the two are ours
        case.cpu(case.data(2, kind))
        while not found or (len(found) < TRIES and sum(found) < ENOUGH):
            began = time.perf_counter()
            case.cpu(arrays)
            found.append(time.perf_counter() - began)
    return min(found)


def of_peer(
    place: Any, peer: peers.Peer, name: str, arrays: dict[str, Any], device: str
) -> list[float]:
    """Return a peer's seconds on arrays of ours."""
    real = device == "cuda"
    many, library = peer.call(name, arrays, "cuda" if real else "cpu")
    try:
        return seconds_of(place, many, 1, wait=library.wait, once=not real)
    finally:
        del many
        library.forget()


def of_peers(
    place: Any,
    name: str,
    arrays: dict[str, Any],
    device: str,
    seconds: float,
    note: Callable[[str], None],
    left: Callable[[], float],
) -> dict[str, Any]:
    """Return what the peers take that are there; one that fails is told in a note."""
    found: dict[str, Any] = {}
    for peer in peers.of_case(name):
        if peer.missing("cuda" if device == "cuda" else "cpu") is not None:
            continue
        if left() <= 0:
            note(f"{peer.name} was left out at a size: the budget was spent")
            continue
        try:
            every = of_peer(place, peer, name, arrays, device)
        except Exception as error:
            traceback.print_exc(limit=-3, file=sys.stderr)
            first = (str(error).strip() or type(error).__name__).splitlines()[0]
            note(f"{peer.name} failed at a size and is left out there: {first[:200]}")
            continue
        median = float(np.median(every))
        found[peer.name] = {"seconds": median, "all_seconds": every, "over": median / seconds}
    return found


def notes_of(name: str, device: str) -> list[str]:
    """Return what is to be said of a case before it is measured."""
    case, where = CASES[name], "cuda" if device == "cuda" else "cpu"
    notes = [f"the CPU has {THREADS} threads, and is given at most size {case.cpu_limit}"]
    there = [peer for peer in peers.of_case(name) if peer.missing(where) is None]
    gone = [peer for peer in peers.of_case(name) if peer not in there]
    notes += [f"{peer.name} is left out: {peer.missing(where)}" for peer in gone]
    return notes + list(dict.fromkeys(peer.said[name] for peer in there if name in peer.said))


def row(
    place: Any,
    name: str,
    size: int,
    kind: Any,
    found: Rates,
    device: str,
    note: Callable[[str], None],
    left: Callable[[], float] = lambda: np.inf,
) -> dict[str, Any]:
    """Measure one size of a case in one precision.

    Parameters
    ----------
    place : GPU or Simulator
    name : str
        Of `CASES`.
    size : int
    kind : type
        ``numpy.float32`` or ``numpy.float64``.
    found : Rates
        What the device does in a second.
    device : {"cuda", "simulator"}
    note : callable
        Takes what is to be said.
    left : callable
        Returns the seconds that are left; with none, peers are left out.
    """
    case, real = CASES[name], device == "cuda"
    host = case.data(size, kind)
    there = {key: place.put(array) for key, array in host.items()}
    assert all(lives_on_a_device(array) for array in there.values())
    every = seconds_of(
        place, lambda times: case.call(there, device, times), case.before if real else 1,
        once=not real,
    )  # fmt: skip
    seconds, work = float(np.median(every)), case.work(size, np.dtype(kind).itemsize)
    parts = {"flops": work.flops / found.flops, "bandwidth": work.bytes / found.bytes,
             "exponentials": work.exps / found.exps}  # fmt: skip
    least = limit(work, found)
    chosen = not real or size in case.peer_sizes
    theirs = (
        of_peers(place, name, there if real else host, device, seconds, note, left)
        if chosen
        else {}
    )
    cpu = on_the_cpu(case, host, kind) if size <= case.cpu_limit and left() > 0 else None
    return {
        "size": size,
        "seconds": seconds,
        "all_seconds": every,
        "limit": least,
        "bound": max(parts, key=lambda key: parts[key]),
        "share_of_limit": least / seconds,
        "share_of_memory": sum(a.nbytes for a in there.values()) / max(place.room(), 1),
        "cpu_seconds": cpu,
        "over_cpu": None if cpu is None else cpu / seconds,
        "peers": theirs,
    }
