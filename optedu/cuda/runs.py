"""Many runs of one class of methods: their arguments in one piece of memory, and their ends.

A piece holds the arrays that all runs share (the problem's data, and those of the methods), then
for each run the arrays that are its own, then for each run its block: numbers, and the addresses
and shapes of arrays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np

from optedu.certificates import is_judged_by_gap
from optedu.cuda.jobs import Kernel
from optedu.kernels.loop import new_watch
from optedu.oracles import ORACLES
from optedu.statuses import Status

WORD = 8
ALIGNED = 16

FIRST_ARENA = 1 << 14
LARGER = 8
LAST_ARENA = 1 << 26
"""Bytes that a run may allocate, at first and at last, and the factor between two tries."""


class Place(Protocol):
    """Where runs are made: an address space, and a kernel in it."""

    def room(self) -> int:
        """Return the bytes that may be taken."""
        ...

    def allocate(self, size: int) -> int:
        """Return the address of so many bytes."""
        ...

    def write(self, address: int, content: np.ndarray) -> None:
        """Copy bytes to an address."""
        ...

    def read(self, address: int, size: int) -> np.ndarray:
        """Return the bytes at an address."""
        ...

    def launch(self, blocks: int, width: int, runs: int, answers: int, arena: int) -> None:
        """Make the runs, each with an arena of so many bytes, and wait for them."""
        ...

    def release(self) -> None:
        """Give back all that was allocated."""
        ...


class End(NamedTuple):
    """How a run ended; `status` is None where something was raised.

    Parameters
    ----------
    status : Status or None
    steps : int
    value, certificate : float
    x : numpy.ndarray
    """

    status: Status | None
    steps: int
    value: float
    certificate: float
    x: np.ndarray


def flat(value: Any) -> list[Any]:
    """Return the numbers and arrays of a value, in the order of a block's slots."""
    if value is None:
        return []
    if isinstance(value, tuple):
        return [leaf for part in value for leaf in flat(part)]
    return [np.ascontiguousarray(value)] if isinstance(value, np.ndarray) else [value]


def bits(number: Any) -> int:
    """Return a number as the word that a block holds."""
    return int(np.array(number).view(np.int64)) if isinstance(number, float) else int(number)


def stream_words(rng: np.random.Generator) -> list[int]:
    """Return the six words of a generator: see `optedu.browser.runtime.random_stream`."""
    state: Any = rng.bit_generator.state
    pair = state["state"]
    parts = [half for name in ("state", "inc") for half in divmod(pair[name], 1 << 64)]
    return [*parts, state["has_uint32"], state["uinteger"]]


