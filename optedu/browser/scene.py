"""What a moving figure shows, as plain arrays: no widget, no drawing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from optedu.browser.contours import Field, make_field, window
from optedu.guarantees import measure
from optedu.running.trace import Trace, abscissa

# "{}" is the name of the certificate, which is not always a gradient norm.
QUANTITIES = {
    "gap": "f(x) \N{MINUS SIGN} f*",
    "best_gap": "best f(x) \N{MINUS SIGN} f*",
    "gradient_norm": "{}",
    "best_gradient_norm": "smallest {}",
    "distance": "‖x \N{MINUS SIGN} x*‖",
    "value": "f(x)",
}


@dataclass(frozen=True)
class Run:
    """One run's rows: when each was reached, what was measured, where it was."""

    label: str
    status: str
    clock: np.ndarray
    measured: np.ndarray
    path: np.ndarray | None
    bound: np.ndarray | None


@dataclass(frozen=True)
class Scene:
    """All that a figure shows. `variants` holds (name of the parameter's value, runs)."""

    title: str
    alt: str
    quantity: str
    logarithmic: bool
    against: str
    parameter: str | None
    variants: tuple[tuple[str, tuple[Run, ...]], ...]
    field: Field | None

    def pack(self) -> tuple[dict[str, Any], bytes, bytes]:
        """Return (description, float32 columns, uint16 field), what travels to the page."""
        columns: list[np.ndarray] = []

        def span(column: np.ndarray | None) -> list[int] | None:
            if column is None:
                return None
            start = sum(len(c) for c in columns)
            columns.append(np.asarray(column, dtype="<f4").ravel())
            return [start, len(columns[-1])]

        variants = [
            {"name": name, "runs": [
                {"label": run.label, "status": run.status, "clock": span(run.clock),
                 "measured": span(run.measured), "path": span(run.path), "bound": span(run.bound)}
                for run in runs]}
            for name, runs in self.variants
        ]  # fmt: skip
        description = {
            "title": self.title, "alt": self.alt, "quantity": self.quantity,
            "log": self.logarithmic, "against": self.against,
            "parameter": self.parameter, "variants": variants,
            "field": None if self.field is None else self.field.describe(),
        }  # fmt: skip
        data = np.concatenate(columns).astype("<f4").tobytes()
        field = b"" if self.field is None else self.field.heights.astype("<u2").tobytes()
        digest = hashlib.sha256(json.dumps(description, sort_keys=True).encode() + data + field)
        description["id"] = digest.hexdigest()[:12]
        return description, data, field


def make_scene(
    runs: Any, problem: Any, *, title: str, alt: str, parameter: str | None, labels: Any,
    quantity: str | None, against: str, extent: Any, levels: Any, guarantees: bool, frames: int,
) -> Scene:  # fmt: skip
    """Return the scene of `optedu.animate`, whose documentation explains the arguments."""
    for name, text in (("title", title), ("alt", alt)):
        if not isinstance(text, str) or not text.strip():
            raise ValueError(
                f"animate needs {name}=, got {text!r}: "
                "a figure without words is closed to readers who cannot see it"
            )
    if frames < 2:
        raise ValueError(f"animate: frames must be at least 2, got {frames}")
    variants = _variants(runs, parameter)
    everything = [trace for _, traces in variants for trace in traces]
    names = _labels(labels, len(variants[0][1]))
    problem = everything[0].problem if problem is None else problem
    if quantity is None:
        known = all(getattr(trace.problem, "minimum", None) is not None for trace in everything)
        quantity = "gap" if known else "gradient_norm"
    if quantity not in QUANTITIES:
        raise ValueError(f"animate: quantity is one of {', '.join(QUANTITIES)}; got {quantity!r}")
    if against == "seconds":
        raise ValueError(
            "animate: against='seconds' would make another figure on every machine; "
            "use 'iterations' or an oracle such as 'gradients'"
        )
    planar = hasattr(problem, "value") and all(_is_planar(trace) for trace in everything)
    if extent is not None and not planar:
        raise ValueError(
            "animate: extent= is the window of a map, which needs a problem in two dimensions "
            "and recorded iterates"
        )
    field = make_field(problem, window(everything, problem, extent), levels) if planar else None
    drawn = []
    for name, traces in variants:
        played = [
            _run(trace, words or trace.label, quantity, against, planar, guarantees, frames)
            for trace, words in zip(traces, names, strict=True)
        ]
        drawn.append((name, tuple(played)))
    return Scene(
        title=title.strip(),
        alt=alt.strip(),
        quantity=QUANTITIES[quantity].format(everything[0].certificate.name),
        logarithmic=quantity != "value",
        against="iteration" if against == "iterations" else f"{against.removesuffix('s')} calls",
        parameter=parameter,
        variants=tuple(drawn),
        field=field,
    )


