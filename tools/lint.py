"""Every check of the sources that runs nothing: style, types, docstrings, spelling."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
SOURCES = ["optedu", "tests", "tools", "benchmarks", "book/_ext", "book/exercises"]


def pyright() -> list[str]:
    """The type checker comes from npm, its Python is this one."""
    node = shutil.which("node") or "node"
    script = "node_modules/pyright/index.js"
    return [node, script, "--pythonpath", PYTHON, "--warnings"]


CHECKS = {
    "style": [PYTHON, "-m", "ruff", "check", "--quiet", *SOURCES],
    "format": [PYTHON, "-m", "ruff", "format", "--check", "--quiet", *SOURCES],
    "spelling": [PYTHON, "-m", "codespell_lib"],
    "exercises": [PYTHON, "tools/exercises.py", "--check"],
    "docstrings": [PYTHON, "tools/docstrings.py"],
    "types": pyright(),
}


def main() -> None:
    wanted = sys.argv[1:] or list(CHECKS)
    failed = []
    for name in wanted:
        start = time.perf_counter()
        code = subprocess.run(CHECKS[name], cwd=ROOT).returncode
        verdict = "ok" if code == 0 else "FAILED"
        print(f"lint {name}: {verdict} ({time.perf_counter() - start:.1f} s)", flush=True)
        if code != 0:
            failed.append(name)
    if failed:
        sys.exit(f"lint failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
