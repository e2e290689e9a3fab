"""The benchmarks for a GPU are rehearsed in the simulator: their numbers mean nothing there."""

import json
import subprocess
import sys

import numpy as np
import pytest

import optedu as oe
from benchmarks.gpu import cases, networks, rates, session, sweeps
from benchmarks.gpu.results import exponent, faults, told
from benchmarks.gpu.session import Session
from optedu.cuda import device, sweeping
from optedu.cuda.places import place_of
from tests.cuda.test_rehearsal import BOWL

pytestmark = [pytest.mark.compiled, pytest.mark.xdist_group("cuda")]


@pytest.fixture
def small(monkeypatch):
    """One precision, small widths and few runs."""
    monkeypatch.setattr(session, "KINDS", {"float32": np.float32})
    for constant in ("COLUMNS", "PATTERNS", "FEATURES", "LINES", "COORDINATES"):
        monkeypatch.setattr(cases, constant, 3)
    monkeypatch.setattr(sweeps, "WARM_RUNS", 2)
    monkeypatch.setattr(sweeps, "CPU_RUNS", 4)
    monkeypatch.setattr(sweeps, "CORE_RUNS", 4)


def stored(folder, name):
    return json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", cases.CASES)
def test_a_rehearsal_of_a_kernel_is_stored(name, small, tmp_path):
    Session("simulator", folder=tmp_path).run((name,))
    found = stored(tmp_path, name)
    assert found["device"] == "simulator"
    assert not faults(found)
    (row,) = found["precisions"][0]["rows"]
    assert row["over_cpu"] == pytest.approx(row["cpu_seconds"] / row["seconds"])
    assert row["share_of_limit"] == pytest.approx(row["limit"] / row["seconds"])
    numpy = row["peers"]["CuPy"]  # whose formulas NumPy rehearses
    assert numpy["over"] == pytest.approx(np.median(numpy["all_seconds"]) / row["seconds"])
    assert "PyTorch" in row["peers"] or any("PyTorch is left out" in n for n in found["notes"])
    assert name in told(found)


@pytest.fixture
def bowl():
    """A sweep whose kernel other tests have, too."""
    window, title = (-1.0, 1.0, -1.0, 1.0), "A bowl"
    return sweeps.Sweep(title, oe.GradientDescent, {"step_size": 0.3}, BOWL, window, 99, 1e-6)


def test_a_rehearsal_of_a_sweep_is_stored(bowl, small, monkeypatch, tmp_path):
    monkeypatch.setattr(sweeps, "SWEEPS", {"sweep_descent": lambda: bowl})
    monkeypatch.setattr(sweeps, "CPU", {"execution": "python"})
    Session("simulator", folder=tmp_path).run(("sweep_descent",))
    found = stored(tmp_path, "sweep_descent")
    assert not faults(found)
    (row,) = found["rows"]
    direct = bowl.made(bowl.starts(4), "cpu")
    assert row["size"] == direct.iterations.size == 16
    assert row["steps"] == pytest.approx(direct.iterations.mean(), abs=0.2)
    assert 0 < row["kernel_seconds"] < row["seconds"]
    cpu = found["cpu"]["runs_per_second"]
    assert row["over_cpu"] == pytest.approx(row["runs_per_second"] / cpu)
    assert "16 runs" in told(found)


def test_a_sweep_that_runs_out_of_time_says_how_many_runs_it_made(bowl, monkeypatch):
    monkeypatch.setattr(sweeps, "PART", 4)
    rate = {"size": 1, "seconds": 1.0, "runs_per_second": 1.0}
    row = sweeps.row(bowl, 4, "rehearsal", rate, rate, lambda: -1.0)
    assert row["size"] == 4
    assert len(row["all_seconds"]) == 1


def test_what_a_launch_takes_is_read_without_changing_the_sweep(bowl):
    before = dict(sweeping.PLACES)
    with sweeps.launches("rehearsal") as found:
        timed = bowl.made(bowl.starts(3), "rehearsal")
    assert len(found) == 1
    assert found[0] > 0
    assert dict(sweeping.PLACES) == before
    assert np.array_equal(timed.x, bowl.made(bowl.starts(3), "rehearsal").x)


