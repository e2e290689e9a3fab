"""From Numba's LLVM IR for this machine to an object file for WebAssembly."""

from __future__ import annotations

import functools
import pickle
import re

import llvmlite.binding as llvm

TRIPLE = "wasm32-unknown-unknown"
DATA_LAYOUT = "e-m:e-p:32:32-p10:8:8-p20:8:8-i64:64-i128:128-n32:64-S128-ni:1:10:20"
FEATURES = "+bulk-memory,+mutable-globals,+nontrapping-fptoint,+sign-ext"

# Array sizes are products; a module's memory is far smaller than what could overflow here, but a
# negative or absurd factor must still be seen.
MULTIPLY = """
define linkonce_odr { i64, i1 } @optedu_multiply(i64 %a, i64 %b) alwaysinline {
  %x = sitofp i64 %a to double
  %y = sitofp i64 %b to double
  %z = fmul double %x, %y
  %m = call double @llvm.fabs.f64(double %z)
  %over = fcmp ogt double %m, 0x43D0000000000000
  %product = mul i64 %a, %b
  %r = insertvalue { i64, i1 } undef, i64 %product, 0
  %s = insertvalue { i64, i1 } %r, i1 %over, 1
  ret { i64, i1 } %s
}
declare double @llvm.fabs.f64(double)
"""


@functools.cache
def machine() -> llvm.TargetMachine:
    """Return LLVM's WebAssembly code generator."""
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    target = llvm.Target.from_triple(TRIPLE)
    return target.create_target_machine(
        opt=3, reloc="static", codemodel="default", features=FEATURES
    )


def retarget(text: str) -> str:
    """Return Numba's IR with WebAssembly's layout, and exceptions as plain sentences."""
    text = re.sub(r"target triple = .*", f'target triple = "{TRIPLE}"', text)
    text = re.sub(r"target datalayout = .*", f'target datalayout = "{DATA_LAYOUT}"', text)
    # This machine's code generator, through which Numba goes too, does not know these two.
    text = text.replace("@optedu_memory_", "@llvm.wasm.memory.")
    text = re.sub(r"(@llvm\.wasm\.memory\.(?:size|grow))\b(?!\.)", r"\1.i32", text)
    # Numba calls a set's destructor with three arguments and a list's with one; a C compiler may
    # look away, WebAssembly does not.
    text = re.sub(
        r"(define [^\n]*@\"?\.dtor\.set\.[^(\n]*\(ptr [^,\n]*), i64 [^,\n]*, ptr [^)\n]*\)",
        r"\1)",
        text,
    )
    # An exception with computed arguments brings a function that makes Python objects of them.
    text = re.sub(r"bitcast ptr @__excinfo_unwrap_args\w+ to ptr", "bitcast ptr null to ptr", text)
    text = sentences(numbered(text))
    if "@llvm.smul.with.overflow.i64" in text:
        text = re.sub(r"declare [^\n]*@llvm\.smul\.with\.overflow\.i64\([^\n]*", "", text)
        text = text.replace("@llvm.smul.with.overflow.i64", "@optedu_multiply")
        multiply = MULTIPLY
        if re.search(r"declare double @llvm\.fabs\.f64", text):
            multiply = multiply.replace("declare double @llvm.fabs.f64(double)\n", "")
        text += multiply
    return text


EXPRESSION = re.compile(r"(?<=__numba_array_expr_)0x[0-9a-f]+")


def numbered(text: str) -> str:
    """Return the IR with numbers for the addresses that are in the names of array expressions."""
    numbers: dict[str, int] = {}
    return EXPRESSION.sub(lambda found: str(numbers.setdefault(found[0], len(numbers))), text)


PICKLE = re.compile(
    r"(@\.const\.pickledata\.(?P<name>[0-9a-f]{40}(?:\.\d+)?) = internal constant )"
    r'\[(?P<size>\d+) x i8\] c"(?P<bytes>[^"]*)"'
)
DIGEST = re.compile(r'(\.sha1(?:\.\d+)? = internal constant \[20 x i8\]) c"[^"]*"')
NAMED = re.compile(r"(?<=@\.const\.pickle)(data|buf)\.([0-9a-f]{40})")


