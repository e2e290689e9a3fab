"""Still pictures for chapters: alternative text is not optional."""

from __future__ import annotations

import base64
import html
import io
from typing import Any


class Picture:
    """A Matplotlib figure with the words for a reader who cannot see it."""

    def __init__(self, figure: Any, alt: str) -> None:
        self._alt = alt
        self._png = _draw(figure, "png")
        self._svg = _draw(figure, "svg")

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        source = base64.b64encode(self._svg).decode("ascii")
        page = (
            f'<figure class="optedu-picture"><img alt="{html.escape(self._alt)}" '
            f'src="data:image/svg+xml;base64,{source}"></figure>'
        )
        png = base64.b64encode(self._png).decode("ascii")
        return {"text/html": page, "image/png": png, "text/plain": self._alt}


def show(axes: Any, alt: str) -> Picture:
    """Return a picture to leave on a cell's last line.

    Parameters
    ----------
    axes : matplotlib.axes.Axes or matplotlib.figure.Figure
        What was drawn; the figure is closed.
    alt : str
        One or two sentences that say what there is to see.

    Raises
    ------
    ValueError
        If `alt` is empty.
    """
    import matplotlib.pyplot as plt

    if not alt.strip():
        raise ValueError("show needs alt=..., one sentence that says what there is to see")
    figure = getattr(axes, "figure", axes)
    picture = Picture(figure, alt)
    plt.close(figure)
    return picture


def _draw(figure: Any, kind: str) -> bytes:
    import matplotlib

    buffer = io.BytesIO()
    metadata = {"Date": None} if kind == "svg" else None
    with matplotlib.rc_context({"svg.hashsalt": "optedu", "svg.fonttype": "path"}):
        figure.savefig(buffer, format=kind, metadata=metadata, dpi=160, transparent=kind == "svg")
    return buffer.getvalue()


def compare(
    methods: dict[str, Any],
    problem: Any,
    x0: Any,
    *,
    alt: str,
    quantity: Any = "gap",
    against: str = "iterations",
    **options: Any,
) -> Picture:
    """Return the curves of methods from one start, still: where a live figure is too heavy.

    Parameters
    ----------
    methods : dict of str to method
        By the label of their curve.
    problem, x0
        As in `optedu.run`.
    alt : str
        What the picture shows, in words.
    quantity : {"gap", "value", "gradient_norm", "distance"}
        What is drawn upwards; all but the value on a logarithmic axis.
    against : str
        ``"iterations"``, ``"seconds"`` or the name of an oracle.
    **options
        Passed to `optedu.run`.
    """  # fmt: skip
    import matplotlib.pyplot as plt

    from optedu.browser.live.axes import quantity_label, shared_certificate
    from optedu.guarantees import measure
    from optedu.running.run import run
    from optedu.running.trace import abscissa

    figure, axes = plt.subplots(figsize=(6.6, 3.4), layout="constrained")
    for label, method in methods.items():
        trace = run(method, problem, x0, **options)
        heights = trace.values if quantity == "value" else measure(trace, quantity)
        axes.plot(abscissa(trace, against), heights, label=label)
    if quantity != "value":
        axes.set_yscale("log")
    axes.set_xlabel(f"{against.replace('_', ' ')}")
    axes.set_ylabel(quantity_label(quantity, shared_certificate(methods.values(), problem)))
    axes.legend()
    return show(figure, alt=alt)
