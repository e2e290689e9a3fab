"""The picture and the tables of what was measured on a GPU, from stored results alone."""

from __future__ import annotations

from typing import Any

NOBODY = (
    "No result of a GPU is stored yet. `make gpu` on a machine with an NVIDIA GPU measures, and "
    "this page then draws what it stored."
)

LABELS = {
    "sinkhorn_clouds": "Sinkhorn, cost on the fly",
    "sinkhorn_dense": "Sinkhorn, stored cost",
    "logistic_gradient": "logistic gradient",
    "convex_relu": "convex ReLU products",
    "sliced_wasserstein": "sliced Wasserstein",
    "consensus": "consensus step",
    "newton": "small Newton steps",
    "sweep_newton": "Newton's method",
    "sweep_descent": "gradient descent",
    "network_admm": "ADMM for a convex network",
}
"""Short names of the results, in the order of the page."""

CPU = "ours, CPU"
MARKS = {
    CPU: ("s", "0.45"),
    "PyTorch": ("o", "C1"),
    "CuPy": ("^", "C2"),
    "JAX": ("D", "C3"),
    "POT on PyTorch": ("v", "C4"),
    "POT on CuPy": ("<", "C5"),
    "geomloss": ("P", "C6"),
    "geomloss with KeOps": ("X", "C9"),
}
"""Marker and colour of whoever is compared with ours."""