class Batch:
    """The arguments of some runs, ready for a place.

    Parameters
    ----------
    kernel : Kernel
    problem : problem
    methods : sequence of methods
        One for each run, of one class, with their defaults filled in.
    starts : numpy.ndarray, shape (runs, *x.shape)
    streams : sequence of numpy.random.Generator, optional
        One for each run, for a random method.
    steps : int
        Largest number of steps.
    tol : float
    """

    def __init__(
        self,
        kernel: Kernel,
        problem: Any,
        methods: Sequence[Any],
        starts: np.ndarray,
        streams: Sequence[np.random.Generator] | None,
        steps: int,
        tol: float,
    ) -> None:
        self.runs, self.shape = len(methods), starts.shape[1:]
        size, first = int(np.prod(self.shape)), methods[0]
        minimum = getattr(problem, "minimum", None) if is_judged_by_gap(first, problem) else None
        numbers = {"steps": int(steps), "tol": float(tol),
                   "minimum": np.nan if minimum is None else float(minimum)}  # fmt: skip
        counters = (len(ORACLES),)
        own = {"counts": counters, "x": self.shape, "words": (6,), "watch": (3,),
               "columns.0": (1,), "columns.1": (1,), "columns.2": (1, *counters),
               "columns.3": (0, 0), "ends": (2,), "measures": (2,)}  # fmt: skip
        self.places, width = {}, 0
        for name, shape in own.items():
            self.places[name] = slice(width, width + int(np.prod(shape)))
            width += int(np.prod(shape))
        self.own = np.zeros((self.runs, width), dtype=np.int64)
        self._floats("x")[:] = starts.reshape(self.runs, size)
        self.own[:, self.places["watch"]] = new_watch(first, size)
        if streams is not None:
            words = np.array([stream_words(rng) for rng in streams], dtype=np.uint64)
            self.own[:, self.places["words"]] = words.view(np.int64)
        self.shared: list[np.ndarray] = []
        self.offsets: list[int] = []
        self._end = 0
        self.blocks, self._addresses = self._filled(kernel, problem, methods, numbers, own)

    def _floats(self, name: str) -> np.ndarray:
        return self.own.view(np.float64)[:, self.places[name]]

    def _filled(self, kernel, problem, methods, numbers, own):
        """Return the blocks, and which of their words are addresses: (word, run's own, offsets)."""
        rows: list[Any] = []
        addresses: list[tuple[int, bool, np.ndarray]] = []
        alike = np.ones(self.runs, dtype=np.int64)
        leaves = iter(flat(problem))
        of_methods = list(zip(*(flat(method) for method in methods), strict=True))
        column = iter(of_methods)
        for slot in kernel.slots:
            path = slot["path"]
            if path in own:
                addresses.append((len(rows), True, self.places[path].start * WORD * alike))
                rows += [0, *own[path]]
                continue
            if path in numbers:
                rows.append(bits(numbers[path]))
                continue
            values = next(column) if path.startswith("method.") else (next(leaves),)
            if "axes" in slot:
                offsets = np.array([self._share(value) for value in values], dtype=np.int64)
                addresses.append((len(rows), False, offsets * alike))
                rows += [0, *zip(*(value.shape for value in values), strict=True)]
            else:
                rows.append([bits(value) for value in values])
        blocks = np.zeros((self.runs, len(rows)), dtype=np.int64)
        for i, row in enumerate(rows):
            blocks[:, i] = row if np.size(row) != 1 else np.ravel(row)[0]
        return blocks, addresses

    def _share(self, array: np.ndarray) -> int:
        """Return where an array lies among the shared ones; the same one lies there once."""
        for known, offset in zip(self.shared, self.offsets, strict=True):
            if known is array or (known.shape == array.shape and np.array_equal(known, array)):
                return offset
        offset = self._end
        self.shared.append(array)
        self.offsets.append(offset)
        self._end += -(-max(array.nbytes, 1) // ALIGNED) * ALIGNED
        return offset

    def bytes_for(self, arena: int) -> int:
        """Return the bytes that a run needs, its arena among them."""
        return arena + WORD * (self.own.shape[1] + self.blocks.shape[1] + 1)

    def made(self, place: Place, chosen: np.ndarray, arena: int) -> Iterator[End]:
        """Make the chosen runs in portions that fit into the place, and yield their ends."""
        room = place.room() - self._end
        portion = max(1, min(len(chosen), room // self.bytes_for(arena)))
        for i in range(0, len(chosen), portion):
            yield from self._portion(place, chosen[i : i + portion], arena)

    def _portion(self, place: Place, chosen: np.ndarray, arena: int) -> Iterator[End]:
        own, blocks = self.own[chosen], self.blocks[chosen]
        runs = len(chosen)
        sizes = [self._end, own.nbytes, blocks.nbytes, runs * WORD]
        parts = [place.allocate(max(size, 1)) for size in sizes]
        for word, of_the_run, offsets in self._addresses:
            blocks[:, word] = parts[1 if of_the_run else 0] + offsets[chosen]
            if of_the_run:
                blocks[:, word] += own.strides[0] * np.arange(runs)
        for array, offset in zip(self.shared, self.offsets, strict=True):
            place.write(parts[0] + offset, array.ravel().view(np.uint8))
        place.write(parts[1], own.ravel().view(np.uint8))
        place.write(parts[2], blocks.ravel().view(np.uint8))
        place.launch(parts[2], blocks.strides[0], runs, parts[3], arena)
        own = place.read(parts[1], own.nbytes).view(np.int64).reshape(own.shape)
        raised = place.read(parts[3], runs * WORD).view(np.int64) != 0
        place.release()
        ends = own[:, self.places["ends"]]
        measures = own.view(np.float64)[:, self.places["measures"]]
        points = own.view(np.float64)[:, self.places["x"]].reshape(runs, *self.shape)
        for k in range(runs):
            steps, code = (int(number) for number in ends[k])
            status = Status.from_code(code) if code else Status.MAX_ITER
            value, certificate = (float(number) for number in measures[k])
            yield End(None if raised[k] else status, steps, value, certificate, points[k].copy())


def ends_of(place: Place, batch: Batch) -> list[End]:
    """Return the ends of all runs of a batch, in order.

    A run that raised may have had too little memory: it is made again with more. What raises with
    the largest arena too is left without a status.
    """
    ends: dict[int, End] = {}
    left, arena = np.arange(batch.runs), FIRST_ARENA
    while len(left):
        ends.update(zip(left.tolist(), batch.made(place, left, arena), strict=True))
        left = np.array([k for k in left if ends[k].status is None], dtype=np.int64)
        arena *= LARGER
        if arena > LAST_ARENA:
            break
    return [ends[k] for k in range(batch.runs)]
