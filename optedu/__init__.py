"""optedu: a textbook on optimization that runs.

Import as ``import optedu as oe``. Methods are found by their class name (``oe.GradientDescent``),
problems under ``oe.problems``. Importing compiles nothing and draws nothing.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_WHERE = {
    "run": "running.run",
    "Progress": "running.runner",
    "race": "running.race",
    "Race": "running.race",
    "sweep": "running.sweep",
    "Sweep": "running.sweep",
    "scipy_method": "running.scipy_method",
    "Trace": "running.trace",
    "Status": "statuses",
    "Certificate": "certificates",
    "Guarantee": "guarantees",
    "CompilationError": "compiling",
    "Problem": "problems.functions",
    "problem": "protocol",
    "method": "protocol",
    "portable": "protocol",
    "explore": "browser.explore",
    "check": "exercises",
}
_ROOMS = ("browser", "compiling", "exercises", "grading", "papers", "problems", "proofs", "testing")


def __getattr__(name: str) -> Any:
    if name in _WHERE:
        found = getattr(importlib.import_module(f"optedu.{_WHERE[name]}"), name)
    elif name in _ROOMS:
        return importlib.import_module(f"optedu.{name}")
    else:
        discovery = importlib.import_module("optedu.discovery")

        try:
            found = discovery.load(name, discovery.methods())
        except AttributeError:
            raise AttributeError(f"optedu has no {name!r}; see dir(optedu)") from None
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    discovery = importlib.import_module("optedu.discovery")

    return sorted({*_WHERE, *_ROOMS, *discovery.methods(), "__version__"})
