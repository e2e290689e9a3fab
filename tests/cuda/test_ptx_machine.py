"""The machine that executes PTX computes what NVIDIA's manual says, and refuses what it forbids."""

import math
from fractions import Fraction

import numpy as np
import pytest

from tests.cuda.ptx_machine import Driver, MachineError, launch

pytestmark = pytest.mark.compiled

NAMES = {"i4": "s32", "u4": "u32", "i8": "s64", "u8": "u64", "f4": "f32", "f8": "f64"}
KINDS = {np.dtype(name): kind for name, kind in NAMES.items()}

KERNEL = """
.version 8.3
.target sm_80
.address_size 64
{before}
.visible .entry kernel({parameters})
{{
  .reg .pred %p<9>;
  .reg .b32 %r<9>;
  .reg .b64 %rd<20>;
{registers}
  mov.u32 %r0, %tid.x;
{loads}
  {body}
{stores}
  ret;
}}
"""


def launched(text, threads, *arrays):
    """Run a kernel on arrays, which are written to."""
    driver = Driver()
    module = driver.cuModuleLoadData(text.encode() + b"\0")[1]
    kernel = driver.cuModuleGetFunction(module, b"kernel")[1]
    there = [driver.cuMemAlloc(array.nbytes)[1] for array in arrays]
    for array, pointer in zip(arrays, there, strict=True):
        driver.cuMemcpyHtoD(pointer, array.ctypes.data, array.nbytes)
    words = tuple(there), (np.ctypeslib.ctypes.c_void_p,) * len(there)
    driver.cuLaunchKernel(kernel, 1, 1, 1, threads, 1, 1, 0, 0, words, 0)
    for array, pointer in zip(arrays, there, strict=True):
        driver.cuMemcpyDtoH(array.ctypes.data, pointer, array.nbytes)


def text_of(body, inputs, result, before=""):
    """Return a kernel in which thread t has the t-th entries in %a, %b, ..., and stores %out."""
    arrays = dict(zip([*"abcd"[: len(inputs)], "out"], [*inputs, result], strict=True))
    registers, loads, stores = [], [], []
    for k, (name, array) in enumerate(arrays.items()):
        kind, size = KINDS[array.dtype], array.dtype.itemsize
        registers.append(f"  .reg .{kind} %{name};")
        loads.append(f"  ld.param.u64 %rd{k}, [p{k}];")
        loads.append(f"  mad.wide.u32 %rd{k}, %r0, {size}, %rd{k};")
        place = loads if name != "out" else stores
        place.append(f"  ld.global.{kind} %{name}, [%rd{k}];" if name != "out"
                     else f"  st.global.{kind} [%rd{k}], %{name};")  # fmt: skip
    return KERNEL.format(
        parameters=", ".join(f".param .u64 p{k}" for k in range(len(arrays))), body=body,
        registers="\n".join(registers), loads="\n".join(loads), stores="\n".join(stores),
        before=before,
    )  # fmt: skip


def computed(body, *inputs, result):
    """Return what instructions make of arrays, a thread for each entry."""
    out = np.zeros(len(inputs[0]), result)
    launched(text_of(body, inputs, out), len(out), *inputs, out)
    return out


RNG = np.random.default_rng(8)
COUNT = 512
I64 = RNG.integers(-(2**63), 2**63 - 1, (2, COUNT))
I64[0, :3], I64[1, :3] = [-(2**63), 2**63 - 1, 0], [5, -3, 2**40]
I32 = RNG.integers(-(2**31), 2**31 - 1, (3, COUNT)).astype(np.int32)
AMOUNTS = np.concatenate([np.arange(256), RNG.integers(0, 2**32, 256)]).astype(np.uint32)
ODD = [0.0, -0.0, math.inf, -math.inf, math.nan, 1e-310, -1e-42, 1e300, 0.5, 1.5, 2.5, -0.5, -1.5]
F64 = RNG.normal(size=(3, COUNT)) * 2.0 ** RNG.integers(-40, 40, (3, COUNT))
F64[0, : len(ODD)] = ODD
with np.errstate(over="ignore"):
    F32 = F64.astype(np.float32)


