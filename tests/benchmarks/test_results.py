"""What is stored: the schema, that no machine is named, and that the page shows all of it."""

from __future__ import annotations

import copy
import importlib
import json
import platform
import re
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

from benchmarks.__main__ import names
from benchmarks.harness import pictures, results
from benchmarks.harness.benchmark import Benchmark, execute
from benchmarks.harness.solvers import ours, scipy_cg, scipy_minimize
from tests.benchmarks.small import quadratic

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "book" / "performance.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def fresh():
    """A real run of a small benchmark, in Python."""
    import optedu as oe

    declared = Benchmark(
        title="A small quadratic",
        data="d = 9.",
        make=quadratic,
        solvers=[
            ours(oe.ConjugateGradient, "conjugate gradients", execution="python"),
            ours(lambda: oe.GradientDescent(), "ten steps", max_iter=10, execution="python"),
            scipy_cg(),
            scipy_minimize("L-BFGS-B", "SciPy L-BFGS-B", ftol=0.0),
        ],
        rounds=3,
    )
    return execute("small", declared, say=lambda text: None)


def row(result, name):
    return next(row for row in result["solvers"] if row["name"] == name)


def test_a_run_fits_the_schema_and_survives_the_file(fresh, tmp_path):
    assert results.faults(fresh) == []
    results.write(fresh, tmp_path)
    assert results.read("small", tmp_path) == json.loads(json.dumps(fresh))


def test_a_run_says_who_reached_the_tolerance(fresh):
    assert row(fresh, "conjugate gradients")["reached"]
    assert row(fresh, "conjugate gradients")["gradient_norm"] <= 1e-8
    assert row(fresh, "SciPy cg")["reached"]
    assert not row(fresh, "ten steps")["reached"]
    assert row(fresh, "ten steps")["gradient_norm"] > 1e-8


def test_ratios_and_limits_are_those_of_the_numbers_stored(fresh):
    peers = [r["median"] for r in fresh["solvers"] if r["library"] != "optedu" and r["reached"]]
    for r in fresh["solvers"]:
        assert r["minimum"] == min(r["processor"]) <= r["median"] <= max(r["processor"])
        assert len(r["processor"]) == len(r["wall"]) == fresh["rounds"]
        assert r["over_best_peer"] == pytest.approx(r["median"] / min(peers))
        assert r["over_limit"] == pytest.approx(r["median"] / r["limit"])
    one = row(fresh, "SciPy cg")
    product = max(2 * 81 / fresh["rates"]["flops"], 8 * 81 / fresh["rates"]["bytes"])
    assert one["limit"] == pytest.approx(one["counts"]["hessian_product"] * product)


def test_nothing_names_this_machine(fresh):
    stored = [path.read_text(encoding="utf-8") for path in results.FOLDER.glob("*.json")]
    for text in [json.dumps(fresh), *stored]:
        assert not re.search(r'"[^"]*(?:(?<![\w.])/\w+/|\\\\\w|[A-Z]:\\\\)', text)
        if len(platform.node()) > 2:
            assert platform.node() not in text


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda r: r.pop("rates"), "rates is missing"),
        (lambda r: r.update(host="x"), "host is not known"),
        (lambda r: r["solvers"][1].update(median=float("nan")), r"solvers\[1\].median is nan"),
        (lambda r: r["solvers"][0].update(reached=1), "reached is 1"),
        (lambda r: r["solvers"][0].update(steps=True), "steps is True"),
        (lambda r: r["solvers"][0].update(wall=[]), "wall is not a list"),
        (lambda r: r.update(solvers=[]), "solvers is not a list"),
        (lambda r: r["machine"].pop("cores"), "machine.cores is missing"),
    ],
)
def test_a_spoiled_result_is_refused(fresh, tmp_path, spoil, said):
    spoiled = copy.deepcopy(fresh)
    spoil(spoiled)
    with pytest.raises(ValueError, match=said):
        results.write(spoiled, tmp_path)


def test_a_benchmark_that_was_never_run_is_a_sentence(tmp_path):
    with pytest.raises(FileNotFoundError, match="make bench ONLY=nothing"):
        results.read("nothing", tmp_path)


