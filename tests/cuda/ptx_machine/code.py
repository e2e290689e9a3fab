"""From PTX to LLVM's IR: what each instruction does."""

from __future__ import annotations

from collections.abc import Callable

from tests.cuda.ptx_machine.arithmetic import compared, computed, converted, with_carry
from tests.cuda.ptx_machine.body import Body
from tests.cuda.ptx_machine.errors import MachineError
from tests.cuda.ptx_machine.text import BITS, Instruction, Module
from tests.cuda.ptx_machine.thread import AT_BARRIER, AT_SHUFFLE, ENDED

CARRIES = ("addc", "subc", "madc")


class Compiler:
    """The IR of a module whose variables have found their addresses.

    Parameters
    ----------
    module : Module
    addresses : dict
        Of global variables in this process, and of shared ones in their window.
    reached : int
        Address of a byte for each instruction, which becomes 1 when it is executed.
    """

    def __init__(self, module: Module, addresses: dict[str, int], reached: int) -> None:
        self.module, self.addresses, self.reached = module, addresses, reached
        self.frames: dict[str, int] = {}
        values = {word for variable in module.variables for word in variable.value}
        words = {operand for i in module.instructions for operand in i.operands}
        self.by_address = [
            f
            for f in module.functions.values()
            if {f.name, f"generic({f.name})"} & (values | words)
        ]

    def text(self) -> str:
        """Return the IR of all functions."""
        bodies = [f for f in self.module.functions.values() if f.body is not None]
        return "\n".join(Translated(self, function).text() for function in bodies)


