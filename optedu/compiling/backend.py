"""Make methods, problems and portable functions callable in Numba's nopython code."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np
from numba import njit, types
from numba.core.errors import NumbaError
from numba.core.imputils import impl_ret_new_ref, lower_builtin
from numba.core.typing.templates import AbstractTemplate, AttributeTemplate, infer_getattr
from numba.extending import overload, register_jitable

from optedu import protocol
from optedu.certificates import gradient_norm, length, rule_for
from optedu.compiling import CompilationError
from optedu.compiling.cache import PairCache
from optedu.kernels import loop
from optedu.oracles import Counted, value_and_gradient

OPTIONS = {"error_model": "numpy", "nogil": True}

# Numba asks `if signature.recvr`, and a type's length is its number of fields: the methods of a
# class without fields would lose their self.
types.NamedTuple.__bool__ = lambda self: True

TELLING = ("Unknown attribute", "Cannot unify", "Unsupported", "undefined", "No implementation")

_compiled: dict[tuple[type, str], Any] = {}
_lowered: set[str] = set()


def register(item: Any) -> None:
    """Make a decorated class's methods, or a portable function, callable when compiled."""
    if isinstance(item, FunctionType):
        register_jitable(**OPTIONS)(item)
        return
    for name, function in protocol.public_functions(item).items():
        _compiled[item, name] = njit(function, **OPTIONS)
        if name not in _lowered:
            _lowered.add(name)
            _lower_name(name)


@infer_getattr
class NamedTupleMethods(AttributeTemplate):
    """Find a method by the tuple's class; `overload_method` would compile a wrapper for each."""

    key = types.BaseNamedTuple

    def generic_resolve(self, kind, name):
        """Return the type of ``tuple.name``, or None where the class defines no such function."""
        function = _compiled.get((kind.instance_class, name))
        if function is None:
            return None
        dispatcher = types.Dispatcher(function)

        class Method(AbstractTemplate):
            key = (types.BaseNamedTuple, name)

            def generic(self, args, kws):
                signature = dispatcher.get_call_type(self.context, (kind, *args), kws)
                return signature.as_method()

        return types.BoundFunction(Method, kind)


def _lower_name(name: str) -> None:
    @lower_builtin((types.BaseNamedTuple, name), types.BaseNamedTuple, types.VarArg(types.Any))
    def call(context, builder, signature, arguments):
        function = types.Dispatcher(_compiled[signature.args[0].instance_class, name])
        invoke = context.get_function(function, signature)
        result = invoke(builder, arguments)
        context.add_linking_libs(getattr(invoke, "libs", ()))
        return impl_ret_new_ref(context, builder, signature.return_type, result)


def _class_of(kind: types.Type) -> type:
    """Return the class behind a tuple's type; inside a `Counted`, that of its problem."""
    if kind.instance_class is Counted:
        return _class_of(kind.types[0])
    return kind.instance_class


@overload(loop.first_state, jit_options=OPTIONS)
def _first_state(method, problem, x, rng):
    if method.instance_class.takes_rng:
        return lambda method, problem, x, rng: loop.private_state(method.init(problem, x, rng))
    return lambda method, problem, x, rng: loop.private_state(method.init(problem, x))


@overload(loop.private_state, jit_options=OPTIONS)
def _private_state(state):
    if isinstance(state, types.Array):
        return lambda state: np.ascontiguousarray(state).copy()
    if isinstance(state, types.BaseTuple):
        fields = ", ".join(f"private_state(state[{i}])" for i in range(len(state)))
        namespace = {
            "private_state": loop.private_state,
            "make": getattr(state, "instance_class", None),
        }
        made = f"make({fields})" if namespace["make"] else f"({fields}{',' if fields else ''})"
        exec(f"def rebuild(state):\n    return {made}", namespace)
        return namespace["rebuild"]
    if isinstance(state, types.Integer):
        return lambda state: np.int64(state)
    return lambda state: state


@overload(loop.take_step, jit_options=OPTIONS)
def _take_step(method, problem, state, rng):
    if method.instance_class.takes_rng:
        return lambda method, problem, state, rng: method.step(problem, state, rng)
    return lambda method, problem, state, rng: method.step(problem, state)


@overload(loop.value_at, jit_options=OPTIONS)
def _value_at(method, problem, state):
    if protocol.holds(method.instance_class, "f"):
        return lambda method, problem, state: state.f
    if hasattr(_class_of(problem), "value"):
        return lambda method, problem, state: problem.value(state.x)
    return lambda method, problem, state: np.nan


@overload(value_and_gradient, jit_options=OPTIONS)
def _value_and_gradient(problem, x):
    if hasattr(problem.instance_class, "value_and_gradient"):
        return lambda problem, x: problem.value_and_gradient(x)
    return lambda problem, x: (problem.value(x), problem.gradient(x))


@overload(loop.has_value, jit_options=OPTIONS)
def _has_value(problem):
    known = hasattr(_class_of(problem), "value")
    return lambda problem: known


@overload(loop.certificate_at, jit_options=OPTIONS)
def _certificate_at(method, problem, state):
    if hasattr(method.instance_class, "certificate"):
        return lambda method, problem, state: method.certificate(problem, state)
    compute = rule_for(_class_of(problem)).compute
    if compute is gradient_norm and protocol.holds(method.instance_class, "g"):
        return lambda method, problem, state: length(state.g)
    return lambda method, problem, state: compute(problem, state.x)


@overload(loop.verdict_at, jit_options=OPTIONS)
def _verdict_at(method, problem, state):
    if hasattr(method.instance_class, "verdict"):
        return lambda method, problem, state: method.verdict(problem, state)
    return lambda method, problem, state: 0


@overload(loop.compare, jit_options=OPTIONS)
def _compare(new, old):
    def compare(new, old):
        finite, moved = True, False
        for a, b in zip(new.flat, old.flat):  # noqa: B905 (Numba's zip has no strict)
            finite = finite and np.isfinite(a)
            moved = moved or a != b
        return finite, moved

    return compare


@overload(loop.write_row, jit_options=OPTIONS)
def _write_row(rows, row, entries):
    def write_row(rows, row, entries):
        for column, entry in enumerate(entries.flat):
            rows[row, column] = entry

    return write_row


def compile_loop() -> Callable[..., Any]:
    """Return the compiled loop; each pair of method and problem is compiled when first met."""
    register(Counted)
    protocol.subscribe(register)
    dispatcher = njit(loop.advance, **OPTIONS)
    dispatcher._cache = PairCache()

    def advance(method, counted, *rest):
        try:
            return dispatcher(method, counted, *rest)
        except NumbaError as error:
            raise CompilationError(_why(method, counted.problem, error)) from error

    advance.dispatcher = dispatcher
    return advance


def reason(error: NumbaError) -> str:
    """Return the line of Numba's message that says what it could not do.

    The message goes from the outermost function inwards, and only the innermost tells.
    """
    lines = [line.strip() for line in str(error).splitlines()]
    lines = [line for line in lines if line and not line.startswith(("During:", "File", "<"))]
    for word in TELLING:
        telling = [line for line in lines if word in line]
        if telling:
            return telling[-1]
    return lines[-1]


def _why(method: Any, problem: Any, error: NumbaError) -> str:
    pair = f"{type(method).__name__} on {type(problem).__name__}"
    return f"{pair} cannot be compiled ({reason(error)}); use execution='python'"
