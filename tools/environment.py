"""Make the environment from the lock, and only when the lock or Python changed.

Runs on the reader's own Python, before anything is installed: standard library only.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from pathlib import Path

if sys.version_info < (3, 11):  # before anything that an older Python does not have
    sys.exit("optedu needs Python 3.11 to 3.13. Try: make PYTHON=python3.12 ...")
import tomllib

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
OLDEST, NEWEST = (3, 11), (3, 13)


def stamp_text() -> str:
    """What the environment depends on, as one line."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project = [settings["build-system"], settings["project"], settings["tool"]["hatch"]]
    digest = hashlib.sha256(json.dumps(project, sort_keys=True).encode())
    digest.update(LOCK.read_bytes())
    return f"{platform.python_version()} {sys.base_prefix} {ROOT} {digest.hexdigest()}\n"


def locked(name: str) -> str:
    """The lines of one package in the lock, with its hashes."""
    lines = LOCK.read_text().splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith(f"{name}=="))
    stop = next(
        (i for i in range(start + 1, len(lines)) if not lines[i].startswith(" ")), len(lines)
    )
    return "\n".join(lines[start:stop]) + "\n"


def install(python: Path) -> None:
    """Install the lock and the project itself (editable) beside `python`."""
    hashed = ["--require-hashes", "--only-binary", ":all:"]
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder) / "uv.txt"
        wanted.write_text(locked("uv"))
        subprocess.run([*pip, "--no-deps", *hashed, "-r", str(wanted)], check=True)
    uv = [str(python.parent / "uv"), "pip"]
    target = ["--quiet", "--python", str(python)]
    fast = subprocess.run([*uv, "sync", *target, *hashed, str(LOCK)])
    if fast.returncode != 0:
        print("uv could not install the lock here, pip tries (minutes) ...", flush=True)
        subprocess.run([*pip, "--no-deps", *hashed, "-r", str(LOCK)], check=True)
    editable = ["--no-deps", "--no-build-isolation", "--editable", str(ROOT)]
    subprocess.run([*pip, *editable], check=True)


def main() -> None:
    version = sys.version_info[:2]
    if not OLDEST <= version <= NEWEST:
        sys.exit(
            f"optedu needs Python {OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]}, "
            f"this is {platform.python_version()}. Try: make PYTHON=python3.12 ..."
        )
    folder = ROOT / (sys.argv[1] if len(sys.argv) > 1 else ".venv")
    stamp = folder / "optedu-stamp.txt"
    wanted = stamp_text()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    if Path(sys.prefix).resolve() == folder.resolve():  # it cannot remake itself from inside
        os.execv(sys._base_executable, [sys._base_executable, *sys.orig_argv[1:]])
    start = time.perf_counter()
    print(f"making {folder.name} with Python {platform.python_version()} ...", flush=True)
    if folder.exists():
        shutil.rmtree(folder)
    os.environ.pop("VIRTUAL_ENV", None)
    venv.create(folder, with_pip=True, symlinks=os.name != "nt")
    try:
        install(folder / ("Scripts" if os.name == "nt" else "bin") / "python")
    except subprocess.CalledProcessError as error:
        sys.exit(f"the environment could not be made, exit code {error.returncode}: see above")
    stamp.write_text(wanted)
    print(f"environment ready in {time.perf_counter() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
