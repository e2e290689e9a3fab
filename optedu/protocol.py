"""What a problem and a method are: `NamedTuple`s with plain methods, registered here.

The decorators change nothing about the mathematics. They read the arguments once, at
construction (arrays become C-contiguous float64, numbers become floats, NaN is refused with a
sentence), and remember the class so that the compilers find it.
"""

from __future__ import annotations

import dis
import functools
import inspect
import operator
import types
import typing
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from optedu.oracles import FUSED, ORACLES

Class = TypeVar("Class", bound=type)
Function = TypeVar("Function", bound=Callable[..., Any])

classes: dict[type, None] = {}
functions: list[Callable[..., Any]] = []
_listeners: list[Callable[[Any], None]] = []


def problem(cls: Class) -> Class:
    """Make a `NamedTuple` class a problem.

    Its fields are the data, its methods the oracles (see `optedu.oracles.ORACLES`). Constants
    that theory needs are properties: ``smoothness``, ``strong_convexity``, ``minimum``,
    ``minimizer``, and ``shape``, the shape of an iterate. ``differentiable = False`` says that
    ``gradient`` gives a subgradient. ``check(self)`` may refuse wrong data with a ValueError.

    Raises
    ------
    TypeError
        If the class is not a `NamedTuple`.
    """
    _require_named_tuple(cls, "problem")
    return _register(cls)


def method(cls: Class) -> Class:
    """Make a `NamedTuple` class a method.

    Its fields are the hyperparameters; ``init(problem, x)`` gives the first state and
    ``step(problem, state)`` the next one. A random method takes a last argument ``rng`` in both.
    ``holds = ("f", "g")``, or one of them, promises that these fields of each state are f(x) and
    the gradient at its ``x``; the loop reads them then and does not evaluate them again.
    ``may_rest = True`` says that x may stand still while other fields of the state move (a dual
    variable, say): such a run never counts as stalled; nor does that of a random method.

    Raises
    ------
    TypeError
        If the class is not a `NamedTuple`, has no ``init`` or ``step``, or holds anything else.
    """
    _require_named_tuple(cls, "method")
    for name in ("init", "step"):
        if not callable(getattr(cls, name, None)):
            raise TypeError(f"method {cls.__name__} needs a {name}(self, problem, ...) function")
    takes_rng = [
        "rng" in inspect.signature(getattr(cls, name)).parameters for name in ("init", "step")
    ]
    if takes_rng[0] != takes_rng[1]:
        raise TypeError(f"method {cls.__name__}: either both init and step take rng, or neither")
    held = getattr(cls, "holds", ())
    if not (isinstance(held, tuple) and {"f", "g"}.issuperset(held)):
        raise TypeError(f"method {cls.__name__}: holds may name 'f' and 'g', got {held!r}")
    cls.takes_rng = takes_rng[0]
    cls.needs = _needs_of(cls)
    return _register(cls)


def portable(function: Function) -> Function:
    """Make a plain function callable from steps and oracles in every execution.

    Parameters
    ----------
    function : callable
        Plain NumPy that Numba understands; it takes all arguments by position.

    Returns
    -------
    callable
        The same function.
    """
    functions.append(function)
    for listen in _listeners:
        listen(function)
    return function


def subscribe(listener: Callable[[Any], None]) -> None:
    """Call `listener` with every class and function registered so far, and from now on."""
    for item in (*functions, *classes):
        listener(item)
    _listeners.append(listener)


def is_method(item: Any) -> bool:
    """Whether the object, or class, is a registered method."""
    return callable(getattr(item, "step", None)) and callable(getattr(item, "init", None))


def holds(method: Any, field: str) -> bool:
    """Whether each state of the method promises to hold f(x), or the gradient, in this field."""
    return field in getattr(method, "holds", ())


def may_rest(method: Any) -> bool:
    """Whether x may stand still for any number of steps while the method goes on."""
    return method.takes_rng or getattr(method, "may_rest", False) is True


def public_functions(cls: type) -> dict[str, Callable[..., Any]]:
    """Return the plain methods that a class defines, those of the `NamedTuple` machinery not."""
    return {
        name: value
        for name, value in vars(cls).items()
        if isinstance(value, types.FunctionType) and not name.startswith("_")
    }


def oracles_used(function: Callable[..., Any], _seen: set[Any] | None = None) -> frozenset[str]:
    """Return the oracles that a function calls, itself or through what is registered."""
    seen = _seen if _seen is not None else set()
    if function in seen or not isinstance(function, types.FunctionType):
        return frozenset()
    seen.add(function)
    names = _attribute_and_global_names(function)
    used = {name for name in names if name in ORACLES}
    used = used.union(*(FUSED[name] for name in names if name in FUSED))
    for name in names:
        target = function.__globals__.get(name)
        if isinstance(target, types.FunctionType):
            if target in functions:
                used |= oracles_used(target, seen)
        elif isinstance(target, type) and target in classes:
            used = used.union(*(oracles_used(f, seen) for f in public_functions(target).values()))
    return frozenset(used)


def _needs_of(cls: type) -> frozenset[str]:
    """Return the oracles that init and step call, in the class's other functions too."""
    own, found, waiting = public_functions(cls), frozenset[str](), {"init", "step"}
    reached: set[str] = set()
    while waiting - reached:
        name = min(waiting - reached)
        reached.add(name)
        found |= oracles_used(own[name])
        waiting |= _attribute_and_global_names(own[name]) & set(own)
    return found


