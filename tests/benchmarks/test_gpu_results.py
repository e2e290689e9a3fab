"""What the book makes of stored GPU results, on invented ones: nobody may have had a GPU."""

import copy
import json
import re
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

from benchmarks.gpu import pictures, results
from benchmarks.gpu.session import NAMES, Session

PAGE = Path(__file__).resolve().parents[2] / "book" / "performance.md"
INVENTED = "an invented GPU, for a test"
PEERS = {"PyTorch": 3.0, "CuPy": 5.0, "JAX": 0.8}
MORE = {
    "sinkhorn_dense": {"POT on PyTorch": 6.0, "POT on CuPy": 8.0, "geomloss": 4.0},
    "sliced_wasserstein": {"POT on PyTorch": 12.0},
    "sinkhorn_clouds": {"geomloss with KeOps": 1.5},
}


def rows_of(name, factor, rng):
    """Return rows of two sizes; the last one is compared with nobody."""
    rows = []
    for size in (1_000, 10_000, 100_000):
        seconds = 1e-9 * factor * size * float(rng.uniform(0.9, 1.1))
        peers = {
            who: {"seconds": over * seconds, "all_seconds": [over * seconds] * 3, "over": over}
            for who, over in (PEERS | MORE.get(name, {})).items()
        }
        share = float(rng.uniform(0.2, 0.9))
        rows.append({
            "size": size, "seconds": seconds, "all_seconds": [seconds] * 3,
            "limit": share * seconds, "bound": "bandwidth", "share_of_limit": share,
            "share_of_memory": 0.01, "cpu_seconds": 300 * seconds, "over_cpu": 300.0,
            "peers": peers if size == 10_000 else {},
        })  # fmt: skip
    return rows


@pytest.fixture
def invented(tmp_path):
    """Results of all names, as they come back from files, of a GPU that does not exist."""
    session, rng = Session("simulator", folder=None), np.random.default_rng(0)
    for name in NAMES:
        result = session.result(name)
        result |= {"device": INVENTED, "date": "2000-01-01", "notes": ["a note of an invented GPU"]}
        result["machine"] |= {"processor": "an invented processor"}
        if result["kind"] == "kernel":
            for kind, factor in (("float32", 1.0), ("float64", 2.0)):
                rows = rows_of(name, factor, rng)
                rates = {"flops": 3e13, "bytes": 4e12, "exps": 1e12}
                result["precisions"].append(
                    {"kind": kind, "rates": rates, "exponent": results.exponent(rows), "rows": rows}
                )
        elif result["kind"] == "sweep":
            rate = {"size": 10, "seconds": 1.0, "runs_per_second": 10.0}
            result |= {"cpu": rate, "core": rate}
            result["rows"] = [{
                "size": 1_048_576, "seconds": 2.0, "all_seconds": [1.0, 1.0], "steps": 8.5,
                "kernel_seconds": 0.5, "runs_per_second": 524_288.0, "over_cpu": 52_428.8,
                "over_core": 209_715.2,
            }]  # fmt: skip
        else:
            result["rows"] = [{
                "size": 200_000, "observations": 1000, "variables": 20, "patterns": 200,
                "seconds": 1e-3, "all_seconds": [1e-3], "cpu_seconds": 1e-2, "over_cpu": 10.0,
            }]  # fmt: skip
        results.write(result, tmp_path)
    return results.read(tmp_path)


def test_what_is_stored_comes_back(invented):
    assert set(invented) == set(NAMES)
    assert all(results.faults(result) == [] for result in invented.values())
    assert all(result["device"] in results.told(result) for result in invented.values())


def test_every_name_has_a_label():
    assert set(pictures.LABELS) == set(NAMES)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda r: r.pop("device"), "result.device is missing"),
        (lambda r: r.update(host="x"), "host is not known"),
        (lambda r: r.update(kind="other"), "precisions is missing|result.*not known"),
        (lambda r: r["precisions"].clear(), "precisions is not a list of something"),
        (lambda r: r["precisions"][0].pop("exponent"), "exponent is missing"),
        (
            lambda r: r["precisions"][0]["rows"][1]["peers"]["JAX"].pop("over"),
            "JAX at 10000.over is missing",
        ),
        (
            lambda r: r["precisions"][0]["rows"][1]["peers"]["JAX"].update(seconds=np.inf),
            "JAX at 10000.seconds is inf",
        ),
    ],
)
def test_what_is_wrong_is_not_stored(invented, tmp_path, spoil, said):
    result = copy.deepcopy(invented["newton"])
    if said.startswith("precisions is missing"):
        result = copy.deepcopy(invented["sweep_newton"])
    spoil(result)
    with pytest.raises(ValueError, match=said):
        results.write(result, tmp_path / "spoiled")
    assert not (tmp_path / "spoiled").exists()