def kernels(found: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the results of kernels, in the order of the page."""
    return [found[name] for name in LABELS if name in found and found[name]["kind"] == "kernel"]


def compared(precision: dict[str, Any]) -> dict[str, Any] | None:
    """Return the row of the largest size at which somebody was compared with ours."""
    rows = [row for row in precision["rows"] if row["peers"]]
    rows = rows or [row for row in precision["rows"] if row["over_cpu"] is not None]
    return rows[-1] if rows else None


def ratios(row: dict[str, Any]) -> dict[str, float]:
    """Return how many times as long as ours each takes, by name."""
    own = {} if row["over_cpu"] is None else {CPU: row["over_cpu"]}
    return own | {name: peer["over"] for name, peer in row["peers"].items()}


def words(found: dict[str, Any]) -> str:
    """Return the alternative text of the picture."""
    shares, times = [], []
    for result in kernels(found):
        label, each = LABELS[result["name"]], result["precisions"]
        percents = (f"{100 * p['rows'][-1]['share_of_limit']:.0f}" for p in each)
        shares.append(f"{label} {' and '.join(percents)}")
        rows = [row for p in each if (row := compared(p)) is not None and row["peers"]]
        if rows:
            best = [min((peer["over"], who) for who, peer in row["peers"].items()) for row in rows]
            times.append(f"{label} {' and '.join(f'{over:.2g} ({who})' for over, who in best)}")
    kinds = " and ".join(dict.fromkeys(p["kind"] for r in kernels(found) for p in r["precisions"]))
    device = next(iter(found.values()))["device"]
    text = (
        f"Kernels on {device}, in {kinds}, in two panels. Left, percent of the device's limit: "
        f"{', '.join(shares)}."
    )
    if times:
        text += (
            " Right, times as long as ours, on a logarithmic axis; the fastest peer takes: "
            f"{', '.join(times)}."
        )
    return text


def draw(found: dict[str, Any]) -> Any:
    """Return a figure: the share of the limit, and the others' times over ours, kernel by kernel.

    Filled markers are float64, hollow ones float32.
    """
    import matplotlib.pyplot as plt

    rows = kernels(found)[::-1]
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(8.4, 1.7 + 0.5 * len(rows)), sharey=True, layout="constrained",
        width_ratios=(2, 3),
    )  # fmt: skip
    seen = set()
    for height, result in enumerate(rows):
        for precision in result["precisions"]:
            double = precision["kind"] == "float64"
            at = height + (0.16 if double else -0.16)
            share = 100 * precision["rows"][-1]["share_of_limit"]
            left.barh(at, share, 0.28, color="C0" if double else "none", edgecolor="C0")
            if (row := compared(precision)) is None:
                continue
            for name, over in ratios(row).items():
                marker, color = MARKS[name]
                seen.add(name)
                right.plot(over, at, marker, color=color, mfc=color if double else "none", ms=7)
    left.set_yticks(range(len(rows)), [LABELS[result["name"]] for result in rows])
    left.set_ylim(-0.5, len(rows) - 0.5)
    left.set_xlim(0, max(100.0, left.get_xlim()[1]))
    left.axvline(100, color="0.1", lw=1)
    left.set_xlabel("percent of the device's limit")
    right.set_xscale("log")
    right.xaxis.set_major_formatter(lambda value, position: f"{value:g}")
    right.axvline(1, color="0.1", lw=1)
    right.set_xlabel("times as long as ours")
    for axes in (left, right):
        axes.grid(axis="x", alpha=0.25)
        axes.set_axisbelow(True)
    left.bar(0, 0, color="C0", edgecolor="C0", label="float64 (filled)")
    left.bar(0, 0, color="none", edgecolor="C0", label="float32 (hollow)")
    for name in (name for name in MARKS if name in seen):
        right.plot([], [], MARKS[name][0], color=MARKS[name][1], label=name)
    figure.legend(loc="outside upper center", ncols=5, fontsize="small", frameon=False)
    return figure


def show(found: dict[str, Any]) -> Any:
    """Return the picture with its words, or None where no kernel is stored."""
    if not kernels(found):
        return None
    from optedu import figures

    return figures.show(draw(found), alt=words(found))


def _table(headings: list[str], rows: list[list[str]], first: int) -> str:
    """Return a Markdown table; the first so many columns are words."""
    marks = ["---"] * first + ["---:"] * (len(headings) - first)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [headings, marks, *rows])


def _size(size: int) -> str:
    return f"{size:,}".replace(",", " ")


def _number(value: float) -> str:
    """Return a number with three digits, without a power of ten."""
    return f"{value:.3g}" if value < 1000 else _size(int(float(f"{value:.3g}")))


def _seconds(value: float) -> str:
    for unit, factor in (("s", 1.0), ("ms", 1e3)):
        if value * factor >= 1:
            return f"{value * factor:.3g} {unit}"
    return f"{1e6 * value:.3g} µs"


def _or_dash(value: float | None) -> str:
    return "-" if value is None else _number(value)


def ours(found: dict[str, Any]) -> str:
    """Return our times and shares of the limit at the largest sizes, as a Markdown table."""
    headings = ["kernel", "numbers", "bound by", "n", "time", "% of the limit", "power of n"]
    rows = []
    for result in kernels(found):
        for precision in result["precisions"]:
            row = precision["rows"][-1]
            rows.append([
                LABELS[result["name"]], precision["kind"], row["bound"], _size(row["size"]),
                _seconds(row["seconds"]), f"{100 * row['share_of_limit']:.0f}",
                _or_dash(precision["exponent"]),
            ])  # fmt: skip
    return _table(headings, rows, 3)


def against(found: dict[str, Any]) -> str:
    """Return the others' times over ours as a Markdown table, with a column for each that is there.

    A dash is one that does not make this computation, or failed.
    """
    rows = [
        (result["name"], precision["kind"], row)
        for result in kernels(found)
        for precision in result["precisions"]
        if (row := compared(precision)) is not None
    ]
    names = [name for name in MARKS if any(name in ratios(row) for _, _, row in rows)]
    headings = ["kernel", "numbers", "n", "ours", *names]
    lines = []
    for name, kind, row in rows:
        times = ratios(row)
        cells = [_number(times[who]) if who in times else "-" for who in names]
        lines.append([LABELS[name], kind, _size(row["size"]), _seconds(row["seconds"]), *cells])
    return _table(headings, lines, 2)


def sweeps(found: dict[str, Any]) -> str:
    """Return the sweeps as a Markdown table, or nothing."""
    headings = ["runs of", "n", "steps", "call", "kernel", "runs a second", "over the CPU's",
                "kernel over a core's"]  # fmt: skip
    rows = [
        [LABELS[result["name"]], _size(row["size"]), f"{row['steps']:.1f}",
         _seconds(row["seconds"]), _seconds(row["kernel_seconds"]),
         *(_number(row[key]) for key in ("runs_per_second", "over_cpu", "over_core"))]
        for name in LABELS
        if name in found and (result := found[name])["kind"] == "sweep"
        for row in result["rows"]
    ]  # fmt: skip
    return _table(headings, rows, 1) if rows else ""


def networks(found: dict[str, Any]) -> str:
    """Return the steps of ADMM as a Markdown table, or nothing."""
    headings = ["a step of", "n", "d", "P", "time", "times as long on the CPU"]
    rows = [
        [LABELS[result["name"]], _size(row["observations"]), _size(row["variables"]),
         _size(row["patterns"]), _seconds(row["seconds"]), _or_dash(row["over_cpu"])]
        for result in found.values()
        if result["kind"] == "network"
        for row in result["rows"]
    ]  # fmt: skip
    return _table(headings, rows, 1) if rows else ""


def circumstances(found: dict[str, Any]) -> str:
    """Return device, machine, rates and versions as a paragraph."""
    result = next(iter(found.values()))
    dates = sorted({result["date"] for result in found.values()})
    when = dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"
    rates = {
        precision["kind"]: precision["rates"]
        for result in kernels(found)
        for precision in result["precisions"]
    }
    told = "".join(
        f" In {kind} it moved {rate['bytes'] / 1e12:.2f} TB a second, and made "
        f"{rate['flops'] / 1e12:.1f} trillion multiplications and additions or "
        f"{rate['exps'] / 1e12:.2f} trillion exponentials."
        for kind, rate in sorted(rates.items())
    )
    versions: dict[str, str] = {}
    for each in found.values():
        versions |= each["versions"]
    return (
        f"{result['device']}, {when}, beside {result['machine']['processor']}, of which ours took "
        f"{result['threads']} threads.{told} "
        f"{', '.join(f'{name} {number}' for name, number in versions.items())}."
    )


def remarks(found: dict[str, Any]) -> str:
    """Return what the results say besides their numbers, as a list."""
    said: dict[str, list[str]] = {}
    for name in (name for name in LABELS if name in found):
        for note in found[name]["notes"]:
            said.setdefault(note, []).append(LABELS[name])
    lines = []
    for note, names in said.items():
        whom = f"{', '.join(names)}: " if len(names) < len(kernels(found)) else ""
        lines.append(f"* {whom}{note}.")
    return "\n".join(lines)


def tables(found: dict[str, Any]) -> str:
    """Return all tables, the circumstances and the remarks, as Markdown, or that there are none."""
    if not found:
        return NOBODY
    parts = [sweeps(found), networks(found), circumstances(found), remarks(found)]
    if kernels(found):
        parts = [ours(found), against(found), *parts]
    return "\n\n".join(part for part in parts if part)
