"""Which kernels a session asks for, at its own sizes, found without a GPU and without its data.

A kernel is made for the types of its arguments, and some are made for a length as well: a number of
coordinates, or of entries that are sorted. So the very calls are made on arrays that have a shape
and no memory, and what they launch is written down.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import numpy as np

import optedu as oe
from benchmarks.gpu import networks
from benchmarks.gpu.cases import CASES, Case
from benchmarks.gpu.rates import rates
from benchmarks.harness.convex_networks import convex_relu, random_network
from optedu.cuda import places
from optedu.cuda.device_array import DeviceArray
from optedu.cuda.ptx import type_of

KINDS = (np.float64, np.float32)

SMALL, LARGER = 6, 7
"""Sizes whose data is really made, to see which axes grow."""

NETWORK = networks.Size(700, 3, 100)
"""As many entries as a kernel by hand is worth."""

Found = dict[tuple[Callable[..., None], tuple[Any, ...]], None]
"""Kernels with the types of their arguments, in the order in which they were asked for."""


class Shapes(places.Place):
    """A place whose arrays have shapes and no memory, and that notes what is launched.

    Parameters
    ----------
    found : dict
        Written to.
    """

    def __init__(self, found: Found) -> None:
        self._found = found
        self.room = lambda: 1 << 62
        self.allocate = lambda size: 1
        self.free = self.wait_for = lambda number: None
        self.write = lambda array, content: None
        self.host = lambda array: np.zeros(array.shape, array.dtype)

    def start(self, kernel: Any, blocks: Any, threads: Any, arguments: tuple[Any, ...]) -> None:
        """Note a kernel."""
        self._found[kernel, tuple(type_of(argument) for argument in arguments)] = None

    def wait(self) -> None:
        """Nothing is queued."""

    def seconds(self, work: Callable[[], None]) -> float:
        """Do some work, and say that it took a second."""
        work()
        return 1.0

    def data(self, case: Case, size: int, kind: Any) -> dict[str, DeviceArray]:
        """Return a case's arrays at a size, in which their lengths are linear."""
        small, larger = case.data(SMALL, kind), case.data(LARGER, kind)
        return {
            name: self.empty(
                [a + (b - a) * (size - SMALL) for a, b in zip(few.shape, more.shape, strict=True)],
                few.dtype,
            )
            for (name, few), more in zip(small.items(), larger.values(), strict=True)
        }


@contextmanager
def shapes() -> Iterator[tuple[Shapes, Found]]:
    """Let every device be a place of shapes, and yield it with what is asked of it."""
    found: Found = {}
    place = Shapes(found)
    with mock.patch.object(places, "place_of", return_value=place), np.errstate(all="ignore"):
        yield place, found


def of_cases() -> Found:
    """Return what all cases launch at all their sizes, and what measures a device's rates."""
    with shapes() as (place, found):
        for kind in KINDS:
            rates(place, kind, 1, 1)
            for case in CASES.values():
                for size in case.sizes:
                    case.call(place.data(case, size, kind), "cuda", 1)
    return found


def of_networks() -> Found:
    """Return what a step of ADMM launches; its other arrays are the stand-in's."""
    found: Found = {}
    noted = Shapes(found).start

    def note(self: Any, *launched: Any) -> None:
        noted(*launched)

    with mock.patch.object(places.Simulator, "start", note), np.errstate(all="ignore"):
        problem = convex_relu(random_network(*NETWORK, exact=False)())
        oe.run(oe.ConvexNetworkADMM(), problem, device="simulator", max_iter=1, tol=0.0)
    return found
