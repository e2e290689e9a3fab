"""The figure in which the reader moves the start, the hyperparameters, the method, the problem."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from optedu.browser.live import arguments
from optedu.browser.live.axes import oracles_called, read_against, read_quantity
from optedu.browser.live.scene import Settings, make_scene

if TYPE_CHECKING:
    from optedu.browser.live.widget import Explorer

MOST_STEPS = 5000


def explore(
    methods: Any,
    problem: Any,
    x0: Any = None,
    *,
    title: str,
    alt: str,
    menu: Any = (),
    problems: Any = (),
    labels: Sequence[str] | None = None,
    panels: str | Sequence[str] | None = None,
    steps: int = 200,
    tol: float = 1e-6,
    seed: int = 0,
    quantity: str | None = None,
    against: str = "iterations",
    extent: Any = None,
    levels: Any = arguments.BANDS,
    sliders: Mapping[str, Any] | Sequence[str] | None = None,
    guarantees: bool = True,
    contours: Any = None,
    code: Any = None,
) -> Explorer:
    """Return a figure in which methods run as the reader changes what they run on.

    Drag the start, move a hyperparameter, pick another method or problem: the page computes the
    runs anew, by this package's code compiled to WebAssembly, with no kernel. Where a method or a
    problem cannot be compiled (a problem of plain Python functions), the kernel of a notebook
    computes, and the published page plays the runs recorded here. With scripts off, in print and
    in a PDF a still picture stands in.

    Parameters
    ----------
    methods : method, sequence of methods, or mapping
        Who runs, at most six. A mapping gives labels, ``{"momentum 0.9": HeavyBall(0.1, 0.9)}``;
        a class stands for the method with its defaults.
    problem : problem
        What is minimized at first.
    x0 : array_like or mapping, optional
        The start on `problem`, or a mapping from a problem's label to its start; by default the
        problem's usual start.
    title : str
        One line above the figure.
    alt : str
        What the figure shows, for a reader who cannot see it: one or two sentences.
    menu : method, sequence of methods, or mapping
        More methods from which the reader may choose.
    problems : sequence of problems, or mapping
        More problems from which the reader may choose. A mapping gives labels; it may hold
        `problem` itself, to give it one. There a step size keeps its relation to the smoothness,
        or to a guess from the curvature at the start and the minimizer where that is unknown.
    labels : sequence of str, optional
        One name per method that runs; by default the class name in words.
    panels : str or sequence of str, optional
        The live forms: ``"map"``, ``"curves"``, ``"landscape"``, ``"heatmap"``, ``"basins"``,
        ``"simplex"``, ``"matrix"``, ``"spectrum"``, ``"particles"``, ``"plan"``, ``"network"``,
        ``"arrangement"``. By default the curves, beside a map in two dimensions and a landscape in
        one. In a plan, between points X and Y in the plane, the reader drags the points.
    steps : int
        How many steps are run at first.
    tol : float
        A run has converged when its certificate is at most this.
    seed : int
        Random stream of random methods.
    quantity : {"gap", "gradient_norm", "distance", "best_gap", "best_gradient_norm", "value"}
        What the curves show at first; by default the gap if the minimum is known, else the
        certificate.
    against : str
        What the curves are drawn against at first: ``"iterations"``, or an oracle whose calls are
        counted, for example ``"gradient"``.
    extent : tuple of float or mapping, optional
        The window (left, right, bottom, top) of the map, (left, right) in one dimension, or a
        mapping from a problem's label to it; by default it holds the runs.
    levels : int, sequence of float, or mapping
        Number of contour bands, or the increasing values of f at which to draw contour lines.
    sliders : mapping or sequence of str, optional
        Hyperparameters in the order in which their sliders are shown, and numbers of the problem
        that the reader may change, if no method depends on them; a mapping also gives their
        range, ``(low, high)`` or ``(low, high, "linear")``, or their scale, ``"log"`` or
        ``"linear"``, or None for no slider.
    guarantees : bool
        Whether to draw the proven bounds that the methods state (dashed).
    contours : problem or mapping, optional
        Another function to draw on the map in place of the problem's own value, or a mapping from
        a problem's label to it.
    code : str or mapping, optional
        How a reader writes the problem in Python; by default the call that makes it, if its
        numbers are few.

    Returns
    -------
    Explorer
        An anywidget; show it by leaving it on the last line of a cell.

    Raises
    ------
    TypeError, ValueError
        In one sentence, when an argument does not fit.

    Examples
    --------
    >>> import optedu as oe
    >>> bowl = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
    >>> figure = oe.explore([oe.GradientDescent(0.1), oe.HeavyBall(0.1, 0.9)], bowl, [2.0, 2.0],
    ...                     steps=20, title="Momentum, or not",
    ...                     alt="Gradient descent creeps, the heavy ball swings.")
    >>> figure.scene["problems"][0]["code"]
    'oe.problems.Quadratic([[3, 1], [1, 2]], [1, 1])'
    """
    words = [arguments.read_text(name, text) for name, text in (("title", title), ("alt", alt))]
    players, shown = arguments.read_players(methods, menu, labels)
    objectives, index = arguments.read_objectives(problem, problems, x0, code, contours)
    names = [objective.label for objective in objectives]
    bands, lines = arguments.read_levels(levels, names, index)
    steps = arguments.read_count("steps", steps, 1)
    settings = Settings(
        title=words[0],
        alt=words[1],
        panels=arguments.read_panels(panels, objectives, index),
        quantity=read_quantity(quantity, problem),
        against=read_against(against, oracles_called(p.method for p in players)),
        steps=steps,
        most_steps=max(steps, min(10 * steps, MOST_STEPS)),
        tol=arguments.read_tolerance(tol),
        seed=arguments.read_count("seed", seed, 0),
        bands=bands,
        guarantees=bool(guarantees),
        shown=shown,
        index=index,
        levels=lines,
        extents=arguments.by_problem("extent", extent, names, index),
        wishes=arguments.read_sliders(sliders, players, objectives),
    )
    scene = make_scene(settings, players, objectives)
    from optedu.browser.live.widget import Explorer  # loads the widget libraries, only when needed

    return Explorer.from_scene(scene)
