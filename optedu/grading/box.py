"""The files that a student's process sees: a folder made for it, libraries, and Python itself."""

from __future__ import annotations

import compileall
import contextlib
import functools
import importlib.util
import os
import shutil
import sys
import sysconfig
import tempfile
from multiprocessing.util import Finalize
from pathlib import Path

from optedu.exercises.library import folder as exercise_sources
from optedu.grading.sandbox import NAMESPACES, Limits, Unavailable
from optedu.grading.shown import PACKAGE, SCIPY, source_of

ENVIRONMENT = {
    "PATH": "/nowhere",
    "HOME": "/tmp",
    "LANG": "C.UTF-8",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
PROGRAM = (
    "inside.py",
    *(f"conversation/{name}.py" for name in ("__init__", "peer", "stand_ins", "values", "wire")),
    *(f"student/{name}.py" for name in ("__init__", "cells", "library", "noting")),
)
"""What of this folder the process sees."""


@functools.cache
def stage(modules: tuple[str, ...], scipy: bool = False) -> Path:
    """Return a folder with copies of these modules and the program, made once per process.

    One with all of SciPy is another: without namespaces it holds links to the libraries' parts.
    """
    folder = Path(tempfile.mkdtemp(prefix="optedu-grading-"))
    Finalize(None, shutil.rmtree, (folder,), {"ignore_errors": True}, exitpriority=1)
    program = folder / "program"
    for name in PROGRAM:
        place = program / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(Path(__file__).parent / name, place)
    for module in modules:
        source = source_of(module)
        assert source is not None
        target = folder / "lib" / source.relative_to(PACKAGE.parent)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)
    (folder / "lib" / "links").mkdir()
    compileall.compile_dir(folder, quiet=2)
    folder.chmod(0o755)
    return folder


@functools.cache
def libraries_of(scipy: bool) -> dict[str, Path]:
    """Return what is shown of NumPy and SciPy: name to place."""
    found: dict[str, Path] = {}
    for name in ("numpy", "scipy"):
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            continue
        home = Path(spec.origin).resolve().parent
        bundled = home.with_name(f"{name}.libs")
        if bundled.is_dir():
            found[bundled.name] = bundled
        if name == "numpy" or scipy:
            found[name] = home
            continue
        for entry in home.iterdir():
            if entry.is_file() or entry.name in SCIPY:
                found[f"{name}/{entry.name}"] = entry
    return found


def _python() -> list[Path]:
    """Return the places that the bare interpreter needs: itself, its library, shared libraries."""
    base = Path(sys.base_prefix).resolve()
    executable = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
    places = [executable, Path(sysconfig.get_path("stdlib")).resolve()]
    places += [p for p in (base / "lib").glob("lib*.so*") if p.is_file()]
    places += [Path(p) for p in ("/usr/lib", "/lib", "/lib64", "/usr/lib64") if Path(p).exists()]
    return sorted(places, key=lambda place: len(place.parts))


def bindings(folder: Path, libraries: dict[str, Path], limits: Limits) -> list[str]:
    """Return bubblewrap's arguments: what the process sees."""
    arguments = [*NAMESPACES]
    links, bound = [], []
    for place in _python():
        if place.is_symlink():
            links += ["--symlink", os.readlink(place), str(place)]
        elif not any(place.is_relative_to(other) for other in bound):
            arguments += ["--ro-bind", str(place), str(place)]
            bound.append(place)
    arguments += links
    sources = exercise_sources()
    if sources is not None and any(sources.resolve().is_relative_to(place) for place in bound):
        raise Unavailable(f"the exercises lie in {sources}, among what Python needs: move them")
    for pattern in ("site-packages", "dist-packages", "test", "ensurepip"):
        for place in bound:
            for inner in (place / pattern, *place.glob(f"python3*/{pattern}")):
                if inner.is_dir():
                    arguments += ["--tmpfs", str(inner), "--remount-ro", str(inner)]
    arguments += ["--ro-bind", str(folder), "/box"]
    arguments += ["--tmpfs", "/box/lib/links"]
    for name, place in libraries.items():
        arguments += ["--ro-bind", str(place), f"/box/lib/links/{name}"]
    arguments += ["--remount-ro", "/box/lib/links"]
    arguments += ["--dev-bind", "/dev/null", "/dev/null"]
    arguments += ["--dev-bind", "/dev/urandom", "/dev/urandom"]
    arguments += ["--size", str(limits.disk * 2**20), "--tmpfs", "/tmp", "--chdir", "/tmp"]
    return [*arguments, "--remount-ro", "/"]


def link(folder: Path, libraries: dict[str, Path]) -> None:
    """Show libraries by links, where nothing can be bound."""
    for name, place in libraries.items():
        link = folder / "lib" / "links" / name
        link.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            link.symlink_to(place)
