"""Several methods on one problem from one start."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from optedu.protocol import is_method
from optedu.running.run import prepare, run
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


def race(methods: Iterable[Any], problem: Any, x0: Any = None, **options: Any) -> Race:
    """Run each method on the problem from the same start.

    Parameters
    ----------
    methods : iterable of method
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
    TypeError, ValueError
        In one sentence, before the first run, if there is no method or one does not fit.
    """
    if is_method(methods):
        raise TypeError("a race needs a list of methods, got one method: write race([method], ...)")
    methods = list(methods)
    if not methods:
        raise ValueError("a race needs at least one method")
    for method in methods:
        prepare(method, problem)  # who cannot start is told so before anybody runs
    return Race([run(method, problem, x0, **options) for method in methods])
