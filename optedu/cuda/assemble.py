"""From linked IR to a kernel in which every thread makes a run of its own.

The IR is written for one run that has the memory to itself: its allocator keeps five numbers and a
table in global variables. Here each run has an arena of its own, whose first bytes take the place
of those variables.
"""

from __future__ import annotations

import functools
import re

import llvmlite.binding as llvm

from optedu.browser.compiler.link import MATHEMATICS
from optedu.compiling import CompilationError
from optedu.cuda.libraries import libdevice

TRIPLE = "nvptx64-nvidia-cuda"
DATA_LAYOUT = "e-p6:32:32-i64:64-i128:128-i256:256-v16:16-v32:32-n16:32:64"
OLDEST, PTX = "sm_80", "+ptx80"
"""The architecture that the code is for; the driver translates it for newer ones."""

PLACES = {"fuel": 0, "failure": 8, "base": 16, "top": 24, "most": 32, "lists": 40}
"""Where in its arena a run keeps what the IR holds in global variables."""

HEADER = 560
"""Bytes of an arena that are taken by these: the table has 64 entries. A multiple of 16."""

VARIABLE = re.compile(rf"@optedu_({'|'.join(PLACES)})\b")

FATAL = ("Py_FatalError", "numba_fatal_error")

INSTRUCTIONS = ("ceil", "floor", "sqrt", "trunc")
"""What is called by its name in C, and is one instruction of a GPU and of a processor."""

COMMON = """
@optedu_arenas = global ptr null
@optedu_arena = global i64 0
define internal ptr @optedu_place(i64 %offset) alwaysinline {
  %run = call i64 @optedu_run()
  %size = load i64, ptr @optedu_arena
  %arenas = load ptr, ptr @optedu_arenas
  %start = mul i64 %run, %size
  %at = add i64 %start, %offset
  %place = getelementptr i8, ptr %arenas, i64 %at
  ret ptr %place
}
define internal i32 @optedu_memory_size(i32 %which) alwaysinline { ret i32 -1 }
define internal i32 @optedu_memory_grow(i32 %which, i32 %more) alwaysinline { ret i32 -1 }
define internal void @Py_FatalError(ptr %words) {
  call void @llvm.trap()
  unreachable
}
define internal void @numba_fatal_error() {
  call void @llvm.trap()
  unreachable
}
"""
"""What all kernels have. The memory of an arena is there from the start, and does not grow."""

BODY = """
  %run = call i64 @optedu_run()
  %mine = icmp slt i64 %run, %runs
  br i1 %mine, label %begin, label %end
begin:
  store ptr %arenas, ptr @optedu_arenas
  store i64 %arena, ptr @optedu_arena
  %fuel = call ptr @optedu_place(i64 0)
  store i64 9223372036854775807, ptr %fuel
  %failure = call ptr @optedu_place(i64 8)
  store i64 0, ptr %failure
  %heap = call ptr @optedu_place(i64 560)
  %first = ptrtoint ptr %heap to i64
  %base = call ptr @optedu_place(i64 16)
  store i64 %first, ptr %base
  %top = call ptr @optedu_place(i64 24)
  store i64 %first, ptr %top
  %behind = call ptr @optedu_place(i64 %arena)
  %last = ptrtoint ptr %behind to i64
  %most = call ptr @optedu_place(i64 32)
  store i64 %last, ptr %most
  %lists = call ptr @optedu_place(i64 40)
  call void @llvm.memset.p0.i64(ptr %lists, i8 0, i64 512, i1 false)
  %offset = mul i64 %run, %width
  %block = getelementptr i8, ptr %blocks, i64 %offset
  %address = ptrtoint ptr %block to i64
  %told = call i64 @optedu_one(i64 %address)
  %answer = getelementptr i64, ptr %answers, i64 %run
  store i64 %told, ptr %answer
  br label %end
end:
  ret void
}
"""

PARAMETERS = "(ptr %blocks, i64 %width, i64 %runs, ptr %answers, ptr %arenas, i64 %arena)"
"""Where the blocks are and how many bytes each has, how many runs there are, where their answers
go, and where the arenas are and how large. All threads write the last two into global variables,
the same values, before they read them."""

ON_THE_HOST = f"""
@optedu_number = global i64 0
define internal i64 @optedu_run() alwaysinline {{
  %n = load i64, ptr @optedu_number
  ret i64 %n
}}
define void @optedu_sweep{PARAMETERS} {{{BODY}"""

ON_THE_GPU = f"""
define internal i64 @optedu_run() alwaysinline {{
  %thread = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()
  %block = call i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
  %threads = call i32 @llvm.nvvm.read.ptx.sreg.ntid.x()
  %before = mul i32 %block, %threads
  %number = add i32 %before, %thread
  %run = zext i32 %number to i64
  ret i64 %run
}}
declare i32 @llvm.nvvm.read.ptx.sreg.tid.x()
declare i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()
declare i32 @llvm.nvvm.read.ptx.sreg.ntid.x()
define ptx_kernel void @optedu_sweep{PARAMETERS} {{{BODY}"""

