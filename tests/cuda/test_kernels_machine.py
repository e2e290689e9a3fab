"""The kernels' PTX, executed on this processor, by the calls that users make.

Arguments, grids and blocks pass through the same launches as on a GPU; behind the driver's
functions is `ptx_machine`.
"""

import re

import numpy as np
import pytest

from optedu import cuda
from optedu.cuda import device, places
from optedu.cuda.portable import proximal_step
from tests.cuda.kernel_calls import CALLS, by_logarithms, differ, draws, gates
from tests.cuda.ptx_machine import Driver, MachineError
from tests.cuda.test_simulator import wave

pytestmark = [pytest.mark.compiled, pytest.mark.xdist_group("cuda")]

CLOSE = {np.float64: 1e-12, np.float32: 1e-5}


@pytest.fixture(scope="module")
def machine():
    driver = Driver()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(device, "driver", lambda: driver)
        places.place_of.cache_clear()
        yield driver
        places.place_of.cache_clear()


@pytest.fixture
def changed(machine, monkeypatch):
    """Kernels are compiled anew, and their PTX is changed before the driver gets it."""

    def let(change):
        place, load = places.place_of("cuda"), machine.cuModuleLoadData
        monkeypatch.setattr(place, "_kernels", {})
        monkeypatch.setattr(
            machine, "cuModuleLoadData", lambda code: load(change(code.decode()).encode())
        )

    return let


@pytest.mark.parametrize("kind", CLOSE)
@pytest.mark.parametrize("name", CALLS)
def test_a_kernel_s_ptx_is_its_formula(name, kind, machine):
    for n in (1, 31, 33, 257):
        before = machine.launches
        there, formula = CALLS[name](n, kind, "cuda")
        assert machine.launches > before
        assert differ(there, formula) <= CLOSE[kind], n


@pytest.mark.parametrize("kind", CLOSE)
def test_portable_bodies(kind, machine):
    x = np.random.default_rng(0).normal(size=301).astype(kind)
    ours, theirs = np.empty((x.size, 2), kind), np.empty((x.size, 2), kind)
    wave(x.size, x, 0.25, 2, ours, device="cuda")
    wave(x.size, x, 0.25, 2, theirs, device="python")
    assert np.allclose(ours, theirs, rtol=0, atol=4 * np.finfo(kind).eps)
    shrunk = np.empty_like(x)
    proximal_step(x.size, x, x, 0.5, 0.9, shrunk, device="cuda")
    half = x - kind(0.5) * x
    assert np.array_equal(shrunk, np.sign(half) * np.maximum(np.abs(half) - kind(0.45), kind(0)))
    assert np.count_nonzero(shrunk == 0) > 50


@pytest.mark.parametrize("kind", CLOSE)
def test_sums_that_are_made_again(kind, machine):
    """At small t the first sums are too small, and their block does them once more."""
    t = 1e-2 if kind is np.float64 else 1e-1
    ends, formula = CALLS["clouds"](150, kind, "cuda", t=t, rounds=1)
    assert differ(ends, formula) <= CLOSE[kind]


def many_columns(kind):
    """More rows than are asked for at once, and more columns than stay in registers."""
    draw = draws(7, kind)
    A, y, w = draw(70, 600), np.sign(draw(70)), draw(600) / 9
    X = A.astype(float)
    margins = y * (X @ w)
    r = X @ w - y
    squares = cuda.linear_gradient(A, y, w, device="cuda")
    logistic = cuda.linear_gradient(A, y, w, loss="logistic", device="cuda")
    return (*squares, *logistic), (
        0.5 * r @ r,
        X.T @ r,
        np.mean(np.logaddexp(0.0, -margins)),
        X.T @ (-y / (1.0 + np.exp(margins))) / 70,
    )


def many_patterns(kind):
    """Several tiles of rows, patterns and columns."""
    draw = draws(8, kind)
    X, W, D, r, Y = draw(140, 61), draw(260, 61), gates(140, 130), draw(140), draw(140, 260)
    V = X.astype(float)
    signs = np.where(np.tile(D, 2), 1.0, -1.0)
    right = (
        np.sum(D * (V @ W[:130].T), axis=1),
        (D * r[:, None]).T @ V,
        signs * (V @ W.T),
        (signs * Y).T @ V,
    )
    ours = []
    for gated in (D, cuda.pack_patterns(D)):
        ours += [
            cuda.masked_sum(X, gated, W[:130], device="cuda"),
            cuda.masked_adjoint(X, gated, r, patterns_count=130, device="cuda"),
            cuda.cone_products(X, gated, W, device="cuda"),
            cuda.cone_adjoint(X, gated, Y, device="cuda"),
        ]
    return ours, right + right


def many_coordinates(kind):
    """Loops over coordinates that the compiler takes four at a time."""
    draw = draws(9, kind)
    x, y, lines = draw(600, 11), draw(600, 11), draw(2, 11)
    theirs = [np.mean((np.sort(x @ line) - np.sort(y @ line)) ** 2) for line in lines.astype(float)]
    sliced = cuda.sliced_distances(x, y, lines, device="cuda")
    ends = cuda.sinkhorn(x[:90], y[:150], 4.0, rounds=2, tol=0.0, device="cuda")
    C = ((x[:90].astype(float)[:, None] - y[:150]) ** 2).sum(axis=2)
    right = by_logarithms(C, 4.0, np.full(90, 1 / 90), np.full(150, 1 / 150), 2)
    return (sliced, *ends), (theirs, *right)