class Translated(Body):
    """One function."""

    def instruction(self, i: Instruction) -> None:
        """Translate an instruction."""
        name = i.parts[0]
        special: dict[str, Callable[[Instruction], None]] = {
            "mov": self.mov, "ld": self.ld, "st": self.st, "cvta": self.cvta, "bra": self.bra,
            "call": self.call, "setp": self.setp, "selp": self.selp, "cvt": self.cvt,
            "bar": self.bar, "shfl": self.shfl, "atom": self.atom,
        }  # fmt: skip
        if name in special:
            special[name](i)
        elif name in ("ret", "exit") and (name == "ret" or self.function.is_kernel):
            self.leave()
        elif name in ("trap", "exit"):
            self.fails(5, i, "true")
        elif name in ("fence", "membar"):
            return
        elif name in CARRIES or i.has("cc"):
            self.carried(i)
        else:
            self.arithmetic(i)

    def widths(self, i: Instruction) -> list[int]:
        """Return the widths of an arithmetic instruction's operands."""
        name, bits = i.parts[0], BITS[i.parts[-1]]
        if name in ("shl", "shr"):
            return [bits, 32]
        if name == "bfe":
            return [bits, 32, 32]
        if name == "bfi":
            return [bits, bits, 32, 32]
        return [bits, bits, 2 * bits if i.has("wide") else bits]

    def arithmetic(self, i: Instruction) -> None:
        target, *operands = i.operands
        bits = BITS[i.parts[-1]]
        if len(operands) > len(self.widths(i)):
            raise ValueError(i.text)
        given = [self.value(o, w) for o, w in zip(operands, self.widths(i), strict=False)]
        if i.parts[0] in ("div", "rem") and i.parts[-1][0] in "su":
            self.divisible(i, bits, *given)
        result = computed(self.e, i.parts, given)
        if result is None:
            raise ValueError(i.text)
        if i.has("wide"):
            bits *= 2
        self.put(target, result, 32 if i.parts[0] in ("popc", "clz") else bits)

    def divisible(self, i: Instruction, bits: int, a: str, b: str) -> None:
        self.fails(3, i, self.e.new(f"icmp eq i{bits} {b}, 0"))
        if i.parts[-1][0] == "s":
            least = self.e.new(f"icmp eq i{bits} {a}, {-(1 << (bits - 1))}")
            minus = self.e.new(f"icmp eq i{bits} {b}, -1")
            self.fails(3, i, self.e.new(f"and i1 {least}, {minus}"))

    def carried(self, i: Instruction) -> None:
        target, *operands = i.operands
        given = [self.value(operand, 32) for operand in operands]
        result, out = with_carry(self.e, i.parts, given, self.value("carry", 1))
        self.put(target, result, 32)
        if i.has("cc"):
            self.put("carry", out, 1)

    def mov(self, i: Instruction) -> None:
        target, source = i.operands
        bits, e = BITS[i.parts[-1]], self.e
        if source.startswith("{"):
            names = [name.strip() for name in source[1:-1].split(",")]
            part = bits // len(names)
            whole = "0"
            for k, name in enumerate(names):
                piece = e.new(f"zext i{part} {self.value(name, part)} to i{bits}")
                piece = e.new(f"shl i{bits} {piece}, {k * part}")
                whole = e.new(f"or i{bits} {whole}, {piece}")
            self.put(target, whole, bits)
        elif target.startswith("{"):
            names, whole = (
                [name.strip() for name in target[1:-1].split(",")],
                self.value(source, bits),
            )
            part = bits // len(names)
            for k, name in enumerate(names):
                piece = e.new(f"lshr i{bits} {whole}, {k * part}")
                self.put(name, e.new(f"trunc i{bits} {piece} to i{part}"), part)
        else:
            self.put(target, self.value(source, bits), bits)

    def ld(self, i: Instruction) -> None:
        kind, names = i.parts[-1], i.operands[0].strip("{}").split(",")
        bits = BITS[kind]
        at = self.place(i, i.operands[1], bits // 8 * len(names))
        for k, name in enumerate(names):
            one = self.e.new(f"getelementptr i{bits}, ptr {at}, i64 {k}")
            loaded = self.e.new(f"load i{bits}, ptr {one}, align 1")
            self.put(name.strip(), loaded, bits, signed=kind[0] == "s")

    def st(self, i: Instruction) -> None:
        bits, names = BITS[i.parts[-1]], i.operands[1].strip("{}").split(",")
        values = [self.value(name.strip(), bits, wider=True) for name in names]
        at = self.place(i, i.operands[0], bits // 8 * len(names))
        for k, value in enumerate(values):
            one = self.e.new(f"getelementptr i{bits}, ptr {at}, i64 {k}")
            self.e.add(f"store i{bits} {value}, ptr {one}, align 1")

    def atom(self, i: Instruction) -> None:
        if not i.has("add") or i.parts[-1] not in ("u64", "u32", "s32"):
            raise ValueError(i.text)
        bits = BITS[i.parts[-1]]
        more, at = self.value(i.operands[2], bits), self.place(i, i.operands[1], bits // 8)
        old = self.e.new(f"load i{bits}, ptr {at}")
        total = self.e.new(f"add i{bits} {old}, {more}")
        self.e.add(f"store i{bits} {total}, ptr {at}")
        self.put(i.operands[0], old, bits)

    def cvta(self, i: Instruction) -> None:
        """Global addresses are the same everywhere; others are counted from their window."""
        address = self.value(i.operands[1], 64)
        if not i.has("global"):
            base = self.kept("shared" if i.has("shared") else "local", 64)
            address = self.e.new(f"{'sub' if i.has('to') else 'add'} i64 {address}, {base}")
        self.put(i.operands[0], address, 64)

    def cvt(self, i: Instruction) -> None:
        to, source = i.parts[-2:]
        result = converted(self.e, i.parts, self.value(i.operands[1], BITS[source], wider=True))
        self.put(i.operands[0], result, BITS[to], signed=to[0] == "s")

    def setp(self, i: Instruction) -> None:
        kind, joined = i.parts[-1], [part for part in i.parts if part in ("and", "or", "xor")]
        if set(i.parts[2:-1]) - set(joined):
            raise ValueError(i.text)
        target, a, b, *more = i.operands
        a, b = (self.value(x, BITS[kind], wider=True) for x in (a, b))
        truth = compared(self.e, i.parts[1], kind, a, b)
        if joined:
            truth = self.e.new(f"{joined[0]} i1 {truth}, {self.value(more[0], 1)}")
        self.put(target, truth, 1)

    def selp(self, i: Instruction) -> None:
        target, a, b, condition = i.operands
        bits = BITS[i.parts[-1]]
        a, b = self.value(a, bits), self.value(b, bits)
        self.put(target, self.e.choice(self.value(condition, 1), f"i{bits}", a, b), bits)

    def bra(self, i: Instruction) -> None:
        self.unless_bad(self.e.call("goes_on", "i1", "ptr %t", f"i64 {i.number}"))
        self.e.add(f'br label %"L.{i.operands[0]}"')
        self.ended = True

    def call(self, i: Instruction) -> None:
        e, operands = self.e, list(i.operands)
        results = operands.pop(0)[1:-1].split(",") if operands[0].startswith("(") else []
        callee, *rest = operands
        given = rest[0][1:-1].split(",") if rest and rest[0].strip("() ") else []
        results, given = ([name.strip() for name in names] for names in (results, given))
        sizes = {v.name: v.size for v in self.function.variables}
        shape = [sizes[name] for name in results], [sizes[name] for name in given]
        self.most = max(self.most, len(given))
        for k, name in enumerate(given):
            at = e.new(f"getelementptr ptr, ptr %handed, i64 {k}")
            e.add(f'store ptr %"p.{name}", ptr {at}')
        result = f'%"p.{results[0]}"' if results else "null"
        self.unless_bad(e.call("goes_on", "i1", "ptr %t", f"i64 {i.number}"))
        if callee in self.function.registers:
            declared = self.function.prototypes[rest[1]]
            target = self.target(i, callee, tuple([v.size for v in part] for part in declared))
        else:
            target, declared = f'@"{callee}"', self.unit.module.functions[callee].signature
            if shape != declared:
                raise MachineError(f"{i.text!r} passes {shape}, where {declared} is declared")
        said = e.new(f"call i64 {target}(ptr %t, ptr %handed, ptr {result})")
        self.unless_bad(e.new(f"icmp eq i64 {said}, {ENDED}"))

    def target(self, i: Instruction, register: str, shape: tuple[list[int], list[int]]) -> str:
        """Return the function at an address, if it is one that takes and returns such values."""
        e, address = self.e, self.value(register, 64)
        known = "false"
        for function in self.unit.by_address:
            if function.signature == shape:
                is_it = e.new(f'icmp eq i64 {address}, ptrtoint (ptr @"{function.name}" to i64)')
                known = e.new(f"or i1 {known}, {is_it}")
        self.fails(6, i, e.new(f"xor i1 {known}, true"))
        return e.new(f"inttoptr i64 {address} to ptr")

    def bar(self, i: Instruction) -> None:
        if i.parts == ("bar", "red", "or", "pred"):
            target, number, given = i.operands
            self.keep("given", self.e.new(f"zext i1 {self.value(given, 1)} to i64"))
        else:
            target, number = None, i.operands[0]
        if number != "0" or (target is None and i.parts != ("bar", "sync")):
            raise ValueError(i.text)
        self.wait(AT_BARRIER, i)
        if target is not None:
            self.put(target, self.kept("result", 1), 1)

    def shfl(self, i: Instruction) -> None:
        target, *given = i.operands
        if i.parts[1] != "sync" or i.parts[-1] != "b32":
            raise ValueError(i.text)
        for name, operand in zip(("given", "b", "c", "mask"), given, strict=True):
            self.keep(name, self.e.new(f"zext i32 {self.value(operand, 32)} to i64"))
        self.wait(AT_SHUFFLE, i)
        target, _, holds = target.partition("|")
        self.put(target, self.kept("result", 32), 32)
        if holds:
            self.put(holds, self.kept("holds", 1), 1)