ENTRY = "optedu_sweep"
KEPT = {ENTRY, "optedu_number"}


def per_run(text: str) -> str:
    """Return the IR with every global variable of the allocator moved into the run's arena."""
    lines: list[str] = []
    count = 0
    for line in text.splitlines():
        if VARIABLE.match(line):
            continue
        while line.startswith(" ") and (found := VARIABLE.search(line)):
            count += 1
            place = PLACES[found[1]]
            lines.append(f"  %optedu.{count} = call ptr @optedu_place(i64 {place})")
            line = f"{line[: found.start()]}%optedu.{count}{line[found.end() :]}"
        lines.append(line)
    return "\n".join(lines)


def without(text: str, *names: str) -> str:
    """Return the IR without the declarations of these functions."""
    return re.sub(rf"^declare [^\n]*@({'|'.join(names)})\([^\n]*$", "", text, flags=re.M)


def mathematics(text: str) -> str:
    """Return the IR with elementary functions by their names in C instead of LLVM's."""
    names = "|".join(MATHEMATICS)
    text = re.sub(rf"^declare [^\n]*@llvm\.({names})\.f64\([^\n]*$", "", text, flags=re.M)
    text = re.sub(rf"@llvm\.({names})\.f64\b", r"@\1", text)
    called = set(re.findall(rf"call [^\n]*@({names})\(", text))
    for name in sorted(called):
        if not re.search(rf"^declare [^\n]*@{name}\(", text, flags=re.M):
            text += f"declare double @{name}({arguments_of(name)})\n"
    return text


def arguments_of(name: str) -> str:
    """Return the types of an elementary function's arguments."""
    return "double, double" if name in ("atan2", "fmod", "hypot", "pow") else "double"


def completed(text: str, kernel: str) -> str:
    """Return the IR with a kernel and all that it rests on."""
    text = without(per_run(text), "optedu_memory_size", "optedu_memory_grow", *FATAL)
    text = without(mathematics(text), *INSTRUCTIONS)
    text += COMMON + kernel
    declarations = {
        "llvm.memset.p0.i64": "void @llvm.memset.p0.i64(ptr, i8, i64, i1)",
        "llvm.trap": "void @llvm.trap()",
    }
    for name in INSTRUCTIONS:
        text += f"""
define internal double @{name}(double %x) alwaysinline {{
  %y = call double @llvm.{name}.f64(double %x)
  ret double %y
}}
"""
        declarations[f"llvm.{name}.f64"] = f"double @llvm.{name}.f64(double)"
    for name, declaration in declarations.items():
        if not re.search(rf"^declare [^\n]*@{re.escape(name)}\(", text, flags=re.M):
            text += f"declare {declaration}\n"
    return text


def optimized(module: llvm.ModuleRef, machine: llvm.TargetMachine) -> llvm.ModuleRef:
    """Drop what the kernel does not reach, and optimize the rest."""
    for item in (*module.functions, *module.global_variables):
        if not item.is_declaration:
            item.linkage = "external" if item.name in KEPT else "internal"
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    options.loop_unrolling = False
    builder = llvm.create_pass_builder(machine, options)
    clean = llvm.create_new_module_pass_manager()
    clean.add_global_dead_code_eliminate_pass()
    clean.run(module, builder)
    builder.getModulePassManager().run(module, builder)
    return module


@functools.cache
def targets() -> None:
    """Let LLVM know all machines."""
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()


def for_the_gpu(text: str, architecture: str = OLDEST) -> bytes:
    """Return the kernel of some linked IR as PTX.

    Raises
    ------
    CompilationError
        If it calls what a GPU does not have, or NVIDIA's library of elementary functions is
        needed and cannot be found.
    """
    targets()
    text = re.sub(r"target triple = .*", f'target triple = "{TRIPLE}"', text)
    text = re.sub(r"target datalayout = .*", f'target datalayout = "{DATA_LAYOUT}"', text)
    text = completed(text, ON_THE_GPU)
    # By other names, LLVM does not know what they are, and makes nothing else of them.
    text, used = re.subn(rf"@({'|'.join(MATHEMATICS)})\(", r"@__nv_\1(", text)
    module = llvm.parse_assembly(text)
    if used:
        library = llvm.parse_bitcode(libdevice().read_bytes())
        library.triple, library.data_layout = module.triple, module.data_layout
        module.link_in(library)
    machine = llvm.Target.from_triple(TRIPLE).create_target_machine(
        cpu=architecture, features=PTX, opt=3
    )
    module = optimized(module, machine)
    missing = [f.name for f in module.functions if f.is_declaration and "llvm." not in f.name]
    if missing:
        raise CompilationError(f"a GPU has no {missing[0]}, which this pair calls")
    return machine.emit_assembly(module).encode()


def for_the_host(text: str) -> bytes:
    """Return the same kernel as an object file for this processor, to be called run by run."""
    targets()
    module = llvm.parse_assembly(completed(text, ON_THE_HOST))
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu="generic", opt=3, reloc="pic", codemodel="default"
    )
    return machine.emit_object(optimized(module, machine))