@pytest.mark.parametrize("name", sweeps.SWEEPS)
def test_most_runs_of_a_stored_sweep_end_well(name):
    sweep = sweeps.SWEEPS[name]()
    made = sweep.made(sweep.starts(5), "cpu", execution="python")
    assert np.mean(made.statuses == "converged") > 0.6


def test_a_rehearsal_of_admm_is_stored(monkeypatch, tmp_path):
    monkeypatch.setattr(networks, "GPU_STEPS", 2)
    if (said := networks.missing()) is not None:
        pytest.skip(said)
    Session("simulator", folder=tmp_path).run((networks.NAME,))
    found = stored(tmp_path, networks.NAME)
    assert not faults(found)
    assert found["rows"][0]["patterns"] == 3
    assert "P = 3" in told(found)


@pytest.mark.parametrize("name", cases.CASES)
def test_work_grows_with_the_size(name):
    case = cases.CASES[name]
    small, large = case.work(100, 4), case.work(10_000, 4)
    assert all(b >= a for a, b in zip(small, large, strict=True))
    assert case.work(100, 8).bytes > small.bytes
    assert list(case.sizes) == sorted(case.sizes)
    assert set(case.peer_sizes) <= set(case.sizes)
    assert any(size <= case.cpu_limit for size in case.peer_sizes)


@pytest.mark.parametrize("name", cases.CASES)
def test_long_data_repeats_a_short_draw(name, monkeypatch):
    monkeypatch.setattr(cases, "DRAWN", 64)
    data = cases.CASES[name].data(70, np.float32)
    assert all(array.dtype in (np.float32, np.uint8) for array in data.values())
    assert all(np.isfinite(array).all() for array in data.values())
    assert all(array.flags.c_contiguous for array in data.values())


class Clock:
    """A place whose clock shows what a computation says that it takes."""

    def __init__(self):
        self.now = 0.0
        self.calls = 0

    def seconds(self, work):
        began = self.now
        work()
        return self.now - began


@pytest.mark.parametrize("each", [1e-3, 0.5])
def test_what_is_timed_is_one_computation_without_set_up(each):
    clock = Clock()

    def many(times):
        clock.calls += 1
        clock.now += (100.0 if clock.calls == 1 else 3.0) + each * times

    found = rates.seconds_of(clock, many, 10)
    assert found == pytest.approx([each] * len(found))
    assert rates.FEWEST <= len(found) <= rates.REPEATS


def test_noise_that_hides_a_computation_does_not_make_it_free():
    clock = Clock()

    def many(times):
        clock.calls += 1
        clock.now += 2.0 if clock.calls % 2 else 1.0  # more of them seem to take less

    (found,) = rates.seconds_of(clock, many, 1)
    assert found >= 1.0 / rates.CALLS


def test_waiting_for_a_library_is_within_its_time():
    clock = Clock()

    def wait(times):
        clock.now += times

    assert rates.seconds_of(clock, lambda times: times, 1, wait=wait) == [1.0] * rates.FEWEST


def test_growth_is_read_from_the_largest_sizes():
    launches = [{"size": n, "seconds": 1.0} for n in (1, 2, 3)]
    rows = [{"size": n, "seconds": 1e-6 * n**2} for n in (4_000, 1_000, 16_000)]
    assert exponent(launches + rows) == pytest.approx(2.0)
    assert exponent(rows[:1]) is None


# The order, the budget, and what is kept.


def row_of(size):
    return {
        "size": size, "seconds": 1.0, "all_seconds": [1.0], "limit": 0.5, "bound": "flops",
        "share_of_limit": 0.5, "share_of_memory": 0.1, "cpu_seconds": None, "over_cpu": None,
        "peers": {},
    }  # fmt: skip


@pytest.fixture
def measured(monkeypatch):
    """Measure nothing, and list what would have been: (name, size)."""
    asked = []

    def row(place, name, size, kind, found, device, note, left):
        asked.append((name, size))
        return row_of(size)

    monkeypatch.setattr(session.measure, "row", row)
    return asked


def test_every_kernel_is_measured_at_its_largest_size_before_any_at_another(measured):
    sizes = {"newton": (5, 6, 7), "consensus": (2, 3)}
    Session("simulator", folder=None).run(("consensus", "newton"), sizes)
    largest = [("consensus", 3)] * 2 + [("newton", 7)] * 2
    second = [("consensus", 2)] * 2 + [("newton", 6)] * 2
    assert measured == [*largest, *second, *[("newton", 5)] * 2]


