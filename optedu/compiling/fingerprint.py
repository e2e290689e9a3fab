"""A digest of all code and constants that a compiled pair was made from."""

from __future__ import annotations

import functools
import hashlib
import inspect
import sys
import types
from pathlib import Path
from typing import Any

import numpy as np

PACKAGE = Path(__file__).resolve().parents[1]
CORE = ("certificates", "compiling", "kernels.loop", "oracles", "protocol", "statuses")
"""What every compiled pair is made with; a method or a problem has a fingerprint of its own."""

NOTEBOOK_MODULES = ("__main__", "builtins", None)


@functools.cache
def core_digest() -> str:
    """Return a digest of the sources of the core and of the versions under it."""
    import llvmlite
    import numba

    versions = (sys.version, np.__version__, numba.__version__, llvmlite.__version__)
    digest = hashlib.sha256(repr(versions).encode())
    files = [path for part in CORE for path in PACKAGE.glob(f"{part.replace('.', '/')}*")]
    files = (file for path in files for file in ([path] if path.is_file() else path.rglob("*.py")))
    for path in sorted(files):
        digest.update(str(path.relative_to(PACKAGE)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def is_core(item: Any) -> bool:
    """Whether a class, function or module is covered by `core_digest`."""
    name = item.__name__ if isinstance(item, types.ModuleType) else item.__module__
    package, _, rest = str(name).partition(".")
    return package == "optedu" and any(f"{rest}.".startswith(f"{part}.") for part in CORE)


def is_lasting(cls: type) -> bool:
    """Whether a class lives in a module that another process can import.

    Classes made in a notebook or a script's main module, or inside a function, do not.
    """
    return cls.__module__ not in NOTEBOOK_MODULES and "<locals>" not in cls.__qualname__


def fingerprint(cls: type) -> str:
    """Return a digest of a class's own functions and of all that they refer to."""
    digest = hashlib.sha256()
    _feed(digest, cls, set())
    return digest.hexdigest()


def _feed(digest: Any, item: Any, seen: set[int]) -> None:
    if id(item) in seen:
        return
    item = getattr(item, "py_func", item)
    if isinstance(item, type):
        seen.add(id(item))
        digest.update(f"class {item.__module__}.{item.__qualname__}".encode())
        if not is_core(item):
            digest.update(repr(getattr(item, "_fields", ())).encode())
            for name, member in sorted(vars(item).items()):
                if isinstance(member, types.FunctionType) and member.__module__ == item.__module__:
                    digest.update(name.encode())
                    _feed(digest, member, seen)
                elif isinstance(member, bool | int | float | str) or name == "holds":
                    digest.update(f"{name}={member!r}".encode())
    elif isinstance(item, types.FunctionType):
        seen.add(id(item))
        digest.update(f"def {item.__module__}.{item.__qualname__}".encode())
        if not is_core(item):
            _feed_function(digest, item, seen)
    elif isinstance(item, np.ndarray):
        digest.update(repr((item.shape, item.dtype.str)).encode() + item.tobytes())
    elif isinstance(item, tuple | list | frozenset):
        members = sorted(item, key=repr) if isinstance(item, frozenset) else item
        for member in members:
            _feed(digest, member, seen)
    elif isinstance(item, types.CodeType):
        _feed_code(digest, item, seen)
    else:
        digest.update(f"{type(item).__qualname__} {item!r}".encode())


def _feed_function(digest: Any, function: types.FunctionType, seen: set[int]) -> None:
    _feed_code(digest, function.__code__, seen)
    _feed(digest, function.__defaults__ or (), seen)
    for cell in function.__closure__ or ():
        _feed(digest, cell.cell_contents, seen)
    for name in _names(function.__code__):
        if name not in function.__globals__:
            continue
        target = function.__globals__[name]
        if isinstance(target, types.ModuleType):
            _feed_module(digest, target, seen)
        else:
            _feed(digest, target, seen)


def _feed_code(digest: Any, code: types.CodeType, seen: set[int]) -> None:
    digest.update(repr((code.co_name, code.co_names, code.co_varnames)).encode() + code.co_code)
    for constant in code.co_consts:
        _feed(digest, constant, seen)


def _feed_module(digest: Any, module: types.ModuleType, seen: set[int]) -> None:
    """Take a helper module whole; installed packages have versions, the core its digest."""
    if id(module) in seen:
        return
    seen.add(id(module))
    digest.update(module.__name__.encode())
    try:
        path = Path(inspect.getsourcefile(module) or "")
    except TypeError:
        return
    ours = module.__name__.partition(".")[0] == "optedu"
    installed = not ours and {"site-packages", "dist-packages"} & set(path.parts)
    standard = module.__name__.partition(".")[0] in sys.stdlib_module_names
    if not (installed or standard or is_core(module)) and path.is_file():
        digest.update(path.read_bytes())
        for target in vars(module).values():
            if isinstance(target, types.ModuleType):
                _feed_module(digest, target, seen)


def _names(code: types.CodeType) -> list[str]:
    nested = [c for c in code.co_consts if isinstance(c, types.CodeType)]
    return [*code.co_names, *(name for inner in nested for name in _names(inner))]
