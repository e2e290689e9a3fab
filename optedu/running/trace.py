"""What happened in a run, as columns of arrays."""

from __future__ import annotations

import csv
import functools
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from optedu.certificates import Certificate
from optedu.guarantees import Guarantee
from optedu.oracles import ORACLES, count_table
from optedu.statuses import Status


@dataclass(frozen=True, repr=False)
class Trace:
    """The history of one run; every column has one entry per recorded iterate.

    Parameters
    ----------
    method, problem : method, problem
        The pair, the method with its hyperparameters filled in.
    status : Status
        Why the run ended.
    message : str
        The same in one sentence, with a hint where there is one.
    x : numpy.ndarray
        The last finite iterate, in the dtype of the start. Yours: writing to it changes nothing.
    iterations : numpy.ndarray of int, shape (n,)
        Number of steps taken before each recorded iterate; the first is 0.
    values : numpy.ndarray, shape (n,)
        f(x_k); NaN for a problem without a value.
    gradient_norms : numpy.ndarray, shape (n,)
        The certificate at x_k: the gradient norm, or what `certificate.name` says.
    seconds : numpy.ndarray, shape (n,)
        Wall time since the start, in seconds, evenly shared inside a compiled chunk.
    calls : dict of str to numpy.ndarray, each of shape (n,)
        Oracle calls made by the method up to x_k; those of the recording are not counted.
    certificate : Certificate
        The number by which convergence was judged, at `x` before it is rounded to the dtype of a
        float32 start, and its tolerance.
    execution : str
        ``"python"``, ``"compiled"``, or ``"python, compiled"`` for one after the other.
    state : tuple
        The method's last state.
    kept_iterates : numpy.ndarray or None
        What `iterates` gives; None when they were not kept.
    """

    method: Any
    problem: Any
    status: Status
    message: str
    x: np.ndarray
    iterations: np.ndarray
    values: np.ndarray
    gradient_norms: np.ndarray
    seconds: np.ndarray
    calls: dict[str, np.ndarray]
    certificate: Certificate
    execution: str
    state: Any = field(repr=False)
    kept_iterates: np.ndarray | None = field(repr=False)

    @property
    def success(self) -> bool:
        """Whether the run converged; nothing else counts as a success."""
        return self.status.success

    @property
    def iterates(self) -> np.ndarray:
        """Copies of the iterates, shape (n, *x.shape).

        Raises
        ------
        ValueError
            If the run was asked not to keep them, or they were too large to keep.
        """
        if self.kept_iterates is None:
            raise ValueError(
                "this run kept no iterates (too large, or keep_iterates=False); "
                "pass keep_iterates=True, or a larger record_every"
            )
        return self.kept_iterates

    @property
    def counts(self) -> dict[str, int]:
        """Oracle calls that the method made in all, by oracle."""
        return {name: int(column[-1]) for name, column in self.calls.items()}

    @property
    def label(self) -> str:
        """The method in words, for legends."""
        return describe(self.method)

    @functools.cached_property
    def start(self) -> np.ndarray:
        """The first iterate."""
        return self.iterates[0]

    def __len__(self) -> int:
        return len(self.iterations)

    def __repr__(self) -> str:
        name = type(self.problem).__name__
        steps = int(self.iterations[-1])
        value = f", f = {self.values[-1]:.6g}" if np.isfinite(self.values[-1]) else ""
        return (
            f"<Trace {self.label} on {name}:\n"
            f"  {self.status.value} after {steps} steps{value}, "
            f"{self.certificate.name} {self.certificate.value:.2e}>"
        )

    def guarantee(self) -> Guarantee | None:
        """Return the method's proven bound at each recorded k, or None where none is known."""
        bound = getattr(self.method, "guarantee", None)
        if bound is None or self.kept_iterates is None:
            return None
        return bound(self.problem, self.iterations, self.start)

    def table(self) -> dict[str, np.ndarray]:
        """Return the scalar columns by name, ready for a data frame."""
        scalars = {
            "iteration": self.iterations,
            "value": self.values,
            "gradient_norm": self.gradient_norms,
            "seconds": self.seconds,
        }
        return scalars | {f"{name}_calls": column for name, column in self.calls.items()}

    def to_csv(self, path: str | Path) -> None:
        """Write the scalar columns to a file, one row per recorded iterate."""
        table = self.table()
        with Path(path).open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(table)
            writer.writerows(zip(*(column.tolist() for column in table.values()), strict=True))

    def plot(self, against: str = "iterations", ax: Any = None) -> Any:
        """Draw the convergence curve, with the guarantee dashed where one is known.

        Parameters
        ----------
        against : str
            ``"iterations"``, ``"seconds"``, or calls of an oracle: ``"gradients"``, ``"values"``...
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        matplotlib.axes.Axes
        """
        from optedu.running.plotting import plot_traces

        return plot_traces([self], against=against, ax=ax)


def abscissa(trace: Trace, against: str) -> np.ndarray:
    """Return the column to draw against.

    Raises
    ------
    ValueError
        If it is not the name of one.
    """
    if against in ("iterations", "seconds"):
        return getattr(trace, against)
    oracle = against.removesuffix("s") if against.removesuffix("s") in ORACLES else against
    if oracle in ORACLES:
        return trace.calls.get(oracle, np.zeros_like(trace.iterations))
    raise ValueError(
        f"against={against!r}: expected 'iterations', 'seconds', or an oracle's name such as "
        f"'gradients', one of {', '.join(ORACLES)}"
    )


def columns_of_calls(calls: np.ndarray) -> dict[str, np.ndarray]:
    """Return the cumulative calls, shape (n, len(ORACLES)), by oracle; those never called out."""
    used = count_table(calls[-1])
    return {name: calls[:, ORACLES.index(name)].copy() for name in used}


def describe(method: Any, fields: Collection[str] | None = None) -> str:
    """Return a method as its class and its numbers, e.g. ``HeavyBall(step_size=0.1, ...)``.

    Parameters
    ----------
    method : method
    fields : collection of str, optional
        Name only these; by default all that are numbers.
    """
    shown = [
        f"{name}={value:.4g}" if isinstance(value, float) else f"{name}={value}"
        for name, value in zip(method._fields, method, strict=True)
        if (value is not None and not isinstance(value, tuple | np.ndarray))
        and (fields is None or name in fields)
    ]
    name = type(method).__name__
    return name if fields is not None and not shown else f"{name}({', '.join(shown)})"


def short_labels(methods: Sequence[Any]) -> list[str]:
    """Return what tells methods apart: their class, and the numbers in which its like differ."""
    labels = []
    for method in methods:
        alike = [other for other in methods if type(other) is type(method)]
        named = {field: describe(method, [field]) for field in method._fields}
        differing = [f for f in named if any(describe(o, [f]) != named[f] for o in alike)]
        labels.append(describe(method, differing))
    return labels
