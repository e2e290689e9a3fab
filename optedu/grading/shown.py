"""Which modules of optedu and SciPy a student sees, by the text of the solution."""

from __future__ import annotations

import ast
import functools
import threading
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
CORE = (
    "optedu.protocol",
    "optedu.running.run",
    "optedu.problems.functions",
    "optedu.parameters",
    "optedu.discovery",
)
"""What a student's method needs of optedu. What the exercise's own solution uses is added."""

SCIPY = ("linalg", "special", "fft", "_lib", "_external")
HIDDEN = (
    "matplotlib", "pandas", "numba", "sklearn", "cvxpy", "clarabel", "ot", "torch", "jax", "PEPit",
    "sympy", "ipywidgets", "IPython", "tqdm", "nbgrader", "requests",
)  # fmt: skip

_PARSING = threading.RLock()
"""Python 3.11 makes syntax trees in one thread at a time, or fails."""


def _nodes(code: str) -> list[ast.AST]:
    """Return all nodes of a program."""
    with _PARSING:
        return list(ast.walk(ast.parse(code)))


def _words(node: ast.AST) -> str:
    """Return a dotted name, empty for other expressions."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := _words(node.value)):
        return f"{before}.{node.attr}"
    return ""


@functools.cache
def uses(code: str) -> frozenset[str]:
    """Return the modules of optedu and SciPy that a solution uses, by its text."""
    from optedu import discovery

    tables = {"problems": discovery.decorated("problems"), "": discovery.methods()}
    found: set[str] = set()
    for node in _nodes(code):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.Attribute):
            owner = _words(node.value)
            table = tables["problems" if owner == "oe.problems" else ""]
            if owner in ("oe", "oe.problems") and node.attr in table:
                found.add(table[node.attr])
            elif owner == "oe.problems":
                found.add(f"optedu.problems.{node.attr}")
    return frozenset(name for name in found if name.partition(".")[0] in ("optedu", "scipy"))


def needs_scipy(code: str) -> bool:
    """Whether a text uses more of SciPy than what is always shown."""
    modules = (name.split(".") for name in uses(code))
    return any(parts[0] == "scipy" and not {*SCIPY} & {*parts[1:2]} for parts in modules)


@functools.cache
def attributes(code: str) -> frozenset[str]:
    """Return what a solution reads of its ``problem``."""
    return frozenset(
        node.attr
        for node in _nodes(code)
        if isinstance(node, ast.Attribute) and not node.attr.startswith("_")
        if isinstance(node.value, ast.Name) and node.value.id == "problem"
    )


@functools.cache
def visible(code: str, without: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the modules of optedu that the process sees, those that they import included.

    Parameters
    ----------
    code : str
        The exercise's solution: what it uses, a student may use.
    without : tuple of str
        Names whose modules are left out all the same.
    """
    from optedu import discovery

    tables = discovery.methods() | discovery.decorated("problems")
    banned = {tables[name] for name in without if name in tables}
    core = _reached(set(CORE), banned, deep=False)
    return tuple(sorted(core | _reached(set(uses(code) - banned), banned, deep=True)))


def _reached(waiting: set[str], banned: set[str], deep: bool) -> set[str]:
    """Return modules and what they import, `deep` inside of their functions, too."""
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        path = source_of(name)
        if path is None:
            continue
        found.add(name)
        waiting |= _imports(path, deep)
        parents = name.split(".")[:-1]
        waiting |= {".".join(parents[: k + 1]) for k in range(len(parents))}
        waiting -= found | banned
    return found


@functools.cache
def _imports(path: Path, deep: bool) -> frozenset[str]:
    """Return what a file imports, `deep` inside of its functions, too."""
    found: set[str] = set()
    for node in _nodes(path.read_text(encoding="utf-8")):
        if isinstance(node, ast.ImportFrom) and node.module and (deep or not node.col_offset):
            found |= {node.module, *(f"{node.module}.{a.name}" for a in node.names)}
    return frozenset(found)


def source_of(module: str) -> Path | None:
    """Return the file of a module of optedu, None for other names."""
    first, *rest = module.split(".")
    if first != "optedu":
        return None
    place = PACKAGE.joinpath(*rest)
    for path in (place / "__init__.py", place.with_name(place.name + ".py")):
        if path.is_file():
            return path
    return None
