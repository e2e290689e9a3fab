"""What all instructions of a function share: registers, memory, control, values."""

from __future__ import annotations

import re
from typing import Any

from tests.cuda.ptx_machine.arithmetic import Lines
from tests.cuda.ptx_machine.errors import MachineError
from tests.cuda.ptx_machine.text import Function, Instruction, Variable
from tests.cuda.ptx_machine.thread import ENDED, FAILED, FIELD, SPACES, word

INTEGER = re.compile(r"(-?)(0[xX][0-9a-fA-F]+|\d+)U?$")
FLOATING = re.compile(r"0[fFdD]([0-9a-fA-F]+)$")
ADDRESS = re.compile(r"\[\s*([^+\]\s]+)\s*(?:\+\s*(-?\d+))?\s*\]$")
WAITS = ("bar", "barrier", "shfl")
SIGNATURE = "(ptr %t, ptr %given, ptr %result)"


class Body:
    """A function as it is translated; what an instruction does is said by a subclass."""

    def __init__(self, unit: Any, function: Function) -> None:
        self.unit, self.function, self.e = unit, function, Lines()
        function.registers["carry"] = 1
        self.waits = any(
            isinstance(item, Instruction) and item.parts[0] in WAITS for item in function.body
        )
        if self.waits and not function.is_kernel:
            raise MachineError(f"{function.name}: the machine has barriers in kernels only")
        self.resumes = self.labels = self.most = 0
        self.ended = False

    def text(self) -> str:
        """Return the IR of the function."""
        for item in self.function.body:
            if isinstance(item, str):
                self.goes_to(f"L.{item}")
            else:
                self.guarded(item)
        if not self.ended:
            self.leave()
        head = Lines("h")
        self.begin(head)
        parts = [*head.text, *self.e.text, "bad:", f"  ret i64 {FAILED}", "}"]
        return "\n".join([f'define i64 @"{self.function.name}"{SIGNATURE} {{', *parts])

    # Memory of the function's own.

    def begin(self, e: Lines) -> None:
        """Make registers, each all ones, and parameters; go where the thread goes on."""
        slots = {name: max(bits, 8) for name, bits in self.function.registers.items()}
        slots |= {f"depot.{v.name}": 64 for v in self.depots()} | {"top": 64}
        self.unit.frames[self.function.name] = 8 * len(slots)
        if self.waits:
            e.add(f"%frame.at = {word('frame')}")
            e.add("%frame.word = load i64, ptr %frame.at")
            e.add("%frame = inttoptr i64 %frame.word to ptr")
        for i, (name, bits) in enumerate(slots.items()):
            if self.waits:
                e.add(f'%"{name}" = getelementptr i8, ptr %frame, i64 {8 * i}')
            else:
                e.add(f'%"{name}" = alloca i{bits}')
                e.add(f'store i{bits} -1, ptr %"{name}"')
        for i, variable in enumerate(self.function.parameters):
            at = e.new(f"getelementptr ptr, ptr %given, i64 {i}")
            e.add(f'%"p.{variable.name}" = load ptr, ptr {at}')
        for variable in self.function.results:
            e.add(f'%"p.{variable.name}" = getelementptr i8, ptr %result, i64 0')
        for variable in self.function.variables:
            if variable.space == "param":
                e.add(f'%"p.{variable.name}" = alloca [{variable.size} x i8], align 16')
                e.add(f'call void @llvm.memset.p0.i64(ptr %"p.{variable.name}", i8 -1, '
                      f"i64 {variable.size}, i1 false)")  # fmt: skip
        e.add(f"%handed = alloca [{self.most} x ptr]")
        self.resume(e)
        e.text.append("start:")
        top = e.new(f"load i64, ptr {e.new(word('top'))}")
        e.add(f'store i64 {top}, ptr %"top"')
        for variable in self.depots():
            top = e.call("pushed", "i64", "ptr %t", f"i64 {top}", f"i64 {variable.size}")
            e.add(f'store i64 {top}, ptr %"depot.{variable.name}"')
            full = e.new(f"icmp slt i64 {top}, 0")
            label = f"pushed.{variable.name}"
            e.add(f'br i1 {full}, label %bad, label %"{label}"')
            e.text.append(f'"{label}":')
            top = e.new(f"add i64 {top}, {variable.size}")
        e.add("br label %first")
        e.text.append("first:")

    def resume(self, e: Lines) -> None:
        if not self.waits:
            e.add("br label %start")
            return
        where = e.new(f"load i64, ptr {e.new(word('resume'))}")
        cases = " ".join(f"i64 {k}, label %resume.{k}" for k in range(1, self.resumes + 1))
        e.add(f"switch i64 {where}, label %start [ {cases} ]")

    def depots(self) -> list[Variable]:
        """Return the arrays of the function's own."""
        return [v for v in self.function.variables if v.space == "local"]

    # Control.

    def goes_to(self, label: str) -> None:
        """End a block, unless it has ended, and begin another."""
        if not self.ended:
            self.e.add(f'br label %"{label}"')
        self.e.text.append(f'"{label}":')
        self.ended = False

    def fresh_label(self) -> str:
        self.labels += 1
        return f"b.{self.labels}"

    def unless_bad(self, good: str) -> None:
        """Go on if an i1 holds; what failed has been noted."""
        label = self.fresh_label()
        self.e.add(f'br i1 {good}, label %"{label}", label %bad')
        self.e.text.append(f'"{label}":')

    def fails(self, error: int, i: Instruction, when: str) -> None:
        """Note an error where an i1 holds."""
        wrong, right = self.fresh_label(), self.fresh_label()
        self.e.add(f'br i1 {when}, label %"{wrong}", label %"{right}"')
        self.e.text.append(f'"{wrong}":')
        self.e.add(f"call void @fail(ptr %t, i64 {error}, i64 {i.number}, i64 0)")
        self.e.add("br label %bad")
        self.e.text.append(f'"{right}":')

    def leave(self) -> None:
        top = self.e.new('load i64, ptr %"top"')
        self.e.add(f"store i64 {top}, ptr {self.e.new(word('top'))}")
        self.e.add(f"ret i64 {ENDED}")
        self.ended = True

    def wait(self, state: int, i: Instruction) -> None:
        """Hand over to the others, and go on from here when called again."""
        self.resumes += 1
        self.keep("resume", str(self.resumes))
        self.keep("at", str(i.number))
        self.e.add(f"ret i64 {state}")
        self.e.text.append(f"resume.{self.resumes}:")

    def guarded(self, i: Instruction) -> None:
        """Translate an instruction under its guard."""
        if self.ended:
            self.e.text.append(f'"{self.fresh_label()}":')
            self.ended = False
        after = None
        if i.guard is not None:
            holds, inner, after = self.value(i.guard, 1), self.fresh_label(), self.fresh_label()
            then, other = (after, inner) if i.unless else (inner, after)
            self.e.add(f'br i1 {holds}, label %"{then}", label %"{other}"')
            self.e.text.append(f'"{inner}":')
        self.e.add(f"store i8 1, ptr inttoptr (i64 {self.unit.reached + i.number} to ptr)")
        try:
            self.instruction(i)
        except (KeyError, IndexError, ValueError) as error:
            raise MachineError(f"the machine does not know the instruction {i.text!r}") from error
        if after is not None:
            self.goes_to(after)

    # Values.

    def keep(self, name: str, value: str) -> None:
        """Store a word of the thread."""
        self.e.add(f"store i64 {value}, ptr {self.e.new(word(name))}")

    def kept(self, name: str, bits: int) -> str:
        """Load a word of the thread."""
        whole = self.e.new(f"load i64, ptr {self.e.new(word(name))}")
        return whole if bits == 64 else self.e.new(f"trunc i64 {whole} to i{bits}")

    def value(self, operand: str, bits: int, wider: bool = False) -> str:
        """Return an operand as an integer of a width; a register may be wider where that is so."""
        e, width = self.e, self.function.registers.get(operand)
        if width == 1:
            held = e.new(f'load i8, ptr %"{operand}"')
            return e.new(f"icmp ne i8 {held}, 0")
        if width is not None:
            loaded = e.new(f'load i{width}, ptr %"{operand}"')
            if width > bits and wider:
                return e.new(f"trunc i{width} {loaded} to i{bits}")
            if width != bits:
                raise ValueError(operand)
            return loaded
        if found := INTEGER.match(operand) or FLOATING.match(operand):
            number = int(found[1], 16) if found.re is FLOATING else int(found[2], 0)
            number = -number if found[1] == "-" else number
            if bits == 1:
                return "true" if number & 1 else "false"
            number &= (1 << bits) - 1
            return str(number - (1 << bits) if number >> (bits - 1) else number)
        if operand.startswith("%") and operand in FIELD:
            return self.kept(operand, bits)
        return self.symbol(operand)

    def symbol(self, name: str) -> str:
        """Return the address of a variable or a function, in its space."""
        if any(variable.name == name for variable in self.depots()):
            return self.e.new(f'load i64, ptr %"depot.{name}"')
        if name in self.unit.addresses:
            return str(self.unit.addresses[name])
        if name in self.unit.module.functions:
            return f'ptrtoint (ptr @"{name}" to i64)'
        raise ValueError(name)

    def put(self, register: str, value: str, bits: int, signed: bool = False) -> None:
        """Store an integer of a width in a register that is as wide, or wider."""
        e, width = self.e, self.function.registers[register]
        if width == 1:
            byte = e.new(f"zext i1 {value} to i8")
            e.add(f'store i8 {byte}, ptr %"{register}"')
            return
        if width < bits:
            raise ValueError(register)
        if width > bits:
            value = e.new(f"{'sext' if signed else 'zext'} i{bits} {value} to i{width}")
        e.add(f'store i{width} {value}, ptr %"{register}"')

    def place(self, i: Instruction, operand: str, size: int) -> str:
        """Return a pointer to what an address operand means, after it was checked."""
        base, offset = ADDRESS.match(operand).groups()
        space = next((part for part in i.parts if part in (*SPACES, "param", "const")), "generic")
        if space == "param":
            return self.parameter(base, int(offset or 0), size)
        width = self.function.registers.get(base, 64)
        address = self.value(base, width)
        if width == 32:
            address = self.e.new(f"zext i32 {address} to i64")
        if offset is not None:
            address = self.e.new(f"add i64 {address}, {int(offset)}")
        given = f"i64 {address}", f"i64 {size}", f"i64 {i.number}", f"i64 {SPACES[space]}"
        found = self.e.call("place", "i64", "ptr %t", *given)
        self.unless_bad(self.e.new(f"icmp ne i64 {found}, 0"))
        return self.e.new(f"inttoptr i64 {found} to ptr")

    def parameter(self, name: str, offset: int, size: int) -> str:
        f = self.function
        sizes = {v.name: v.size for v in (*f.results, *f.parameters, *f.variables)}
        if not 0 <= offset <= sizes[name] - size or offset % size:
            raise ValueError(name)
        return self.e.new(f'getelementptr i8, ptr %"p.{name}", i64 {offset}')

    def instruction(self, i: Instruction) -> None:
        """Translate an instruction."""
        raise NotImplementedError
