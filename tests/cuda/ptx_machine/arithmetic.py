"""What instructions on numbers compute, in LLVM's IR; no register and no memory is known here.

Every function takes a `Lines`, the parts of the opcode and the operands as integers of their
width, ready names in the IR, and returns the name of the result.
"""

from __future__ import annotations

import itertools

from tests.cuda.ptx_machine.errors import MachineError
from tests.cuda.ptx_machine.text import BITS

FLOAT = {"f32": "float", "f64": "double"}
TO_INTEGER = {"rni": "roundeven", "rzi": "trunc", "rmi": "floor", "rpi": "ceil"}
INTEGER_RELATIONS = {"lo": "ult", "ls": "ule", "hi": "ugt", "hs": "uge"}
MODES = {"rm": 0, "rp": 1, "rz": 2}
APPROXIMATE = {"ex2": "exp2", "lg2": "log2", "sin": "sin", "cos": "cos"}


class Lines:
    """The IR of a function as it grows."""

    def __init__(self, prefix: str = "v") -> None:
        self.text: list[str] = []
        self._prefix, self._numbers = prefix, itertools.count()

    def fresh(self) -> str:
        """Return a name that is new."""
        return f"%{self._prefix}.{next(self._numbers)}"

    def add(self, line: str) -> None:
        """Append a line."""
        self.text.append(f"  {line}")

    def new(self, right: str) -> str:
        """Append a line that computes something, and return its name."""
        name = self.fresh()
        self.add(f"{name} = {right}")
        return name

    def call(self, name: str, result: str, *arguments: str) -> str:
        """Append a call, and return the name of its result."""
        return self.new(f"call {result} @{name}({', '.join(arguments)})")

    def number(self, bits: str, kind: str) -> str:
        """Return bits as a floating-point number."""
        return self.new(f"bitcast i{BITS[kind]} {bits} to {FLOAT[kind]}")

    def bits(self, number: str, kind: str) -> str:
        """Return a floating-point number as bits."""
        return self.new(f"bitcast {FLOAT[kind]} {number} to i{BITS[kind]}")

    def choice(self, condition: str, kind: str, a: str, b: str) -> str:
        """Return a where the condition holds, else b."""
        return self.new(f"select i1 {condition}, {kind} {a}, {kind} {b}")


def suffix(kind: str) -> str:
    """Return how LLVM's intrinsics call a type."""
    return kind if kind in FLOAT else f"i{BITS[kind]}"


def computed(e: Lines, parts: tuple[str, ...], given: list[str]) -> str | None:
    """Return the result of an arithmetic instruction, or None if it is none that is known here."""
    name, kind = parts[0], parts[-1]
    if kind in FLOAT:
        return _of_floats(e, name, parts, kind, given)
    if kind not in BITS:
        return None
    return _of_integers(e, name, parts, kind, given)


# Floating-point numbers.


def flushed(e: Lines, number: str) -> str:
    """Return a float32, or zero of its sign where it is subnormal."""
    small = e.new(f"fcmp ogt float 0x3810000000000000, {_magnitude(e, number, 'f32')}")
    zero = e.call("llvm.copysign.f32", "float", "float 0.0", f"float {number}")
    return e.choice(small, "float", zero, number)


def _magnitude(e: Lines, number: str, kind: str) -> str:
    return e.call(f"llvm.fabs.{kind}", FLOAT[kind], f"{FLOAT[kind]} {number}")


def _saturated(e: Lines, number: str, kind: str) -> str:
    """Return the number in [0, 1], and 0 for NaN."""
    t = FLOAT[kind]
    above = e.new(f"fcmp ogt {t} {number}, 0.0")
    low = e.choice(above, t, number, "0.0")
    return e.choice(e.new(f"fcmp ogt {t} {low}, 1.0"), t, "1.0", low)


def _of_floats(e: Lines, name: str, parts: tuple[str, ...], kind: str, given: list[str]):
    ways = set(parts[1:-1])
    flush = "ftz" in ways and kind == "f32"
    rounding = ways & {"rn", "rm", "rp", "rz"}
    known = {"rn", "rm", "rp", "rz", "ftz", "sat", "approx", "full"}
    if ways - known or name in ("setp", "cvt", "selp", "mov", "shfl"):
        return None
    numbers = [e.number(bits, kind) for bits in given]
    if flush:
        numbers = [flushed(e, number) for number in numbers]
    if rounding - {"rn"}:
        result = _directed(e, name, kind, numbers, rounding.pop())
    else:
        result = _nearest(e, name, kind, numbers, ways)
    if result is None:
        return None
    result = flushed(e, result) if flush else result
    return e.bits(_saturated(e, result, kind) if "sat" in ways else result, kind)


