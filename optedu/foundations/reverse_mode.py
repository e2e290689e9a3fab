"""Reverse-mode differentiation without a tape: values and pullbacks, composed.

A program is first brought into *unary form*: a chain of instructions, each a map from an
environment (a tuple of arrays) to the environment with one more array. Each map f has a reverse
transform, which returns the value and a function that carries cotangents back,

    D(f)(x)     = (f(x), k),   k linear: k(dz) = J_f(x)' dz
    D(f; g)(x)  = let (y, k1) = D(f)(x);  (z, k2) = D(g)(y)  in  (z, k1 . k2)

and the program's is their composition. Nothing is ever written to: the functions k remember what
they need. The gradient costs a small multiple of the value, whatever the number of variables
(the cheap gradient principle); `count_operations` counts it.

The idea is that of Huot and Shaikhha (huot2022). Here the programs are straight lines over array
primitives; their language also has higher-order array functions.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from optedu.foundations.primitives import PRIMITIVES, Primitive

Environment = tuple[Any, ...]
Pullback = Callable[[Environment], Environment]
Reversed = Callable[[Environment], tuple[Environment, Pullback]]


class Instruction(NamedTuple):
    """Append ``primitive(environment[i] for i in arguments)`` to the environment.

    Parameters
    ----------
    primitive : Primitive
    arguments : tuple of int
        Places in the environment.
    """

    primitive: Primitive
    arguments: tuple[int, ...]


class Program(NamedTuple):
    """A function in unary form: inputs and constants first, one array more per instruction.

    Parameters
    ----------
    inputs : int
        Number of arguments.
    constants : tuple of numpy.ndarray
        They follow the inputs in the environment.
    instructions : tuple of Instruction
        The result is what the last one appends.
    """

    inputs: int
    constants: tuple[np.ndarray, ...]
    instructions: tuple[Instruction, ...]

    def __call__(self, *inputs: Any) -> Any:
        """Return the value of the program."""
        environment = self.environment(inputs)
        for primitive, places in self.instructions:
            value = primitive.value(*(environment[i] for i in places))
            environment = (*environment, value)
        return environment[-1]

    def environment(self, inputs: tuple[Any, ...]) -> Environment:
        """Return the environment before the first instruction."""
        if len(inputs) != self.inputs:
            raise TypeError(f"this program takes {self.inputs} arguments, got {len(inputs)}")
        return (*inputs, *self.constants)


class Expression:
    """A node of an expression; operators and `call` build larger ones and never change it."""

    __array_ufunc__ = None  # an array on the left leaves the operator to us

    def __init__(self, primitive: str, parts: tuple[Any, ...]) -> None:
        self.primitive, self.parts = primitive, parts

    def __add__(self, other: Any) -> Expression:
        return call("add", self, other)

    def __radd__(self, other: Any) -> Expression:
        return call("add", other, self)

    def __sub__(self, other: Any) -> Expression:
        return call("subtract", self, other)

    def __rsub__(self, other: Any) -> Expression:
        return call("subtract", other, self)

    def __mul__(self, other: Any) -> Expression:
        return call("multiply", self, other)

    def __rmul__(self, other: Any) -> Expression:
        return call("multiply", other, self)

    def __truediv__(self, other: Any) -> Expression:
        return call("divide", self, other)

    def __rtruediv__(self, other: Any) -> Expression:
        return call("divide", other, self)

    def __matmul__(self, other: Any) -> Expression:
        return call("matmul", self, other)

    def __rmatmul__(self, other: Any) -> Expression:
        return call("matmul", other, self)

    def __neg__(self) -> Expression:
        return call("negative", self)


def call(primitive: str, *parts: Any) -> Expression:
    """Return the expression that applies a primitive to expressions, arrays or numbers.

    Parameters
    ----------
    primitive : str
        A name in `PRIMITIVES`.
    *parts : Expression, array_like
        Its arguments.

    Returns
    -------
    Expression
    """
    if primitive not in PRIMITIVES:
        raise ValueError(f"no primitive {primitive!r}; known are {', '.join(PRIMITIVES)}")
    return Expression(primitive, parts)


def unary_form(function: Callable[..., Expression], inputs: int = 1) -> Program:
    """Return a function of expressions as a program; what is shared is computed once.

    Parameters
    ----------
    function : callable
        Takes `inputs` expressions and returns one.
    inputs : int
        Number of arguments.

    Returns
    -------
    Program

    Examples
    --------
    >>> program = unary_form(lambda x: call("log", call("sum", call("exp", x))))
    >>> [instruction.primitive.name for instruction in program.instructions]
    ['exp', 'sum', 'log']
    >>> gradient(program, np.array([0.0, np.log(3.0)]))
    array([0.25, 0.75])
    """
    variables = tuple(Expression("", ()) for _ in range(inputs))
    result = function(*variables)
    order = _in_order(result, variables)
    constants = {
        id(part): np.asarray(part)
        for node in order
        for part in node.parts
        if not isinstance(part, Expression)
    }
    leaves = (*map(id, variables), *constants, *map(id, order))
    place = {leaf: i for i, leaf in enumerate(leaves)}
    instructions = tuple(
        Instruction(PRIMITIVES[node.primitive], tuple(place[id(part)] for part in node.parts))
        for node in order
    )
    return Program(inputs, tuple(constants.values()), instructions)


def _in_order(result: Expression, variables: tuple[Expression, ...]) -> list[Expression]:
    """Return the nodes below `result`, each after its parts."""
    done = {id(variable) for variable in variables}
    order, waiting = [], [(result, False)]
    while waiting:
        node, parts_done = waiting.pop()
        if id(node) in done or not isinstance(node, Expression):
            continue
        if parts_done:
            done.add(id(node))
            order.append(node)
        else:
            waiting.append((node, True))
            waiting.extend((part, False) for part in node.parts)
    return order


def reverse(instruction: Instruction) -> Reversed:
    """Return the reverse transform of one instruction.

    A cotangent of None stands for zero, so that arrays nobody used cost nothing.

    Parameters
    ----------
    instruction : Instruction

    Returns
    -------
    callable
        Environment to (longer environment, pullback).
    """
    primitive, places = instruction

    def transformed(environment: Environment) -> tuple[Environment, Pullback]:
        arguments = tuple(environment[i] for i in places)
        value = primitive.value(*arguments)

        def pullback(cotangents: Environment) -> Environment:
            *earlier, d = cotangents
            if d is None:
                return tuple(earlier)
            shares = primitive.pullback(value, d, *arguments)
            return functools.reduce(_with_share, zip(places, shares, strict=True), tuple(earlier))

        return (*environment, value), pullback

    return transformed


def _with_share(cotangents: Environment, placed: tuple[int, Any]) -> Environment:
    """Return the cotangents with one share added in its place."""
    i, share = placed
    before = cotangents[i]
    total = share if before is None else before + share
    return (*cotangents[:i], total, *cotangents[i + 1 :])


def compose(first: Reversed, second: Reversed) -> Reversed:
    """Return D(f; g) from D(f) and D(g).

    Parameters
    ----------
    first, second : callable
        Environment to (environment, pullback).

    Returns
    -------
    callable
    """

    def both(x: Environment) -> tuple[Environment, Pullback]:
        y, k1 = first(x)
        z, k2 = second(y)
        return z, lambda dz: k1(k2(dz))

    return both


def value_and_pullback(program: Program, *inputs: Any) -> tuple[Any, Callable[[Any], Any]]:
    """Return f(x) and the linear map u to J_f(x)' u.

    Parameters
    ----------
    program : Program
    *inputs : array_like
        Its arguments.

    Returns
    -------
    tuple
        The value; and a function of a cotangent that returns one array per input, or the array
        itself when there is one input.
    """
    chain = _balanced([reverse(instruction) for instruction in program.instructions])
    final, pull = chain(program.environment(inputs))

    def pullback(cotangent: Any) -> Any:
        cotangents = pull((*(None for _ in final[:-1]), cotangent))[: program.inputs]
        shares = tuple(
            np.zeros_like(x, dtype=float) if share is None else share
            for x, share in zip(inputs, cotangents, strict=True)
        )
        return shares[0] if program.inputs == 1 else shares

    return final[-1], pullback


def _balanced(chain: list[Reversed]) -> Reversed:
    """Compose a chain; composition is associative, and a tree keeps the recursion shallow."""
    if len(chain) == 1:
        return chain[0]
    half = len(chain) // 2
    return compose(_balanced(chain[:half]), _balanced(chain[half:]))


def gradient(program: Program, *inputs: Any) -> Any:
    """Return the gradient of a scalar program, one array per input.

    Parameters
    ----------
    program : Program
        Its value is a number.
    *inputs : array_like
        Its arguments.

    Returns
    -------
    numpy.ndarray, or a tuple of them
    """
    _, pullback = value_and_pullback(program, *inputs)
    return pullback(np.asarray(1.0))


def jacobian_product(program: Program, inputs: tuple[Any, ...], tangents: tuple[Any, ...]) -> Any:
    """Return J_f(x) v, by forward mode.

    Parameters
    ----------
    program : Program
    inputs, tangents : tuple of array_like
        The arguments x and the direction v, one array per argument.

    Returns
    -------
    numpy.ndarray
    """
    environment = program.environment(tuple(inputs))
    directions: Environment = (*tangents, *(None for _ in program.constants))
    for primitive, places in program.instructions:
        arguments = tuple(environment[i] for i in places)
        value = primitive.value(*arguments)
        moved = tuple(directions[i] for i in places)
        environment = (*environment, value)
        directions = (*directions, primitive.pushforward(value, moved, *arguments))
    return directions[-1]


def forward_gradient(program: Program, x: np.ndarray) -> np.ndarray:
    """Return the gradient of a scalar program by forward mode, one direction at a time.

    Parameters
    ----------
    program : Program
        Of one argument.
    x : numpy.ndarray, shape (d,)

    Returns
    -------
    numpy.ndarray, shape (d,)
    """
    basis = np.eye(len(x))
    return np.array([float(jacobian_product(program, (x,), (e,))) for e in basis])


def count_operations(function: Callable[..., Any], *inputs: np.ndarray) -> int:
    """Return the number of scalar operations that NumPy executes in ``function(*inputs)``.

    The inputs become arrays that report each operation done on them: one per element of the
    result of an elementwise function, one per element summed, two per product and sum in a
    matrix product. Copies and reshapes are free.

    Parameters
    ----------
    function : callable
    *inputs : numpy.ndarray

    Returns
    -------
    int
    """
    counts: list[int] = []

    class Watched(np.ndarray):
        def __array_ufunc__(self, ufunc, how, *arguments, **options):
            plain = [np.asarray(a) for a in arguments]
            result = getattr(ufunc, how)(*plain, **options)
            if ufunc is np.matmul:
                counts.append(2 * np.size(result) * plain[0].shape[-1])
            elif how == "reduce":
                counts.append(plain[0].size)
            else:
                counts.append(np.size(result))
            return np.asarray(result).view(Watched)

    function(*(np.asarray(x, dtype=float).view(Watched) for x in inputs))
    return sum(counts)
