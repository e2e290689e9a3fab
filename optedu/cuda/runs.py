"""Many runs of one class of methods: their arguments in a place's memory, and their ends.

There are the arrays that runs share (the problem's data, and those of the methods), then for each
run the arrays that are its own, then for each run its block: numbers, and the addresses and shapes
of arrays.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from optedu.certificates import is_judged_by_gap
from optedu.cuda.jobs import Kernel
from optedu.kernels.loop import new_watch
from optedu.oracles import ORACLES
from optedu.statuses import Status

WORD = 8
ALIGNED = 16

SHARED, ZEROS, OWN = range(3)
"""Parts of the memory: arrays of several runs; each run's own that begin as zeros, and others."""

ROWS = 1 << 12
"""Blocks that are filled together: so many lie in a processor's cache."""

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

    def close(self) -> None:
        """Give back the kernel."""
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


RAISED = -1
"""The code of a run in which something was raised."""


@dataclass(frozen=True)
class Ends:
    """How some runs ended, an array each; as a sequence, the `End` of each run.

    Parameters
    ----------
    codes : numpy.ndarray of int64, shape (runs,)
        Codes of statuses, or `RAISED`.
    steps : numpy.ndarray of int64, shape (runs,)
    values, certificates : numpy.ndarray, shape (runs,)
    x : numpy.ndarray, shape (runs, *x.shape)
    """

    codes: np.ndarray
    steps: np.ndarray
    values: np.ndarray
    certificates: np.ndarray
    x: np.ndarray

    @property
    def arrays(self) -> tuple[np.ndarray, ...]:
        """All five."""
        return self.codes, self.steps, self.values, self.certificates, self.x

    def __len__(self) -> int:
        return len(self.codes)

    def __iter__(self) -> Iterator[End]:
        numbers = (array.tolist() for array in self.arrays[:4])
        for code, steps, value, certificate, x in zip(*numbers, self.x, strict=True):
            status = None if code == RAISED else Status.from_code(code)
            yield End(status, steps, value, certificate, x)


class Leaf(NamedTuple):
    """A number or an array of the methods: its values, and which of them each run has.

    Parameters
    ----------
    values : sequence
        Numbers, or contiguous arrays.
    which : numpy.ndarray of int64, shape (runs,) or (1,)
    """

    values: Sequence[Any]
    which: np.ndarray


class Methods(NamedTuple):
    """The methods of all runs, which are of one class.

    Parameters
    ----------
    first : method
    runs : int
    leaves : list of Leaf
        As `flat` has them.
    """

    first: Any
    runs: int
    leaves: list[Leaf]


def read_methods(methods: Sequence[Any]) -> Methods:
    """Return what some methods of one class, one for each run, consist of."""
    numbers: dict[int, int] = {}
    which = np.array([numbers.setdefault(id(method), len(numbers)) for method in methods])
    distinct = list({id(method): method for method in methods}.values())
    leaves = zip(*(flat(method) for method in distinct), strict=True)
    return Methods(methods[0], len(methods), [Leaf(values, which) for values in leaves])


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


