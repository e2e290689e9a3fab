"""A problem that lives elsewhere in the module: its oracles are called through a table.

A method is compiled once against this stand-in, and not once for every problem; in the page any
method meets any problem whose oracles it can use.
"""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

from optedu.browser.compiler import words
from optedu.compiling import CompilationError, backend
from optedu.forms import COUNT, EMPTY, FORMS
from optedu.oracles import ORACLES

SIGNATURE = (64, 64, 64, 64, None, 64)
"""Every oracle's C signature: data, index, x, second point, number, result; addresses as i64."""


class OracleError(ArithmeticError):
    """An oracle failed; the runtime remembers its own sentence."""


def oracle_type() -> ir.FunctionType:
    """Return the type of an oracle's function: 0, or the address of a sentence."""
    arguments = [ir.DoubleType() if bits is None else ir.IntType(bits) for bits in SIGNATURE]
    return ir.FunctionType(ir.IntType(64), arguments)


@intrinsic
def call_oracle(typing_context, function, data, index, x, second, number, out):
    """Call an oracle by its place in the table; count it against what may be spent."""

    def generate(context, builder, signature, arguments):
        integer = ir.IntType(64)

        def address(position):
            kind = signature.args[position]
            if not isinstance(kind, types.Array):
                return ir.Constant(integer, 0)
            array = context.make_array(kind)(context, builder, arguments[position])
            return builder.ptrtoint(array.data, integer)

        fuel = words.pointer(builder, "optedu_fuel")
        left = builder.sub(builder.load(fuel), ir.Constant(integer, 1))
        builder.store(left, fuel)
        status = cgutils.alloca_once_value(builder, ir.Constant(integer, 1))
        with builder.if_then(builder.icmp_signed(">=", left, ir.Constant(integer, 0)), likely=True):
            target = builder.inttoptr(arguments[0], oracle_type().as_pointer())
            told = builder.call(
                target,
                [arguments[1], arguments[2], address(3), address(4), arguments[5], address(6)],
            )
            builder.store(told, status)
            with builder.if_then(cgutils.is_not_null(builder, told), likely=False):
                builder.store(told, words.pointer(builder, "optedu_failure"))
        return builder.load(status)

    signature = types.int64(types.int64, types.int64, types.int64, x, second, types.float64, out)
    return signature, generate


def _oracle_source(index: int, name: str) -> str:
    arguments, form = FORMS[name]
    given = arguments.split(", ")
    second = next((f"np.ascontiguousarray({name})" for name in ("v", "y") if name in given), "x")
    number = "float(t)" if "t" in given else "0.0"
    component = "y.size" if "y" in given else "i" if "i" in given else "0"
    counted = form.startswith("outputs") or form == "vector"
    result = "out[0]" if form == "number" else "out"
    counting = (
        "    out = np.empty(1)\n"
        f"    if call_oracle(function, self.data, {COUNT}, x, x, 0.0, out) != 0:\n"
        "        raise OracleError\n"
        "    m = int(out[0])\n"
    )
    return (
        f"def {name}(self, {arguments}):\n"
        f"    x = np.ascontiguousarray({given[0] if 'x' not in given else 'x'})\n"
        f"    function = self.functions[{index}]\n"
        f"{counting if counted else ''}"
        f"    out = {EMPTY[form]}\n"
        f"    told = call_oracle(function, self.data, {component}, x, {second}, {number}, out)\n"
        f"    if told != 0:\n"
        f"        raise OracleError\n"
        f"    return {result}\n"
    )


@functools.cache
def remote_class(oracles: frozenset[str], differentiable: bool) -> type:
    """Return the stand-in for the problems with these oracles.

    Raises
    ------
    CompilationError
        If an oracle has no form that a table can hold.
    """

    class Remote(NamedTuple):
        data: Any
        functions: Any

    for index, name in enumerate(ORACLES):
        if name not in oracles:
            continue
        if name not in FORMS:
            raise CompilationError(f"the oracle {name} has no form in a module")
        namespace = {
            "np": np, "call_oracle": call_oracle, "OracleError": OracleError, "__name__": __name__,
        }  # fmt: skip
        exec(_oracle_source(index, name), namespace)
        setattr(Remote, name, namespace[name])
    Remote.differentiable = differentiable
    backend.register(Remote)
    return Remote


def remote_type(oracles: frozenset[str], differentiable: bool) -> types.Type:
    """Return the Numba type of the stand-in: an address of data, and a table of functions."""
    table = types.UniTuple(types.int64, len(ORACLES))
    return types.NamedTuple([types.int64, table], remote_class(oracles, differentiable))
