"""A page that holds figures the way the book does: saved state, views, the book's loader.

The page allows what a strict site allows: its own scripts, module text from a blob, WebAssembly.
"""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from optedu.browser.live import scene as scenes
from tests.browser.explored import nothing_compiles

LOADER = Path(__file__).parents[3] / "book" / "_static" / "optedu-embed.js"
POLICY = (
    "default-src 'none'; script-src 'self' blob: 'wasm-unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src data:; connect-src 'none'"
)
FRAME = """<!doctype html><html lang="en" data-theme="light"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Living figures</title>
<meta http-equiv="Content-Security-Policy" content="{policy}">
<style>body {{ margin: 0 auto; padding: 12px; max-width: 46rem; font: 16px/1.6 system-ui }}
html[data-theme="dark"] {{ background: #121212; color: #ddd }}</style>
<script src="optedu-embed.js" defer></script></head><body><main><h1>Living figures</h1>
{figures}</main>
<script type="application/vnd.jupyter.widget-state+json">{state}</script></body></html>
"""


def write_page(figures: Sequence[Any], folder: Path, name: str = "index.html") -> Path:
    """Write a page with these figures, and the loader beside it."""
    state = {figure.model_id: saved(figure) for figure in figures}
    views = "\n".join(figure._repr_mimebundle_()[0]["text/html"] for figure in figures)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / LOADER.name).write_bytes(LOADER.read_bytes())
    page = folder / name
    text = json.dumps({"state": state}).replace("</", "<\\/")
    page.write_text(FRAME.format(policy=POLICY, figures=views, state=text), encoding="utf-8")
    return page


def write_recorded(make: Callable[[], Any], folder: Path) -> None:
    """Write ``recorded.html`` with a figure that has no module, since nothing compiles."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scenes, "live_module", nothing_compiles)
        write_page([make()], folder, "recorded.html")


def drive(script: str, folder: Path) -> dict[str, Any]:
    """Let a browser use the pages in a folder, by a script beside this file; what it reports."""
    done = subprocess.run(
        ["node", Path(__file__).parent / script, folder],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        pytest.fail(f"the browser could not be driven:\n{done.stderr}", pytrace=False)
    return json.loads(done.stdout)


def number(value: float) -> str:
    """Return a number as the page writes it."""
    if value == 0:
        return "0"
    if not np.isfinite(value):
        return "\N{EN DASH}" if np.isnan(value) else "\N{INFINITY}"
    mantissa, exponent = f"{value:.2e}".split("e")
    return f"{mantissa}e{int(exponent):+d}"


def saved(figure: Any) -> dict[str, Any]:
    """Return what the book saves of a widget: plain state, and buffers in base64."""
    plain = {"_esm": figure._esm, "_css": figure._css}
    buffers = []
    for key in ("scene", "interface", "module", "recorded"):
        value = getattr(figure, key)
        if isinstance(value, bytes):
            text = base64.b64encode(value).decode("ascii")
            buffers.append({"path": [key], "encoding": "base64", "data": text})
        else:
            plain[key] = value
    return {
        "model_module": "anywidget",
        "model_name": "AnyModel",
        "state": plain,
        "buffers": buffers,
    }