@pytest.mark.parametrize("name", names())
def test_every_benchmark_is_stored_and_on_the_page(name):
    result = results.read(name)
    assert result["name"] == name
    assert f'results.read("{name}")' in PAGE
    declared = importlib.import_module(f"benchmarks.{name}").BENCHMARK
    assert result["title"] == declared.title
    assert result["data"] == declared.data
    assert result["tolerance"] == declared.tolerance
    assert [r["name"] for r in result["solvers"]] == [s.name for s in declared.solvers]


def test_nothing_else_is_stored_or_on_the_page():
    assert {path.stem for path in results.FOLDER.glob("*.json")} == set(names())
    assert set(re.findall(r'results\.read\("(\w+)"\)', PAGE)) == set(names())


@pytest.mark.parametrize("name", names())
def test_stored_solutions_have_the_accuracy_they_claim(name):
    result = results.read(name)
    for r in result["solvers"]:
        assert r["reached"] == (r["gradient_norm"] <= result["tolerance"])
        assert r["gap"] > -1e-14
        assert r["over_limit"] is None or r["over_limit"] > 0.9, "faster than physics allows"
    assert any(r["library"] != "optedu" and r["reached"] for r in result["solvers"])
    assert result["threads"]["OMP_NUM_THREADS"] == "1"


# The pictures: drawn from the stored numbers, and from nothing else.


def dots(result):
    """Each solver's median, read off the picture."""
    figure = pictures.draw(result)
    (axes,) = figure.axes
    heights = {
        t.get_text(): i for i, t in zip(axes.get_yticks(), axes.get_yticklabels(), strict=True)
    }
    at = {}
    for line in axes.lines:
        if line.get_marker() == "o" and len(line.get_xdata()) == 1:
            at[line.get_ydata()[0]] = line.get_xdata()[0]
    plt.close(figure)
    return {name: at[height] for name, height in heights.items()}


def test_the_picture_shows_the_medians_fastest_on_top(fresh):
    shown = dots(fresh)
    assert shown == {pictures.label(r): r["median"] for r in fresh["solvers"]}
    reached = [r["median"] for r in pictures.ranked(fresh) if r["reached"]]
    assert reached == sorted(reached)
    assert pictures.ranked(fresh)[-1]["name"] == "ten steps"


def test_the_picture_changes_with_the_numbers_and_a_faster_peer_is_shown_as_faster(fresh):
    for peer, mine, fastest in ((2.0, 1.0, "optedu"), (1.0, 2.0, "scipy")):
        other = copy.deepcopy(fresh)
        for r in other["solvers"]:
            r["median"] = mine if r["library"] == "optedu" else peer
        shown = dots(other)
        assert shown["SciPy cg"] == peer
        assert shown["optedu conjugate gradients"] == mine
        assert pictures.ranked(other)[0]["library"] == fastest
        best = "optedu conjugate gradients" if fastest == "optedu" else "SciPy"
        assert f"Fastest is {best}" in pictures.words(other)
        assert "takes 2 times as long" in pictures.words(other)


def test_words_and_table_name_every_shortfall(fresh):
    assert "Short of the tolerance: optedu ten steps" in pictures.words(fresh)
    lines = pictures.table(fresh).splitlines()
    assert len(lines) == 2 + len(fresh["solvers"])
    assert "(short of the tolerance)" in lines[-1]
    assert {line.count("|") for line in lines} == {len(pictures.HEADINGS) + 1}


def test_the_circumstances_tell_machine_load_and_versions(fresh):
    text = pictures.circumstances(fresh)
    for part in (
        fresh["machine"]["processor"],
        "load average",
        fresh["versions"]["scipy"],
        "d = 9",
    ):
        assert part in text


def test_the_page_runs_no_benchmark():
    cells = re.findall(r"```\{code-cell\}.*?\n(.*?)```", PAGE, re.DOTALL)
    assert cells
    assert not re.search(r"oe\.run|execute|minimize|\.solve|make bench", "".join(cells))
