"""All that a session and the pictures ask for on a GPU is among what is compiled ahead."""

import gpu
import numpy as np
import pytest

from benchmarks.gpu import ahead, cases, measure, networks, session, sweeps
from benchmarks.gpu.session import Session
from benchmarks.harness.gpu_pictures import PICTURES
from optedu.browser.compiler.kinds import describe
from optedu.cuda import jobs, places, ptx
from optedu.cuda.assemble import OLDEST

pytestmark = [pytest.mark.compiled, pytest.mark.xdist_group("cuda")]


@pytest.fixture(scope="module")
def compiled():
    """The kernels by hand that are compiled ahead, each with its types."""
    made = set()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ptx, "ptx_of", lambda kernel, kinds: made.add((kernel, kinds)))
        for _, task in gpu.kernels():
            task()
    return made


def in_words(kernels):
    return sorted({f"{kernel.__name__} {', '.join(map(str, kinds))}" for kernel, kinds in kernels})


@pytest.mark.parametrize("name", cases.CASES)
def test_a_session_asks_for_no_other_kernel(name, compiled, monkeypatch):
    """The session's own code, at its own sizes, in a place where arrays have no memory."""
    monkeypatch.setitem(session.PROBE, "cuda", (1, 1))
    monkeypatch.setattr(measure, "of_peers", lambda *given: {})
    monkeypatch.setattr(measure, "on_the_cpu", lambda *given: 1.0)
    with ahead.shapes() as (place, asked):
        case = cases.CASES[name]
        data = case._replace(data=lambda size, kind: place.data(case, size, kind))
        monkeypatch.setitem(cases.CASES, name, data)
        place.name = lambda: "shapes"
        monkeypatch.setattr(session, "place_of", lambda device: place)
        result = Session("cuda", 1e9, None).run((name,))[name]
    rows = [row for part in result["precisions"] for row in part["rows"]]
    assert len(rows) == 2 * len(case.sizes)
    assert not [note for note in result["notes"] if "failed" in note]
    assert len(asked) > 6
    assert not in_words(set(asked) - compiled)


@pytest.mark.parametrize("name", cases.CASES)
def test_shapes_at_a_size_are_those_of_the_data(name):
    with ahead.shapes() as (place, _):
        for kind in ahead.KINDS:
            real, made = (get(33, kind) for get in (
                cases.CASES[name].data, lambda n, k: place.data(cases.CASES[name], n, k)
            ))  # fmt: skip
            assert list(real) == list(made)
            for ours, theirs in zip(made.values(), real.values(), strict=True):
                assert (ours.shape, ours.dtype) == (theirs.shape, theirs.dtype)


def test_a_network_asks_for_no_other_kernel(compiled, monkeypatch):
    asked = {}
    noted = ahead.Shapes(asked).start
    monkeypatch.setattr(places.Simulator, "start", lambda self, *given: noted(*given))
    monkeypatch.setattr(networks, "GPU_STEPS", 2)
    with np.errstate(all="ignore"):
        networks.row(networks.Size(500, 2, 200), "simulator", with_cpu=False)
    assert len(asked) >= 4
    assert not in_words(set(asked) - compiled)


def test_pictures_and_sweeps_ask_for_no_other_pair(monkeypatch):
    real, compiled, asked = jobs.kernel_of, set(), set()

    def key(method, problem, axes):
        return repr(describe((method, problem))), axes

    def noted(*given):
        asked.add(key(*given[:3]))
        return real(*given)

    monkeypatch.setattr(jobs, "kernel_of", lambda *of, **_: compiled.add((key(*of[:3]), of[3])))
    for _, task in gpu.pairs():
        task()
    monkeypatch.setattr(jobs, "kernel_of", noted)
    for make in PICTURES.values():
        make()("rehearsal", 2)
    for make in sweeps.SWEEPS.values():
        make().made(make().starts(2), "rehearsal")
    assert len(asked) >= len(PICTURES) - 1
    assert {(pair, target) for pair in asked for target in (OLDEST, jobs.HOST)} <= compiled
