"""Compiled code on disk: made once, made again when anything behind it changed, never half."""

import math
import os
import subprocess
import sys
from importlib import import_module

import numpy as np
import pytest
from numba import cuda

import optedu as oe
from optedu.compiling import CompilationError
from optedu.cuda import jobs, libraries, ptx
from optedu.cuda.kernels import reductions

pytestmark = [pytest.mark.compiled, pytest.mark.xdist_group("cuda")]

VECTOR = ptx.type_of(np.ones(1))
SINGLE = ptx.type_of(np.ones(1, np.float32))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty cache."""
    monkeypatch.setenv("OPTEDU_CACHE_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def made(folder, monkeypatch):
    """What was compiled, by a compiler that only says so."""
    done = []

    def compiled(function, kinds, architecture):
        done.append((function.__name__, kinds, architecture))
        return b".visible .entry kernel_%d(" % len(done)

    monkeypatch.setattr(ptx, "_compiled", compiled)
    return done


def with_helper(text, constant=1.0):
    """Return a kernel that calls a function of its module, which may have another text."""
    names = {"cuda": cuda, "math": math, "constant": constant}
    exec(f"def helper(v):\n    return {text}\ndef kernel(x):\n    x[0] = helper(x[1])", names)
    names["helper"] = cuda.jit(device=True)(names["helper"])
    return names["kernel"]


def test_the_next_process_does_not_compile(folder):
    name, code = ptx.ptx_of(reductions.total, (VECTOR, VECTOR))
    program = """