def _nearest(e: Lines, name: str, kind: str, x: list[str], ways: set[str]) -> str | None:
    """Return what is rounded to nearest."""
    t = FLOAT[kind]
    if name in ("add", "sub", "mul", "div"):
        return e.new(f"f{name} {t} {x[0]}, {x[1]}")
    if name == "neg":
        return e.new(f"fneg {t} {x[0]}")
    if name == "abs":
        return _magnitude(e, x[0], kind)
    if name == "fma":
        return e.call(f"llvm.fma.{kind}", t, *(f"{t} {a}" for a in x))
    if name == "sqrt":
        return e.call(f"llvm.sqrt.{kind}", t, f"{t} {x[0]}")
    if name == "copysign":
        return e.call(f"llvm.copysign.{kind}", t, f"{t} {x[1]}", f"{t} {x[0]}")
    if name in ("rcp", "rsqrt"):
        return _reciprocal(e, name, kind, x[0], "approx" in ways)
    if name in ("min", "max"):
        return _extreme(e, name, kind, *x)
    if name in APPROXIMATE and "approx" in ways and kind == "f32":
        wide = e.new(f"fpext float {x[0]} to double")
        wide = e.call(f"llvm.{APPROXIMATE[name]}.f64", "double", f"double {wide}")
        return e.new(f"fptrunc double {wide} to float")
    return None


def _reciprocal(e: Lines, name: str, kind: str, x: str, coarse: bool) -> str:
    """Return 1 / x or 1 / sqrt(x); in float64 a coarse one takes and gives the upper half."""
    upper, t = coarse and kind == "f64", FLOAT[kind]
    if upper:
        x = _upper_half(e, x)
    if name == "rsqrt":
        x = e.call(f"llvm.sqrt.{kind}", t, f"{t} {x}")
    result = e.new(f"fdiv {t} 1.0, {x}")
    return _upper_half(e, result) if upper else result


def _upper_half(e: Lines, x: str) -> str:
    return e.number(e.new(f"and i64 {e.bits(x, 'f64')}, -4294967296"), "f64")


def _extreme(e: Lines, name: str, kind: str, a: str, b: str) -> str:
    """Return the smaller or larger number; of a number and NaN, the number; -0 is below +0."""
    t, i = FLOAT[kind], f"i{BITS[kind]}"
    first = e.new(f"fcmp ogt {t} {a}, {b}" if name == "max" else f"fcmp ogt {t} {b}, {a}")
    either = e.choice(first, t, a, b)
    mixed = e.new(f"{'and' if name == 'max' else 'or'} {i} {e.bits(a, kind)}, {e.bits(b, kind)}")
    either = e.choice(e.new(f"fcmp oeq {t} {a}, {b}"), t, e.number(mixed, kind), either)
    either = e.choice(e.new(f"fcmp uno {t} {a}, {a}"), t, b, either)
    return e.choice(e.new(f"fcmp uno {t} {b}, {b}"), t, a, either)


def _directed(e: Lines, name: str, kind: str, x: list[str], mode: str) -> str | None:
    """Return what is rounded down, up, or to zero; only float32 occurs."""
    if kind != "f32" or name not in ("fma", "add"):
        return None
    a, b, c = x if name == "fma" else (x[0], "1.0", x[1])
    given = f"float {a}", f"float {b}", f"float {c}", f"i32 {MODES[mode]}"
    return e.call("directed", "float", *given)


