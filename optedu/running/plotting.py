"""Pictures of traces; the only place of the running part that loads Matplotlib."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np

from optedu.guarantees import Guarantee, measure
from optedu.running.trace import Trace, abscissa, short_labels

LABELS = {"iterations": "iterations k", "seconds": "seconds"}
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")


def plot_traces(traces: Sequence[Trace], against: str = "iterations", ax: Any = None) -> Any:
    """Draw convergence curves, with each guarantee dashed in its method's colour.

    The curve is f(x_k) - f* where every problem knows f*, else the certificate.
    """
    if ax is None:
        _, ax = plt.subplots(figsize=(6.4, 4.0), layout="constrained")
    labels = short_labels([trace.method for trace in traces])
    gaps = all(getattr(trace.problem, "minimum", None) is not None for trace in traces)
    for number, trace in enumerate(traces):
        horizontal = abscissa(trace, against)
        curve = measure(trace, "gap") if gaps else trace.gradient_norms
        curve = np.where(curve > 0, curve, np.nan)
        marker = MARKERS[number % len(MARKERS)]
        (line,) = ax.plot(
            horizontal, curve, label=labels[number], marker=marker, markevery=0.12, markersize=5
        )
        guarantee = trace.guarantee()
        if guarantee is not None and guarantee.quantity == ("gap" if gaps else "gradient_norm"):
            ax.plot(horizontal, guarantee.bound, "--", color=line.get_color(), linewidth=1)
            _compare(trace, curve, guarantee)
    ax.set_yscale("log")
    ax.set_xlabel(LABELS.get(against, f"{against} evaluated"))
    ax.set_ylabel("f(x_k) - f*" if gaps else traces[0].certificate.name)
    ax.legend()
    ax.grid(alpha=0.3)
    return ax


def _compare(trace: Trace, curve: np.ndarray, guarantee: Guarantee) -> None:
    """Say so when what is drawn is not under its bound; in the book's build that is an error."""
    noise = 1e-12 * (1 + np.abs(trace.values))
    over = curve > guarantee.bound * (1 + 1e-9) + noise
    if over.any():
        k = trace.iterations[np.argmax(over)]
        warnings.warn(
            f"{trace.label} is above its bound ({guarantee.source}) at step {k}: are the "
            "problem's constants right?",
            RuntimeWarning,
            stacklevel=3,
        )


def plot_sweep(sweep: Any, ax: Any = None) -> Any:
    """Draw the median steps to convergence over one or two swept hyperparameters.

    Where fewer than half of the starts converged nothing is drawn.
    """
    if len(sweep.axes) > 2:
        raise ValueError(f"plot shows one or two hyperparameters, got {len(sweep.axes)}")
    if ax is None:
        _, ax = plt.subplots(figsize=(6.4, 4.0), layout="constrained")
    steps = np.median(sweep.iterations, axis=-1)
    shown = np.where(sweep.fraction() >= 0.5, steps, np.nan)
    names, grids = list(sweep.axes), list(sweep.axes.values())
    ax.set_xlabel(names[0])
    if len(names) == 1:
        ax.plot(grids[0], shown, marker="o")
        ax.set_ylabel("steps to converge (median)")
        ax.set_yscale("log")
    else:
        image = ax.pcolormesh(grids[0], grids[1], shown.T, norm="log", shading="nearest")
        ax.set_ylabel(names[1])
        ax.figure.colorbar(image, ax=ax, label="steps to converge (median)")
    return ax