def sentences(text: str) -> str:
    """Replace every pickled exception by what it says; nobody unpickles in a page.

    A pickle holds the path of the file that raises, and its name and its digest tell of it: they
    are numbered instead, so that the same sources give the same bytes wherever they lie.
    """
    lengths: dict[str, tuple[str, str]] = {}

    def replace(found: re.Match[str]) -> str:
        raw = re.sub(
            rb"\\(\\|[0-9A-Fa-f]{2})",
            lambda code: b"\\" if code[1] == b"\\" else bytes([int(code[1], 16)]),
            found["bytes"].encode("latin1"),
        )
        said = _what_it_says(raw).encode()
        lengths[found["name"]] = found["size"], str(len(said))
        escaped = "".join(f"\\{byte:02X}" for byte in said)
        return f'{found[1]}[{len(said)} x i8] c"{escaped}"'

    text = PICKLE.sub(replace, text)
    for name, (old, new) in lengths.items():
        text = text.replace(
            f"ptr @.const.pickledata.{name}, i32 {old}", f"ptr @.const.pickledata.{name}, i32 {new}"
        )
    numbers: dict[str, int] = {}
    text = NAMED.sub(lambda f: f"{f[1]}.{numbers.setdefault(f[2], len(numbers))}", text)
    return DIGEST.sub(r"\1 zeroinitializer", text)


def _what_it_says(raw: bytes) -> str:
    # The bytes are those that Numba wrote a moment ago in this very process.
    content = pickle.loads(raw)
    if not isinstance(content, tuple):
        return getattr(content, "__name__", str(content))
    kind, arguments = content[0], content[1] or ()
    words = str(arguments[0]).splitlines()[0] if arguments and arguments[0] else ""
    return f"{kind.__name__}: {words}" if words else kind.__name__


def emit(text: str, exported: set[str]) -> tuple[bytes, list[str]]:
    """Return the object file of retargeted IR, and the C names that it expects from outside.

    Only the exported names are seen from outside.
    """
    module = llvm.parse_assembly(text)
    for item in (*module.functions, *module.global_variables):
        if not item.is_declaration:
            item.linkage = "external" if item.name in exported else "internal"
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    options.loop_unrolling = False
    builder = llvm.create_pass_builder(machine(), options)
    clean = llvm.create_new_module_pass_manager()
    clean.add_global_dead_code_eliminate_pass()
    clean.run(module, builder)
    builder.getModulePassManager().run(module, builder)
    code = machine().emit_object(module)
    return code, _expected(code)


def _expected(code: bytes) -> list[str]:
    """Return the functions that an object file imports."""
    names, at = [], 8
    while at < len(code):
        section, at = code[at], at + 1
        size, at = _number(code, at)
        if section == IMPORTS:
            count, place = _number(code, at)
            for _ in range(count):
                for _part in range(2):
                    length, place = _number(code, place)
                    name, place = code[place : place + length].decode(), place + length
                kind, place = code[place], place + 1
                if kind == FUNCTION:
                    names.append(name)
                    _, place = _number(code, place)
                else:
                    place = _skip(code, place, kind)
        at += size
    return names


IMPORTS, FUNCTION, TABLE, MEMORY = 2, 0, 1, 2


def _skip(code: bytes, place: int, kind: int) -> int:
    if kind in (TABLE, MEMORY):
        place += kind == TABLE
        bounded, place = code[place], place + 1
        for _ in range(1 + (bounded & 1)):
            _, place = _number(code, place)
        return place
    return place + 2  # a global: its type, and whether it changes


def _number(code: bytes, at: int) -> tuple[int, int]:
    """Read WebAssembly's variable-length integer; return it and the place behind it."""
    value = shift = 0
    while True:
        byte, at = code[at], at + 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return value, at
