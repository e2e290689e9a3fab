"""What travels between a grader and a student's process: data, bit for bit, and nothing else."""

from __future__ import annotations

import json
from typing import NamedTuple

import numpy as np
import pytest

from optedu.grading.conversation import values, wire


class State(NamedTuple):
    x: np.ndarray
    k: int


def sent(value, refer=lambda value: None, restore=lambda value: value, limit=2**20):
    frame = b"".join(wire.pack(wire.Message("answer", 3, 0, "", value), refer, limit))
    header, body = wire.lengths(frame[: wire.HEAD.size], limit)
    rest = frame[wire.HEAD.size :]
    assert len(rest) == header + body
    return wire.unpack(rest[:header], bytearray(rest[header:]), restore).value


@pytest.mark.parametrize(
    "value",
    [
        None, True, 0, -(2**70), 1.5, float("inf"), -0.0, "λ\n", 1 + 2j, [], (), {},
        [1, (2.0, "a")],
        {"a": [None]}, np.float32(1.1), np.bool_(True), np.int8(-3), np.complex128(1j),
    ],
)  # fmt: skip
def test_plain_values_come_back_as_they_were(value):
    back = sent(value)
    assert type(back) is type(value)
    assert back == value


@pytest.mark.parametrize("dtype", values.DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 4), (2, 3)])
def test_arrays_come_back_bit_for_bit_and_can_be_written_to(dtype, shape):
    value = np.array(100 * np.random.default_rng(1).standard_normal(shape)).astype(dtype)
    back = sent({"a": value})["a"]
    assert type(back) is np.ndarray
    assert back.dtype == value.dtype
    assert back.shape == shape
    assert back.tobytes() == value.tobytes()
    assert back.flags.writeable


def test_what_only_looks_like_data_comes_back_as_data():
    class Number(float):
        def __eq__(self, other):
            return True

        __hash__ = None

    class Array(np.ndarray):
        pass

    assert type(sent(Number(2.0))) is float
    assert type(sent(np.ones(3)[::2].view(Array))) is np.ndarray
    assert sent(np.arange(6.0).reshape(2, 3).T).tolist() == [[0, 3], [1, 4], [2, 5]]
    assert sent(np.arange(3, dtype=">i4")).tolist() == [0, 1, 2]
    assert sent(np.longdouble(0.5)) == 0.5
    assert sent({3}) == [3]
    assert sent(range(3)) == [0, 1, 2]
    back = sent(State(np.ones(2), 4))
    assert type(back) is not State
    assert back._fields == ("x", "k")
    assert back.k == 4


@pytest.mark.parametrize(
    "value", [object(), np.array([object()]), np.array(["a"]), {1: 2}, b"bytes", np.ones(2**18)]
)
def test_what_is_no_data_is_not_sent(value):
    with pytest.raises(values.NotData):
        sent(value)


@pytest.mark.parametrize(
    "tree",
    [
        {"a": ["object", [1]]}, {"a": ["float64", [2]]}, {"a": ["float64", [-1]]},
        {"a": ["float64", [1.0]]}, {"a": ["float64", [True]]}, {"a": ["float64"]}, {"a": 3},
        {"a": ["float64", [1] * 9]}, {"a": ["float64", [2**60, 0]]}, {"s": "U1"}, {"z": 1}, {},
        {"t": 1}, {"t": [], "d": []}, {"d": [["a"]]}, {"d": [[1, 2]]}, {"c": [1, "x"]}, {"o": "1"},
        {"n": ["S", ["__class__"], [1]]}, {"n": ["S", ["x", "x"], [1, 2]]}, {"n": ["S", ["x"], []]},
        {"n": ["import os", ["x"], [1]]}, {"n": ["S", ["lambda"], [1]]}, {"g": [1, "x"]},
        {"r": ["function", 1, [1]]}, {"r": ["function", "1", {}]}, {"g": [1, [2**40]]},
        {"n": [["S"], ["x"], [1]]},
    ],
)  # fmt: skip
def test_a_value_that_is_none_is_refused(tree):
    header = json.dumps(["answer", 1, 0, "", tree]).encode()
    with pytest.raises(values.Malformed):
        wire.unpack(header, bytearray(8), lambda value: value)


def test_bytes_that_are_no_message_are_refused_whatever_they_are():
    good = b"".join(
        wire.pack(
            wire.Message("answer", 1, 0, "", ([np.ones(3), State(1.0, 2)], {"a": 1j})),
            lambda value: None,
            2**20,
        )
    )
    rng = np.random.default_rng(7)
    refused = 0
    for _ in range(2000):
        frame = bytearray(good)
        for _ in range(rng.integers(1, 4)):
            frame[rng.integers(len(frame))] = rng.integers(256)
        try:
            header, body = wire.lengths(bytes(frame[: wire.HEAD.size]), 2**20)
            rest = frame[wire.HEAD.size :]
            wire.unpack(bytes(rest[:header]), bytearray(rest[header : header + body]), lambda v: v)
        except values.Malformed:
            refused += 1
    assert refused > 1000  # the others changed a number, a letter of a name, or an array's bytes


@pytest.mark.parametrize("head", [(b"oedu", 2**31, 0), (b"oedu", 1, 2**60), (b"\x80\x04cp", 1, 1)])
def test_lengths_are_refused_before_anything_is_read(head):
    with pytest.raises(values.Malformed):
        wire.lengths(wire.HEAD.pack(*head), 2**20)


def test_nesting_is_refused_before_it_can_hurt():
    for text in ("[" * 100_000, '{"t":[' * 5000, "[" * 100 + "]" * 100):
        header = ('["answer",1,0,"",' + text).encode()
        with pytest.raises(values.Malformed):
            wire.unpack(header, bytearray(), lambda value: value)