def test_what_growth_needs_comes_before_a_million_runs_and_those_before_the_smallest_sizes():
    every = {name: case.sizes for name, case in cases.CASES.items()}
    every |= dict.fromkeys(sweeps.SWEEPS, sweeps.SIDES) | {networks.NAME: networks.SIZES}
    tasks = Session("simulator", folder=None).tasks(session.NAMES, every)
    assert {task.name for task in tasks} == set(session.NAMES)
    order = [(task.name, task.label) for task in tasks]
    million = [order.index((name, "side 1024")) for name in sweeps.SWEEPS]
    for name, case in cases.CASES.items():
        at = [order.index((name, f"float64 {size}")) for size in reversed(case.sizes)]
        assert at == sorted(at)
        assert at[2] < min(million)
        assert all(later > max(million) for later in at[3:])
    assert order.index((networks.NAME, str(tuple(networks.SIZES[0])))) < min(million)


def test_a_budget_that_is_spent_stops_new_work_and_says_so(measured, monkeypatch, tmp_path):
    left = iter([1.0, -1.0, -1.0, -1.0])
    monkeypatch.setattr(Session, "left", lambda self: next(left, -1.0))
    Session("simulator", 9.0, tmp_path).run(("newton",), {"newton": (5, 6)})
    assert measured == [("newton", 6)]
    found = stored(tmp_path, "newton")
    assert found["notes"][-1] == (
        "the budget of 9 s was spent before float64 6, float32 5, float64 5"
    )
    assert [row["size"] for row in found["precisions"][0]["rows"]] == [6]


def test_a_failure_loses_nothing_that_was_measured(monkeypatch, tmp_path, capsys):
    def row(place, name, size, *more):
        if size == 5:
            raise RuntimeError("an illegal address\nand more")
        if size == 6:
            raise MemoryError("too large")
        return row_of(size)

    monkeypatch.setattr(session.measure, "row", row)
    monkeypatch.setattr(session, "KINDS", {"float32": np.float32})
    Session("simulator", folder=tmp_path).run(("newton", "consensus"), {"newton": (5, 6, 7, 4)})
    found = stored(tmp_path, "newton")
    assert [r["size"] for r in found["precisions"][0]["rows"]] == [4, 7]
    assert "float32 5 failed: an illegal address" in found["notes"]
    assert "float32 6 is left out: too large" in found["notes"]
    assert "illegal address" in capsys.readouterr().err


def test_a_result_that_cannot_be_stored_keeps_no_other_from_it(monkeypatch, tmp_path, capsys):
    def row(place, name, size, *more):
        return row_of(size) | ({"seconds": np.inf} if name == "newton" else {})

    monkeypatch.setattr(session.measure, "row", row)
    Session("simulator", folder=tmp_path).run(("newton", "consensus"))
    assert not (tmp_path / "newton.json").exists()
    assert stored(tmp_path, "consensus")
    assert "newton is not stored: result.precisions[0].rows[0].seconds" in capsys.readouterr().err


def test_each_size_is_stored_as_soon_as_it_is_measured(monkeypatch, tmp_path):
    def row(place, name, size, *more):
        if size == 5:
            raise KeyboardInterrupt
        return row_of(size)

    monkeypatch.setattr(session.measure, "row", row)
    with pytest.raises(KeyboardInterrupt):
        Session("simulator", folder=tmp_path).run(("newton",), {"newton": (5, 6)})
    assert stored(tmp_path, "newton")["precisions"][0]["rows"] == [row_of(6)]


@pytest.mark.skipif(device.is_available(), reason="there is a GPU")
def test_without_a_gpu_it_says_so():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.gpu", "newton", "--budget", "5"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("device='cuda' ")
    assert len(done.stderr.splitlines()) == 1


def test_the_simulator_has_a_clock():
    assert place_of("simulator").seconds(lambda: None) >= 0.0


def test_a_network_of_the_benchmark_is_a_problem_of_ours():
    size = networks.Size(12, 2, 3)
    problem = networks.convex_relu(networks.random_network(*size, exact=False)())
    trace = oe.run(oe.ConvexNetworkADMM(), problem, max_iter=3, tol=0.0)
    assert trace.iterations[-1] == 3
