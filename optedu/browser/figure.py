"""The moving figure as a widget: it carries its data, and needs no kernel to move."""

from __future__ import annotations

import base64
import html
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import anywidget
import ipywidgets
import traitlets

from optedu.browser.scene import Scene
from optedu.browser.still import picture

HERE = Path(__file__).parent
VIEW = "application/vnd.jupyter.widget-view+json"
_shown: Counter[str] = Counter()


def slim(name: str) -> str:
    """Return one of our files without comments and indentation: each figure carries a copy."""
    text = (HERE / name).read_text(encoding="utf-8")
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


class PathFigure(anywidget.AnyWidget):
    """Paths over contours and convergence curves, played by the reader.

    Made by `optedu.animate`. `position` (an index into the moments of the slider) and `variant`
    (the value of the second slider) can be read and set from Python while a kernel runs.
    """

    _esm = slim("figure.js")
    _css = slim("figure.css")
    scene = traitlets.Dict().tag(sync=True)
    data = traitlets.Bytes().tag(sync=True)
    field = traitlets.Bytes().tag(sync=True)
    position = traitlets.Int(-1).tag(sync=True)
    variant = traitlets.Int(0).tag(sync=True)
    _scene: Scene

    @classmethod
    def from_scene(cls, scene: Scene) -> PathFigure:
        """Return the widget of a scene. Its id comes from its content, so builds repeat."""
        description, data, field = scene.pack()
        _shown[description["id"]] += 1
        name = f"optedu-{description['id']}-{_shown[description['id']]}"
        figure = cls(
            scene=description, data=data, field=field, model_id=name,
            variant=len(scene.variants) // 2,  # the one that the still picture shows
            layout=ipywidgets.Layout(model_id=f"{name}-layout"),
        )  # fmt: skip
        figure._scene = scene
        return figure

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the live view, and a still picture for whoever cannot run it."""
        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        png = base64.b64encode(picture(self._scene)).decode("ascii")
        alt = f"{self._scene.title}. {self._scene.alt}"
        page = (
            f'<figure class="optedu-figure"><img class="optedu-still" alt="{html.escape(alt)}" '
            f'src="data:image/png;base64,{png}">'
            f'<script type="{VIEW}">{json.dumps(view)}</script></figure>'
        )
        return {"text/plain": alt, "image/png": png, "text/html": page, VIEW: view}, {}