@pytest.mark.parametrize("kind", CLOSE)
@pytest.mark.parametrize("call", [many_columns, many_patterns, many_coordinates])
def test_loops_that_the_compiler_unrolls(call, kind, machine):
    assert differ(*call(kind)) <= CLOSE[kind]


def test_no_access_to_memory_is_left_out(machine, monkeypatch):
    """Each load, store, shuffle and barrier of these kernels is executed."""
    monkeypatch.setattr(machine, "modules", {})
    monkeypatch.setattr(places.place_of("cuda"), "_kernels", {})
    many_patterns(np.float64)
    CALLS["newton"](33, np.float64, "cuda")
    for name in ("dense", "long_rows"):
        CALLS[name](257, np.float64, "cuda")
    wanted = ("masked_sum", "masked_adjoint", "cone_products", "cone_adjoint", "newton_steps",
              "rows", "columns", "merged")  # fmt: skip
    found = set()
    for loaded in machine.modules.values():
        (kernel,) = (f.name for f in loaded.module.functions.values() if f.is_kernel)
        names = [name for name in wanted if f"{len(name)}{name}B" in kernel]
        found.update(names)
        accesses = (i for i in loaded.module.instructions if i.has("ld", "st", "shfl", "bar"))
        missed = [i.text for i in accesses if not loaded.reached[i.number]]
        assert not names or not missed
    assert found == set(wanted)


def test_lists_too_long_for_shared_memory(machine):
    rng = np.random.default_rng(4)
    x, y, lines = (rng.normal(size=(n, 2)) for n in (2049, 2049, 1))
    ours = cuda.sliced_distances(x, y, lines, device="cuda")
    theirs = np.mean((np.sort(x @ lines[0]) - np.sort(y @ lines[0])) ** 2)
    assert np.allclose(ours, theirs, rtol=1e-12)


def test_an_angle_far_beyond_a_turn(machine):
    """Cosine's table of bits of 2 / pi, and a chain of carries, as libdevice writes them."""
    far = np.array([1e5, 3e6, 1e22, -7e40])
    out = np.empty((4, 2))
    wave(4, far, 1.0, 1, out, device="cuda")
    theirs = np.empty((4, 2))
    wave(4, far, 1.0, 1, theirs, device="python")
    assert np.allclose(out, theirs, rtol=0, atol=1e-15)


BARRIER = re.compile(r"^\s*bar\.sync\s+0;", re.M)
NEEDED = {
    "logistic": lambda: CALLS["logistic"](33, np.float64, "cuda"),
    "dense": lambda: CALLS["dense"](33, np.float64, "cuda"),
    "cones": lambda: CALLS["cones"](33, np.float64, "cuda"),
    "sliced": lambda: CALLS["sliced"](65, np.float64, "cuda"),
    "newton": lambda: CALLS["newton"](33, np.float64, "cuda"),
}


def wrong(call):
    """Whether a call ends far from its formula, or is stopped."""
    try:
        with np.errstate(all="ignore"):
            ours, formula = call()
    except MachineError:
        return True
    pairs = zip(ours, formula, strict=True)
    return not all(np.allclose(np.asarray(a), b, rtol=1e-9, atol=1e-9) for a, b in pairs)


@pytest.mark.parametrize("name", NEEDED)
def test_without_barriers_it_is_wrong(name, changed):
    removed = []

    def bare(text):
        text, count = BARRIER.subn("", text)
        removed.append(count)
        return text

    changed(bare)
    assert wrong(NEEDED[name])
    assert sum(removed) > 0


CHANGES = {
    "a difference the other way round": (
        "cones", r"sub\.(s64|s32)\s+(\S+), (%\S+), (%\S+);", r"sub.\1 \2, \4, \3;"),
    "a comparison turned": ("newton", r"setp\.lt\.s64", "setp.gt.s64"),
    "a shuffle of another kind": ("logistic", r"shfl\.sync\.bfly", "shfl.sync.idx"),
    "the neighbour of a number": ("newton", r"(ld\.global\.f64.*\[%rd\d+)\]", r"\1+8]"),
    "a sign": ("sliced", r"sub\.f64", "add.f64"),
    "a thread's number": ("newton", r"%tid\.x", "%ctaid.x"),
    "a barrier that only some reach": ("cones", r"(bar\.sync)", r"@%p1 \1"),
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
def test_other_instructions_are_noticed(what, changed):
    name, pattern, other = CHANGES[what]
    counts = []

    def change(text):
        text, count = re.subn(pattern, other, text)
        counts.append(count)
        return text

    changed(change)
    assert wrong(NEEDED[name])
    assert sum(counts) > 0


def test_unchanged_they_are_right(changed):
    changed(lambda text: text)
    assert not any(wrong(call) for call in NEEDED.values())
