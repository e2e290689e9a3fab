"""The machine and the versions, without a name or a path of it."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from typing import Any

THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS",
)


def describe() -> dict[str, Any]:
    """Return processor, cores, memory and system."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": _memory(),
        "system": f"{platform.system()} {platform.machine()}",
    }


def threads() -> dict[str, Any]:
    """Return what the environment asks for, and what the BLAS libraries say they use."""
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        pools = []
    else:
        pools = [
            f"{pool['internal_api']} {pool['version']}: {pool['num_threads']}"
            for pool in threadpool_info()
        ]
    asked = {name: os.environ.get(name, "not set") for name in THREADS}
    return asked | {"pools": sorted(set(pools))}


def load() -> float | None:
    """Return the load average of the last minute: other work on this machine."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None


def versions(libraries: list[str]) -> dict[str, str]:
    """Return the versions of Python, of the libraries and of what they stand on."""
    names = sorted({*libraries, "numpy", "scipy", "numba"})
    found = {name: metadata.version(name) for name in names}
    return {"python": platform.python_version()} | found


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _memory() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    except (AttributeError, ValueError, OSError):
        return None
