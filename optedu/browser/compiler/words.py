"""Memory by address, and the runtime's variables, for runtime functions written in Python."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

VARIABLES = ("optedu_fuel", "optedu_failure", "optedu_base", "optedu_top", "optedu_most")
"""Global integers: what may be spent, the sentence of a failed oracle, the heap's start, its end,
and how far it may grow."""

LISTS = "optedu_lists"
"""Heads of the lists of free blocks, one for each power of two."""

PAGE = 65536


def definitions() -> str:
    """Return the IR that defines the variables."""
    lines = [f"@{name} = global i64 0" for name in VARIABLES]
    return "\n".join([*lines, f"@{LISTS} = global [64 x i64] zeroinitializer", ""])


def pointer(builder: Any, name: str, kind: Any = None) -> Any:
    """Return a variable of the runtime as code in another object sees it."""
    known = builder.module.globals.get(name)
    return known or ir.GlobalVariable(builder.module, kind or ir.IntType(64), name)


def variable(name: str) -> tuple[Any, Any]:
    """Return two intrinsics: one reads the variable, one writes it."""

    @intrinsic
    def get(typing_context):
        return types.int64(), lambda context, builder, signature, arguments: builder.load(
            pointer(builder, name)
        )

    @intrinsic
    def put(typing_context, value):
        def generate(context, builder, signature, arguments):
            builder.store(arguments[0], pointer(builder, name))
            return context.get_dummy_value()

        return types.void(types.int64), generate

    return get, put


get_fuel, put_fuel = variable("optedu_fuel")
get_base, put_base = variable("optedu_base")
get_top, put_top = variable("optedu_top")
get_most, put_most = variable("optedu_most")


@intrinsic
def lists(typing_context):
    """Return the address of the heads of the free lists."""

    def generate(context, builder, signature, arguments):
        heads = pointer(builder, LISTS, ir.ArrayType(ir.IntType(64), 64))
        return builder.ptrtoint(heads, ir.IntType(64))

    return types.int64(), generate


@intrinsic
def load(typing_context, address):
    """Return the integer of eight bytes at an address."""

    def generate(context, builder, signature, arguments):
        return builder.load(builder.inttoptr(arguments[0], ir.IntType(64).as_pointer()))

    return types.int64(types.int64), generate


@intrinsic
def store(typing_context, address, value):
    """Write an integer of eight bytes to an address."""

    def generate(context, builder, signature, arguments):
        builder.store(arguments[1], builder.inttoptr(arguments[0], ir.IntType(64).as_pointer()))
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), generate


@intrinsic
def store_pointer(typing_context, address, value):
    """Write an address as a pointer, which may be smaller than an integer."""

    def generate(context, builder, signature, arguments):
        pointer_type = ir.IntType(8).as_pointer()
        place = builder.inttoptr(arguments[0], pointer_type.as_pointer())
        builder.store(builder.inttoptr(arguments[1], pointer_type), place)
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), generate


@intrinsic
def load_pointer(typing_context, address):
    """Return the pointer at an address, as an integer."""

    def generate(context, builder, signature, arguments):
        pointer_type = ir.IntType(8).as_pointer()
        place = builder.inttoptr(arguments[0], pointer_type.as_pointer())
        return builder.ptrtoint(builder.load(place), ir.IntType(64))

    return types.int64(types.int64), generate


@intrinsic
def pointer_size(typing_context):
    """Return the bytes of a pointer: four in a page, eight on a GPU."""

    def generate(context, builder, signature, arguments):
        kind = ir.IntType(8).as_pointer().as_pointer()
        second = builder.gep(ir.Constant(kind, None), [ir.Constant(ir.IntType(32), 1)])
        return builder.ptrtoint(second, ir.IntType(64))

    return types.int64(), generate


@intrinsic
def destroy_items(typing_context, function, items):
    """Call the destructor that a list has for its items."""

    def generate(context, builder, signature, arguments):
        pointer_type = ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [pointer_type]).as_pointer()
        target = builder.inttoptr(arguments[0], kind)
        builder.call(target, [builder.inttoptr(arguments[1], pointer_type)])
        return context.get_dummy_value()

    return types.void(types.int64, types.int64), generate


@intrinsic
def memory_size(typing_context):
    """Return the bytes that the memory holds now."""

    def generate(context, builder, signature, arguments):
        function = _wasm_function(builder, "optedu_memory_size", 1)
        pages = builder.call(function, [ir.Constant(ir.IntType(32), 0)])
        return builder.mul(builder.zext(pages, ir.IntType(64)), ir.Constant(ir.IntType(64), PAGE))

    return types.int64(), generate


@intrinsic
def memory_grow(typing_context, pages):
    """Ask for more pages; return -1 when there are none."""

    def generate(context, builder, signature, arguments):
        function = _wasm_function(builder, "optedu_memory_grow", 2)
        more = builder.trunc(arguments[0], ir.IntType(32))
        before = builder.call(function, [ir.Constant(ir.IntType(32), 0), more])
        return builder.sext(before, ir.IntType(64))

    return types.int64(types.int64), generate


def _wasm_function(builder: Any, name: str, count: int) -> Any:
    known = builder.module.globals.get(name)
    word = ir.IntType(32)
    return known or ir.Function(builder.module, ir.FunctionType(word, [word] * count), name)
