"""The benchmarks for a GPU are rehearsed in the simulator: their numbers mean nothing there."""

import json
import subprocess
import sys

import numpy as np
import pytest

from benchmarks.gpu import cases, measure, peers
from benchmarks.harness.results import faults
from optedu.cuda import device
from optedu.cuda.places import place_of

pytestmark = [pytest.mark.compiled, pytest.mark.xdist_group("cuda")]


@pytest.mark.parametrize("name", cases.CASES)
def test_a_rehearsal_is_stored(name, tmp_path, monkeypatch):
    monkeypatch.setattr(measure, "REPEATS", 1)
    monkeypatch.setattr(measure, "KINDS", {"float32": np.float32})
    for constant in ("COLUMNS", "PATTERNS", "FEATURES", "LINES", "COORDINATES"):
        monkeypatch.setattr(cases, constant, 3)
    result = measure.measure(name, "simulator")
    path = measure.write(result, tmp_path)
    stored = json.loads(path.read_text(encoding="utf-8"))
    assert stored["device"] == "simulator"
    assert not faults(stored, measure.FIELDS)
    (row,) = stored["precisions"][0]["rows"]
    assert row["cpu_seconds"] > 0
    assert row["limit"] > 0
    assert name in measure.told(stored)


@pytest.mark.parametrize("name", cases.CASES)
def test_work_grows_with_the_size(name):
    case = cases.CASES[name]
    small, large = case.work(100, 4), case.work(10_000, 4)
    assert all(b >= a for a, b in zip(small, large, strict=True))
    assert case.work(100, 8).bytes > small.bytes
    assert list(case.sizes) == sorted(case.sizes)


def test_what_is_wrong_is_not_stored(tmp_path):
    with pytest.raises(ValueError, match=r"result\.device is missing"):
        measure.write({"name": "x"}, tmp_path)


@pytest.mark.parametrize("name", ["logistic_gradient", "newton", "sliced_wasserstein"])
def test_peers_compute_the_same(name, monkeypatch):
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(torch, "as_tensor", lambda array, device: torch.tensor(array))
    arrays = cases.CASES[name].data(5, np.float64)
    ours, theirs = cases.CASES[name].call(arrays, "cpu", 1), peers.torch_call(name, arrays)()
    pairs = zip(ours, theirs, strict=True) if isinstance(ours, tuple) else [(ours, theirs)]
    assert all(np.allclose(a, b.numpy()) for a, b in pairs)


@pytest.mark.skipif(device.is_available(), reason="there is a GPU")
def test_without_a_gpu_it_says_so():
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.gpu", "newton"], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr.startswith("device='cuda' ")
    assert len(done.stderr.splitlines()) == 1


def test_the_simulator_has_a_clock():
    assert place_of("simulator").seconds(lambda: None) >= 0.0
