"""What the curves may show, and what against."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from optedu.certificates import certificate_name
from optedu.oracles import ORACLES

# "{}" is the name of the certificate, which is not always a gradient norm.
QUANTITIES = {
    "gap": "f(x) \N{MINUS SIGN} f*",
    "best_gap": "best f(x) \N{MINUS SIGN} f*",
    "gradient_norm": "{}",
    "best_gradient_norm": "smallest {}",
    "distance": "‖x \N{MINUS SIGN} x*‖",
    "value": "f(x)",
}


def measurable(problem: Any) -> list[str]:
    """Return the quantities that can be measured on a problem."""
    has_value = hasattr(problem, "value")
    found = ["gradient_norm", "best_gradient_norm"]
    if has_value and getattr(problem, "minimum", None) is not None:
        found += ["gap", "best_gap"]
    if getattr(problem, "minimizer", None) is not None:
        found.append("distance")
    if has_value:
        found.append("value")
    return [key for key in QUANTITIES if key in found]


def shared_certificate(methods: Iterable[Any], problem: Any) -> str:
    """Return the name of the certificate that all of these methods are judged by on a problem."""
    names = {certificate_name(method, problem) for method in methods}
    return names.pop() if len(names) == 1 else "certificate of each"


def quantity_label(key: str, certificate: str) -> str:
    """Return the words of a quantity, where the certificate has this name."""
    return QUANTITIES[key].format(certificate)


def quantities(problems: list[Any], certificate: str) -> list[dict[str, Any]]:
    """Return the quantities that can be measured on any of the problems, worded for one."""
    found = {key for problem in problems for key in measurable(problem)}
    return [
        {"key": key, "label": quantity_label(key, certificate), "log": key != "value"}
        for key in QUANTITIES
        if key in found
    ]


def read_quantity(quantity: str | None, problem: Any) -> str:
    """Return the quantity that is shown at first.

    Raises
    ------
    ValueError
        If it is none, or cannot be measured on the problem.
    """
    known = measurable(problem)
    if quantity is None:
        return "gap" if "gap" in known else "gradient_norm"
    if quantity not in QUANTITIES:
        raise ValueError(f"explore: quantity is one of {', '.join(QUANTITIES)}; got {quantity!r}")
    if quantity not in known:
        needs = {"distance": "problem.minimizer", "value": "a value oracle"}
        raise ValueError(
            f"explore: quantity={quantity!r} needs {needs.get(quantity, 'problem.minimum')}, "
            "which this problem does not know"
        )
    return quantity


def oracles_called(methods: Iterable[Any]) -> list[str]:
    """Return the oracles that any of the methods calls, in the order of `ORACLES`."""
    used = frozenset[str]().union(*(type(method).needs for method in methods))
    return [name for name in ORACLES if name in used]


def against_label(key: str) -> str:
    """Return the words of a horizontal axis."""
    return "iteration" if key == "iterations" else f"{key.replace('_', ' ')} calls"


def againsts(oracles: list[str]) -> list[dict[str, str]]:
    """Return the horizontal axes."""
    return [{"key": key, "label": against_label(key)} for key in ("iterations", *oracles)]


def read_against(against: Any, oracles: list[str]) -> str:
    """Return the horizontal axis that is shown at first.

    Raises
    ------
    ValueError
        If it is none, or an oracle that no method calls.
    """
    if against == "seconds":
        raise ValueError(
            "explore: against='seconds' would make another figure on every machine; "
            "use 'iterations' or an oracle such as 'gradient'"
        )
    name = str(against)
    name = name.removesuffix("s") if name.removesuffix("s") in ORACLES else name
    if name != "iterations" and name not in oracles:
        known = ", ".join(repr(key) for key in ("iterations", *oracles))
        raise ValueError(f"explore: against={against!r}, but these methods offer {known}")
    return name
