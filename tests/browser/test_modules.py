"""Every method and problem as WebAssembly, run in Node, against the same run in Python."""

import gzip
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

import optedu as oe
from optedu import discovery, protocol
from optedu.browser.compiler import build, link
from optedu.compiling import CompilationError
from optedu.forms import FORMS
from optedu.oracles import ORACLES
from tests.browser.modules import (
    compile_together,
    distance,
    in_node,
    in_python,
    module_of,
    nudged,
    numbers,
    path,
    settings,
)
from tests.contract.samples import samples
from tests.problems import catalog

pytestmark = [pytest.mark.compiled, pytest.mark.xdist_group("modules")]

PARITY = 1e-12
MAGNIFIED = 10.0
"""How much of what Python's own path moves, when its start moves by the last digit, is allowed:
sums of a different order are more than one such nudge, in every step."""

METHODS = sorted(discovery.methods())
BOWL = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])


@pytest.fixture(scope="module")
def runs(request, tmp_path_factory):
    """All samples of the methods asked for, in one call of the compiler and one process of Node."""
    here = [item for item in request.session.items if item.path == request.path]
    asked = {item.callspec.params["name"] for item in here if "runs" in item.fixturenames}
    cases = [(name, *sample) for name in METHODS if name in asked for sample in samples(name)]
    compile_together([([method], [problem], [np.shape(x0)]) for _, method, problem, x0 in cases])
    modules = [module_of(method, problem, x0) for _, method, problem, x0 in cases]
    jobs = [
        (module, settings(x0), [])
        for module, (_, _, _, x0) in zip(modules, cases, strict=True)
        if not module.reasons
    ]
    answers = iter(in_node(jobs, tmp_path_factory.mktemp("runs")))
    found = {}
    for module, (name, *sample) in zip(modules, cases, strict=True):
        answer = module.reasons.get((0, 0)) or next(answers)
        found.setdefault(name, []).append((*sample, answer))
    return found


@pytest.mark.parametrize("name", METHODS)
def test_a_method_in_a_module_takes_the_steps_of_python(name, runs):
    for method, problem, x0, answer in runs[name]:
        formless = [oracle for oracle in ORACLES if oracle in method.needs - set(FORMS)]
        if formless:
            assert (
                answer
                == f"{name} cannot be compiled: the oracle {formless[0]} has no form in a module"
            )
            continue
        assert not isinstance(answer, str), answer
        trace, others = in_python(method, problem, x0), list(nudged(method, problem, x0))
        ours, theirs = numbers(answer["iterates"]).reshape(-1, np.size(x0)), path(trace)
        scale, error = max(1.0, np.abs(theirs).max()), distance(ours, theirs)
        moved = max(distance(path(other), theirs) for other in others)
        print(
            f"{name} on {type(problem).__name__}: {error / scale:.1e}, nudged {moved / scale:.1e}"
        )
        assert error <= PARITY * scale + MAGNIFIED * moved
        if moved <= PARITY * scale and all(other.counts == trace.counts for other in others):
            assert answer["status"] == trace.status.value, answer["message"]
            assert len(ours) == len(theirs)
            counted = numbers(answer["calls"]).reshape(len(ours), -1)
            for oracle, total in trace.counts.items():
                assert counted[-1, ORACLES.index(oracle)] == total
            columns = (
                (answer["values"], trace.values),
                (answer["certificates"], trace.gradient_norms),
            )
            for column, expected in columns:
                size = max(1.0, np.abs(np.nan_to_num(expected)).max())
                assert np.allclose(
                    numbers(column), expected, rtol=0, atol=1e-10 * size, equal_nan=True
                )


def probes_of(problem, x):
    """Return calls of every oracle, and Python's answers."""
    rng = np.random.default_rng(3)
    v, calls, answers = rng.normal(size=x.shape), [], []
    values = {"i": 1, "x": x, "v": v, "t": 0.7, "y": catalog.outputs_for(problem, x, rng)}
    for name in ORACLES:
        if getattr(problem, name, None) is None or name not in FORMS:
            continue
        given = [values[argument] for argument in FORMS[name][0].split(", ")]
        answers.append(np.ravel(getattr(problem, name)(*given)))
        plain = [part.ravel().tolist() if isinstance(part, np.ndarray) else part for part in given]
        calls.append([0, name, *plain])
    return calls, answers


def test_every_problem_answers_as_in_python(tmp_path):
    rng = np.random.default_rng(4)
    cases = [
        (name, instance, catalog.point_for(instance, rng, 0.5))
        for name, instance in catalog.EVERYTHING.items()
    ]
    assert len(cases) > 60
    compile_together([([], [instance], [x.shape]) for _, instance, x in cases])
    jobs = [
        (build([], [instance], [x.shape], ORACLES), None, probes_of(instance, x)[0])
        for _, instance, x in cases
    ]
    for (name, instance, x), answer in zip(cases, in_node(jobs, tmp_path), strict=True):
        calls, expected = probes_of(instance, x)
        for call, theirs, ours in zip(calls, expected, answer["probes"], strict=True):
            assert len(ours) == theirs.size, f"{name}.{call[1]} failed"
            scale = max(1.0, np.abs(theirs[np.isfinite(theirs)]).max(initial=0.0))
            assert np.allclose(numbers(ours), theirs, rtol=PARITY, atol=PARITY * scale), (
                f"{name}.{call[1]}: {numbers(ours)} is not {theirs}"
            )


