"""A change anywhere in what a class was made from changes its fingerprint, nothing else does."""

import importlib
import os
import subprocess
import sys

import pytest

import optedu as oe
from optedu.compiling.fingerprint import fingerprint, is_core, is_lasting

MINE = """
from typing import NamedTuple
import numpy as np
import {helper}
from {helper} import bend as curve
from optedu.protocol import portable, problem

SCALE = 2.0
TABLE = np.array([1.0, 2.0])

@portable
def local(x, power=2):
    return x**power

def factory(shift):
    @portable
    def shifted(x):
        return x + shift
    return shifted

moved = factory(0.5)

@problem
class Mine(NamedTuple):
    a: float

    def value(self, x):
        inner = [SCALE * local(t) for t in x]
        return np.sum(curve(x)) + TABLE[0] + len(inner)

    def gradient(self, x):
        return {helper}.tilt(moved(x)) * self.a
"""
HELPER = """
from optedu.protocol import portable

@portable
def bend(x):
    return deep(x) * x

@portable
def deep(x):
    return 0.5 * x

@portable
def tilt(x):
    return 3.0 * x
"""
EDITS = {
    "a constant in a method": ("mine", "* self.a", "* self.a * 1.0"),
    "an operator in a method": ("mine", "+ TABLE[0]", "- TABLE[0]"),
    "a module's number": ("mine", "SCALE = 2.0", "SCALE = 2.5"),
    "a module's array": ("mine", "[1.0, 2.0]", "[1.0, 2.5]"),
    "a function in the file": ("mine", "return x**power", "return -(x**power)"),
    "a default argument": ("mine", "power=2", "power=3"),
    "a closed-over number": ("mine", "factory(0.5)", "factory(0.25)"),
    "an inner expression": ("mine", "SCALE * local(t)", "SCALE + local(t)"),
    "a field's name": ("mine", "    a: float", "    a: float\n    c: float = 1.0"),
    "a function in another file": ("helper", "deep(x) * x", "deep(x) + x"),
    "a function that it calls": ("helper", "0.5 * x", "0.25 * x"),
    "a function reached through its module": ("helper", "3.0 * x", "4.0 * x"),
}


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write the two files, import them afresh and return the fingerprint of `Mine`."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def build(mine=MINE, helper=HELPER):
        (tmp_path / "mine_file.py").write_text(mine.format(helper="helper_file"))
        (tmp_path / "helper_file.py").write_text(helper)
        for name in ("mine_file", "helper_file"):
            monkeypatch.delitem(sys.modules, name, raising=False)
        importlib.invalidate_caches()
        return fingerprint(importlib.import_module("mine_file").Mine)

    return build


def test_the_same_files_give_the_same_fingerprint(write):
    assert write() == write()


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_is_seen(write, edit):
    file, old, new = EDITS[edit]
    sources = {"mine": MINE, "helper": HELPER}
    assert old in sources[file]
    before = write()
    sources[file] = sources[file].replace(old, new)
    assert write(**sources) != before


def test_a_comment_in_the_class_is_no_edit(write):
    before = write()
    assert write(mine=MINE.replace("    a: float", "    a: float  # the factor")) == before


def test_classes_of_a_notebook_or_a_function_do_not_last():
    class Local:
        pass

    notebook = type("Cell", (), {"__module__": "__main__"})
    assert not is_lasting(Local)
    assert not is_lasting(notebook)
    assert is_lasting(oe.problems.Quadratic)


def test_every_process_finds_the_same_digests():
    """What is not the same in another process is never found on disk again."""
    code = (
        "from optedu import discovery\n"
        "from optedu.compiling.fingerprint import fingerprint\n"
        "for classes in (discovery.methods(), discovery.decorated('problems')):\n"
        "    for name in sorted(classes):\n"
        "        print(name, fingerprint(discovery.load(name, classes)))\n"
    )
    first, second = (
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed},
            check=True, capture_output=True, text=True,
        ).stdout
        for seed in ("1", "2")
    )  # fmt: skip
    assert first == second
    assert first.count("\n") > 100


def test_the_loop_is_of_the_core_and_other_kernels_belong_to_who_uses_them():
    from optedu.kernels import coordinate_descent, loop

    assert is_core(loop)
    assert is_core(loop.take_step)
    assert not is_core(coordinate_descent.descend)
    assert not is_core(oe.problems.Rosenbrock)
