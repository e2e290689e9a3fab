"""The methods of the book, read off their own docstrings."""

from __future__ import annotations

import inspect
import re
from typing import Any, NamedTuple

from optedu import discovery
from optedu.oracles import ORACLES

HEADINGS = ("Problem", "Update", "Guarantee", "Cost", "Use when", "Fails when")

ORDER = (
    "foundations", "gradient", "acceleration", "proximal", "coordinate", "projection_free",
    "mirror", "stochastic", "adaptive", "splitting", "duality", "newton", "cubic", "curvature",
    "landscape", "black_box", "transport", "fast_transport", "applied_transport",
    "convex_networks", "optimal_networks",
)  # fmt: skip
"""The families in the order of their chapters; one that is not named here comes behind them."""

_HEADING = re.compile(rf"^({'|'.join(HEADINGS)})(?:  +|$)(.*)$")
_SECTION = re.compile(r"^(\w[\w ]*)\n-{3,}$", re.MULTILINE)


class Entry(NamedTuple):
    """One method, as its docstring describes it.

    Parameters
    ----------
    name, family, module : str
        The class, the folder it lives in, the module that defines it.
    summary : str
        First sentence of the docstring.
    facts : dict of str to str
        The text under each of `HEADINGS`, in one line.
    block : str
        The same as it stands in the docstring.
    oracles : tuple of str
        What it calls, in the order of `optedu.oracles.ORACLES`.
    parameters : dict of str
        Hyperparameter to its description.
    references : str
        Keys of the bibliography, with theorem numbers.
    """

    name: str
    family: str
    module: str
    summary: str
    facts: dict[str, str]
    block: str
    oracles: tuple[str, ...]
    parameters: dict[str, str]
    references: str


def entries() -> list[Entry]:
    """Return every method, by family and name."""
    found = discovery.methods()
    listed = [entry(discovery.load(name, found), module) for name, module in found.items()]
    order = {family: number for number, family in enumerate(ORDER)}
    return sorted(listed, key=lambda e: (order.get(e.family, len(ORDER)), e.family, e.name))


def entry(cls: Any, module: str) -> Entry:
    """Return what a method's docstring says."""
    text = inspect.getdoc(cls) or ""
    sections = _sections(text)
    return Entry(
        name=cls.__name__,
        family=module.split(".")[1],
        module=module,
        summary=text.partition("\n")[0],
        facts=_facts(sections[""]),
        block=sections[""].partition("\n")[2].strip("\n"),
        oracles=tuple(name for name in ORACLES if name in cls.needs),
        parameters=_parameters(sections.get("Parameters", "")),
        references=" ".join(sections.get("References", "").split()),
    )


def _sections(text: str) -> dict[str, str]:
    """Split a NumPy docstring; what precedes the first section is under ''."""
    pieces = _SECTION.split(text)
    return {"": pieces[0]} | dict(zip(pieces[1::2], pieces[2::2], strict=True))


def _facts(text: str) -> dict[str, str]:
    facts: dict[str, list[str]] = {}
    current = None
    for line in text.splitlines()[1:]:
        match = _HEADING.match(line)
        if match:
            current = match.group(1)
            facts[current] = [match.group(2).strip()]
        elif current and line.startswith(" "):
            facts[current].append(line.strip())
        elif line.strip():
            current = None
    return {heading: " ".join(filter(None, lines)) for heading, lines in facts.items()}


def _parameters(text: str) -> dict[str, str]:
    parameters: dict[str, str] = {}
    names: list[str] = []
    for line in text.splitlines():
        if line and not line.startswith(" "):
            names = [name.strip() for name in line.partition(":")[0].split(",")]
            parameters |= dict.fromkeys(names, "")
        else:
            for name in names:
                parameters[name] = f"{parameters[name]} {line.strip()}".strip()
    return parameters