@protocol.method
class Drawn(NamedTuple):
    """Collects draws: every kind that a method of the book uses."""

    def init(self, problem, x, rng):
        return DrawnState(x + rng.standard_normal(x.size))

    def step(self, problem, state, rng):
        order = rng.permutation(7)
        pick = rng.integers(0, 1000)
        return DrawnState(
            state.x * 0.0 + rng.standard_normal(state.x.size) + order[0] + 10.0 * order[6]
            + pick + rng.random() + rng.uniform(2.0, 3.0)
        )  # fmt: skip


class DrawnState(NamedTuple):
    x: np.ndarray


@pytest.mark.parametrize("seed", [0, 1, 12345, 2**40 + 3])
def test_a_seed_means_the_same_draws(seed, tmp_path):
    start = np.zeros(2)
    module = module_of(Drawn(), BOWL, start)
    (answer,) = in_node([(module, settings(start, seed=seed), [])], tmp_path)
    theirs = path(in_python(Drawn(), BOWL, start, seed=seed))
    assert np.array_equal(numbers(answer["iterates"]).reshape(-1, 2), theirs)


@protocol.problem
class Algebra(NamedTuple):
    """Uses of linear algebra, sorting, masks and lists that no problem of the book has yet."""

    A: np.ndarray

    def value(self, x):
        M = self.A + np.outer(x, x)
        L = np.linalg.cholesky(M @ M.T + np.eye(x.size))
        Q, R = np.linalg.qr(M)
        U, s, Vt = np.linalg.svd(M)
        w, V = np.linalg.eigh(M + M.T)
        polar = U @ Vt
        sizes = [np.trace(L), np.linalg.norm(M), np.abs(R).sum(), np.linalg.det(Q @ Q.T)]
        return (
            sum(sizes) + np.sum(np.linalg.inv(M @ M.T + np.eye(x.size))) + np.sum(s * s)
            + np.sum(polar) + np.sum((V * w) @ V.T) + np.sum(np.linalg.solve(L, x))
        )  # fmt: skip

    def gradient(self, x):
        y = np.sort(np.clip(x, -1.0, 1.0))[::-1]
        kept = x[np.abs(x) > 0.2]
        order = np.argsort(x)
        return (
            y
            + np.swapaxes(self.A, 0, 1)[0]
            + kept.sum()
            + np.cumsum(x)
            + order
            + np.where(x > 0, 1.0, 0.5)
            + x.max()
        )


@pytest.mark.parametrize("d", [1, 2, 5])
def test_linear_algebra_sorting_and_masks(d, tmp_path):
    rng = np.random.default_rng(d)
    instance, x = Algebra(rng.normal(size=(d, d))), rng.normal(size=d)
    module = build([], [instance], [(d,)], ORACLES)
    (answer,) = in_node([(module, None, probes_of(instance, x)[0])], tmp_path)
    for ours, theirs in zip(answer["probes"], probes_of(instance, x)[1], strict=True):
        assert np.allclose(numbers(ours), theirs, rtol=1e-12, atol=1e-12)


@protocol.problem
class Fragile(NamedTuple):
    """Solves a system that becomes singular at x = 1, and never returns below -5."""

    slope: float = 1.0

    def value(self, x):
        return np.sum(x * x)

    def gradient(self, x):
        y = x
        while y[0] < -5.0:
            y = y * 1.0
        return self.slope * np.linalg.solve(np.diag(np.round(x - 1.0, 12)), np.ones(x.size))


def test_an_exception_is_a_status_and_a_sentence(tmp_path):
    walk = oe.GradientDescent(0.5)
    module = module_of(walk, Fragile(), [2.0, 3.0])
    singular, healthy = in_node(
        [(module, settings([1.0, 3.0]), []), (module, settings([2.0, 3.0], steps=3), [])], tmp_path
    )
    assert singular["status"] == "nonfinite"
    assert singular["message"] == "step 1 failed: Matrix is singular to machine precision."
    theirs = in_python(walk, Fragile(), np.array([2.0, 3.0]), steps=3)
    assert np.allclose(numbers(healthy["iterates"]), theirs.iterates.ravel(), rtol=1e-13)


def test_a_run_that_would_never_end_is_stopped(tmp_path):
    module = module_of(oe.GradientDescent(0.5), Fragile(), [-9.0, 3.0])
    endless, after = in_node(
        [(module, settings([-9.0, 3.0]), []), (module, settings([2.0, 3.0], steps=2), [])], tmp_path
    )
    assert endless["status"] == "budget"
    assert "spent" in endless["message"]
    assert len(after["iterates"]) == 6


