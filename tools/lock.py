"""Resolve pyproject.toml into requirements.lock: the same versions on all Pythons and systems."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMAND = """
pip compile --quiet --upgrade --universal --fork-strategy fewest --python-version 3.11
--generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links
--extra test pyproject.toml --output-file requirements.lock
""".split()


def main() -> None:
    uv = Path(sys.executable).parent / "uv"
    sys.exit(subprocess.run([str(uv), *COMMAND], cwd=ROOT).returncode)


if __name__ == "__main__":
    main()
