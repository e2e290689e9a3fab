"""PTX as it is written: variables, functions, and their instructions."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from tests.cuda.ptx_machine.errors import MachineError

BITS = {"pred": 1, **{f"{letter}{n}": n for letter in "bus" for n in (8, 16, 32, 64)},
        "f32": 32, "f64": 64}  # fmt: skip

NAME = r"[A-Za-z_$%][\w$]*"
SPACES = ("global", "shared", "local", "const", "param")
DECLARED = re.compile(
    rf"\.(?P<space>{'|'.join(SPACES)})(?:\s+\.align (?P<align>\d+))?\s+\.(?P<type>\w+)"
    rf"(?:\s+\.ptr(?:\s+\.(?:{'|'.join(SPACES)}))?(?:\s+\.align \d+)?)?"
    rf"\s+(?P<name>{NAME})(?:\[(?P<count>\d*)\])?(?:\s*=\s*(?P<value>.*))?$",
    re.S,
)
FUNCTION = re.compile(
    rf"(?:\.visible\s+|\.weak\s+|\.extern\s+)?\.(?P<kind>func|entry)\s*(?:\((?P<result>[^)]*)\)\s*)?"
    rf"(?P<name>{NAME})\s*(?:\((?P<parameters>[^)]*)\))?"
)
REGISTERS = re.compile(r"\.reg\s+\.(\w+)\s+(.+)$", re.S)
LABEL = re.compile(rf"({NAME})\s*:(?!:)")
GUARDED = re.compile(rf"(?:@(!?)({NAME})\s+)?([a-z][\w.:]*)\s*(.*)$", re.S)
LINKAGE = re.compile(r"\.(visible|weak|common|extern)\s+")
SPACE, BEFORE_A_BODY = re.compile(r"\s*"), re.compile(r"[^{;]*")


class Variable(NamedTuple):
    """A piece of memory with a name; `value` is a list of numbers and names of symbols."""

    space: str
    name: str
    align: int
    size: int
    item: int
    value: list[int | str]


class Instruction(NamedTuple):
    """One instruction, with registers named apart where scopes reuse a name."""

    number: int
    text: str
    unless: bool
    guard: str | None
    parts: tuple[str, ...]
    operands: list[str]

    def has(self, *parts: str) -> bool:
        """Whether the opcode has one of these parts."""
        return any(part in self.parts for part in parts)


@dataclass
class Function:
    """A function or a kernel: what is declared in it, and its instructions and labels."""

    name: str
    is_kernel: bool
    results: list[Variable]
    parameters: list[Variable]
    registers: dict[str, int] = field(default_factory=dict)
    variables: list[Variable] = field(default_factory=list)
    prototypes: dict[str, tuple[list[Variable], list[Variable]]] = field(default_factory=dict)
    body: list[Instruction | str] | None = None

    @property
    def signature(self) -> tuple[list[int], list[int]]:
        """Sizes of results and parameters."""
        return [v.size for v in self.results], [v.size for v in self.parameters]


@dataclass
class Module:
    """A file of PTX."""

    variables: list[Variable]
    functions: dict[str, Function]
    instructions: list[Instruction]


def split(text: str) -> list[str]:
    """Return what commas separate, outside of brackets."""
    parts, depth, start = [], 0, 0
    for i, letter in enumerate(text):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0:
            parts.append(text[start:i].strip())
            start = i + 1
    return [*parts, text[start:].strip()] if text.strip() else []


def declared(text: str) -> Variable:
    """Return the variable that a declaration makes."""
    found = DECLARED.match(text.strip())
    if found is None:
        raise MachineError(f"the machine cannot read the declaration {text.strip()[:200]!r}")
    item = BITS[found["type"]] // 8
    count = int(found["count"] or 1) if found["count"] != "" else 0
    value = [
        int(word) if re.fullmatch(r"-?\d+", word) else word
        for word in split((found["value"] or "").strip().removeprefix("{").removesuffix("}"))
    ]
    align = int(found["align"] or item)
    return Variable(found["space"], found["name"], align, item * count, item, value)


def prototype(text: str) -> tuple[list[Variable], list[Variable]]:
    """Return results and parameters of a ``.callprototype``."""
    found = re.match(r"\.callprototype\s*(?:\(([^)]*)\))?\s*_\s*(?:\(([^)]*)\))?", text)
    if found is None:
        raise MachineError(f"the machine cannot read {text!r}")
    return tuple([declared(part) for part in split(group or "")] for group in found.groups())


class _Scopes:
    """Names of registers and parameters, which inner braces may use again."""

    def __init__(self, function: Function) -> None:
        self.function, self.open, self.count = function, [{}], 0
        for variable in (*function.results, *function.parameters):
            self.open[0][variable.name] = variable.name

    def add(self, name: str) -> str:
        fresh = name if len(self.open) == 1 else f"{name}.{self.count}"
        self.open[-1][name] = fresh
        return fresh

    def begin(self) -> None:
        self.count += 1
        self.open.append({})

    def named(self, name: str) -> str:
        """Return the name apart; what is no register stays as it is."""
        return next((scope[name] for scope in reversed(self.open) if name in scope), name)


def _registers(text: str, scopes: _Scopes) -> None:
    found = REGISTERS.match(text)
    for name in split(found[2]):
        family = re.fullmatch(rf"({NAME})<(\d+)>", name)
        names = [f"{family[1]}{i}" for i in range(int(family[2]))] if family else [name]
        for each in names:
            scopes.function.registers[scopes.add(each)] = BITS[found[1]]


def _statements(text: str, at: int):
    """Yield statements, labels with their colon and braces, and last the end of the body."""
    depth = 0
    while True:
        at = SPACE.match(text, at).end()
        if text[at] in "{}":
            depth += 1 if text[at] == "{" else -1
            yield text[at]
            at += 1
            if depth == 0:
                yield at
                return
        elif found := LABEL.match(text, at):
            yield f"{found[1]}:"
            at = found.end()
        else:
            end = text.index(";", at)
            yield text[at:end].strip()
            at = end + 1


def _body(function: Function, text: str, at: int, instructions: list[Instruction]) -> int:
    """Read a function's body, which begins with a brace, and return where it ends."""
    scopes, body, last = _Scopes(function), [], ""
    for statement in _statements(text, at):
        if isinstance(statement, int):
            function.body = body
            return statement
        if statement == "{":
            scopes.begin()
        elif statement == "}":
            scopes.open.pop()
        elif statement.endswith(":"):
            last = statement[:-1]
            body.append(last)
        elif statement.startswith(".callprototype"):
            function.prototypes[last] = prototype(statement)
            body.pop()
        elif statement.startswith(".reg"):
            _registers(statement, scopes)
        elif statement.startswith(".pragma"):
            continue
        elif statement.startswith("."):
            variable = declared(statement)
            variable = variable._replace(name=scopes.add(variable.name))
            function.variables.append(variable)
        else:
            body.append(_instruction(statement, scopes, len(instructions)))
            instructions.append(body[-1])
    raise MachineError(f"{function.name}: its body does not end")


