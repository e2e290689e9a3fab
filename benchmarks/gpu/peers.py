"""Who else can make these computations on a GPU, where it is installed.

Every peer gets the same numbers in the same precision, lying on the device, and makes the same
computation; a test holds its results to ours. What a peer does differently is in its `Peer.said`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from benchmarks.gpu import formulas, libraries
from benchmarks.gpu.cases import CASES, T

Many = Callable[[int], Any]


class Peer(NamedTuple):
    """A library, or one on top of another.

    Parameters
    ----------
    name : str
    library : type
        Of `benchmarks.gpu.libraries`: whose arrays it takes.
    packages : tuple of str
        What must be there besides, as they are imported; the first has the version.
    cases : dict
        By the name of a case ``make(library, arrays)``, which returns ``many(times)``.
    said : dict of str
        By the name of a case, what it does that the others do not.
    """

    name: str
    library: Any
    packages: tuple[str, ...]
    cases: dict[str, Callable[[Any, dict[str, Any]], Many]]
    said: dict[str, str]

    def missing(self, device: str = "cuda") -> str | None:
        """Say what is missing, or return None."""
        if (said := self.library.missing(device)) is not None:
            return said
        lacking = [name for name in self.packages if not libraries.installed(name)]
        return f"{lacking[0].partition('.')[0]} is not installed" if lacking else None

    def versions(self) -> dict[str, str]:
        """Return the versions of what it is made of."""
        names = (self.library.package, *self.packages)
        return {name: str(getattr(libraries.module(name), "__version__", "?")) for name in names}

    def call(self, case: str, arrays: dict[str, Any], device: str = "cuda") -> tuple[Many, Any]:
        """Return ``many(times)`` on arrays of ours, and the library that waits for it."""
        library = self.library.on(device)
        there = {key: library.put(array) for key, array in arrays.items()}
        return self.cases[case](library, there), library


def _plain(name: str) -> Callable[[Any, dict[str, Any]], Many]:
    return lambda library, arrays: formulas.plain(name, library, arrays)


PLAIN = {name: _plain(name) for name in CASES}


def _pot_rounds(library: Any, arrays: dict[str, Any]) -> Many:
    """Return POT's rounds in logarithms. It begins with the columns, so it gets the transpose."""
    import ot

    C = arrays["C"]
    transposed = C.T.contiguous() if hasattr(C, "contiguous") else C.T.copy()
    a, b = (transposed.sum(axis) * 0 + 1 / transposed.shape[1 - axis] for axis in (1, 0))

    def many(times: int) -> tuple[Any, Any]:
        found = ot.bregman.sinkhorn_log(
            a, b, transposed, T, numItermax=times, stopThr=0.0, log=True, warn=False
        )[1]
        return T * found["log_v"], T * found["log_u"]

    return many


def _pot_slices(library: Any, arrays: dict[str, Any]) -> Many:
    """Return the mean over the directions, which is what POT gives."""
    import ot

    x, y, directions = arrays["x"], arrays["y"], arrays["directions"].T

    def many(times: int) -> tuple[Any, ...]:
        for _ in range(times):
            out = ot.sliced.sliced_wasserstein_distance(x, y, projections=directions, p=2)
        return (out**2,)

    return many


POT = {"sinkhorn_dense": _pot_rounds, "sliced_wasserstein": _pot_slices}
POT_SAID = {
    "sinkhorn_dense": "POT looks at its error in the first of its rounds and makes a plan after "
    "the last, neither of which is counted",
    "sliced_wasserstein": "POT's points have weights, which it sorts and adds up with them; it "
    "gives the mean over the projections",
}


def _geomloss(softmin: Any, n: int, m: int, there: Any, back: Any, scale: float, like: Any) -> Many:
    """Return the rounds of geomloss's own loop at one temperature.

    A round is two soft minima, as ours, both of the potentials before, and then averages.
    """
    from geomloss._legacy.sinkhorn_divergence import sinkhorn_loop

    logs = [(like.new_zeros(1, size) - math.log(size)) for size in (n, m)]

    def many(times: int) -> tuple[Any, Any]:
        _, _, g, f = sinkhorn_loop(
            softmin, *logs, None, None, there, back, [T / scale] * times, None, debias=False,
            last_extrapolation=False,
        )  # fmt: skip
        # Its plan is a b exp((f + g - C) / t), ours has the logarithms of a and b inside.
        return scale * f[0] - T * math.log(n), scale * g[0] - T * math.log(m)

    return many


def _geomloss_stored(library: Any, arrays: dict[str, Any]) -> Many:
    from geomloss._legacy.sinkhorn_samples import softmin_tensorized

    C = arrays["C"]
    return _geomloss(softmin_tensorized, *C.shape, C[None], C.T.contiguous()[None], 1.0, C)


def _geomloss_online(library: Any, arrays: dict[str, Any]) -> Many:
    """Return its rounds with KeOps; its cost is half of ours."""
    from geomloss._legacy.sinkhorn_samples import softmin_online_lazytensor

    x, y = arrays["x"][None], arrays["y"][None]
    n, m = x.shape[1], y.shape[1]
    return _geomloss(softmin_online_lazytensor, n, m, (x, y), (y, x), 2.0, x)


GEOMLOSS = {"sinkhorn_dense": _geomloss_stored}
KEOPS = {"sinkhorn_clouds": _geomloss_online}
GEOMLOSS_SAID = dict.fromkeys((*GEOMLOSS, *KEOPS), (
    "geomloss's loop runs at one temperature, not annealed; its two soft minima of a round are "
    "both of the potentials before, and then averaged, so a round is as much work as ours and "
    "brings another iterate; two more soft minima at its start are not counted"
))  # fmt: skip

PEERS = (
    Peer("PyTorch", libraries.Torch, (), PLAIN, {}),
    Peer("CuPy", libraries.NumPyLike, (), PLAIN,
         {"newton": "CuPy has no batched triangular solve: it solves by LU"}),
    Peer("JAX", libraries.JAX, (), PLAIN, {}),
    Peer("POT on PyTorch", libraries.Torch, ("ot",), POT, POT_SAID),
    Peer("POT on CuPy", libraries.NumPyLike, ("ot",), POT, POT_SAID),
    Peer("geomloss", libraries.Torch, ("geomloss",), GEOMLOSS, GEOMLOSS_SAID),
    Peer("geomloss with KeOps", libraries.Torch, ("geomloss", "pykeops.torch"), KEOPS,
         GEOMLOSS_SAID),
)  # fmt: skip


def of_case(name: str) -> list[Peer]:
    """Return the peers that can make a case, installed or not."""
    return [peer for peer in PEERS if name in peer.cases]
