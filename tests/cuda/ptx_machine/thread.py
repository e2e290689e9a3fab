"""What the machine knows of a thread, and what all threads are checked by, in LLVM's IR."""

from __future__ import annotations

REGISTERS = tuple(
    f"%{name}.{axis}" for name in ("tid", "ntid", "ctaid", "nctaid") for axis in "xyz"
)
FIELDS = (
    "state", "resume", "error", "at", "address", "fuel", "frame", "shared", "shared_size",
    "local", "top", "local_size", "table", "count", "begin", "end", "given", "b", "c", "mask",
    "result", "holds", *REGISTERS, "%laneid",
)  # fmt: skip
FIELD = {name: i for i, name in enumerate(FIELDS)}
"""Words of a thread: how it waits, and for what; where its memory is; what it hands over."""

READY, AT_BARRIER, AT_SHUFFLE, ENDED, FAILED = range(5)

ERRORS = {
    1: "reaches outside of what was allocated",
    2: "reaches an address off its alignment",
    3: "divides by zero, or beyond the largest number",
    4: "goes on without end",
    5: "is a trap",
    6: "calls what is no function of this kind",
    7: "needs more stack than there is",
}
SPACES = {"generic": 0, "global": 1, "shared": 2, "local": 3}


def word(name: str) -> str:
    """Return the IR of the address of a thread's word."""
    return f"getelementptr i64, ptr %t, i64 {FIELD[name]}"


def load(name: str, into: str) -> str:
    """Return the IR that loads a thread's word."""
    return f"  %{into}.at = {word(name)}\n  %{into} = load i64, ptr %{into}.at\n"


def store(name: str, value: str, by: str) -> str:
    """Return the IR that stores a thread's word."""
    return f"  %{by}.at = {word(name)}\n  store i64 {value}, ptr %{by}.at\n"


