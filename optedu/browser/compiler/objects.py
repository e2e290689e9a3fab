"""Object files for methods, problems and the runtime, made by the compiler's own process.

Import this only where Numba was started for it: see `optedu.browser.compiler.worker`.
"""

from __future__ import annotations

import ctypes
import functools
import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import llvmlite.binding as llvm
from llvmlite import ir
from numba import njit
from numba.core import types
from numba.core.errors import NumbaError
from numba.extending import intrinsic

from optedu import protocol
from optedu.browser.compiler import layout, retarget, words
from optedu.compiling import CompilationError, backend
from optedu.forms import COUNT, FORMS
from optedu.kernels import loop
from optedu.oracles import Counted

FLOATS = types.Array(types.float64, 1, "C")
INTEGERS = types.Array(types.int64, 1, "C")
WORDS = types.Array(types.uint64, 1, "C")
ROWS = types.Array(types.float64, 2, "C")
CALLS = types.Array(types.int64, 2, "C")


_nowhere = ctypes.create_string_buffer(16)


@functools.cache
def prepare() -> None:
    """Make everything that is registered callable in compiled code."""
    # Numba also loads what it compiles into this process, where nobody will call it.
    ours = (*words.VARIABLES, words.LISTS, *(f"optedu_{name}" for name in STREAM))
    for name in (*ours, "optedu_memory_size", "optedu_memory_grow"):
        llvm.add_symbol(name, ctypes.addressof(_nowhere))
    backend.register(Counted)
    protocol.subscribe(backend.register)


def warm_up() -> None:
    """Make Numba load its tables, which takes longer than a small function."""
    njit(_length, **backend.OPTIONS).compile((FLOATS,))


def _length(x):
    return (x * x).sum()


class Object(NamedTuple):
    """An object file and the C names that it expects; of the runtime, those that it offers."""

    code: bytes
    wants: list[str]


def register(cls: type) -> None:
    """Make the functions of a class of another process callable in compiled code."""
    prepare()
    backend.register(cls)


def method_object(name: str, method: types.Type, problem: types.Type, axes: int) -> Object:
    """Return the object of a method: one function, ``name(block)``, that runs from start to end.

    Parameters
    ----------
    name : str
        The exported function's name.
    method, problem : numba type
        The method with its hyperparameters, and the stand-in for its problems.
    axes : int
        Number of axes of an iterate.
    """
    prepare()
    block = method_block(method, problem, axes)
    read = layout.reader(block)
    random = method.instance_class.takes_rng

    def run(address):
        method, problem, counts, x, words, steps, every, tol, minimum, watch, columns, result = (
            read(address)
        )
        rng = stream(words)
        counted = Counted(problem, counts)
        taken, rows, code = loop.complete(
            method, counted, x, rng, steps, every, tol, minimum, watch, columns
        )
        result[0] = taken
        result[1] = rows
        result[2] = code
        return 0

    stream = generator_of if random else nothing_of
    return _emit([(name, run, (types.int64,))])


def method_block(method: types.Type, problem: types.Type, axes: int) -> types.Type:
    """Return the type of what `method_object` reads."""
    x = types.Array(types.float64, axes, "C")
    columns = types.Tuple([FLOATS, FLOATS, CALLS, ROWS])
    integer, number = types.int64, types.float64
    return types.Tuple(
        [method, problem, INTEGERS, x, WORDS, integer, integer, number, number, INTEGERS, columns,
         INTEGERS]
    )  # fmt: skip


METHOD_BLOCK = (
    "method", "problem", "counts", "x", "words", "steps", "every", "tol", "minimum", "watch",
    "columns", "result",
)  # fmt: skip


def problem_object(name: str, problem: types.Type, shape: int, oracles: Iterable[str]) -> Object:
    """Return the object of a problem: a function ``name_oracle`` per oracle, and ``name_values``.

    The last one takes as index a number of points that lie one behind the other.

    Parameters
    ----------
    name : str
        What the exported names begin with.
    problem : numba type
        The problem with its data.
    shape : int
        Number of axes of a point.
    oracles : iterable of str
        The oracles to export.
    """
    prepare()
    data = problem_block(problem, shape)
    arguments = (types.int64,) * 4 + (types.float64, types.int64)
    exported = [(f"{name}_{oracle}", _oracle(oracle, data, shape), arguments) for oracle in oracles]
    if "value" in oracles:
        exported.append((f"{name}_values", _values(data, shape), arguments))
    return _emit(exported)


def problem_block(problem: types.Type, axes: int) -> types.Type:
    """Return the type of what a problem's functions read: the problem, and a point's shape."""
    return types.Tuple([problem, types.UniTuple(types.int64, axes)])


