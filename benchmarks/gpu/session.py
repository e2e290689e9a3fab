"""What is measured in which order, within how many seconds, and stored after each size.

The most important comes first: every kernel at its stated size, then at the next smaller one; some
sweeps and networks; what the growth of the kernels still needs; a million runs, as many as there is
time for; and the smallest sizes. A session that is cut off keeps what it has.
"""

from __future__ import annotations

import datetime
import sys
import time
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.gpu import measure, networks, peers, sweeps
from benchmarks.gpu.cases import CASES, THREADS, TINY
from benchmarks.gpu.rates import rates
from benchmarks.gpu.results import RESULTS, exponent, told, write
from benchmarks.harness import machine
from benchmarks.harness.limits import Rates
from optedu.cuda.places import place_of

KINDS = {"float32": np.float32, "float64": np.float64}
NAMES = (*CASES, *sweeps.SWEEPS, networks.NAME)
BUDGET = 240.0
"""Seconds in which all of it must fit."""

PROBE = {"cuda": (1 << 24, 1_000), "simulator": (8, 2)}
"""Threads and repetitions that measure a device's rates."""

LARGEST_SWEEPS = 2.75
"""Their rank among the tasks: after what is short, before the kernels' smallest sizes."""


class Task(NamedTuple):
    """One size of one result.

    Parameters
    ----------
    rank : float
        Lower ones are done first.
    name : str
    label : str
        Which size it is, for notes.
    do : callable
        Measures it, and adds it to the result.
    """

    rank: float
    name: str
    label: str
    do: Callable[[], None]


