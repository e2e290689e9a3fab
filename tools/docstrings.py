"""Check the docstrings of the public names: sections, and every parameter described in order."""

from __future__ import annotations

import inspect
import sys
from enum import Enum
from importlib import import_module

from numpydoc.docscrape import get_doc_object
from numpydoc.validate import validate

# What `import optedu as oe` offers, and the parts one reaches through a dot.
MODULES = ("optedu", "optedu.problems", "optedu.proofs", "optedu.testing")
# GL06-08: sections known, in order, and there at all; PR01-03: parameters complete and in order.
CODES = {"GL06", "GL07", "GL08", "PR01", "PR02", "PR03"}


def public_objects() -> dict[str, object]:
    """Classes and functions of the public modules, by their dotted name."""
    found = {}
    for name in MODULES:
        module = import_module(name)
        for word in dir(module):
            value = None if word.startswith("_") else getattr(module, word, None)
            ours = str(getattr(value, "__module__", "")).startswith("optedu")
            described = inspect.isclass(value) and not issubclass(value, Enum)
            if ours and (described or inspect.isfunction(value)):
                found[f"{name}.{word}"] = value
    return found


def faults(value: object) -> list[str]:
    """What is wrong with one docstring."""
    found = validate(get_doc_object(value))["errors"]
    return [f"{code} {text}" for code, text in found if code in CODES]


def main() -> None:
    objects = public_objects()
    lines = [f"{name}: {fault}" for name, value in objects.items() for fault in faults(value)]
    print("\n".join(lines) if lines else f"{len(objects)} public docstrings are complete")
    sys.exit(bool(lines))


if __name__ == "__main__":
    main()