def test_memory_is_given_back(tmp_path):
    """Two million steps allocate gigabytes in all, and the heap has 64 MiB."""
    start = [2.0, -1.0]
    module = module_of(oe.NormalizedGradientDescent(step_size=1.0, decay=0.5), BOWL, start)
    job = settings(start, steps=2_000_000, every=100_000, tol=0.0, fuel=10**9)
    (answer,) = in_node([(module, job, [])], tmp_path)
    assert answer["status"] == "max_iter", answer["message"]
    assert answer["steps"] == 2_000_000


def test_methods_and_problems_of_one_module_meet_freely(tmp_path):
    methods = [oe.GradientDescent(0.1), oe.HeavyBall(0.1, 0.5)]
    problems = [BOWL, oe.problems.Rosenbrock()]
    module = build(methods, problems, [(2,), (2,)])
    assert not module.reasons
    jobs = [
        (module, settings([0.3, -0.2], steps=20) | {"method": i, "problem": j,
         "fields": {"step_size": 1e-3}}, [])
        for i in range(2) for j in range(2)
    ]  # fmt: skip
    answers = iter(in_node(jobs, tmp_path))
    for chosen in methods:
        for objective in problems:
            theirs = in_python(chosen._replace(step_size=1e-3), objective, [0.3, -0.2], steps=20)
            assert np.allclose(
                numbers(next(answers)["iterates"]), theirs.iterates.ravel(), rtol=1e-13, atol=1e-13
            )


def test_the_linker_inside_zig_makes_a_module_that_runs(tmp_path, monkeypatch):
    zig = (sys.executable, "-m", "ziglang", "wasm-ld")
    monkeypatch.setattr(link, "linker", lambda: zig)
    module = module_of(oe.HeavyBall(0.1, 0.5), BOWL, [3.0, -2.0])
    (answer,) = in_node([(module, settings([3.0, -2.0], steps=20), [])], tmp_path)
    theirs = in_python(oe.HeavyBall(0.1, 0.5), BOWL, [3.0, -2.0], steps=20)
    assert np.allclose(numbers(answer["iterates"]), theirs.iterates.ravel(), rtol=1e-13, atol=1e-13)


def test_without_a_linker_one_sentence_says_what_to_install(monkeypatch):
    link.linker.cache_clear()
    monkeypatch.setattr(link.shutil, "which", lambda name: None)
    monkeypatch.setattr(link.Path, "glob", lambda self, pattern: iter(()))
    monkeypatch.setattr(link.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(CompilationError, match="wasm-ld: install LLVM's lld, or pip install"):
        link.linker()
    link.linker.cache_clear()


class Wordy(NamedTuple):
    name: str = "text"

    def value(self, x):
        return np.sum(x * x)

    def gradient(self, x):
        return 2.0 * x


class Complicated(NamedTuple):
    def value(self, x):
        return np.sum(x * x)

    def gradient(self, x):
        return np.fft.fft(x).real


@pytest.mark.parametrize(
    ("objective", "words"),
    [
        (oe.Problem.from_functions(value=np.sum, gradient=np.ones_like), "plain Python functions"),
        (protocol.problem(Wordy)(), "which a module cannot hold"),
        (protocol.problem(Complicated)(), "Complicated cannot be compiled: "),
    ],
)
def test_what_cannot_be_compiled_says_why(objective, words):
    reasons = build([oe.GradientDescent(0.1)], [objective], [(2,)]).reasons
    assert words in reasons[0, 0]
    assert "\n" not in reasons[0, 0]


FRESH = """
import sys, optedu as oe
from optedu.browser.compiler import build, link
from optedu.compiling import CompilationError
bowl = oe.problems.Quadratic([[3.0, 1.0], [1.0, 2.0]], [1.0, 1.0])
module = build([oe.HeavyBall(0.1, 0.5)], [bowl], [(2,)])
sys.stdout.buffer.write(module.wasm)
"""


def test_modules_are_the_same_byte_for_byte(tmp_path):
    """What this machine has compiled before, and a fresh process that knows nothing of it.

    The sources lie in another folder there, so that no path and no address is in the bytes.
    """
    ours = build([oe.HeavyBall(0.1, 0.5)], [BOWL], [(2,)]).wasm
    package = Path(oe.__file__).parent
    shutil.copytree(package, tmp_path / package.name, ignore=shutil.ignore_patterns("__pycache__"))
    settings = {"OPTEDU_CACHE_DIR": str(tmp_path / "cache"), "PYTHONHASHSEED": "1"}
    theirs = subprocess.run(
        [sys.executable, "-c", FRESH], cwd=tmp_path,
        env={**os.environ, **settings, "PYTHONPATH": str(tmp_path)},
        capture_output=True, check=True,
    ).stdout  # fmt: skip
    assert (tmp_path / "cache").is_dir()
    assert ours == theirs
    assert gzip.decompress(ours)[:4] == b"\0asm"