def drawn(found):
    """Return the widths of the bars on the left, and the markers on the right, by kernel."""
    figure = pictures.draw(found)
    left, right = figure.axes
    names = [label.get_text() for label in left.get_yticklabels()]
    bars = {name: [] for name in names}
    for bar in left.patches:
        if bar.get_width() and bar.get_height() == pytest.approx(0.28):
            bars[names[round(bar.get_y() + 0.14)]].append(bar.get_width())
    dots = {name: [] for name in names}
    for line in right.lines:
        if len(line.get_xdata()) == 1:
            dots[names[round(float(line.get_ydata()[0]))]].append(float(line.get_xdata()[0]))
    plt.close(figure)
    return bars, dots


def test_the_picture_shows_the_shares_of_the_largest_size_and_all_that_was_compared(invented):
    bars, dots = drawn(invented)
    for result in pictures.kernels(invented):
        label = pictures.LABELS[result["name"]]
        shares = [100 * p["rows"][-1]["share_of_limit"] for p in result["precisions"]]
        assert sorted(bars[label]) == pytest.approx(sorted(shares))
        overs = [*PEERS.values(), *MORE.get(result["name"], {}).values(), 300.0]
        assert sorted(dots[label]) == pytest.approx(sorted(2 * overs))


def test_a_faster_peer_is_said_to_be_faster(invented):
    text = pictures.words(invented)
    assert "small Newton steps 0.8 (JAX) and 0.8 (JAX)." in text
    assert INVENTED in text


def test_the_tables_have_a_row_for_each_kernel_and_precision(invented):
    for table in (pictures.ours(invented), pictures.against(invented)):
        lines = table.splitlines()
        assert len(lines) == 2 + 2 * len(pictures.kernels(invented))
        assert len({line.count("|") for line in lines}) == 1
    heads, _, first, *_ = pictures.against(invented).splitlines()
    cells = dict(zip(heads.split("|"), first.split("|"), strict=True))
    assert cells[" JAX "].strip() == "0.8"
    assert cells[" n "].strip() == "10 000"
    assert cells[" geomloss "].strip() == "-"


def test_all_of_it_names_the_device_the_day_and_the_rates(invented):
    text = pictures.tables(invented)
    for part in (INVENTED, "2000-01-01", "4.00 TB", "1 048 576", "a note of an invented GPU",
                 "an invented processor"):  # fmt: skip
        assert part in text


def test_half_a_result_is_drawn_too(invented):
    half = {"newton": invented["newton"]}
    half["newton"]["precisions"] = half["newton"]["precisions"][:1]
    for row in half["newton"]["precisions"][0]["rows"]:
        row |= {"peers": {}, "over_cpu": None, "cpu_seconds": None}
    plt.close(pictures.draw(half))
    assert "Right" not in pictures.words(half)
    assert "small Newton steps" in pictures.tables(half)


def test_without_a_result_the_book_says_so(tmp_path):
    assert results.read(tmp_path) == {}
    assert pictures.show({}) is None
    assert pictures.tables({}) == pictures.NOBODY


def test_the_page_reads_all_that_is_stored():
    text = PAGE.read_text(encoding="utf-8")
    cells = "\n".join(re.findall(r"```\{code-cell\}.*?\n(.*?)```", text, re.DOTALL))
    assert "on_gpu = gpu_results.read()" in cells
    assert "gpu_pictures.show(on_gpu)" in cells
    assert "gpu_pictures.tables(on_gpu)" in cells


def test_no_invented_or_rehearsed_result_is_stored_in_the_project():
    for result in results.read().values():
        assert result["device"] not in ("simulator", INVENTED)
        for precision in result.get("precisions", []):  # else the work is counted wrongly
            assert 0 < precision["rows"][-1]["share_of_limit"] < 1.1
        assert "/" not in json.dumps(result["machine"])
