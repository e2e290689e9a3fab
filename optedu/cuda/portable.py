"""A kernel that is written once: a body for one index, over a range of a CPU or a GPU's grid.

    >>> import math
    >>> import numpy as np
    >>> from optedu.cuda.portable import portable_kernel
    >>> @portable_kernel
    ... def softplus(i, t, out):
    ...     out[i] = math.log1p(math.exp(t[i]))
    >>> out = np.empty(2)
    >>> softplus(2, np.zeros(2), out, device="python")
    >>> out.round(4).tolist()
    [0.6931, 0.6931]

The body speaks of scalars, of arrays and their entries, and of `math`: what CPU and GPU have in
common. It writes only to places that no other index writes or reads. Then the order does not
matter, and the same text is a Python loop, a compiled loop, a loop over all cores, or a grid whose
threads go on by the size of the grid (a "grid-stride loop": any n fits any grid, and neighbours
read neighbours). Functions that it calls are under Numba's `njit`, which both compilers understand.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit, prange

from optedu.cuda import places
from optedu.cuda.target import cuda

THREADS = 128
BLOCKS = 1 << 16
"""The largest grid."""

ENOUGH = 1 << 20
"""Indices from which ``device="auto"`` takes a GPU, if there is one."""

LOOP = """
def {name}(n, {names}):
    for i in {range}:
        body(i, {names})
"""


class PortableKernel:
    """A body, and the loops around it, made when they are first asked for.

    Parameters
    ----------
    body : callable
        Takes the index first, and returns nothing.
    """

    def __init__(self, body: Callable[..., None]) -> None:
        functools.update_wrapper(self, body)
        self.body = body
        self._names = body.__code__.co_varnames[1 : body.__code__.co_argcount]

    def _loop(self, body: Any, over: str) -> Any:
        names = ", ".join(self._names)
        text = LOOP.format(name=self.body.__name__, names=names, range=over)
        scope: dict[str, Any] = {"body": body, "cuda": cuda, "prange": prange}
        exec(text, scope)
        return scope[self.body.__name__]

    @functools.cached_property
    def python(self) -> Any:
        """The loop ``python(n, *arguments)`` in plain Python."""
        return self._loop(self.body, "range(n)")

    @functools.cached_property
    def serial(self) -> Any:
        """The loop, compiled."""
        return njit(self._loop(njit(self.body), "range(n)"), nogil=True)

    @functools.cached_property
    def parallel(self) -> Any:
        """The loop, compiled, over all cores."""
        return njit(self._loop(njit(self.body), "prange(n)"), parallel=True, nogil=True)

    @functools.cached_property
    def grid(self) -> Any:
        """The kernel for a GPU."""
        body = cuda.jit(device=True)(self.body)
        return self._loop(body, "range(cuda.grid(1), n, cuda.gridsize(1))")

    def launch(self, place: Any, n: int, *arguments: Any) -> None:
        """Run over a grid; arrays are on the device already."""
        blocks = max(1, min(-(-n // THREADS), BLOCKS))
        place.launch(self.grid, (blocks, 1), (THREADS, 1), n, *arguments)

    def __call__(self, n: int, *arguments: Any, device: str = "auto") -> None:
        """Run the body for i = 0, ..., n - 1.

        Parameters
        ----------
        n : int
        *arguments
            Arrays and numbers, as the body takes them after the index. A float is taken in the
            precision of the first array of floats.
        device : {"auto", "cuda", "cpu", "serial", "python"}
            ``"cpu"`` is all cores. ``"cuda"`` copies arrays that are NumPy's to the GPU and back.

        Raises
        ------
        Unavailable
            With ``device="cuda"``, if there is no GPU.
        """
        arrays = tuple(a for a in arguments if getattr(a, "ndim", 0) > 0)
        loops = {"python": "python", "serial": "serial", "cpu": "parallel"}
        if device not in ("python", "serial"):
            device = places.choose(device, arrays, n, ENOUGH)
        arguments = tuple(_in_precision(arguments))
        if device in loops:
            getattr(self, loops[device])(n, *arguments)
            return
        place = places.place_of(device)
        there = [place.put(a) if getattr(a, "ndim", 0) > 0 else a for a in arguments]
        self.launch(place, n, *there)
        for mine, theirs in zip(arguments, there, strict=True):
            if isinstance(mine, np.ndarray) and mine.ndim > 0:
                mine[...] = theirs.to_host()


def _in_precision(arguments: tuple[Any, ...]) -> list[Any]:
    """Return the arguments with floats in the precision of the first array of floats."""
    kinds = [places.dtype_of(a) for a in arguments if getattr(a, "ndim", 0) > 0]
    kind = next((k for k in kinds if k.kind == "f"), np.dtype(np.float64))
    return [kind.type(a) if isinstance(a, float) else a for a in arguments]


def portable_kernel(body: Callable[..., None]) -> PortableKernel:
    """Make a body ``body(i, ...)`` a kernel for CPU and GPU."""
    return PortableKernel(body)


@portable_kernel
def proximal_step(i, x, g, h, weight, out):
    """Write entry i of the proximal step for weight ||.||_1: x - h g, shrunk by h weight."""
    v, by = x[i] - h * g[i], h * weight
    out[i] = v - by if v > by else (v + by if v < -by else v - v)
