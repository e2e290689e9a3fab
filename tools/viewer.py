"""Make JupyterLab of this environment open the chapters (.md) as notebooks."""

from __future__ import annotations

import json
import sys
from pathlib import Path

VIEWER = "Jupytext Notebook"
SETTINGS = {
    "@jupyterlab/docmanager-extension:plugin": {
        "defaultViewers": {"markdown": VIEWER, "myst": VIEWER}
    }
}


def main() -> None:
    folder = Path(sys.prefix) / "share/jupyter/lab/settings"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "overrides.json"
    settings = json.loads(path.read_text()) if path.exists() else {}
    path.write_text(json.dumps(settings | SETTINGS, indent=2) + "\n")


if __name__ == "__main__":
    main()