class Session:
    """Measurements on one device.

    Parameters
    ----------
    device : {"cuda", "simulator"}
        The simulator rehearses: its numbers mean nothing.
    budget : float
        Seconds after which no new work is started.
    folder : Path, optional
        Where results are stored after each size; nowhere if None.

    Raises
    ------
    Unavailable
        If there is no GPU.
    """

    def __init__(
        self, device: str = "cuda", budget: float = BUDGET, folder: Path | None = RESULTS
    ) -> None:
        self.place, self.device, self.budget, self.folder = place_of(device), device, budget, folder
        self.began = time.perf_counter()
        self.results: dict[str, dict[str, Any]] = {}
        self._rates: dict[str, Rates] = {}

    def left(self) -> float:
        """Return the seconds of the budget that are left."""
        return self.budget - (time.perf_counter() - self.began)

    def rates(self, kind: str) -> Rates:
        """Return the device's rates in a precision, measured once."""
        if kind not in self._rates:
            self._rates[kind] = rates(self.place, KINDS[kind], *PROBE[self.device])
        return self._rates[kind]

    def result(self, name: str) -> dict[str, Any]:
        """Return the result of a name, begun when it is first asked for."""
        if name not in self.results:
            head = {"name": name, "device": self.place.name(), "machine": machine.describe(),
                    "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
                    "versions": machine.versions([]), "threads": THREADS}  # fmt: skip
            self.results[name] = head | self._begun(name)
        return self.results[name]

    def _begun(self, name: str) -> dict[str, Any]:
        if name in sweeps.SWEEPS:
            return {"kind": "sweep", "title": sweeps.SWEEPS[name]().title, "rows": [], "notes": [],
                    "exponent": None}  # fmt: skip
        if name == networks.NAME:
            return {"kind": "network", "title": networks.TITLE, "rows": [], "notes": []}
        return {"kind": "kernel", "title": CASES[name].title, "precisions": [],
                "notes": measure.notes_of(name, self.device)}  # fmt: skip

    def note(self, name: str, text: str) -> None:
        """Say something in a result, once."""
        notes = self.result(name)["notes"]
        if text not in notes:
            notes.append(text)

    def store(self, name: str) -> None:
        """Write what there is of a result."""
        result = self.result(name)
        rows = [row for part in result.get("precisions", [result]) for row in part["rows"]]
        if self.folder is None or not rows:
            return
        try:
            write(result, self.folder)
        except ValueError as error:  # the others go on
            print(f"{name} is not stored: {error}", file=sys.stderr)

    def kernel(self, name: str, size: int, kind: str) -> None:
        """Measure a size of a kernel in a precision."""
        result, found = self.result(name), self.rates(kind)
        result["versions"] |= {
            key: said
            for peer in peers.of_case(name)
            if self.device == "cuda" and peer.missing() is None
            for key, said in peer.versions().items()
        }
        row = measure.row(
            self.place, name, size, KINDS[kind], found, self.device,
            lambda text: self.note(name, f"{kind} {size}: {text}"), self.left,
        )  # fmt: skip
        known = [part for part in result["precisions"] if part["kind"] == kind]
        if not known:
            known = [{"kind": kind, "rates": found._asdict(), "exponent": None, "rows": []}]
            result["precisions"] = sorted(result["precisions"] + known, key=lambda p: p["kind"])
        _add(known[0], row)

    def sweep(self, name: str, side: int) -> None:
        """Measure a sweep from a grid of so many points a side."""
        sweep, result = sweeps.SWEEPS[name](), self.result(name)
        starts = sweep.starts(side)
        for key, of in (("cpu", sweeps.on_the_cpu), ("core", sweeps.on_a_core)):
            if key not in result:
                result[key] = of(sweep, starts)
        device = "cuda" if self.device == "cuda" else "rehearsal"
        row = sweeps.row(sweep, side, device, result["cpu"], result["core"], self.left)
        if row["size"] < len(starts):
            self.note(name, f"of {len(starts)} runs {row['size']} were made: the budget was spent")
        _add(result, row)

    def network(self, size: networks.Size) -> None:
        """Measure ADMM at one size."""
        _add(self.result(networks.NAME), networks.row(size, self.device, self.left() > 0))

    def tasks(self, names: tuple[str, ...], sizes: dict[str, tuple[Any, ...]]) -> list[Task]:
        """Return all there is to do for some names, the most important first."""
        found = []
        for name in names:
            for place, size in enumerate(reversed(sizes.get(name, _sizes(name, self.device)))):
                if name in sweeps.SWEEPS:
                    rank = LARGEST_SWEEPS if place == 0 else 1.5 + place / 10
                    do = partial(self.sweep, name, size)
                    found.append(Task(rank, name, f"side {size}", do))
                elif name == networks.NAME:
                    do = partial(self.network, size)
                    found.append(Task(2.5 - place / 4, name, str(tuple(size)), do))
                else:
                    for kind in KINDS:
                        do = partial(self.kernel, name, size, kind)
                        found.append(Task(place, name, f"{kind} {size}", do))
        return sorted(found, key=lambda task: task.rank)

    def run(
        self,
        names: tuple[str, ...] = NAMES,
        sizes: dict[str, tuple[Any, ...]] | None = None,
        say: Callable[[str], None] = lambda text: None,
    ) -> dict[str, dict[str, Any]]:
        """Measure, store after each size, and return the results by name.

        Parameters
        ----------
        names : tuple of str
            Of `NAMES`.
        sizes : dict, optional
            By name, instead of the usual ones.
        say : callable
            Takes a line of text for what was done.
        """
        late: dict[str, list[str]] = {}
        tasks = self.tasks(names, sizes or {})
        if networks.NAME in names and (said := networks.missing()) is not None:
            say(f"{networks.NAME} is left out: {said}")
            tasks = [task for task in tasks if task.name != networks.NAME]
        for task in tasks:
            if self.left() <= 0:
                late.setdefault(task.name, []).append(task.label)
                continue
            began = time.perf_counter()
            try:
                task.do()
            except MemoryError as error:
                self.note(task.name, f"{task.label} is left out: {error}")
            except Exception as error:
                traceback.print_exc(file=sys.stderr)
                first = (str(error).strip() or type(error).__name__).splitlines()[0]
                self.note(task.name, f"{task.label} failed: {first[:200]}")
            self.store(task.name)
            say(f"{task.name} {task.label}: {time.perf_counter() - began:.1f} s")
        for name, labels in late.items():
            self.note(name, f"the budget of {self.budget:g} s was spent before {', '.join(labels)}")
            self.store(name)
        for result in self.results.values():
            say(told(result))
        return self.results


def _sizes(name: str, device: str) -> tuple[Any, ...]:
    if name in sweeps.SWEEPS:
        return sweeps.SIDES if device == "cuda" else (4,)
    if name == networks.NAME:
        return networks.SIZES if device == "cuda" else (networks.Size(12, 2, 3),)
    return CASES[name].sizes if device == "cuda" else TINY.get(name, (5,))


def _add(part: dict[str, Any], row: dict[str, Any]) -> None:
    """Put a row in its place among the sizes, and fit the growth again, where it is told."""
    part["rows"] = sorted([*part["rows"], row], key=lambda other: other["size"])
    if "exponent" in part:
        part["exponent"] = exponent(part["rows"])