def _variants(runs: Any, parameter: str | None) -> list[tuple[str, list[Trace]]]:
    if not isinstance(runs, Mapping):
        if parameter is not None:
            raise ValueError(
                f"animate: parameter={parameter!r} names a second slider, which needs runs= to "
                "be a mapping {value: traces}"
            )
        return [("", _traces(runs))]
    if not runs:
        raise ValueError("animate got an empty mapping: there is nothing to play")
    if not parameter:
        raise ValueError(
            'animate got a mapping and needs parameter=, the name of its slider ("step size")'
        )
    variants = [
        (value if isinstance(value, str) else f"{value:.4g}", _traces(group))
        for value, group in runs.items()
    ]
    sizes = sorted({len(traces) for _, traces in variants})
    if len(sizes) > 1:
        raise ValueError(
            f"animate: every value of {parameter!r} needs the same number of runs, got {sizes}"
        )
    return variants


def _traces(runs: Any) -> list[Trace]:
    if isinstance(runs, Trace):
        return [runs]
    runs = getattr(runs, "traces", runs)
    if not isinstance(runs, Sequence) or not all(isinstance(run, Trace) for run in runs):
        raise TypeError(
            "animate plays a Trace, a list of Traces, a Race, or a mapping to these; "
            f"got {type(runs).__name__}"
        )
    if not runs:
        raise ValueError("animate got an empty list: there is nothing to play")
    return list(runs)


def _labels(labels: Any, size: int) -> Sequence[str | None]:
    if labels is None:
        return [None] * size
    labels = [labels] if isinstance(labels, str) else list(labels)
    if len(labels) != size:
        raise ValueError(f"animate: {size} runs need as many labels, got {len(labels)}")
    return labels


def _is_planar(trace: Trace) -> bool:
    return trace.kept_iterates is not None and trace.kept_iterates.shape[1:] == (2,)


def _run(
    trace: Trace, label: str, quantity: Any, against: str, planar: bool, guarantees: bool,
    frames: int,
) -> Run:  # fmt: skip
    keep = _rows(len(trace), frames)
    bound = _bound(trace, quantity) if guarantees else None
    return Run(
        label=label,
        status=trace.status.value.replace("_", " "),
        clock=abscissa(trace, against)[keep],
        measured=(trace.values if quantity == "value" else measure(trace, quantity))[keep],
        path=trace.iterates[keep] if planar else None,
        bound=None if bound is None else bound[keep],
    )


def _rows(length: int, frames: int) -> np.ndarray:
    """Return the rows to keep: all when they fit, else dense at the start, where most happens."""
    if length <= frames:
        return np.arange(length)
    return np.unique(np.round(np.geomspace(1, length, frames)).astype(int)) - 1


def _bound(trace: Trace, quantity: str) -> np.ndarray | None:
    guarantee = trace.guarantee()
    if guarantee is None or guarantee.quantity != quantity:
        return None
    return np.broadcast_to(np.asarray(guarantee.bound, dtype=float), (len(trace),))