def _instruction(text: str, scopes: _Scopes, number: int) -> Instruction:
    found = GUARDED.match(text)
    if found is None:
        raise MachineError(f"the machine cannot read {text!r}")
    unless, guard, opcode, rest = found.groups()
    operands = [re.sub(NAME, lambda name: scopes.named(name[0]), part) for part in split(rest)]
    return Instruction(
        number, " ".join(text.split()), unless == "!", guard and scopes.named(guard),
        tuple(re.split(r"\.|::", opcode)), operands,
    )  # fmt: skip


def parsed(text: str) -> Module:
    """Return what a file of PTX declares."""
    text = re.sub(r"//[^\n]*|/\*.*?\*/", "", text, flags=re.S)
    module, at = Module([], {}, []), 0
    while (at := SPACE.match(text, at).end()) < len(text):
        if text.startswith((".version", ".target", ".address_size"), at):
            at = text.find("\n", at)
            continue
        found = FUNCTION.match(text, at)
        if found is None:
            end = text.index(";", at)
            statement = text[at:end].strip()
            while linkage := LINKAGE.match(statement):
                statement = statement[linkage.end() :]
            module.variables.append(declared(statement))
            at = end + 1
            continue
        results, parameters = (
            [declared(part) for part in split(found[group] or "")]
            for group in ("result", "parameters")
        )
        function = Function(found["name"], found["kind"] == "entry", results, parameters)
        brace = BEFORE_A_BODY.match(text, found.end()).end()
        if text[brace] == ";":
            module.functions.setdefault(function.name, function)
            at = brace + 1
            continue
        module.functions[function.name] = function
        at = _body(function, text, brace, module.instructions)
    return module
