"""Reverse mode without a tape: right, linear, and cheap."""

import numpy as np
import pytest

from optedu.foundations.primitives import PRIMITIVES
from optedu.foundations.reverse_mode import (
    call,
    compose,
    count_operations,
    forward_gradient,
    gradient,
    jacobian_product,
    reverse,
    unary_form,
    value_and_pullback,
)

RNG = np.random.default_rng(0)
A, B, b = RNG.standard_normal((6, 4)), RNG.standard_normal((4, 4)), RNG.standard_normal(6)


def total(x):
    return call("sum", x)


def square(x):
    return call("square", x)


def head(x):
    return call("head", x)


def tail(x):
    return call("tail", x)


SCALAR_PROGRAMS = {
    "least squares": lambda x: 0.5 * total(square(A @ x - b)),
    "quadratic form": lambda x: x @ (B @ x) - 3.0 * (x @ np.ones(4)),
    "Rosenbrock": lambda x: total(100 * square(tail(x) - square(head(x))) + square(1 - head(x))),
    "log-sum-exp": lambda x: call("log", total(call("exp", A @ x))),
    "logistic loss": lambda x: total(call("log", 1 + call("exp", -(b * (A @ x))))),
    "pseudo-Huber": lambda x: total(call("sqrt", 1 + square(A @ x - b))),
    "Rayleigh quotient": lambda x: (x @ (B @ x)) / (x @ x),
    "small network": lambda x: total(square(call("tanh", A @ call("tanh", B @ x)) - b)),
    "waves": lambda x: total(call("sin", 3 * x) * call("cos", x)) + total(x / (2 + square(x))),
    "repeated products": lambda x: total(x * x * x * x) / 4 - total(-x * x),
}


def complex_step(program, x):
    return np.array([program(x + 1e-30j * e).imag / 1e-30 for e in np.eye(len(x))])


@pytest.mark.parametrize("name", SCALAR_PROGRAMS)
@pytest.mark.parametrize("seed", [1, 2])
def test_gradients_equal_complex_steps(name, seed):
    x = np.random.default_rng(seed).standard_normal(4)
    program = unary_form(SCALAR_PROGRAMS[name])
    expected = complex_step(program, x)
    scale = np.abs(expected).max()
    np.testing.assert_allclose(gradient(program, x), expected, rtol=1e-8, atol=1e-12 * scale)
    np.testing.assert_allclose(
        forward_gradient(program, x), expected, rtol=1e-8, atol=1e-12 * scale
    )


def test_gradients_equal_closed_forms():
    x = np.random.default_rng(3).standard_normal(4)
    closed = {
        "least squares": A.T @ (A @ x - b),
        "quadratic form": (B + B.T) @ x - 3.0,
        "log-sum-exp": A.T @ (np.exp(A @ x) / np.exp(A @ x).sum()),
        "repeated products": x**3 + 2 * x,
    }
    for name, expected in closed.items():
        np.testing.assert_allclose(
            gradient(unary_form(SCALAR_PROGRAMS[name]), x), expected, rtol=1e-12
        )


def test_matrices_and_several_inputs():
    rng = np.random.default_rng(4)
    W, x, y = rng.standard_normal((3, 4)), rng.standard_normal((4, 2)), rng.standard_normal((3, 2))
    program = unary_form(lambda W, x: 0.5 * total(square(W @ x - y)), inputs=2)
    dW, dx = gradient(program, W, x)
    np.testing.assert_allclose(dW, (W @ x - y) @ x.T, rtol=1e-12)
    np.testing.assert_allclose(dx, W.T @ (W @ x - y), rtol=1e-12)
    row = unary_form(lambda v, W: total(square(v @ W)), inputs=2)
    v = rng.standard_normal(3)
    dv, dW = gradient(row, v, W)
    np.testing.assert_allclose(dv, 2 * W @ (v @ W), rtol=1e-12)
    np.testing.assert_allclose(dW, 2 * np.outer(v, v @ W), rtol=1e-12)


def test_broadcasting_is_undone():
    rng = np.random.default_rng(5)
    M, row = rng.standard_normal((3, 4)), rng.standard_normal(4)
    column = rng.standard_normal((3, 1))
    program = unary_form(lambda M, r, c: total(square(M * r + c)), inputs=3)
    value = 2 * (M * row + column)
    dM, dr, dc = gradient(program, M, row, column)
    np.testing.assert_allclose(dM, value * row, rtol=1e-12)
    np.testing.assert_allclose(dr, (value * M).sum(axis=0), rtol=1e-12)
    np.testing.assert_allclose(dc, value.sum(axis=1, keepdims=True), rtol=1e-12)


VECTOR_PROGRAMS = {
    "network": lambda x: call("tanh", A @ call("sin", B @ x)),
    "ratio": lambda x: call("exp", x) / (1 + square(x)),
    "differences": lambda x: square(tail(x) - head(x)),
}


