"""The array primitives of `optedu.foundations.reverse_mode`, each with its two derivatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Primitive(NamedTuple):
    """A function with its derivatives.

    Parameters
    ----------
    name : str
    value : callable
        Arguments to value.
    pullback : callable
        (value, cotangent, arguments) to one cotangent per argument: the transposed Jacobian.
    pushforward : callable
        (value, tangents, arguments) to the tangent of the value; a tangent of None is zero.
    """

    name: str
    value: Callable[..., Any]
    pullback: Callable[..., tuple[Any, ...]]
    pushforward: Callable[..., Any]


def fold(d: Any, like: Any) -> Any:
    """Return d summed over the axes that were broadcast from the shape of `like`.

    Parameters
    ----------
    d, like : array_like

    Returns
    -------
    array_like of the shape of `like`
    """
    extra = np.ndim(d) - np.ndim(like)
    if extra:
        d = np.add.reduce(d, axis=tuple(range(extra)))
    short = tuple(i for i, n in enumerate(np.shape(like)) if n == 1 and np.shape(d)[i] != 1)
    return np.add.reduce(d, axis=short, keepdims=True) if short else d


def _elementwise(name: str, f: Callable[[Any], Any], slope: Callable[[Any, Any], Any]) -> Primitive:
    """Return a function applied to each element; `slope(value, x)` is its derivative."""

    def pushforward(value, tangents, x):
        (v,) = tangents
        return None if v is None else slope(value, x) * v

    return Primitive(name, f, lambda value, d, x: (d * slope(value, x),), pushforward)


def _binary(name: str, f: Callable[..., Any], shares: Callable[..., tuple[Any, Any]]) -> Primitive:
    """Return a function of two arrays that broadcast; `shares(d, value, a, b)` pulls d back."""

    def pullback(value, d, a, b):
        da, db = shares(d, value, a, b)
        return fold(da, a), fold(db, b)

    def pushforward(value, tangents, a, b):
        moved = [shares(v, value, a, b)[i] for i, v in enumerate(tangents) if v is not None]
        return _sum(moved)

    return Primitive(name, f, pullback, pushforward)


def _linear(name: str, f: Callable[[Any], Any], transpose: Callable[[Any, Any], Any]) -> Primitive:
    """Return a linear function of one array; `transpose(d, x)` is its adjoint."""

    def pushforward(value, tangents, x):
        (v,) = tangents
        return None if v is None else f(v)

    return Primitive(name, f, lambda value, d, x: (transpose(d, x),), pushforward)


def _sum(terms: list[Any]) -> Any:
    if not terms:
        return None
    return terms[0] if len(terms) == 1 else terms[0] + terms[1]


def _matmul_pullback(value: Any, d: Any, a: Any, b: Any) -> tuple[Any, Any]:
    if np.ndim(a) == 1 and np.ndim(b) == 1:
        return d * b, d * a
    if np.ndim(b) == 1:
        return d[:, None] * b, a.T @ d
    if np.ndim(a) == 1:
        return b @ d, a[:, None] * d
    return d @ b.T, a.T @ d


def _matmul_pushforward(value: Any, tangents: tuple[Any, Any], a: Any, b: Any) -> Any:
    va, vb = tangents
    terms = [] if va is None else [va @ b]
    return _sum(terms if vb is None else [*terms, a @ vb])


def _padded(d: Any, before: int, after: int) -> Any:
    return np.concatenate([np.zeros(before), np.asarray(d), np.zeros(after)]).view(type(d))


_ALL = (
    _elementwise("negative", np.negative, lambda y, x: -1.0),
    _elementwise("exp", np.exp, lambda y, x: y),
    _elementwise("log", np.log, lambda y, x: 1.0 / x),
    _elementwise("sqrt", np.sqrt, lambda y, x: 0.5 / y),
    _elementwise("square", np.square, lambda y, x: 2.0 * x),
    _elementwise("sin", np.sin, lambda y, x: np.cos(x)),
    _elementwise("cos", np.cos, lambda y, x: -np.sin(x)),
    _elementwise("tanh", np.tanh, lambda y, x: 1.0 - y * y),
    _binary("add", np.add, lambda d, y, a, b: (d, d)),
    _binary("subtract", np.subtract, lambda d, y, a, b: (d, -d)),
    _binary("multiply", np.multiply, lambda d, y, a, b: (d * b, d * a)),
    _binary("divide", np.divide, lambda d, y, a, b: (d / b, -d * y / b)),
    _linear("sum", lambda x: np.add.reduce(x, axis=None), lambda d, x: d * np.ones(np.shape(x))),
    _linear("head", lambda x: x[:-1], lambda d, x: _padded(d, 0, 1)),
    _linear("tail", lambda x: x[1:], lambda d, x: _padded(d, 1, 0)),
    Primitive("matmul", np.matmul, _matmul_pullback, _matmul_pushforward),
)

PRIMITIVES = {primitive.name: primitive for primitive in _ALL}
"""All primitives, by name: ``head`` is x[:-1], ``tail`` x[1:], ``sum`` that of all elements."""
