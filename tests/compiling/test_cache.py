"""Compiled code on disk is shared by processes, never stale, and never in the way."""

import ast
import os
import shutil
import stat
import subprocess
import sys
import types
import warnings
from pathlib import Path

import pytest

import optedu
from optedu.compiling import available

PACKAGE = Path(optedu.__file__).parent
MINE = """
from typing import NamedTuple
import numpy as np
from optedu.protocol import problem
from other import pull

SCALE = 1.0

@problem
class Mine(NamedTuple):
    center: np.ndarray

    def value(self, x):
        return 0.5 * SCALE * np.sum((x - self.center) ** 2)

    def gradient(self, x):
        return SCALE * pull(x, self.center)
"""
OTHER = """
from optedu.protocol import portable

@portable
def pull(x, center):
    return x - center
"""
RUN = """
import sys, warnings
import optedu as oe
warnings.simplefilter("always")
with warnings.catch_warnings(record=True) as caught:
    from mine import Mine
    start, method = [1.0, -2.0], oe.GradientDescent(0.25)
    trace = oe.run(method, Mine([0.5, 3.0]), start, max_iter=3, tol=0.0, execution=sys.argv[1])
said = [w for w in caught if "compiled code is not kept" in str(w.message)]
print(trace.x.tobytes().hex(), len(said), repr(trace.x.tolist()))
"""
NOTEBOOK = MINE.replace("from other import pull", "").replace(
    "pull(x, self.center)", "(x - self.center)"
) + RUN.replace("    from mine import Mine\n", "")


class Workshop:
    """A folder with a user's files and a copy of the package, and processes that run them."""

    def __init__(self, folder):
        self.folder, self.cache = folder, folder / "cache"
        shutil.copytree(PACKAGE, folder / "optedu", ignore=shutil.ignore_patterns("__pycache__"))
        self.write("mine.py", MINE)
        self.write("other.py", OTHER)
        self.write("run.py", RUN)

    def write(self, name, text):
        (self.folder / name).write_text(text, encoding="utf-8")

    def edit(self, name, old, new):
        text = (self.folder / name).read_text(encoding="utf-8")
        assert text.count(old) >= 1
        self.write(name, text.replace(old, new))

    def run(self, script="run.py", execution="compiled", cache=None, **environment):
        """Return (bits of x, warnings, x) as a new process finds them."""
        environment = {
            **os.environ, "OPTEDU_CACHE_DIR": str(cache or self.cache), "NUMBA_DISABLE_JIT": "0",
            "PYTHONPATH": str(self.folder), "PYTHONDONTWRITEBYTECODE": "1", **environment,
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, script, execution], cwd=self.folder, env=environment,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        bits, said, x = done.stdout.split(maxsplit=2)
        return bits, int(said), ast.literal_eval(x)

    def files(self):
        return {path: path.stat().st_mtime_ns for path in self.cache.rglob("*.nbc")}


def expected(factor=0.25, steps=3):
    """x_k = c + (1 - factor)^k (x_0 - c)."""
    return [c + (1 - factor) ** steps * (x - c) for x, c in ((1.0, 0.5), (-2.0, 3.0))]


@pytest.fixture(scope="module")
def workshop(tmp_path_factory):
    return Workshop(tmp_path_factory.mktemp("workshop"))


@pytest.mark.compiled
def test_edits_are_seen_and_unchanged_code_is_shared(workshop):
    """One story, since each change costs a compilation; `test_fingerprint` has the other edits."""
    bits, said, x = workshop.run()
    assert said == 0
    assert x == pytest.approx(expected(), rel=1e-14)
    assert bits == workshop.run(execution="python")[0]
    first = workshop.files()
    (path,) = first
    assert stat.S_IMODE(path.parent.stat().st_mode) & 0o077 == 0

    assert workshop.run()[0] == bits, "another process, the same bits"
    assert workshop.files() == first, "and it found the file"

    workshop.edit("other.py", "return x - center", "return 2.0 * (x - center)")
    assert workshop.run()[2] == pytest.approx(expected(0.5), rel=1e-14), "another file"

    workshop.edit(
        "optedu/gradient/gradient_descent.py", "x - self.step_size *", "x - 3.0 * self.step_size *"
    )
    workshop.edit("mine.py", "SCALE = 1.0", "SCALE = 0.5")
    assert workshop.run()[2] == pytest.approx(expected(0.75), rel=1e-14), "a file of the package"


