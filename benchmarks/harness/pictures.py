"""The pictures and tables of the book's page, from stored results alone."""

from __future__ import annotations

from typing import Any

OWN = "optedu"


def ranked(result: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the solvers, fastest first; those that did not reach the tolerance come last."""
    return sorted(result["solvers"], key=lambda row: (not row["reached"], row["median"]))


def label(row: dict[str, Any]) -> str:
    """Return a solver's name, with the library in front."""
    known = row["name"].lower().startswith(("scipy", "scikit-learn", row["library"]))
    return row["name"] if known else f"{row['library']} {row['name']}"


def words(result: dict[str, Any]) -> str:
    """Return the alternative text of the picture: who is fastest, and by how much."""
    rows = ranked(result)
    best = rows[0]
    parts = [
        f"{result['title']}: warm seconds of {len(rows)} solvers on a logarithmic axis.",
        f"Fastest is {label(best)} with {best['median']:.2g} s.",
    ]
    for own in (True, False):
        of_kind = [row for row in rows if row["reached"] and (row["library"] == OWN) is own]
        if of_kind and of_kind[0] is not best:
            times = of_kind[0]["median"] / best["median"]
            side = "of ours" if own else "of the peers"
            parts.append(f"The best {side}, {label(of_kind[0])}, takes {times:.2g} times as long.")
    short = [label(row) for row in rows if not row["reached"]]
    if short:
        parts.append(f"Short of the tolerance: {', '.join(short)}.")
    return " ".join(parts)


def draw(result: dict[str, Any]) -> Any:
    """Return a figure: median, range, first call and physical limit of each solver."""
    import matplotlib.pyplot as plt

    rows = ranked(result)[::-1]
    figure, axes = plt.subplots(figsize=(8.4, 1.2 + 0.36 * len(rows)), layout="constrained")
    for height, row in enumerate(rows):
        color = "C0" if row["library"] == OWN else "C1"
        face = color if row["reached"] else "none"
        axes.plot([row["minimum"], max(row["processor"])], [height, height], color=color, lw=1)
        axes.plot(row["median"], height, "o", color=color, markerfacecolor=face, markersize=8)
        axes.plot(row["first_processor"], height, "x", color="0.45", markersize=5)
        if row["limit"]:
            axes.plot(row["limit"], height, "|", color="0.1", markersize=13, markeredgewidth=1.6)
    axes.set_yticks(range(len(rows)), [label(row) for row in rows])
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.set_xscale("log")
    axes.set_xlabel("processor seconds, one thread")
    axes.grid(axis="x", alpha=0.25)
    axes.set_axisbelow(True)
    for style, color, text in (
        ("o", "C0", "ours, warm"),
        ("o", "C1", "peer, warm"),
        ("x", "0.45", "first call"),
        ("|", "0.1", "physical limit of its calls"),
    ):
        axes.plot([], [], style, color=color, label=text)
    if not all(row["reached"] for row in rows):
        axes.plot([], [], "o", color="C1", markerfacecolor="none", label="short of the tolerance")
    figure.legend(loc="outside upper center", ncols=5, fontsize="small", frameon=False)
    return figure


def show(result: dict[str, Any]) -> Any:
    """Return the picture with its words."""
    from optedu import figures

    return figures.show(draw(result), alt=words(result))


HEADINGS = (
    "solver",
    "median",
    "minimum",
    "best peer = 1",
    "limit = 1",
    "steps",
    "error",
    "gap",
    "MiB",
)


def table(result: dict[str, Any]) -> str:
    """Return the numbers as a Markdown table."""
    lines = [f"| {' | '.join(HEADINGS)} |", "| --- " + "| ---: " * (len(HEADINGS) - 1) + "|"]
    for row in ranked(result):
        memory = row["memory_bytes"]
        cells = (
            label(row) + ("" if row["reached"] else " (short of the tolerance)"),
            _seconds(row["median"]),
            _seconds(row["minimum"]),
            _ratio(row["over_best_peer"]),
            _ratio(row["over_limit"]),
            str(row["steps"]),
            f"{row['gradient_norm']:.0e}",
            f"{row['gap']:.0e}",
            "-" if memory is None else f"{memory / 2**20:.0f}",
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def circumstances(result: dict[str, Any]) -> str:
    """Return data, machine and versions as a paragraph."""
    machine, rates = result["machine"], result["rates"]
    versions = ", ".join(f"{name} {number}" for name, number in result["versions"].items())
    load = result["load_at_start"]
    busy = "" if load is None else f", load average {load:.1f} at the start"
    return (
        f"{result['data']} Tolerance {result['tolerance']:.0e}, {result['rounds']} rounds. "
        f"{result['date']}, {machine['processor']}, {machine['cores']} cores{busy}. "
        f"In this run a core read {rates['bytes'] / 1e9:.1f} GB, multiplied and added "
        f"{rates['flops'] / 1e9:.0f} billion numbers, and took {rates['exps'] / 1e9:.2f} billion "
        f"exponentials a second. {versions}."
    )


def _seconds(value: float) -> str:
    return f"{value:.3g} s" if value >= 1 else f"{1e3 * value:.3g} ms"


def _ratio(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