RUNTIME = f"""
define internal void @fail(ptr %t, i64 %error, i64 %number, i64 %address) noinline {{
{store("error", "%error", "a")}{store("at", "%number", "b")}{store("address", "%address", "c")}
  ret void
}}

define internal i1 @within(i64 %at, i64 %size, i64 %begin, i64 %end) alwaysinline {{
  %room = sub i64 %end, %begin
  %offset = sub i64 %at, %begin
  %inside = icmp ult i64 %offset, %room
  %left = sub i64 %room, %offset
  %fits = icmp uge i64 %left, %size
  %both = and i1 %inside, %fits
  ret i1 %both
}}

; The address in this process of what a thread reaches, or zero.
define internal i64 @place(ptr %t, i64 %at, i64 %size, i64 %number, i64 %space) {{
  %less = sub i64 %size, 1
  %low = and i64 %at, %less
  %aligned = icmp eq i64 %low, 0
  br i1 %aligned, label %which, label %odd
odd:
  call void @fail(ptr %t, i64 2, i64 %number, i64 %at)
  ret i64 0
which:
{load("shared", "s")}{load("shared_size", "ss")}{load("local", "l")}{load("top", "ls")}
  switch i64 %space, label %anywhere [ i64 1, label %global i64 2, label %shared
                                       i64 3, label %local ]
shared:
  %in.shared = call i1 @within(i64 %at, i64 %size, i64 0, i64 %ss)
  %shared.place = add i64 %s, %at
  br i1 %in.shared, label %shared.found, label %outside
shared.found:
  ret i64 %shared.place
local:
  %in.local = call i1 @within(i64 %at, i64 %size, i64 0, i64 %ls)
  %local.place = add i64 %l, %at
  br i1 %in.local, label %local.found, label %outside
local.found:
  ret i64 %local.place
anywhere:
  %s.end = add i64 %s, %ss
  %l.end = add i64 %l, %ls
  %is.shared = call i1 @within(i64 %at, i64 %size, i64 %s, i64 %s.end)
  %is.local = call i1 @within(i64 %at, i64 %size, i64 %l, i64 %l.end)
  %is.own = or i1 %is.shared, %is.local
  br i1 %is.own, label %found, label %global
global:
{load("begin", "begin")}{load("end", "end")}
  %again = call i1 @within(i64 %at, i64 %size, i64 %begin, i64 %end)
  br i1 %again, label %found, label %search
search:
{load("table", "table")}{load("count", "count")}
  %rows = inttoptr i64 %table to ptr
  br label %next
next:
  %i = phi i64 [ 0, %search ], [ %more, %look ]
  %rest = icmp ult i64 %i, %count
  br i1 %rest, label %look, label %outside
look:
  %row = getelementptr [2 x i64], ptr %rows, i64 %i
  %second = getelementptr i64, ptr %row, i64 1
  %from = load i64, ptr %row
  %to = load i64, ptr %second
  %more = add i64 %i, 1
  %here = call i1 @within(i64 %at, i64 %size, i64 %from, i64 %to)
  br i1 %here, label %remember, label %next
remember:
  store i64 %from, ptr %begin.at
  store i64 %to, ptr %end.at
  br label %found
found:
  ret i64 %at
outside:
  call void @fail(ptr %t, i64 1, i64 %number, i64 %at)
  ret i64 0
}}

; Where an array of a function begins in the local window, all ones; or minus one.
define internal i64 @pushed(ptr %t, i64 %top, i64 %size) {{
{load("local", "base")}{load("local_size", "room")}
  %up = add i64 %top, 15
  %begin = and i64 %up, -16
  %end = add i64 %begin, %size
  %fits = icmp ule i64 %end, %room
  br i1 %fits, label %yes, label %no
yes:
{store("top", "%end", "t")}
  %place = add i64 %base, %begin
  %pointer = inttoptr i64 %place to ptr
  call void @llvm.memset.p0.i64(ptr %pointer, i8 -1, i64 %size, i1 false)
  ret i64 %begin
no:
  call void @fail(ptr %t, i64 7, i64 0, i64 0)
  ret i64 -1
}}

define internal i1 @goes_on(ptr %t, i64 %number) alwaysinline {{
{load("fuel", "fuel")}
  %less = sub i64 %fuel, 1
  store i64 %less, ptr %fuel.at
  %some = icmp sgt i64 %less, 0
  br i1 %some, label %yes, label %no
yes:
  ret i1 true
no:
  call void @fail(ptr %t, i64 4, i64 %number, i64 0)
  ret i1 false
}}

; a b + c of float32, rounded down, up or to zero: in float64 the product is exact, and so is the
; sum with its error.
define internal float @directed(float %a, float %b, float %c, i32 %mode) {{
  %wa = fpext float %a to double
  %wb = fpext float %b to double
  %wc = fpext float %c to double
  %p = fmul double %wa, %wb
  %s = fadd double %p, %wc
  %v = fsub double %s, %p
  %u = fsub double %s, %v
  %dp = fsub double %p, %u
  %dc = fsub double %wc, %v
  %e = fadd double %dp, %dc
  %r = fptrunc double %s to float
  %w = fpext float %r to double
  %over = fcmp ogt double %w, %s
  %under = fcmp ogt double %s, %w
  %same = fcmp oeq double %w, %s
  %e.negative = fcmp ogt double 0.0, %e
  %e.positive = fcmp ogt double %e, 0.0
  %over.by.e = and i1 %same, %e.negative
  %under.by.e = and i1 %same, %e.positive
  %above = or i1 %over, %over.by.e
  %below = or i1 %under, %under.by.e
  %down = icmp eq i32 %mode, 0
  %up = icmp eq i32 %mode, 1
  %zero = icmp eq i32 %mode, 2
  %negative = fcmp ogt double 0.0, %s
  %positive = fcmp ogt double %s, 0.0
  %to.zero.down = and i1 %zero, %positive
  %to.zero.up = and i1 %zero, %negative
  %goes.down = or i1 %down, %to.zero.down
  %goes.up = or i1 %up, %to.zero.up
  %lower = and i1 %goes.down, %above
  %higher = and i1 %goes.up, %below
  %bits = bitcast float %r to i32
  %is.negative = icmp slt i32 %bits, 0
  %plus = add i32 %bits, 1
  %minus = sub i32 %bits, 1
  %no = fcmp oeq float %r, 0.0
  %next.below = select i1 %is.negative, i32 %plus, i32 %minus
  %lower.bits = select i1 %no, i32 -2147483647, i32 %next.below
  %next.above = select i1 %is.negative, i32 %minus, i32 %plus
  %higher.bits = select i1 %no, i32 1, i32 %next.above
  %first = select i1 %lower, i32 %lower.bits, i32 %bits
  %last = select i1 %higher, i32 %higher.bits, i32 %first
  %result = bitcast i32 %last to float
  ret float %result
}}

; Let those of a warp that are ready run, forwards or backwards, each to where it has to wait.
define void @run_warp(ptr %kernel, ptr %threads, i64 %first, i64 %count, i64 %step, ptr %given) {{
  br label %next
next:
  %i = phi i64 [ 0, %0 ], [ %more, %rest ]
  %left = icmp ult i64 %i, %count
  br i1 %left, label %look, label %end
look:
  %ahead = mul i64 %i, %step
  %n = add i64 %first, %ahead
  %offset = mul i64 %n, {len(FIELDS)}
  %t = getelementptr i64, ptr %threads, i64 %offset
{load("state", "state")}
  %ready = icmp eq i64 %state, {READY}
  br i1 %ready, label %go, label %rest
go:
  %said = call i64 %kernel(ptr %t, ptr %given, ptr null)
  store i64 %said, ptr %state.at
  br label %rest
rest:
  %more = add i64 %i, 1
  br label %next
end:
  ret void
}}
"""
