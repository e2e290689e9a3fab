"""Every peer computes what we do: on the CPU, with NumPy for CuPy, others where installed."""

import numpy as np
import pytest

from benchmarks.gpu import cases, libraries, measure, peers
from optedu import cuda
from optedu.cuda.places import place_of

TIMES = 3
PAIRS = [
    pytest.param(name, peer, id=f"{name}-{peer.name}")
    for name in cases.CASES
    for peer in peers.of_case(name)
]


def ours(name, arrays):
    """Return our arrays after some computations on the CPU."""
    if name == "convex_relu":
        X, D, W, r = arrays.values()
        sums = cuda.masked_sum(X, D, W, device="cpu")
        return sums, cuda.masked_adjoint(X, D, r, device="cpu")
    found = cases.CASES[name].call(arrays, "cpu", TIMES)
    if name.startswith("sinkhorn"):
        return found.f, found.g
    return found if isinstance(found, tuple) else (found,)


def needed(peer):
    if (said := peer.missing("cpu")) is not None:
        pytest.skip(f"{peer.name}: {said}")


def made(peer, name, arrays, times):
    many, library = peer.call(name, arrays, "cpu")
    found = many(times)
    library.wait(found)
    return [np.asarray(array) for array in found]


@pytest.mark.parametrize(("name", "peer"), PAIRS)
def test_a_peer_computes_the_same(name, peer, monkeypatch):
    needed(peer)
    monkeypatch.setattr(cases, "NOISE", 0.0)  # each has its own random numbers
    monkeypatch.setattr(libraries, "CHUNK", 16)  # rows at a time, of 40
    arrays = cases.CASES[name].data(40, np.float64)
    if peer.name.startswith("geomloss"):  # it averages, and has the same potentials at the end
        check_at_the_end(peer, name, arrays)
        return
    expected, found = ours(name, arrays), made(peer, name, arrays, TIMES)
    if peer.name.startswith("POT") and name == "sliced_wasserstein":
        expected = (np.mean(expected[0]),)
    assert len(expected) == len(found)
    for mine, theirs in zip(expected, found, strict=True):
        assert np.max(np.abs(theirs - mine)) <= 1e-6
    assert all(array.dtype == np.float64 for array in found)


def check_at_the_end(peer, name, arrays):
    call = cuda.sinkhorn if name == "sinkhorn_clouds" else cuda.sinkhorn_dense
    whole = {key: array / 4 for key, array in arrays.items()}  # small costs: it ends soon
    end = call(*whole.values(), cases.T, rounds=4000, tol=1e-12, device="cpu")
    assert end.error <= 1e-12
    f, g = made(peer, name, whole, 4000)
    shift = f[0] - end.f[0]
    assert np.max(np.abs(f - shift - end.f)) <= 1e-6
    assert np.max(np.abs(g + shift - end.g)) <= 1e-6
    early, _ = made(peer, name, whole, 1)
    assert np.max(np.abs(early - f)) > 1e-3


@pytest.mark.parametrize(
    ("name", "peer"), [p for p in PAIRS if not p.values[1].name.startswith("geomloss")]
)
def test_a_peer_keeps_single_precision(name, peer):
    needed(peer)
    arrays = cases.CASES[name].data(12, np.float32)
    assert all(array.dtype == np.float32 for array in made(peer, name, arrays, 1))


@pytest.mark.parametrize("name", cases.CASES)
def test_cupy_is_rehearsed_by_numpy_in_every_case(name):
    assert "CuPy" in [peer.name for peer in peers.of_case(name) if peer.missing("cpu") is None]


def test_rounds_are_carried_on():
    arrays = cases.CASES["sinkhorn_dense"].data(8, np.float64)
    (cupy,) = [peer for peer in peers.PEERS if peer.name == "CuPy"]
    assert not np.allclose(
        made(cupy, "sinkhorn_dense", arrays, 1)[0], made(cupy, "sinkhorn_dense", arrays, 2)[0]
    )


def test_a_peer_that_fails_is_told_and_the_others_are_kept(monkeypatch):
    def broken(library, arrays):
        raise RuntimeError("no kernel image\nlong story")

    fine = next(peer for peer in peers.PEERS if peer.name == "CuPy")
    bad = fine._replace(name="JAX", cases={"newton": broken})
    monkeypatch.setattr(peers, "PEERS", (bad, fine))
    notes, arrays = [], cases.CASES["newton"].data(4, np.float64)
    place = place_of("simulator")
    found = measure.of_peers(place, "newton", arrays, "simulator", 1.0, notes.append, lambda: 1.0)
    assert set(found) == {"CuPy"}
    assert notes == ["JAX failed at a size and is left out there: no kernel image"]


def test_what_is_not_installed_is_named(monkeypatch):
    real = libraries.module
    monkeypatch.setattr(libraries, "installed", lambda name: name != "ot")
    monkeypatch.setattr(libraries, "module", lambda name: None if name == "torch" else real(name))
    notes = measure.notes_of("sinkhorn_dense", "simulator")
    assert "PyTorch is left out: PyTorch is not installed" in notes
    assert "POT on CuPy is left out: ot is not installed" in notes