@pytest.mark.compiled
def test_classes_of_a_notebook_leave_nothing_on_disk(workshop, tmp_path):
    workshop.write("notebook.py", NOTEBOOK)
    bits, said, _ = workshop.run("notebook.py", cache=tmp_path)
    assert said == 0
    assert bits == workshop.run("notebook.py", "python", cache=tmp_path)[0]
    assert list(tmp_path.rglob("*.nbc")) == []


@pytest.mark.compiled
def test_a_home_that_cannot_be_written_costs_one_warning(workshop, tmp_path):
    (tmp_path / "file").write_text("in the way")
    bits, said, _ = workshop.run(cache=tmp_path / "file" / "cache")
    assert said == 1
    assert bits == workshop.run(execution="python")[0]


def test_the_warning_is_said_once_and_names_the_way_out(tmp_path):
    from optedu.compiling.cache import PairCache

    (tmp_path / "file").write_text("in the way")
    cache = PairCache()
    with pytest.warns(RuntimeWarning, match="set OPTEDU_CACHE_DIR") as caught:
        answers = [cache._prepare(tmp_path / "file" / "cache") for _ in range(3)]
    assert answers == [False, False, False]
    assert len(caught) == 1


class Target:
    """Stands for Numba's target context."""

    def codegen(self):
        return None

    def refresh(self):
        pass


@pytest.mark.parametrize("content", [b"", b"not a pickle", b"\x80\x05\x95\xff\x00\x00\x00"])
def test_a_broken_file_counts_as_absent(content, tmp_path, monkeypatch):
    from optedu.compiling.cache import PairCache

    path = tmp_path / "pair.nbc"
    path.write_bytes(content)
    cache = PairCache()
    monkeypatch.setattr(cache, "_path", lambda *_: path)
    assert cache.load_overload((), Target()) is None


@pytest.mark.skipif(os.name != "posix", reason="permissions are those of POSIX")
def test_a_folder_that_others_may_write_to_is_not_used(tmp_path):
    from optedu.compiling.cache import PairCache, _is_private

    (tmp_path / "shared").mkdir()
    (tmp_path / "shared").chmod(0o777)
    assert not _is_private(tmp_path / "shared")
    with pytest.warns(RuntimeWarning, match="others may write to it"):
        usable = PairCache()._prepare(tmp_path / "shared")
    assert not usable
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert PairCache()._prepare(tmp_path / "own")


def test_old_generations_are_dropped_and_nothing_else(tmp_path):
    from optedu.compiling.cache import GENERATIONS_KEPT, PairCache

    for age in range(6):
        folder = tmp_path / f"{age:016d}"
        folder.mkdir()
        os.utime(folder, (1e9 - age, 1e9 - age))
    (tmp_path / "sixteen letters!").mkdir()
    PairCache()._prepare(tmp_path / ("f" * 16))
    kept = sorted(path.name for path in tmp_path.iterdir())
    newest = [f"{age:016d}" for age in range(GENERATIONS_KEPT - 1)]
    assert kept == [*newest, "f" * 16, "sixteen letters!"]


def test_numba_is_here_so_that_the_tests_above_mean_something():
    assert available()


def test_a_folder_that_vanishes_costs_the_file_and_not_the_run(tmp_path, monkeypatch):
    from optedu.compiling.cache import PairCache

    folder, cache = tmp_path / "ours", PairCache()
    compiled = types.SimpleNamespace(
        codegen=None, lifted=(), _reduce=tuple,
        library=types.SimpleNamespace(has_dynamic_globals=False),
    )  # fmt: skip
    monkeypatch.setattr(cache, "_path", lambda *_: folder / "pair.nbc")
    cache.save_overload(None, compiled)
    assert [path.name for path in folder.iterdir()] == ["pair.nbc"]
    shutil.rmtree(folder)
    cache.save_overload(None, compiled)
    assert not folder.exists()
    cache.save_overload(None, compiled)
    assert [path.name for path in folder.iterdir()] == ["pair.nbc"]
