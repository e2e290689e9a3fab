"""Whole runs as PTX, executed on this processor, through the calls of a sweep on a GPU."""

import math
import re

import numpy as np
import pytest

import optedu as oe
from optedu.browser.compiler.link import MATHEMATICS
from optedu.cuda import assemble, device, runs
from optedu.cuda.jobs import Kernel
from optedu.cuda.rehearsal import Rehearsal
from optedu.cuda.sweeping import sweep_ends
from tests.cuda.ptx_machine import Driver, MachineError, launch
from tests.cuda.test_rehearsal import BOWL, CASES, LOGISTIC, VALLEY, in_python, starts

pytestmark = [pytest.mark.compiled, pytest.mark.xdist_group("cuda")]

CLOSE = {"rtol": 1e-12, "atol": 1e-12}


@pytest.fixture(scope="module")
def machine():
    driver = Driver()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(device, "driver", lambda: driver)
        yield driver
    assert not driver.held


@pytest.mark.parametrize("name", CASES)
def test_a_run_s_ptx_ends_as_in_python(name, machine):
    methods, problem = CASES[name]
    pairs = [(method, x) for method in methods for x in starts(problem, 4)]
    launches = machine.launches
    ends = sweep_ends("cuda", problem, pairs, 3, 150, 1e-8)
    assert machine.launches > launches
    for number, ((method, x), end) in enumerate(zip(pairs, ends, strict=True)):
        status, steps, *theirs = in_python(method, problem, x, number, 150, 1e-8)
        assert end[:2] == (status, steps)
        for ours, other in zip(end[2:], theirs, strict=True):
            assert np.allclose(ours, other, **CLOSE)


@pytest.mark.parametrize("name", ["linear", "matrices", "memory"])
def test_its_bits_are_those_of_the_same_ir_on_a_processor(name, machine):
    """Where no elementary function is called: those of a GPU are its own."""
    methods, problem = CASES[name]
    pairs = [(method, x) for method in methods for x in starts(problem, 3)]
    ours, theirs = (sweep_ends(place, problem, pairs, 3, 40, 1e-8) for place in PLACES)
    for a, b in zip(ours, theirs, strict=True):
        assert a[:4] == b[:4]
        assert np.array_equal(a[4], b[4])


PLACES = ("cuda", "rehearsal")


@pytest.mark.parametrize("count", [1, 33, 129])
def test_any_number_of_runs(count, machine):
    """More than a block: those of the second have their own numbers."""
    pairs = [(oe.GradientDescent(0.3), x) for x in starts(BOWL, count)]
    ends = sweep_ends("cuda", BOWL, pairs, 0, 30, 0.0)
    theirs = sweep_ends("rehearsal", BOWL, pairs, 0, 30, 0.0)
    assert all(np.array_equal(a[4], b[4]) for a, b in zip(ends, theirs, strict=True))
    assert len({end[4].tobytes() for end in ends}) > count // 2


def test_an_arena_too_small_is_made_again(machine, monkeypatch):
    monkeypatch.setattr(runs, "FIRST_ARENA", 1 << 10)
    methods, problem = CASES["memory"]
    pairs = [(methods[0], x) for x in starts(problem, 2)]
    launches = machine.launches
    ends = sweep_ends("cuda", problem, pairs, 0, 40, 1e-8)
    assert machine.launches > launches + 1
    for (method, x), end in zip(pairs, ends, strict=True):
        assert np.allclose(end[4], in_python(method, problem, x, 0, 40, 1e-8)[4], **CLOSE)


def test_a_run_that_raises_is_made_again_in_python(machine, monkeypatch):
    """A singular matrix, beside a regular one: the other runs are not disturbed."""
    monkeypatch.setattr(runs, "LAST_ARENA", runs.FIRST_ARENA)
    pairs = [(oe.NewtonMethod(), np.array(x)) for x in ([0.0, 0.005], [0.5, 0.1])]
    singular, regular = sweep_ends("cuda", VALLEY, pairs, 0, 5, 1e-9)
    assert singular is None
    assert np.allclose(regular[4], in_python(*pairs[1][:1], VALLEY, pairs[1][1], 1, 5, 1e-9)[4])
    sweep = oe.sweep(
        oe.NewtonMethod, problem=VALLEY, starts=pairs[0][1], relaxation=[0.5, 1.0], max_iter=5,
        device="cuda",
    )  # fmt: skip
    assert (sweep.statuses == "nonfinite").all()


TWO = ("atan2", "fmod", "hypot", "pow")
FUNCTIONS = [*sorted(MATHEMATICS), "ceil", "floor", "sqrt", "trunc"]
DOMAINS = {
    "acosh": (1, 50), "exp": (-40, 40), "log1p": (-1, 9),
    **dict.fromkeys(["acos", "asin", "atanh"], (-1, 1)),
    **dict.fromkeys(["log", "log2", "log10", "sqrt", "pow"], (0, 9)),
}  # fmt: skip
ODD = [0.0, -0.0, 1.0, -1.0, 2.5, -7.0, 1e-310, 1e300, 710.0, -745.0, np.inf, -np.inf, np.nan]