import sys
from optedu.cuda import ptx
from optedu.cuda.kernels import reductions
import numpy as np
ptx._compiled = None
kind = ptx.type_of(np.ones(1))
sys.stdout.buffer.write(ptx.ptx_of(reductions.total, (kind, kind))[1])
"""
    paths = os.pathsep.join(filter(None, sys.path))
    again = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": paths, "OPTEDU_CACHE_DIR": str(folder)},
        capture_output=True,
    )
    assert again.returncode == 0, again.stderr.decode()
    assert again.stdout == code
    assert name.encode() in code


def test_everything_behind_a_kernel_is_in_its_name(made, monkeypatch):
    kernel = with_helper("v + constant")
    for _ in range(2):
        ptx.ptx_of(kernel, (VECTOR,))
    ptx.ptx_of(with_helper("v + constant"), (VECTOR,))
    assert len(made) == 1
    ptx.ptx_of(with_helper("v - constant"), (VECTOR,))
    ptx.ptx_of(with_helper("v + constant", 2.0), (VECTOR,))
    ptx.ptx_of(kernel, (SINGLE,))
    ptx.ptx_of(kernel, (VECTOR,), "sm_90")
    monkeypatch.setattr(ptx, "compiler_digest", lambda: "another")
    ptx.ptx_of(kernel, (VECTOR,))
    assert len(made) == 6


def test_a_damaged_file_is_made_again(folder, made):
    kernel = with_helper("v")
    for turn, damage in enumerate([lambda b: b"", lambda b: b[:-1], lambda b: b[:-1] + b"["], 1):
        ptx.ptx_of(kernel, (VECTOR,))
        assert len(made) == turn
        (path,) = folder.rglob("*.ptx")
        path.write_bytes(damage(path.read_bytes()))
    assert ptx.ptx_of(kernel, (VECTOR,))[1] == b".visible .entry kernel_4("


def test_code_of_another_machine_is_taken_where_there_is_no_compiler(made, monkeypatch):
    def missing():
        raise CompilationError("kernels for a GPU need NVIDIA's libnvvm")

    theirs = ptx.ptx_of(with_helper("v"), (VECTOR,))
    monkeypatch.setattr(ptx, "compiler_digest", missing)
    assert ptx.ptx_of(with_helper("v"), (VECTOR,)) == theirs
    for kernel, kinds in ((with_helper("-v"), (VECTOR,)), (with_helper("v"), (SINGLE,))):
        with pytest.raises(CompilationError, match="libnvvm"):
            ptx.ptx_of(kernel, kinds)


def test_a_folder_that_cannot_be_written_to_costs_time_only(folder, made, monkeypatch):
    (folder / "file").write_text("")
    monkeypatch.setenv("OPTEDU_CACHE_DIR", str(folder / "file"))
    for _ in range(2):
        ptx.ptx_of(with_helper("v"), (VECTOR,))
    assert len(made) == 2


def test_a_damaged_program_of_a_pair_is_made_again(folder, monkeypatch):
    done = []

    def program(*given):
        done.append(given)
        return "text", [{"slot": len(done)}]

    monkeypatch.setattr(jobs, "_in_a_process", program)
    monkeypatch.setattr(jobs, "for_the_host", lambda text: text.encode() + b"'s code")
    pair = oe.GradientDescent(0.1), oe.problems.Quadratic(np.eye(2), np.zeros(2))
    for _ in range(2):
        kernel = jobs.kernel_of(*pair, 1, jobs.HOST)
        assert (kernel.code, kernel.slots) == (b"text's code", [{"slot": 1}])
    for path in folder.rglob("*"):
        if path.is_file():
            path.write_bytes(path.read_bytes()[:-1])
    assert jobs.kernel_of(*pair, 1, jobs.HOST).slots == [{"slot": 2}]


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """A machine on which nothing is installed, and a folder that CUDA_HOME names."""
    found = libraries.libnvvm, libraries.libdevice
    for function in found:
        function.cache_clear()
    monkeypatch.setitem(sys.modules, "cuda.pathfinder", None)
    monkeypatch.setattr(libraries, "INSTALLED", ())
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CUDA_PATH", raising=False)
    monkeypatch.setenv("CUDA_HOME", str(tmp_path))
    yield tmp_path
    for function in found:
        function.cache_clear()


def test_what_is_not_found_is_said(bare):
    with pytest.raises(CompilationError, match=r"need NVIDIA's libnvvm.*pip install"):
        libraries.libnvvm()
    with pytest.raises(CompilationError, match=r"\(libdevice\), which are not found: pip install"):
        libraries.libdevice()


@pytest.mark.parametrize("place", ["nvvm/libdevice", "libdevice"])
def test_a_toolkit_is_searched(bare, place):
    file = bare / place / "libdevice.10.bc"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"")
    assert libraries.libdevice() == file


def test_a_file_that_is_no_library_is_passed_over(bare):
    real = import_module("_ctypes").__file__
    for folder, make in (("nvvm/lib64", lambda p: p.write_text("")), ("lib", None)):
        (bare / folder).mkdir(parents=True)
        path = bare / folder / "libnvvm.so.4"
        make(path) if make else path.symlink_to(real)
    assert libraries.libnvvm() == bare / "lib" / "libnvvm.so.4"


def test_numba_is_left_as_it_was():
    paths = import_module("numba.cuda.cuda_paths").get_cuda_paths
    before = dict(vars(paths)), cuda.config.FORCE_CUDA_CC
    with ptx._speaking_to_numba((9, 0)):
        assert cuda.config.FORCE_CUDA_CC == (9, 0)
    assert (dict(vars(paths)), cuda.config.FORCE_CUDA_CC) == before


BROKEN = """
import sys
from importlib.machinery import PathFinder

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "numba.cuda":
            return PathFinder.find_spec(name, [{folder!r}])

Finder.__module__ = "_numba_cuda_redirector"
sys.meta_path.insert(0, Finder())

from optedu.cuda import ptx
from optedu.cuda.kernels import reductions
from optedu.cuda.target import version
import numpy as np
kind = ptx.type_of(np.ones(1))
print(version(), len(ptx.ptx_of(reductions.total, (kind, kind))[1]) > 1000)
"""


REGISTERED = """
from numba.core.target_extension import jit_registry, target_registry
jit_registry[target_registry["cuda"]] = print
"""


@pytest.mark.parametrize("before", ["", REGISTERED])
def test_a_target_that_does_not_work_is_passed_over(folder, before):
    """NVIDIA's package stands in the way of Numba's own target, and cannot be imported."""
    fake = folder / "numba_cuda" / "numba"
    (fake / "cuda").mkdir(parents=True)
    (folder / "numba_cuda" / "__init__.py").write_text("")
    (fake / "cuda" / "__init__.py").write_text(f"{before}\nimport numpy\nnumpy.no_such_name")
    paths = os.pathsep.join([*filter(None, sys.path), str(folder)])
    done = subprocess.run(
        [sys.executable, "-c", BROKEN.format(folder=str(fake))],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "Numba's own True\n"
