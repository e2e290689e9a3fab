"""The environment of the peers: the project's own, unless one is missing there."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import venv
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "benchmarks" / "requirements.txt"
FOLDER = ROOT / ".bench-venv"


def wanted(text: str) -> list[str]:
    """Return the names of the distributions in a requirements file."""
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [re.split(r"[^\w.-]", line)[0] for line in lines if line]


def missing(names: list[str]) -> list[str]:
    """Return those that are not installed here."""
    return [name for name in names if not _is_installed(name)]


def python() -> str:
    """Return a Python that has all peers, making an environment where this one has not."""
    text = REQUIREMENTS.read_text(encoding="utf-8")
    lacking = missing(wanted(text))
    if not lacking:
        return sys.executable
    print(f"peers missing here: {', '.join(lacking)}", flush=True)
    lock = ROOT / "requirements.lock"
    digest = hashlib.sha256(text.encode() + lock.read_bytes()).hexdigest()
    stamp = FOLDER / "stamp.txt"
    inside = FOLDER / "bin" / "python"
    if not stamp.exists() or stamp.read_text() != digest:
        print("making .bench-venv: the project's lock and the peers ...", flush=True)
        venv.create(FOLDER, clear=True, symlinks=True)
        (FOLDER / ".gitignore").write_text("*\n")
        uv = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", str(inside)]
        subprocess.run([*uv, "-r", str(lock)], check=True)
        subprocess.run([*uv, "-r", str(REQUIREMENTS)], check=True)
        editable = ["--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
        subprocess.run([*uv, *editable], check=True)
        stamp.write_text(digest)
    return str(inside)


def _is_installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True