PASSED = {
    "i": "index",
    "x": "view(x, shape)",
    "v": "view(second, shape)",
    "t": "number",
    "y": "single(second, (index,))",
}
"""How an oracle's function reads each argument of `FORMS`."""


def _oracle(name: str, data: types.Type, axes: int) -> Callable[..., Any]:
    read, view = layout.reader(data), layout.viewer(types.Array(types.float64, axes, "C"))
    single, square = layout.viewer(FLOATS), layout.viewer(ROWS)
    arguments, form = FORMS[name]
    answer = f"problem.{name}({', '.join(PASSED[given] for given in arguments.split(', '))})"
    body = {
        "number": f"single(out, (1,))[0] = {answer}",
        "point": f"copy({answer}, view(out, shape))",
        "square": f"copy({answer}, square(out, (size, size)))",
        "like y": f"copy({answer}, single(out, (index,)))",
        "vector": f"if index == {COUNT}:\n"
        "        single(out, (1,))[0] = size\n"
        "    else:\n"
        f"        copy({answer}, single(out, (size,)))",
    }.get(form)
    if body is None:  # one axis or two of outputs; asked for their number, or for the numbers
        shape_of_answer = "(m,)" if form == "outputs" else "(m, answer.shape[1])"
        viewer = "single" if form == "outputs" else "square"
        body = (
            f"answer = {answer}\n"
            "    m = answer.shape[0]\n"
            f"    if index == {COUNT}:\n"
            "        single(out, (1,))[0] = m\n"
            "    else:\n"
            f"        copy(answer, {viewer}(out, {shape_of_answer}))"
        )
    source = (
        "def oracle(data, index, x, second, number, out):\n"
        "    problem, shape = read(data)\n"
        "    size = 1\n"
        "    for length in shape:\n"
        "        size *= length\n"
        f"    {body}\n"
        "    return 0\n"
    )
    namespace = {"read": read, "view": view, "single": single, "square": square, "copy": copy}
    exec(source, namespace)
    return namespace["oracle"]


def _values(data: types.Type, axes: int) -> Callable[..., Any]:
    read, view = layout.reader(data), layout.viewer(types.Array(types.float64, axes, "C"))
    answers = layout.viewer(FLOATS)

    def values(data, count, x, second, number, out):
        problem, shape = read(data)
        size = 1
        for length in shape:
            size *= length
        found = answers(out, (count,))
        for k in range(count):
            found[k] = problem.value(view(x + 8 * size * k, shape))
        return 0

    return values


@protocol.portable
def copy(entries, out):
    """Write the entries of an array into another of the same size."""
    flat = out.reshape(out.size)
    for i, entry in enumerate(entries.flat):
        flat[i] = entry


@intrinsic
def generator_of(typing_context, words):
    """Return a NumPy generator over the runtime's random stream."""
    kind = types.NumPyRandomGeneratorType("generator")

    def generate(context, builder, signature, arguments):
        from numba.core import cgutils

        integer = ir.IntType(64)
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        made = cgutils.create_struct_proxy(kind)(context, builder)
        bits = cgutils.create_struct_proxy(types.NumPyRandomBitGeneratorType("bit_generator"))(
            context, builder
        )
        bits.state = bits.state_address = bits.bit_generator = builder.ptrtoint(array.data, integer)
        for name, result in STREAM.items():
            symbol = f"optedu_{name}"
            function = builder.module.globals.get(symbol) or ir.Function(
                builder.module, ir.FunctionType(result, [integer]), symbol
            )
            setattr(bits, f"fnptr_{name}", builder.ptrtoint(function, integer))
        made.meminfo = made.meminfo.type(None)  # nobody owns it, so nobody frees it
        made.bit_generator = bits._getvalue()
        return made._getvalue()

    return kind(words), generate


STREAM = {
    "next_uint64": ir.IntType(64), "next_uint32": ir.IntType(32), "next_double": ir.DoubleType(),
}  # fmt: skip


@protocol.portable
def nothing_of(words):
    """Return no generator, for a method that is not random."""
    return None


def _emit(functions: list[tuple[str, Callable[..., Any], tuple[types.Type, ...]]]) -> Object:
    """Return the object file in which each function has a plain C name.

    Each returns 0, or the address of the sentence of what was raised.
    """
    modules = [compiled(function, arguments, name, shim) for name, function, arguments in functions]
    return Object(*retarget.emit(_linked(modules), {name for name, _, _ in functions}))


