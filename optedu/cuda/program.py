"""The IR of one run, made by a process whose Numba is set for another machine.

Import this only where Numba was started for it: see `jobs`.
"""

from __future__ import annotations

import functools
import re
from typing import Any

import llvmlite.binding as llvm
import numpy as np
from numba.core import types

from optedu.browser.compiler import layout, objects, retarget
from optedu.browser.compiler.objects import FLOATS, INTEGERS, WORDS, copy
from optedu.browser.runtime.symbols import SYMBOLS
from optedu.kernels import loop
from optedu.oracles import Counted
from optedu.protocol import portable

CALLS = types.Array(types.int64, 2, "C")
ROWS = types.Array(types.float64, 2, "C")

BLOCK = ("method", "problem", "counts", "x", "words", "steps", "tol", "minimum", "watch", "columns",
         "ends", "measures")  # fmt: skip
"""What a run reads and writes. `columns` have one row, which is written over in each step; `x` is
the start, and then the point that is returned; `ends` are the steps taken and the status code,
`measures` are f and the certificate there."""


def block_of(method: types.Type, problem: types.Type, axes: int) -> types.Type:
    """Return the type of a run's block."""
    x = types.Array(types.float64, axes, "C")
    columns = types.Tuple([FLOATS, FLOATS, CALLS, ROWS])
    return types.Tuple(
        [method, problem, INTEGERS, x, WORDS, types.int64, types.float64, types.float64, INTEGERS,
         columns, INTEGERS, FLOATS]
    )  # fmt: skip


@portable
def to_the_end(method, counted, x, rng, steps, tol, minimum, watch, columns, ends, measures):
    """Run from the start to the end, and write where it ended; nothing in between is kept."""
    state = loop.first_state(method, counted, x, rng)
    value, certificate = loop.measure_at(method, counted, state, minimum)
    start_value, taken, code = value, 0, 0
    finite, _ = loop.compare(state.x, state.x)
    unknown = np.isnan(value) and loop.has_value(counted.problem)
    if not finite or np.isinf(value) or unknown:
        code = loop.NONFINITE
    elif certificate <= tol:
        code = loop.CONVERGED
    while code == 0 and taken < steps:
        state, moved, rows, code = loop.advance(
            method, counted, state, rng, 1, 1, taken, steps, tol, minimum, start_value, watch,
            columns,
        )  # fmt: skip
        taken += moved
        if rows > 0:
            value = columns[0][0]
            certificate = columns[1][0]
    copy(state.x, x)
    ends[0] = taken
    ends[1] = code
    measures[0] = value
    measures[1] = certificate


def linked(method: Any, problem: Any, axes: int) -> tuple[str, list[dict[str, Any]]]:
    """Return the IR of a pair with the runtime that it needs, and the slots of a run's block."""
    objects.prepare()
    method_type, problem_type = layout.type_of(method), layout.type_of(problem)
    block = block_of(method_type, problem_type, axes)
    read = layout.reader(block)
    stream = objects.generator_of if type(method).takes_rng else objects.nothing_of

    def run(address):
        method, problem, counts, x, words, steps, tol, minimum, watch, columns, ends, measures = (
            read(address)
        )
        counted = Counted(problem, counts)
        to_the_end(
            method, counted, x, stream(words), steps, tol, minimum, watch, columns, ends, measures
        )
        return 0

    module = _module(run, (types.int64,), "optedu_one", status_of)
    known, wanted = {"optedu_one"}, _expected(module)
    while wanted:
        name = wanted.pop()
        if name in known or name not in SYMBOLS:
            continue
        known.add(name)
        letters, function = SYMBOLS[name]
        arguments = tuple(objects.C_TYPES[letter][0] for letter in letters[1:])
        part = _module(function, arguments, name, functools.partial(objects.c_shim, letters))
        wanted += _expected(part)
        module.link_in(part)
    return str(module), layout.slots(block, names=BLOCK)


def _module(function: Any, arguments: tuple[types.Type, ...], name: str, wrap: Any) -> Any:
    """Return what a function needs of its compiled module, and nothing of Python."""
    module = objects.compiled(function, arguments, name, wrap, translate)
    for item in (*module.functions, *module.global_variables):
        if not item.is_declaration:
            item.linkage = "external" if item.name == name else "internal"
    machine = llvm.Target.from_default_triple().create_target_machine()
    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(0))
    clean = llvm.create_new_module_pass_manager()
    clean.add_global_dead_code_eliminate_pass()
    clean.run(module, builder)
    return module


def translate(text: str) -> str:
    """Return Numba's IR without Python's exceptions: only that one was raised is told."""
    text = re.sub(r"bitcast ptr @__excinfo_unwrap_args\w+ to ptr", "bitcast ptr null to ptr", text)
    return retarget.sentences(retarget.numbered(text))


def _expected(module: Any) -> list[str]:
    return [f.name for f in module.functions if f.is_declaration and "llvm." not in f.name]


def status_of(name: str, target: str, arguments: tuple[types.Type, ...], result: Any) -> str:
    """Return a function around Numba's calling convention: 0, or 1 when something was raised."""
    return f"""
define i64 @{name}(i64 %address) {{
  %result = alloca i64
  %raised = alloca ptr
  store ptr null, ptr %raised
  %status = call i32 @{target}(ptr %result, ptr %raised, i64 %address)
  %failed = icmp ne i32 %status, 0
  %told = zext i1 %failed to i64
  ret i64 %told
}}
"""
