"""What Python answers to the page while a kernel runs."""

from __future__ import annotations

from typing import Any

import numpy as np

from optedu.browser.live.columns import columns_of, run_whole, sentence
from optedu.browser.live.data import changed, numbers
from optedu.browser.live.scene import Scene

SECONDS = 3.0
MOST_POINTS = 40_000
COLUMNS = ("iterations", "values", "certificates", "calls", "iterates")


def answer(scene: Scene, message: Any) -> tuple[dict[str, Any], list[bytes]] | None:
    """Return the answer to a message of the page, or None where it asks for nothing.

    ``{"kind": "run", "id", "method", "problem", "fields", "x0", "seed", "steps", "every", "tol"}``
    is answered by status, message, steps, rows, oracles, and the buffers `COLUMNS`, float64;
    ``{"kind": "values", "id", "problem", "points"}`` by the buffer of f at the points, NaN where
    it fails. Both may name ``"data"``, the fields of the problem that the reader changed. What goes
    wrong is answered as status ``"failed"`` with a sentence, never raised.
    """
    if not isinstance(message, dict) or message.get("kind") not in ("run", "values"):
        return None
    about = {"kind": message["kind"], "id": message.get("id")}
    try:
        content, buffers = (_run if message["kind"] == "run" else _values)(scene, message)
    except Exception as error:  # whatever a reader's own code raises
        content = {"status": "failed", "message": sentence(error), "steps": 0, "rows": 0,
                   "oracles": []}  # fmt: skip
        buffers = [b""] * (len(COLUMNS) if message["kind"] == "run" else 1)
    return about | content, buffers


def _run(scene: Scene, message: dict[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
    i, j = int(message["method"]), int(message["problem"])
    pair, objective = scene.pairs[i][j], scene.objectives[j]
    if pair.method is None:
        raise ValueError(pair.reason)
    steps = int(message.get("steps", scene.settings.steps))
    fields = {  # a slider may move a number that the problem has and the method has not
        field: value
        for field, value in (message.get("fields") or {}).items()
        if field in pair.method._fields or field not in numbers(objective.problem)
    }
    trace, error = run_whole(
        with_fields(pair.method, fields),
        changed(objective.problem, message.get("data") or {}),
        np.reshape(np.asarray(message["x0"], dtype=float), objective.start.shape),
        max_iter=min(max(steps, 0), scene.settings.most_steps),
        tol=float(message.get("tol", scene.settings.tol)),
        seed=int(message.get("seed", scene.settings.seed)),
        record_every=int(message.get("every", 1)),
        time_limit=SECONDS,
    )
    oracles = list(trace.calls)
    found = columns_of(trace, oracles)
    content = {
        "status": trace.status.value if error is None else "failed",
        "message": error or trace.message,
        "steps": int(trace.iterations[-1]),
        "rows": len(trace),
        "oracles": oracles,
    }
    return content, [found[name].tobytes() for name in COLUMNS]


def with_fields(method: Any, fields: dict[str, Any]) -> Any:
    """Return the method with numbers from the page, each of the kind that the field holds."""
    kinds = {field: type(getattr(method, field)) for field in fields}
    return method._replace(**{field: kinds[field](value) for field, value in fields.items()})


def _values(scene: Scene, message: dict[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
    objective = scene.objectives[int(message["problem"])]
    problem = changed(objective.problem, message.get("data") or {})
    points = np.asarray(message["points"], dtype=float).reshape(-1, *objective.start.shape)
    if len(points) > MOST_POINTS:
        raise ValueError(f"at most {MOST_POINTS} points at once, got {len(points)}")
    values = np.full(len(points), np.nan)
    with np.errstate(all="ignore"):
        for n, point in enumerate(points):
            try:
                values[n] = problem.value(point)
            except (ArithmeticError, ValueError, np.linalg.LinAlgError):
                continue
    content = {"status": "done", "message": "", "rows": len(points)}
    return content, [values.astype("<f8").tobytes()]