@pytest.mark.parametrize("name", VECTOR_PROGRAMS)
def test_dot_test_and_linearity_of_the_pullback(name):
    rng = np.random.default_rng(6)
    program = unary_form(VECTOR_PROGRAMS[name])
    x, v = rng.standard_normal(4), rng.standard_normal(4)
    value, pullback = value_and_pullback(program, x)
    u, w = rng.standard_normal((2, *np.shape(value)))
    Jv = jacobian_product(program, (x,), (v,))
    assert Jv @ u == pytest.approx(v @ pullback(u), rel=1e-12)
    np.testing.assert_allclose(
        pullback(2.0 * u - 3.0 * w), 2.0 * pullback(u) - 3.0 * pullback(w), rtol=1e-11, atol=1e-13
    )
    h = 1e-6
    difference = (program(x + h * v) - program(x - h * v)) / (2 * h)
    np.testing.assert_allclose(Jv, difference, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("name", PRIMITIVES)
def test_each_primitive_passes_the_dot_test(name):
    rng = np.random.default_rng(7)
    takes_two = name in ("add", "subtract", "multiply", "divide", "matmul")
    inputs = [rng.uniform(0.5, 2.0, 4) for _ in range(1 + takes_two)]
    tangents = tuple(rng.standard_normal(4) for _ in inputs)
    program = unary_form(lambda *x: call(name, *x), inputs=len(inputs))
    value, pullback = value_and_pullback(program, *inputs)
    u = rng.standard_normal(np.shape(value))
    back = pullback(u) if takes_two else (pullback(u),)
    Jv = jacobian_product(program, tuple(inputs), tangents)
    there = np.sum(Jv * u)
    assert there == pytest.approx(
        sum(np.sum(s * v) for s, v in zip(back, tangents, strict=True)), rel=1e-12
    )
    h = 1e-6
    up, down = (
        program(*(x + s * h * v for x, v in zip(inputs, tangents, strict=True))) for s in (1, -1)
    )
    np.testing.assert_allclose(Jv, (up - down) / (2 * h), rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("name", ["Rosenbrock", "log-sum-exp", "waves", "repeated products"])
def test_cheap_gradient_principle(name):
    """Measured: 2.5 to 3.1 times the value at every n; forward mode at least n times."""
    reverse_ratio, forward_ratio = [], []
    for n in (10, 40, 160):
        M = np.random.default_rng(n).standard_normal((n, n)) / n
        function = (
            (lambda x, M=M: call("log", total(call("exp", M @ x))))
            if name == "log-sum-exp"
            else SCALAR_PROGRAMS[name]
        )
        program, x = unary_form(function), np.random.default_rng(n).standard_normal(n)
        cost = count_operations(program, x)
        reverse_ratio.append(count_operations(lambda x, p=program: gradient(p, x), x) / cost)
        forward_ratio.append(
            count_operations(lambda x, p=program: forward_gradient(p, x), x) / cost
        )
    assert max(reverse_ratio) <= 4
    assert abs(reverse_ratio[2] / reverse_ratio[1] - 1) < 0.1
    growth = np.array(forward_ratio[1:]) / forward_ratio[:-1]
    np.testing.assert_allclose(growth, 4.0, rtol=0.15)
    assert forward_ratio[-1] > 100


def test_the_counter_counts():
    x = np.ones(5)
    assert count_operations(lambda x: x + x, x) == 5
    assert count_operations(lambda x: np.add.reduce(np.exp(x)), x) == 10
    assert count_operations(lambda x: np.ones((3, 5)) @ x, x) == 2 * 3 * 5
    assert count_operations(lambda x: np.ones((3, 5)) @ (x[:, None] * np.ones(2)), x) == 70


def test_what_is_shared_is_computed_once():
    def doubled(x):
        for _ in range(40):
            x = x + x
        return total(x)

    program = unary_form(doubled)
    assert len(program.instructions) == 41
    np.testing.assert_array_equal(gradient(program, np.ones(2)), 2.0**40)


def test_long_programs_do_not_exhaust_the_stack():
    def long(x):
        for _ in range(3000):
            x = call("sin", x)
        return total(x)

    program = unary_form(long)
    x = np.array([0.3])
    y, slope = 0.3, 1.0
    for _ in range(3000):
        y, slope = np.sin(y), slope * np.cos(y)
    assert gradient(program, x)[0] == pytest.approx(slope, rel=1e-10)


def test_composition_is_associative_and_pure():
    program = unary_form(SCALAR_PROGRAMS["small network"])
    steps = [reverse(instruction) for instruction in program.instructions]
    left, right = steps[0], steps[-1]
    for step in steps[1:]:
        left = compose(left, step)
    for step in steps[-2::-1]:
        right = compose(step, right)
    x = np.random.default_rng(8).standard_normal(4)
    x.flags.writeable = False
    (a, ka), (c, kc) = (side(program.environment((x,))) for side in (left, right))
    seed = (*(None for _ in a[:-1]), np.asarray(1.0))
    np.testing.assert_array_equal(ka(seed)[0], kc(seed)[0])
    np.testing.assert_array_equal(ka(seed)[0], ka(seed)[0])
    assert a[-1] == c[-1] == program(x)


def test_an_input_that_is_not_used_has_gradient_zero():
    program = unary_form(lambda x, y: total(x), inputs=2)
    np.testing.assert_array_equal(gradient(program, np.ones(3), np.ones(2))[1], np.zeros(2))


def test_mistakes_get_a_sentence():
    with pytest.raises(ValueError, match="no primitive"):
        call("sinus", 1.0)
    with pytest.raises(TypeError, match="takes 1 arguments"):
        unary_form(total)(1.0, 2.0)