def converted(e: Lines, parts: tuple[str, ...], x: str) -> str:
    """Return a number in another type, rounded as a ``cvt`` says; in the width of that type."""
    to, source, ways = parts[-2], parts[-1], set(parts[1:-2])
    wide, narrow = BITS[to], BITS[source]
    rounding = ways & (TO_INTEGER.keys() | {"rn", "rm", "rp", "rz"})
    if ways - rounding - {"sat", "ftz"} or not {to, source} <= BITS.keys():
        raise MachineError(f"the machine has no {'.'.join(parts)}")
    if source not in FLOAT and to not in FLOAT and not ways:
        if wide <= narrow:
            return x if wide == narrow else e.new(f"trunc i{narrow} {x} to i{wide}")
        return e.new(f"{'s' if source[0] == 's' else 'z'}ext i{narrow} {x} to i{wide}")
    if source not in FLOAT and rounding == {"rn"}:
        sign = "s" if source[0] == "s" else "u"
        return e.bits(e.new(f"{sign}itofp i{narrow} {x} to {FLOAT[to]}"), to)
    if source not in FLOAT:
        raise MachineError(f"the machine has no {'.'.join(parts)}")
    number = e.number(x, source)
    if "ftz" in ways and source == "f32":
        number = flushed(e, number)
    for mode in rounding & TO_INTEGER.keys():
        whole = f"llvm.{TO_INTEGER[mode]}.{source}"
        number = e.call(whole, FLOAT[source], f"{FLOAT[source]} {number}")
    if to not in FLOAT:
        sign = "s" if to[0] == "s" else "u"
        name = f"llvm.fpto{sign}i.sat.i{wide}.{source}"
        return e.call(name, f"i{wide}", f"{FLOAT[source]} {number}")
    if wide < narrow and rounding != {"rn"}:
        raise MachineError(f"the machine has no {'.'.join(parts)}")
    if wide != narrow:
        way = "fpext" if wide > narrow else "fptrunc"
        number = e.new(f"{way} {FLOAT[source]} {number} to {FLOAT[to]}")
    return e.bits(_saturated(e, number, to) if "sat" in ways else number, to)


def compared(e: Lines, relation: str, kind: str, a: str, b: str) -> str:
    """Return the truth of a comparison; with NaN only those that end with u, and nan, hold."""
    if kind in FLOAT:
        special = {"num": "ord", "nan": "uno", "ne": "one"}
        how = special.get(relation) or (
            f"u{relation[:2]}" if len(relation) == 3 else f"o{relation}"
        )
        x, y = e.number(a, kind), e.number(b, kind)
        return e.new(f"fcmp {how} {FLOAT[kind]} {x}, {y}")
    how = INTEGER_RELATIONS.get(relation, relation)
    if how in ("lt", "le", "gt", "ge"):
        how = ("s" if kind[0] == "s" else "u") + how
    return e.new(f"icmp {how} i{BITS[kind]} {a}, {b}")


# Integers.

PLAIN = {"and": "and", "or": "or", "xor": "xor", "add": "add", "sub": "sub"}


def _of_integers(e: Lines, name: str, parts: tuple[str, ...], kind: str, x: list[str]):
    bits, ways = BITS[kind], set(parts[1:-1])
    t, signed = f"i{bits}", kind[0] == "s"
    letter = "s" if signed else "u"
    if not ways and name in PLAIN:
        return e.new(f"{name} {t} {x[0]}, {x[1]}")
    if name == "not" and not ways:
        return e.new(f"xor {t} {x[0]}, -1")
    if name == "neg" and not ways:
        return e.new(f"sub {t} 0, {x[0]}")
    if name == "abs" and signed and not ways:
        return e.call(f"llvm.abs.{t}", t, f"{t} {x[0]}", "i1 false")
    if name in ("min", "max") and not ways:
        return e.call(f"llvm.{letter}{name}.{t}", t, f"{t} {x[0]}", f"{t} {x[1]}")
    if name in ("div", "rem") and not ways:
        return e.new(f"{letter}{name} {t} {x[0]}, {x[1]}")
    if name in ("shl", "shr") and not ways:
        return shifted(e, name, bits, signed, x[0], x[1])
    if name in ("popc", "clz", "brev") and not ways:
        long = {"popc": "ctpop", "clz": "ctlz", "brev": "bitreverse"}[name]
        more = ["i1 false"] if name == "clz" else []
        count = e.call(f"llvm.{long}.{t}", t, f"{t} {x[0]}", *more)
        narrow = name != "brev" and bits == 64
        return e.new(f"trunc i64 {count} to i32") if narrow else count
    if name in ("mul", "mad") and len(ways) == 1:
        return _product(e, ways.pop(), bits, letter, *x)
    if name == "shf" and len(ways) == 2 and bits == 32:
        return _funnel(e, ways, *x)
    if name in ("bfe", "bfi") and not signed and not ways:
        return (_field if name == "bfe" else _inserted)(e, bits, *x)
    return None


