"""Several methods on one problem from one start."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from optedu.running.run import run
from optedu.running.trace import Trace


@dataclass(frozen=True)
class Race:
    """The traces of a race, in the order of the methods.

    Parameters
    ----------
    traces : list of Trace
        One per method.
    """

    traces: list[Trace]

    def __iter__(self) -> Iterator[Trace]:
        return iter(self.traces)

    def __len__(self) -> int:
        return len(self.traces)

    def __getitem__(self, index: int) -> Trace:
        return self.traces[index]

    def __repr__(self) -> str:
        return "<Race\n" + "\n".join(f"{trace!r}" for trace in self.traces) + ">"

    def plot(self, against: str = "iterations", ax: Any = None) -> Any:
        """Draw all curves in one picture; see `Trace.plot`."""
        from optedu.running.plotting import plot_traces

        return plot_traces(self.traces, against=against, ax=ax)


def race(methods: Sequence[Any], problem: Any, x0: Any = None, **options: Any) -> Race:
    """Run each method on the problem from the same start.

    Parameters
    ----------
    methods : sequence of method
        At least one.
    problem, x0
        As in `run`.
    **options
        Passed to `run`: ``max_iter``, ``tol``, ``seed``, ...

    Returns
    -------
    Race

    Raises
    ------
    ValueError
        If there is no method.
    """
    if len(methods) == 0:
        raise ValueError("a race needs at least one method")
    return Race([run(method, problem, x0, **options) for method in methods])
