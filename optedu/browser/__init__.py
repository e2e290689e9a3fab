"""Figures that move in the published page, with no kernel and no server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from optedu.browser.scene import make_scene

if TYPE_CHECKING:
    from optedu.browser.figure import PathFigure

__all__ = ["animate"]


def animate(
    runs: Any,
    problem: Any = None,
    *,
    title: str,
    alt: str,
    parameter: str | None = None,
    labels: Sequence[str] | None = None,
    quantity: str | None = None,
    against: str = "iterations",
    extent: tuple[float, float, float, float] | None = None,
    levels: int | Sequence[float] = 14,
    guarantees: bool = True,
    frames: int = 300,
) -> PathFigure:
    """Return a figure that plays runs: paths over contours, and convergence curves.

    The runs are recorded beforehand, so the figure moves in a saved notebook and in the published
    page. With scripts off, in print and in a PDF a still picture of the last step stands in.

    Parameters
    ----------
    runs : Trace, sequence of Trace, Race, or mapping
        What to play. A mapping ``{value: runs}`` adds a second slider over its keys; each value
        holds the same methods in the same order.
    problem : problem, optional
        Where contours come from; the problem of the first trace by default. Contours and paths
        are drawn in two dimensions only, otherwise the curves take the whole width.
    title : str
        One line above the figure.
    alt : str
        What the figure shows, for a reader who cannot see it: one or two sentences.
    parameter : str, optional
        Name of what the second slider changes, for example ``"step size"``; needed with a mapping.
    labels : sequence of str, optional
        One name per method for the legend; by default the method with its numbers.
    quantity : {"gap", "gradient_norm", "distance", "best_gap", "best_gradient_norm", "value"}
        What the curves show; by default the gap if the minimum is known, else the certificate.
    against : str
        ``"iterations"``, or the oracle whose calls the horizontal axis and the slider count, for
        example ``"gradient"``: then methods race on equal work instead of equal steps.
    extent : tuple of float, optional
        The window (left, right, bottom, top) of the map; by default it holds all paths.
    levels : int or sequence of float
        Number of contour bands, or the increasing values of f at which to draw contour lines.
    guarantees : bool
        Whether to draw the proven bounds that the methods state for the quantity (dashed).
    frames : int
        At most this many rows of each run are kept: all the early ones, then ever fewer.

    Returns
    -------
    PathFigure
        An anywidget; show it by leaving it on the last line of a cell.

    Raises
    ------
    TypeError, ValueError
        In one sentence, when an argument does not fit.

    Examples
    --------
    >>> import optedu as oe
    >>> bowl = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    >>> runs = {s: oe.run(oe.GradientDescent(s), bowl, [2.0, 2.0]) for s in (0.1, 0.3, 0.5)}
    >>> figure = oe.animate(runs, parameter="step size", title="Three step sizes",
    ...                     alt="Gradient descent walks to the minimum of a quadratic bowl.")
    """
    scene = make_scene(
        runs, problem, title=title, alt=alt, parameter=parameter, labels=labels,
        quantity=quantity, against=against, extent=extent, levels=levels, guarantees=guarantees,
        frames=frames,
    )  # fmt: skip
    from optedu.browser.figure import PathFigure  # loads the widget libraries, only when needed

    return PathFigure.from_scene(scene)