def words_of(values: Sequence[Any]) -> np.ndarray:
    """Return numbers as words."""
    if isinstance(values, np.ndarray) and values.dtype == np.float64:
        return values.view(np.int64)
    return np.array([bits(value) for value in values], dtype=np.int64)


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
    methods : Methods, or sequence of methods
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
        methods: Methods | Sequence[Any],
        starts: np.ndarray,
        streams: Sequence[np.random.Generator] | None,
        steps: int,
        tol: float,
    ) -> None:
        if not isinstance(methods, Methods):
            methods = read_methods(methods)
        self.runs, self.shape, first = methods.runs, starts.shape[1:], methods.first
        size = math.prod(self.shape)
        minimum = getattr(problem, "minimum", None) if is_judged_by_gap(first, problem) else None
        numbers = {"steps": int(steps), "tol": float(tol),
                   "minimum": np.nan if minimum is None else float(minimum)}  # fmt: skip
        counters = (len(ORACLES),)
        zeros = {"counts": counters, "columns.0": (1,), "columns.1": (1,),
                 "columns.2": (1, *counters), "columns.3": (0, 0)}  # fmt: skip
        own = {"x": self.shape, "words": (6,), "watch": (3,), "ends": (2,), "measures": (2,)}
        self._widths = [0, 0, 0]
        self.places, given = {}, {}
        for part, arrays in ((ZEROS, zeros), (OWN, own)):
            for name, shape in arrays.items():
                begin = self._widths[part]
                self._widths[part] += math.prod(shape)
                self.places[name] = slice(begin, self._widths[part])
                given[name] = part, shape
        self.own = np.zeros((self.runs, self._widths[OWN]), dtype=np.int64)
        self.own.view(np.float64)[:, self.places["x"]] = starts.reshape(self.runs, size)
        self.own[:, self.places["watch"]] = new_watch(first, size)
        if streams is not None:
            words = np.array([stream_words(rng) for rng in streams], dtype=np.uint64)
            self.own[:, self.places["words"]] = words.view(np.int64)
        self.shared: list[np.ndarray] = []
        self.offsets: list[int] = []
        self._end = 0
        self._columns: list[Any] = []
        self._addresses: dict[int, tuple[int, Any]] = {}
        self._lay_out(kernel, problem, methods, numbers, given)

    def _lay_out(self, kernel, problem, methods, numbers, given) -> None:
        """Fill the columns of the blocks: a number for all runs, or one for each.

        Of addresses they hold nothing yet; it is noted in which part they lie, and where there.
        """
        columns, once = self._columns, np.zeros(1, dtype=np.int64)
        of_problem, of_methods = iter(flat(problem)), iter(methods.leaves)
        for slot in kernel.slots:
            path = slot["path"]
            if path in given:
                part, shape = given[path]
                self._addresses[len(columns)] = part, self.places[path].start * WORD
                columns += [0, *shape]
            elif path in numbers:
                columns.append(bits(numbers[path]))
            else:
                of_a_method = path.startswith("method.")
                leaf = next(of_methods) if of_a_method else Leaf([next(of_problem)], once)
                if "axes" in slot:
                    offsets = np.array([self._share(value) for value in leaf.values])
                    self._addresses[len(columns)] = SHARED, self._for_each(offsets, leaf)
                    lengths = np.array([value.shape for value in leaf.values], dtype=np.int64).T
                    columns += [0, *(self._for_each(length, leaf) for length in lengths)]
                else:
                    columns.append(self._for_each(words_of(leaf.values), leaf))

    def _for_each(self, values: np.ndarray, leaf: Leaf) -> Any:
        """Return what each run has of some values, one number where it is the same for all."""
        return int(values[0]) if len(leaf.values) == 1 else values[leaf.which]

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
        return arena + WORD * (sum(self._widths) + len(self._columns) + 1)

    def made(self, place: Place, chosen: np.ndarray, arena: int) -> Ends:
        """Make the chosen runs in portions that fit into the place, and return their ends."""
        room = place.room() - self._end
        portion = max(1, min(len(chosen), room // self.bytes_for(arena)))
        parts = [chosen[i : i + portion] for i in range(0, len(chosen), portion)]
        ends = [self._portion(place, part, arena).arrays for part in parts]
        return Ends(*map(np.concatenate, zip(*ends, strict=True)))

    def _portion(self, place: Place, chosen: np.ndarray, arena: int) -> Ends:
        try:
            raised, own = self._launched(place, chosen, arena)
        finally:
            place.release()
        steps, codes = own[:, self.places["ends"]].T
        codes = np.where(codes == 0, Status.MAX_ITER.code, codes)
        floats = own.view(np.float64)
        points = floats[:, self.places["x"]].reshape(len(chosen), *self.shape)
        values, certificates = floats[:, self.places["measures"]].T
        return Ends(np.where(raised, RAISED, codes), steps, values, certificates, points)

    def _launched(
        self, place: Place, chosen: np.ndarray, arena: int
    ) -> tuple[np.ndarray, np.ndarray]:
        """Make the chosen runs; return which of them raised, and what each has of its own."""
        runs, width = len(chosen), len(self._columns)
        lengths = [runs * each * WORD for each in (*self._widths, width, 1)]
        lengths[SHARED] = self._end
        *parts, at, answers = (place.allocate(max(length, 1)) for length in lengths)
        for array, offset in zip(self.shared, self.offsets, strict=True):
            place.write(parts[SHARED] + offset, array.ravel().view(np.uint8))
        place.write(parts[ZEROS], np.zeros(lengths[ZEROS], dtype=np.uint8))
        place.write(parts[OWN], self.own[chosen].ravel().view(np.uint8))
        place.write(at, self._blocks(chosen, parts).ravel().view(np.uint8))
        place.launch(at, width * WORD, runs, answers, arena)
        own = place.read(parts[OWN], lengths[OWN]).view(np.int64).reshape(runs, -1)
        return place.read(answers, runs * WORD).view(np.int64) != 0, own

    def _blocks(self, chosen: np.ndarray, parts: list[int]) -> np.ndarray:
        """Return the blocks of the chosen runs, for parts at these addresses."""
        columns = [c[chosen] if isinstance(c, np.ndarray) else c for c in self._columns]
        for word, (part, offset) in self._addresses.items():
            within = offset[chosen] if isinstance(offset, np.ndarray) else offset
            of_each = self._widths[part] * WORD * np.arange(len(chosen))
            columns[word] = parts[part] + within + of_each
        blocks = np.empty((len(chosen), len(columns)), dtype=np.int64)
        for i in range(0, len(chosen), ROWS):
            for word, column in enumerate(columns):
                part = column[i : i + ROWS] if isinstance(column, np.ndarray) else column
                blocks[i : i + ROWS, word] = part
        return blocks


def ends_of(place: Place, batch: Batch) -> Ends:
    """Return the ends of all runs of a batch, in order.

    A run that raised may have had too little memory: it is made again with more. What raises with
    the largest arena too keeps the code `RAISED`.
    """
    arena = FIRST_ARENA
    ends = batch.made(place, np.arange(batch.runs), arena)
    while len(left := np.flatnonzero(ends.codes == RAISED)):
        arena *= LARGER
        if arena > LAST_ARENA:
            break
        again = batch.made(place, left, arena)
        for array, part in zip(ends.arrays, again.arrays, strict=True):
            array[left] = part
    return ends