def compiled(
    function: Callable[..., Any],
    arguments: tuple[types.Type, ...],
    name: str,
    wrap: Callable[..., str],
    translate: Callable[[str], str] = retarget.retarget,
) -> Any:
    """Return an LLVM module with the compiled function, and `wrap`'s C function around it.

    `translate` makes of Numba's IR that of the other machine.
    """
    made = njit(function, **backend.OPTIONS)
    try:
        made.compile(arguments)
    except NumbaError as error:
        raise CompilationError(backend.reason(error)) from error
    overload = made.overloads[arguments]
    text = translate(overload.library.get_llvm_str())
    text = re.sub(rf"^declare [^\n]*@{name}\(.*$", "", text, flags=re.M)
    target = overload.fndesc.llvm_func_name
    return llvm.parse_assembly(text + wrap(name, target, arguments, overload.signature.return_type))


def _linked(modules: list[Any]) -> str:
    first, *rest = modules
    for module in rest:
        first.link_in(module)
    return str(first)


def _word(kind: types.Type) -> str:
    if isinstance(kind, types.Float):
        return "double"
    return f"i{kind.bitwidth}" if isinstance(kind, types.Integer) else "ptr"


def shim(name: str, target: str, arguments: tuple[types.Type, ...], result: types.Type) -> str:
    """Return a C function around Numba's calling convention: 0, or what was raised."""
    outer = ", ".join(f"{_word(kind)} %a{i}" for i, kind in enumerate(arguments))
    return f"""
define i64 @{name}({outer}) {{
  %result = alloca i64
  %raised = alloca ptr
  store ptr null, ptr %raised
  %status = call i32 @{target}(ptr %result, ptr %raised, {outer})
  %fine = icmp eq i32 %status, 0
  %sentence = load ptr, ptr %raised
  %address = ptrtoint ptr %sentence to i64
  %lost = icmp eq i64 %address, 0
  %known = select i1 %lost, i64 1, i64 %address
  %told = select i1 %fine, i64 0, i64 %known
  ret i64 %told
}}
"""


def runtime_object(names: Iterable[str]) -> Object:
    """Return the object of the runtime with the functions of these C names."""
    from optedu.browser.runtime.symbols import SYMBOLS

    prepare()
    modules = []
    for name in names:
        letters, function = SYMBOLS[name]
        arguments = tuple(C_TYPES[letter][0] for letter in letters[1:])
        modules.append(compiled(function, arguments, name, functools.partial(c_shim, letters)))
    text = _linked(modules) + words.definitions()
    for name in (*words.VARIABLES, words.LISTS):
        text = re.sub(rf"^@{name} = external .*$", "", text, flags=re.M)
    code, _ = retarget.emit(text, {*names, *words.VARIABLES, words.LISTS})
    return Object(code, [*names, *words.VARIABLES, words.LISTS])


C_TYPES = {
    "c": (types.int8, "i8"), "i": (types.int32, "i32"), "n": (types.int64, "i64"),
    "d": (types.float64, "double"), "p": (types.int64, "ptr"), "v": (types.none, "void"),
    "f": (FLOATS, "ptr"), "l": (INTEGERS, "ptr"), "w": (WORDS, "ptr"),
    "m": (types.Array(types.int32, 1, "C"), "ptr"),
}  # fmt: skip

ENDLESS = 2**40
"""The length of an array of which only the address is known."""


def c_shim(
    letters: str, name: str, target: str, arguments: tuple[types.Type, ...], result: types.Type
) -> str:
    """Return the C function that a runtime symbol stands for; a failure inside it is a trap."""
    outer, inner, lines = [], [], []
    for i, letter in enumerate(letters[1:]):
        outer.append(f"{C_TYPES[letter][1]} %a{i}")
        if letter == "p":
            lines.append(f"  %b{i} = ptrtoint ptr %a{i} to i64")
            inner.append(f"i64 %b{i}")
        elif letter in "flwm":
            width = arguments[i].dtype.bitwidth // 8
            # Numba passes an array as owner, parent, length, width, address, shape and strides.
            inner += ["ptr null", "ptr null", f"i64 {ENDLESS}", f"i64 {width}", f"ptr %a{i}",
                      f"i64 {ENDLESS}", f"i64 {width}"]  # fmt: skip
        else:
            inner.append(outer[-1])
    wanted, got = C_TYPES[letters[0]][1], _word(result)
    answer = {
        "void": "  ret void",
        "ptr": "  %p = inttoptr i64 %r to ptr\n  ret ptr %p",
    }.get(wanted, f"  ret {wanted} %r")
    if wanted == "i32" and got == "i64":
        answer = "  %t = trunc i64 %r to i32\n  ret i32 %t"
    return f"""
define {wanted} @{name}({", ".join(outer)}) {{
  %result = alloca i64
  %raised = alloca ptr
{chr(10).join(lines)}
  %status = call i32 @{target}({", ".join(["ptr %result", "ptr %raised", *inner])})
  %failed = icmp sgt i32 %status, 0
  br i1 %failed, label %lost, label %fine
lost:
  call void @llvm.trap()
  unreachable
fine:
  %r = load {got}, ptr %result
{answer}
}}
"""