def all_functions():
    """Return a program that writes what each function makes of its arguments, in a run's block."""
    lines, declared = [], []
    for k, name in enumerate(FUNCTIONS):
        count = 2 if name in TWO else 1
        declared.append(f"declare double @{name}({', '.join(['double'] * count)})")
        for j in range(3):
            lines.append(f"%p{k}.{j} = getelementptr double, ptr %block, i64 {3 * k + j}")
        lines += [f"%x{k}.{j} = load double, ptr %p{k}.{j}" for j in range(count)]
        given = ", ".join(f"double %x{k}.{j}" for j in range(count))
        lines.append(f"%y{k} = call double @{name}({given})")
        lines.append(f"store double %y{k}, ptr %p{k}.2")
    return "\n".join(
        ['target datalayout = ""', 'target triple = ""', *declared,
         "define i64 @optedu_one(i64 %address) {", "%block = inttoptr i64 %address to ptr",
         *lines, "ret i64 0", "}", ""]
    )  # fmt: skip


def answers(place, kernel, arguments):
    """Return what a program makes of arguments (runs, functions, 2)."""
    there, (runs, count, _) = place(kernel), arguments.shape
    content = np.concatenate([arguments, np.zeros((runs, count, 1))], axis=2)
    blocks, said = there.allocate(content.nbytes), there.allocate(8 * runs)
    there.write(blocks, content.ravel().view(np.uint8))
    there.launch(blocks, content.strides[0], runs, said, 1 << 10)
    content = there.read(blocks, content.nbytes).view(float).reshape(content.shape)
    there.release()
    return content[:, :, 2]


def test_elementary_functions_of_a_gpu(machine):
    """Those of NVIDIA's library, and what C calls by a name and a GPU has as an instruction."""
    rng, text = np.random.default_rng(3), all_functions()
    drawn = np.stack([rng.uniform(*DOMAINS.get(name, (-9, 9)), (200, 2)) for name in FUNCTIONS], 1)
    pairs = np.array([(a, b) for a in ODD for b in ODD])
    odd = np.broadcast_to(pairs[:, None], (len(pairs), len(FUNCTIONS), 2))
    arguments = np.concatenate([drawn, odd])
    ours = answers(device.GPU, Kernel(assemble.for_the_gpu(text), []), arguments)
    here = answers(Rehearsal, Kernel(assemble.for_the_host(text), []), arguments)
    assert (np.isnan(ours) == np.isnan(here)).all()
    finite = np.isfinite(here)
    assert np.array_equal(ours[~finite], here[~finite], equal_nan=True)
    ulps = np.abs(ours[finite] - here[finite]) / np.spacing(np.abs(here[finite]))
    assert ulps.max() <= 3
    for k, name in enumerate(FUNCTIONS):
        given = drawn[:50, k] if name in TWO else drawn[:50, k, :1]
        right = [getattr(math, name)(*row) for row in given.tolist()]
        assert np.allclose(here[:50, k], right, rtol=1e-14, atol=0), name


def test_it_fits_into_the_stack_that_is_asked_for(machine, monkeypatch):
    """Local arrays of all functions that call each other, and not in the driver's own kibibyte."""
    monkeypatch.setattr(machine, "cuCtxSetLimit", lambda which, value: ("fine",))
    methods, problem = CASES["memory"]
    pairs = [(methods[0], starts(problem, 1)[0])]
    monkeypatch.setattr(machine, "stack", device.STACK // 4)
    assert sweep_ends("cuda", problem, pairs, 0, 30, 1e-8)[0] is not None
    monkeypatch.setattr(machine, "stack", 64)
    with pytest.raises(MachineError, match="needs more stack than there is"):
        sweep_ends("cuda", problem, pairs, 0, 30, 1e-8)
    machine.held.clear()


CHANGES = {
    "a difference the other way round": (r"sub\.rn\.f64\s+(\S+), (\S+), (%\S+);",
                                         r"sub.rn.f64 \1, \3, \2;"),
    "a rounding in between": (r"fma\.rn\.f64\s+(\S+), (\S+), (\S+), (\S+);",
                              r"mul.rn.f64 \1, \2, \3;"),
    "a comparison turned": (r"setp\.lt\.u64", "setp.ge.u64"),
    "all threads make the first run": (r"%tid\.x", "%laneid"),
    "the lower half of an address": (r"cvta\.to\.global\.u64\s+(\S+), (\S+);",
                                     r"and.b64 \1, \2, 4095;"),
}  # fmt: skip


def as_in_python(change, machine, monkeypatch):
    """Whether three steps from 40 points end as in Python, if the PTX is changed."""
    load = machine.cuModuleLoadData
    monkeypatch.setattr(
        machine, "cuModuleLoadData", lambda code: load(change(code.decode()).encode())
    )
    monkeypatch.setattr(launch, "FUEL", 1 << 16)
    monkeypatch.setattr(runs, "LAST_ARENA", runs.FIRST_ARENA)
    pairs = [(oe.GradientDescent(0.3), x) for x in starts(LOGISTIC, 40)]
    try:
        ends = sweep_ends("cuda", LOGISTIC, pairs, 0, 3, 0.0)
    except MachineError:
        machine.held.clear()
        return False
    theirs = [in_python(method, LOGISTIC, x, 0, 3, 0.0)[4] for method, x in pairs]
    return all(
        end is not None and np.allclose(end[4], x, **CLOSE)
        for end, x in zip(ends, theirs, strict=True)
    )


@pytest.mark.parametrize("what", CHANGES)
def test_other_instructions_are_noticed(what, machine, monkeypatch):
    pattern, other = CHANGES[what]
    counts = []

    def change(text):
        text, count = re.subn(pattern, other, text)
        counts.append(count)
        return text

    assert not as_in_python(change, machine, monkeypatch)
    assert sum(counts) > 0


def test_unchanged_they_are_right(machine, monkeypatch):
    assert as_in_python(lambda text: text, machine, monkeypatch)