def wrapped(numbers, kind):
    """Return Python's integers as they fit into a width."""
    kind = np.dtype(kind)
    mask = (1 << 8 * kind.itemsize) - 1
    return np.array([int(n) & mask for n in numbers], f"u{kind.itemsize}").view(kind)


def quotient(a, b):
    """Return the quotient that C knows, towards zero."""
    whole = abs(a) // abs(b)
    return whole if (a < 0) == (b < 0) else -whole


INTEGERS = {
    "add.s32 %out, %a, %b;": (I32, lambda a, b, c: a + b),
    "sub.s64 %out, %a, %b;": (I64, lambda a, b: a - b),
    "mul.lo.s64 %out, %a, %b;": (I64, lambda a, b: a * b),
    "mul.hi.s64 %out, %a, %b;": (I64, lambda a, b: a * b >> 64),
    "mul.hi.u64 %out, %a, %b;": (I64, lambda a, b: (a % 2**64) * (b % 2**64) >> 64),
    "mad.lo.s32 %out, %a, %b, %c;": (I32, lambda a, b, c: a * b + c),
    "div.s64 %out, %a, %b;": (I64, quotient),
    "rem.s64 %out, %a, %b;": (I64, lambda a, b: a - b * quotient(a, b)),
    "div.u64 %out, %a, %b;": (I64, lambda a, b: (a % 2**64) // (b % 2**64)),
    "min.s64 %out, %a, %b;": (I64, min),
    "max.u64 %out, %a, %b;": (I64, lambda a, b: max(a % 2**64, b % 2**64)),
    "abs.s64 %out, %a;": (I64, lambda a, b: abs(a)),
    "bfi.b64 %out, %a, %b, 8, 16;": (
        I64, lambda a, b: b % 2**64 & ~(0xFFFF << 8) | (a & 0xFFFF) << 8),
    "bfe.u32 %out, %a, 5, 9;": (I32, lambda a, b, c: a >> 5 & 0x1FF),
    "{ .reg .b32 lo, hi; mov.b64 {lo, hi}, %a; mov.b64 %out, {hi, lo}; }": (
        I64, lambda a, b: (a << 32) + (a >> 32 & 0xFFFFFFFF)),
    "shf.l.wrap.b32 %out, %a, %b, 37;": (
        I32, lambda a, b, c: ((b << 32 | a % 2**32) << 5) >> 32),
    "shf.r.clamp.b32 %out, %a, %b, 37;": (I32, lambda a, b, c: b),
    "setp.lt.s64 %p1, %a, %b; selp.b64 %out, %a, %b, %p1;": (I64, min),
    "setp.lt.u64 %p1, %a, %b; selp.b64 %out, %a, %b, %p1;": (
        I64, lambda a, b: min(a % 2**64, b % 2**64)),
    "mov.b64 %out, 7; setp.lt.s64 %p1, %a, 0; @!%p1 bra L; mov.b64 %out, %b; L:": (
        I64, lambda a, b: b if a < 0 else 7),
    "cvt.u32.u64 %r1, %a; cvt.s64.s32 %out, %r1;": (
        I64, lambda a, b: (a + 2**31) % 2**32 - 2**31),
}  # fmt: skip


@pytest.mark.parametrize("body", INTEGERS)
def test_integers(body):
    inputs, formula = INTEGERS[body]
    ours = computed(body, *inputs, result=inputs.dtype)
    theirs = [formula(*(int(n) for n in row)) for row in inputs.T]
    assert np.array_equal(ours, wrapped(theirs, inputs.dtype))


@pytest.mark.parametrize(
    ("body", "formula"),
    [
        ("shl.b64 %out, %a, %b;", lambda a, n: a << n if n < 64 else 0),
        ("shr.s64 %out, %a, %b;", lambda a, n: a >> min(n, 63)),
        ("shr.u64 %out, %a, %b;", lambda a, n: (a % 2**64) >> min(n, 64)),
    ],
)
def test_shifts_by_the_width_and_more(body, formula):
    ours = computed(body, I64[0], AMOUNTS, result=np.int64)
    theirs = [formula(int(a), int(n)) for a, n in zip(I64[0], AMOUNTS, strict=True)]
    assert np.array_equal(ours, wrapped(theirs, np.int64))


def test_bits_are_counted():
    ours = computed("clz.b64 %r1, %a; popc.b64 %r2, %a; mad.lo.s32 %out, %r1, 100, %r2;", I64[0],
                    result=np.int32)  # fmt: skip
    theirs = [100 * (64 - (int(a) % 2**64).bit_length()) + (int(a) % 2**64).bit_count()
              for a in I64[0]]  # fmt: skip
    assert np.array_equal(ours, theirs)


def test_a_chain_of_carries():
    """The product of two 64-bit words, and a third, in four words: as libdevice writes it."""
    body = """
  { .reg .u32 r0, r1, r2, r3, a0, a1, b0, b1, c0, c1;
  mov.b64 {a0,a1}, %a;  mov.b64 {b0,b1}, %b;  mov.b64 {c0,c1}, %c;
  mad.lo.cc.u32 r0, a0, b0, c0;  madc.hi.cc.u32 r1, a0, b0, c1;  madc.hi.u32 r2, a0, b1, 0;
  mad.lo.cc.u32 r1, a0, b1, r1;  madc.hi.cc.u32 r2, a1, b0, r2;  madc.hi.u32 r3, a1, b1, 0;
  mad.lo.cc.u32 r1, a1, b0, r1;  madc.lo.cc.u32 r2, a1, b1, r2;  addc.u32 r3, r3, 0;
  mov.b64 %out, {r2,r3}; }"""
    a, b, c = (*I64, I64[0] ^ I64[1])
    ours = computed(body, a, b, c, result=np.int64)
    words = [[int(n) % 2**64 for n in row] for row in (a, b, c)]
    assert np.array_equal(
        ours, wrapped([(x * y + z) >> 64 for x, y, z in zip(*words, strict=True)], np.int64)
    )
    body = """
  { .reg .u32 r0, r1, a0, a1, b0, b1;  mov.b64 {a0,a1}, %a;  mov.b64 {b0,b1}, %b;
  sub.cc.u32 r0, a0, b0;  subc.u32 r1, a1, b1;  mov.b64 %out, {r0,r1}; }"""
    assert np.array_equal(computed(body, a, b, result=np.int64), a - b)


def rounded(exact, kind, mode):
    """Return the number of a precision that is next to an exact one: below, above, or nearer 0."""
    near = kind(float(exact)) if kind is np.float64 else np.float32(float(exact))
    while Fraction(float(near)) > exact:
        near = np.nextafter(near, kind(-np.inf))
    while (up := np.nextafter(near, kind(np.inf))) <= exact:
        near = up
    if Fraction(float(near)) == exact or mode == "rm" or (mode == "rz" and exact > 0):
        return near
    return np.nextafter(near, kind(np.inf))


def test_one_rounding():
    """Where two roundings differ from one: c is nearly minus the product of a and b."""
    a, b = F64[:2, 20:]
    c = -a * b * RNG.choice([1.0, 1.0 + 2**-52, 2.0], a.size)
    ours = computed("fma.rn.f64 %out, %a, %b, %c;", a, b, c, result=float)
    exact = [
        float(Fraction(x) * Fraction(y) + Fraction(z)) for x, y, z in zip(a, b, c, strict=True)
    ]
    assert np.array_equal(ours, exact)
    assert np.mean(ours != a * b + c) > 0.3


@pytest.mark.parametrize("mode", ["rm", "rp", "rz"])
def test_directed_roundings(mode):
    a, b, c = (np.concatenate([row[20:200], row[20:200]]) for row in F32)
    c[180:] = np.float32(-1) * a[180:] * b[180:]
    ours = computed(f"fma.{mode}.f32 %out, %a, %b, %c;", a, b, c, result=np.float32)
    sums = computed(f"add.{mode}.f32 %out, %a, %b;", a, b, result=np.float32)
    for x, y, z, result, total in zip(
        *(row.tolist() for row in (a, b, c, ours, sums)), strict=True
    ):
        assert result == rounded(Fraction(x) * Fraction(y) + Fraction(z), np.float32, mode)
        assert total == rounded(Fraction(x) + Fraction(y), np.float32, mode)
    assert np.any(ours != np.float32(a.astype(float) * b + c))


FLOATS = {
    "add.rn.f64 %out, %a, %b;": lambda a, b: a + b,
    "mul.f64 %out, %a, %b;": lambda a, b: a * b,
    "div.rn.f64 %out, %a, %b;": lambda a, b: a / b,
    "abs.f64 %out, %a; sqrt.rn.f64 %out, %out;": lambda a, b: np.sqrt(np.abs(a)),
    "neg.f64 %out, %a;": lambda a, b: -a,
    "rcp.rn.f64 %out, %a;": lambda a, b: 1 / a,
    "cvt.rmi.f64.f64 %out, %a;": lambda a, b: np.floor(a),
    "cvt.rpi.f64.f64 %out, %a;": lambda a, b: np.ceil(a),
    "cvt.rzi.f64.f64 %out, %a;": lambda a, b: np.trunc(a),
    "cvt.rni.f64.f64 %out, %a;": lambda a, b: np.rint(a),
    "max.f64 %out, %a, %b;": lambda a, b: np.fmax(a, b),
    "min.f64 %out, %a, %b;": lambda a, b: np.fmin(a, b),
    "{ .reg .f32 s; cvt.rn.f32.f64 s, %a; cvt.f64.f32 %out, s; }": (
        lambda a, b: a.astype(np.float32).astype(float)
    ),
    "mov.f64 %out, 0dBFF8000000000000;": lambda a, b: np.full(a.size, -1.5),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("body", FLOATS)
def test_floats(body):
    ours = computed(body, *F64[:2], result=float)
    theirs = FLOATS[body](*F64[:2])
    assert np.array_equal(ours, theirs, equal_nan=True)
    held = ~np.isnan(theirs)
    assert np.array_equal(np.signbit(ours[held]), np.signbit(theirs[held]))


def test_the_smaller_of_two_zeros():
    a, b = np.array([0.0, -0.0]), np.array([-0.0, 0.0])
    assert np.signbit(computed("min.f64 %out, %a, %b;", a, b, result=float)).all()
    assert not np.signbit(computed("max.f64 %out, %a, %b;", a, b, result=float)).any()


def test_numbers_become_integers():
    """Beyond the largest they stay there; a NaN is 0."""
    a = np.array([2.5, -2.5, 3.5, 1e20, -1e20, np.nan])
    whole = computed("cvt.rni.s32.f64 %out, %a;", a, result=np.int32)
    assert whole.tolist() == [2, -2, 4, 2**31 - 1, -(2**31), 0]
    assert computed("cvt.rzi.s64.f64 %out, %a;", a, result=np.int64)[:2].tolist() == [2, -2]
    i = np.array([2**53 + 1, 2**53 + 3, -1])
    assert computed("cvt.rn.f64.s64 %out, %a;", i, result=float).tolist() == [2**53, 2**53 + 4, -1]
    assert computed("cvt.rn.f64.u64 %out, %a;", i, result=float)[2] == 2.0**64
    s = np.array([-1.0, 0.25, 7.0, np.nan], np.float32)
    assert computed("cvt.sat.f32.f32 %out, %a;", s, result=np.float32).tolist() == [0, 0.25, 1, 0]


@pytest.mark.parametrize(
    ("relation", "of_nan"),
    [("eq", 0), ("ne", 0), ("lt", 0), ("ge", 0), ("equ", 1), ("neu", 1), ("ltu", 1), ("geu", 1),
     ("num", 0), ("nan", 1)],
)  # fmt: skip
def test_comparisons_with_nan(relation, of_nan):
    a, b = np.array([1.0, 2.0, 1.0, np.nan]), np.array([1.0, 1.0, np.nan, np.nan])
    body = f"setp.{relation}.f64 %p1, %a, %b; selp.b32 %out, 1, 0, %p1;"
    truths = {"eq": [1, 0], "ne": [0, 1], "lt": [0, 0], "ge": [1, 1], "nu": [1, 1], "na": [0, 0]}
    assert computed(body, a, b, result=np.int32).tolist() == truths[relation[:2]] + [of_nan] * 2


def test_what_is_approximate():
    ours = computed("ex2.approx.ftz.f32 %out, %a;", F32[1] % 90, result=np.float32)
    assert np.array_equal(ours, np.exp2((F32[1] % 90).astype(float)).astype(np.float32))
    small = np.array([1e-40, -1e-40, 1e-38], np.float32)
    half = computed("mul.ftz.f32 %out, %a, 0f3F000000;", small, result=np.float32)
    assert half.tolist() == [0.0, 0.0, 0.0]
    assert np.signbit(half).tolist() == [False, True, False]
    x = np.abs(F64[1])
    for name, right in (("rcp", 1 / x), ("rsqrt", 1 / np.sqrt(x))):
        coarse = computed(f"{name}.approx.ftz.f64 %out, %a;", x, result=float)
        error = np.abs(coarse / right - 1)
        assert error.max() < 2**-19
        assert error.max() > 2**-30
        assert not (coarse.view(np.int64) & 0xFFFFFFFF).any()


LANES = np.arange(64, dtype=np.int32) % 32


@pytest.mark.parametrize(
    ("mode", "by", "clamp", "source"),
    [
        ("bfly", 4, 31, LANES ^ 4),
        ("idx", 7, 31, np.full(64, 7)),
        ("down", 3, 31, np.where(LANES < 29, LANES + 3, LANES)),
        ("up", 3, 0, np.where(LANES >= 3, LANES - 3, LANES)),
        ("idx", 1, 0x1C1F, LANES // 4 * 4 + 1),
    ],
)
def test_shuffles(mode, by, clamp, source):
    a = RNG.integers(0, 1 << 30, 64).astype(np.int32)
    body = f"shfl.sync.{mode}.b32 %out|%p1, %a, {by}, {clamp}, -1;"
    first = np.arange(64) // 32 * 32
    assert np.array_equal(computed(body, a, result=np.int32), a[first + source])


SHARED = ".shared .align 8 .b8 board[512];"
ACROSS = """
  mov.u32 %r1, board;  shl.b32 %r2, %r0, 3;  add.s32 %r1, %r1, %r2;
  st.shared.f64 [%r1], %a;
  bar.sync 0;
  sub.s32 %r3, 63, %r0;  mov.u64 %rd10, board;  mul.wide.u32 %rd11, %r3, 8;
  cvta.shared.u64 %rd10, %rd10;  add.s64 %rd10, %rd10, %rd11;
  ld.f64 %out, [%rd10];"""


def over_the_board(body):
    a, out = F64[1, :64].copy(), np.zeros(64)
    launched(text_of(body, (a,), out, SHARED), 64, a, out)
    return a, out


def test_shared_memory_and_a_barrier():
    a, out = over_the_board(ACROSS)
    assert np.array_equal(out, a[::-1])


def test_without_the_barrier_nobody_has_written():
    _, out = over_the_board(ACROSS.replace("bar.sync 0;", ""))
    assert np.isnan(out[:32]).all()


def test_all_threads_hear_what_one_says():
    given = np.arange(64, dtype=np.int32)
    body = "setp.eq.s32 %p1, %a, {}; bar.red.or.pred %p2, 0, %p1; selp.b32 %out, 1, 0, %p2;"
    assert computed(body.format(40), given, result=np.int32).all()
    assert not computed(body.format(99), given, result=np.int32).any()


FUNCTIONS = """
.func (.param .b64 r) twice(.param .b64 x) { .local .align 8 .b8 mine[16]; .reg .f64 %x;
  .reg .b64 %l; mov.b64 %l, mine; ld.param.f64 %x, [x]; st.local.f64 [%l+8], %x;
  cvta.local.u64 %l, %l; ld.f64 %x, [%l+8]; add.f64 %x, %x, %x; st.param.f64 [r], %x; ret; }
.func (.param .b64 r) less(.param .b64 x) { .reg .f64 %x;
  ld.param.f64 %x, [x]; sub.f64 %x, %x, 0d3FF0000000000000; st.param.f64 [r], %x; ret; }
.func (.param .b32 r) other(.param .b64 x) { .reg .b32 %x; mov.b32 %x, 0; st.param.b32 [r], %x;
  ret; }
.global .align 8 .u64 table[3] = {generic(twice), less, other};"""
CALLED = """
  and.b32 %r1, %r0, 1;  mov.u64 %rd10, table;  mad.wide.u32 %rd10, %r1, 8, %rd10;
  ld.global.u64 %rd11, [%rd10];
  {{ .param .b64 given; .param .b64 said; st.param.f64 [given], %a;
  shape: .callprototype (.param .b64 _) _ (.param .b64 _);
  call (said), {target}, (given), shape; ld.param.f64 %out, [said]; }}"""


def called(target, body=CALLED):
    a, out = F64[1, :8].copy(), np.zeros(8)
    launched(text_of(body.format(target=target), (a,), out, FUNCTIONS), 8, a, out)
    return a, out


def test_functions_are_called_by_their_address():
    a, out = called("%rd11")
    assert np.array_equal(out, np.where(np.arange(8) % 2 == 0, 2 * a, a - 1))


REFUSED = {
    "a load behind the end": ("ld.global.f64 %out, [%rd0+4096];", "outside of what was allocated"),
    "a store before the start": ("st.global.f64 [%rd1+-8], %a;", "outside of what was allocated"),
    "half a number": ("ld.global.f64 %out, [%rd0+4];", "off its alignment"),
    "a pair off its alignment": (
        "{ .reg .f64 x; ld.global.v2.f64 {x, %out}, [%rd1+8]; }", "off its alignment"),
    "a trap": ("trap;", "is a trap"),
    "no end": ("L: bra L;", "goes on without end"),
    "zero": ("mov.b64 %rd9, 0; div.s64 %rd9, %rd0, %rd9;", "divides by zero"),
    "an address that nobody gave": ("ld.f64 %out, [%rd15];", "off its alignment"),
    "a word of the future": ("tanh.approx.f64 %out, %a;", "does not know the instruction 'tanh"),
    "a register of another width": ("add.s64 %rd9, %rd0, %r0;", "does not know the instruction"),
    "a barrier for some": ("setp.lt.u32 %p1, %r0, 40; @%p1 bar.sync 0;", "wait"),
    "a barrier for half": ("setp.lt.u32 %p1, %r0, 32; @%p1 bar.sync 0;", "left while others wait"),
    "a shuffle for some": (
        "setp.lt.u32 %p1, %r0, 20; @%p1 shfl.sync.idx.b32 %r1, %r0, 0, 31, -1;", "too few"),
    "a shuffle among some": ("shfl.sync.idx.b32 %r1, %r0, 0, 31, 255;", "without the others"),
}  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_undefined_is_an_error(what, monkeypatch):
    monkeypatch.setattr(launch, "FUEL", 1 << 12)
    body, sentence = REFUSED[what]
    with pytest.raises(MachineError, match=sentence):
        computed(body, F64[1, :64].copy(), result=float)


def test_what_a_call_passes_fits():
    with pytest.raises(MachineError, match="is no function of this kind"):
        called("%rd11", CALLED.replace("[%rd10];", "[%rd10+8];"))
    with pytest.raises(MachineError, match="is no function of this kind"):
        called("%rd10")
    with pytest.raises(MachineError, match=r"passes \(\[8\], \[8\]\), where \(\[4\], \[8\]\)"):
        called("other", CALLED.replace(", shape", ""))


def test_arguments_are_as_wide_as_parameters():
    driver = Driver()
    module = driver.cuModuleLoadData(text_of("", (), np.zeros(1)).encode() + b"\0")[1]
    kernel = driver.cuModuleGetFunction(module, b"kernel")[1]
    words = (1.0,), (np.ctypeslib.ctypes.c_float,)
    with pytest.raises(MachineError, match=r"takes parameters of \[8\] bytes"):
        driver.cuLaunchKernel(kernel, 1, 1, 1, 32, 1, 1, 0, 0, words, 0)
    with pytest.raises(MachineError, match=r"a launch of .* blocks"):
        driver.cuLaunchKernel(kernel, 0, 1, 1, 32, 1, 1, 0, 0, words, 0)