def _attribute_and_global_names(function: types.FunctionType) -> set[str]:
    wanted, names = ("LOAD_ATTR", "LOAD_METHOD", "LOAD_GLOBAL"), set()
    codes = [function.__code__]
    while codes:  # a comprehension or a lambda is a code of its own
        code = codes.pop()
        names |= {i.argval for i in dis.get_instructions(code) if i.opname in wanted}
        codes += [inner for inner in code.co_consts if isinstance(inner, types.CodeType)]
    return names


def _require_named_tuple(cls: type, role: str) -> None:
    if not (isinstance(cls, type) and issubclass(cls, tuple) and hasattr(cls, "_fields")):
        name = getattr(cls, "__name__", cls)
        raise TypeError(f"@{role} expects a class {name}(NamedTuple), got {type(cls).__name__}")


def _register(cls: Class) -> Class:
    plain_new = cls.__new__

    @functools.wraps(plain_new)
    def checked_new(_cls, *args, **kwargs):
        plain = plain_new(_cls, *args, **kwargs)
        hints = _field_types(_cls)
        read = (
            read_field(_cls.__name__, field, value, hints[field])
            for field, value in zip(_cls._fields, plain, strict=True)
        )
        self = tuple.__new__(_cls, read)
        if hasattr(self, "check"):
            _check(self)
        return self

    cls.__new__ = staticmethod(checked_new)
    cls._make = classmethod(lambda owner, values: owner(*values))  # what `_replace` calls
    classes[cls] = None
    for listen in _listeners:
        listen(cls)
    return cls


def _check(item: Any) -> None:
    """Let a problem or a method check its data, where they live; a twin's check does so itself."""
    there = any(hasattr(value, "__cuda_array_interface__") for value in item)
    if not there or type(item) not in classes:
        item.check()
        return
    from optedu.cuda import sites

    sites.check(item)


@functools.cache
def _field_types(cls: type) -> dict[str, Any]:
    return typing.get_type_hints(cls)


def read_field(owner: str, field: str, value: Any, hint: Any) -> Any:
    """Return a field's value in the one form that all executions use.

    Parameters
    ----------
    owner, field : str
        Names for the message.
    value : object
        What the caller gave.
    hint : type
        The field's annotation: ``float``, ``int``, ``bool``, ``numpy.ndarray``, an
        ``NDArray[numpy.int64]``, each possibly ``| None``; anything else passes unchanged.

    Raises
    ------
    TypeError, ValueError
        If the value cannot be read as the annotation says, or holds NaN or inf.
    """
    union = typing.get_origin(hint) in (types.UnionType, typing.Union)
    options = typing.get_args(hint) if union else (hint,)
    if value is None and type(None) in options:
        return None
    name = f"{owner}: {field}"
    for option in options:
        if option is float:
            return _read_number(name, value)
        if option is int:
            return _read_integer(name, value)
        if option is bool:
            return bool(value)
        if option is np.ndarray and hasattr(value, "__cuda_array_interface__"):
            return read_there(name, value)
        if option is np.ndarray:
            return read_array(name, value)
        if typing.get_origin(option) is np.ndarray:
            return _read_integers(name, value)
    return value


def read_array(name: str, value: Any) -> np.ndarray:
    """Return a non-empty finite real array as C-contiguous float64, copied only when needed.

    Raises
    ------
    TypeError
        If the value is not an array of real numbers.
    ValueError
        If it is empty, or holds NaN or inf (the message names the first such index).
    """
    if hasattr(value, "__cuda_array_interface__"):
        raise TypeError(f"{name} lives on a GPU, and is wanted in NumPy's memory: copy it there")
    if hasattr(value, "toarray") or type(value).__module__.startswith("scipy.sparse"):
        raise TypeError(f"{name} is a sparse matrix; pass a dense array (value.toarray())")
    try:
        array = np.asarray(value)
    except ValueError:
        raise TypeError(f"{name} must be an array, got rows of different lengths") from None
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name} must hold real numbers, got dtype {array.dtype}")
    if array.size == 0:
        raise ValueError(f"{name} is empty (shape {array.shape})")
    array = np.ascontiguousarray(array, dtype=np.float64).reshape(array.shape)
    finite = np.isfinite(array)
    if not finite.all():
        index = tuple(int(i) for i in np.argwhere(~finite)[0])
        at = "" if index == () else f" at index {index[0] if len(index) == 1 else index}"
        raise ValueError(f"{name} must be finite, got {array[index]}{at}")
    return array


def read_there(name: str, value: Any) -> Any:
    """Return an array on a device as `read_array` does, in its own precision, where it lies."""
    from optedu.cuda.arrays import read_device_array

    return read_device_array(name, value)


def _read_integers(name: str, value: Any) -> np.ndarray:
    if hasattr(value, "__cuda_array_interface__"):
        raise TypeError(f"{name}: integers on a GPU are wanted in NumPy's memory: copy them there")
    array = np.asarray(value)
    if array.dtype.kind not in "iub":
        raise TypeError(f"{name} must hold integers, got dtype {array.dtype}")
    return np.ascontiguousarray(array, dtype=np.int64)


def _read_number(name: str, value: Any) -> float:
    try:
        if isinstance(value, str | bytes):
            raise TypeError
        number = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a number, got {type(value).__name__}") from None
    if np.isnan(number):
        raise ValueError(f"{name} must be a number, got NaN")
    return number


def _read_integer(name: str, value: Any) -> int:
    try:
        return operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be an integer, got {value!r}") from None