def shifted(e: Lines, name: str, bits: int, signed: bool, x: str, by: str) -> str:
    """Return x shifted by so many bits, an i32; from the width on, as by the width."""
    t = f"i{bits}"
    far = e.new(f"icmp uge i32 {by}, {bits}")
    amount = e.choice(far, "i32", str(bits - 1), by)
    if bits != 32:
        amount = e.new(f"{'zext' if bits == 64 else 'trunc'} i32 {amount} to {t}")
    if name == "shr" and signed:
        return e.new(f"ashr {t} {x}, {amount}")
    moved = e.new(f"{'shl' if name == 'shl' else 'lshr'} {t} {x}, {amount}")
    return e.choice(far, t, "0", moved)


def _funnel(e: Lines, ways: set[str], low: str, high: str, by: str) -> str:
    """Return the upper half of two words shifted left, or the lower half of them to the right."""
    wide = e.new(f"shl i64 {e.new(f'zext i32 {high} to i64')}, 32")
    wide = e.new(f"or i64 {wide}, {e.new(f'zext i32 {low} to i64')}")
    if "wrap" in ways:
        by = e.new(f"and i32 {by}, 31")
    else:
        by = e.call("llvm.umin.i32", "i32", f"i32 {by}", "i32 32")
    moved = shifted(e, "shl" if "l" in ways else "shr", 64, False, wide, by)
    moved = e.new(f"lshr i64 {moved}, 32") if "l" in ways else moved
    return e.new(f"trunc i64 {moved} to i32")


def _product(e: Lines, part: str, bits: int, letter: str, a: str, b: str, c: str | None = None):
    """Return the lower or upper half of a product, or all of it, plus c."""
    t, wide = f"i{bits}", f"i{2 * bits}"
    if part == "lo":
        product = e.new(f"mul {t} {a}, {b}")
    elif part in ("hi", "wide"):
        extend = "sext" if letter == "s" else "zext"
        a, b = (e.new(f"{extend} {t} {word} to {wide}") for word in (a, b))
        product, t = e.new(f"mul {wide} {a}, {b}"), wide
        if part == "hi":
            t = f"i{bits}"
            product = e.new(f"trunc {wide} {e.new(f'lshr {wide} {product}, {bits}')} to {t}")
    else:
        return None
    return product if c is None else e.new(f"add {t} {product}, {c}")


def _mask(e: Lines, bits: int, length: str) -> str:
    """Return so many ones."""
    none = shifted(e, "shl", bits, False, "-1", length)
    return e.new(f"xor i{bits} {none}, -1")


def _byte(e: Lines, x: str) -> str:
    return e.new(f"and i32 {x}, 255")


def _field(e: Lines, bits: int, x: str, start: str, length: str) -> str:
    moved = shifted(e, "shr", bits, False, x, _byte(e, start))
    return e.new(f"and i{bits} {moved}, {_mask(e, bits, _byte(e, length))}")


def _inserted(e: Lines, bits: int, field: str, into: str, start: str, length: str) -> str:
    start = _byte(e, start)
    mask = shifted(e, "shl", bits, False, _mask(e, bits, _byte(e, length)), start)
    inner = e.new(f"and i{bits} {shifted(e, 'shl', bits, False, field, start)}, {mask}")
    outer = e.new(f"and i{bits} {into}, {e.new(f'xor i{bits} {mask}, -1')}")
    return e.new(f"or i{bits} {inner}, {outer}")


def with_carry(e: Lines, parts: tuple[str, ...], x: list[str], carry: str) -> tuple[str, str]:
    """Return the result and the carry, an i1, of 32-bit ``add.cc``, ``subc``, ``madc.hi`` etc."""
    name, unsigned = parts[0], parts[-1] == "u32"
    if not unsigned or set(parts[1:-1]) - {"cc", "lo", "hi"}:
        raise MachineError(f"the machine has no {'.'.join(parts)}")
    words = [e.new(f"zext i32 {word} to i64") for word in x]
    into = e.new(f"zext i1 {carry} to i64") if name.endswith("c") else "0"
    if name.startswith("mad"):
        product = e.new(f"mul i64 {words[0]}, {words[1]}")
        half = f"and i64 {product}, 4294967295" if "lo" in parts else f"lshr i64 {product}, 32"
        words = [e.new(half), words[2]]
    how = "sub" if name.startswith("sub") else "add"
    total = e.new(f"{how} i64 {e.new(f'{how} i64 {words[0]}, {words[1]}')}, {into}")
    out = e.new(f"trunc i64 {e.new(f'lshr i64 {total}, 32')} to i1")
    return e.new(f"trunc i64 {total} to i32"), out
