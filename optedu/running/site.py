"""Where the arrays of a run live: in NumPy's memory, or on a device (`optedu.cuda.sites`)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from optedu import compiling
from optedu.kernels import loop


def leaves(value: Any) -> Iterator[Any]:
    """Yield the arrays of a problem, of a method or of a state, wherever they live."""
    if isinstance(value, tuple):
        for part in value:
            yield from leaves(part)
    elif isinstance(value, np.ndarray) or lives_on_a_device(value):
        yield value


def lives_on_a_device(value: Any) -> bool:
    """Whether an array lies in a GPU's memory."""
    return hasattr(value, "__cuda_array_interface__")


class Site:
    """NumPy's memory; another site translates what goes in and comes out."""

    name = "python"
    loop: Any = loop

    def taken(self, value: Any) -> Any:
        """Return a problem, a method or an array of the caller as the run has it."""
        return value

    def stream(self, rng: np.random.Generator) -> Any:
        """Return the random stream that a step is given."""
        return rng

    def column(self, rows: np.ndarray) -> Any:
        """Return what the loop writes its rows into."""
        return rows

    def filled(self, columns: tuple[Any, ...]) -> None:
        """Be told that a chunk has written its rows."""

    def host(self, array: Any) -> np.ndarray:
        """Return an array of the run in NumPy's memory."""
        return array

    def told(self, value: Any) -> Any:
        """Return an array, a state or a method of the run as the caller gets it."""
        return value

    def left(self) -> None:
        """Be told that a run is over."""

    def errors(self) -> AbstractContextManager[Any]:
        """Return what has to be entered for a failing factorization to raise."""
        return nullcontext()


HERE = Site()


def on_the_host(device: str, value: Any) -> Any:
    """Return a problem or an array with NumPy's arrays: those on a GPU are copied.

    Raises
    ------
    ValueError
        If there are such, and the device is ``"cpu"``.
    """
    there = [array for array in leaves(value) if lives_on_a_device(array)]
    if not there:
        return value
    from optedu.cuda import places, sites

    if device == "cpu":
        places.choose(device, tuple(there), 0, 1)
    return sites.on_the_host(value)


def site_for(device: str, execution: str, *given: Any) -> Site:
    """Return where to run.

    Parameters
    ----------
    device, execution : str
        As in `optedu.run`.
    *given
        Method, problem and start.

    Raises
    ------
    ValueError
        If there is no such device, or arrays on a GPU are to be computed with on the CPU.
    CompilationError
        If steps are to be compiled and their arrays live on a device.
    Unavailable
        If there is no GPU, or CuPy is missing.
    """
    if device == "cpu" and not any(map(lives_on_a_device, leaves(given))):
        return HERE
    from optedu.cuda import sites

    site = sites.site_for(device, *given)
    if site is not HERE and execution == "compiled":
        raise compiling.CompilationError(
            "execution='compiled' is for a processor: a run on a GPU takes each step in Python, "
            "and `sweep` compiles many runs for it"
        )
    return site
