"""Runs of problems that are made of plain functions."""

import numpy as np
import pytest

import optedu as oe
from tests.running.examples import GD, PROBLEM, START, same


def test_an_oracle_cannot_write_into_the_iterate():
    def gradient(x):
        x *= 2
        return x

    problem = oe.Problem.from_functions(gradient=gradient)
    with pytest.raises(ValueError, match="read-only"):
        oe.run(oe.GradientDescent(0.1), problem, [1.0, 2.0])


def test_from_functions_is_the_same_problem():
    members = {"gradient": PROBLEM.gradient, "smoothness": PROBLEM.smoothness, "shape": (4,)}
    made = oe.Problem.from_functions(PROBLEM.value, **members)
    assert same(
        oe.run(oe.GradientDescent(), made, START), oe.run(oe.GradientDescent(), PROBLEM, START)
    )
    assert "smoothness" in repr(made)


@pytest.mark.parametrize(
    ("members", "sentence"),
    [({"gradiant": abs}, "gradiant is neither an oracle"), ({"gradient": 3}, "must be a function")],
)
def test_from_functions_refuses_what_it_does_not_know(members, sentence):
    with pytest.raises(TypeError, match=sentence):
        oe.Problem.from_functions(**members)


def test_a_problem_of_functions_says_why_it_is_not_compiled():
    made = oe.Problem.from_functions(PROBLEM.value, gradient=PROBLEM.gradient)
    with pytest.raises(oe.CompilationError, match="runs in Python only"):
        oe.run(GD, made, START, execution="compiled")


LIES = {
    "a column": (lambda x: x[:, None], r"gradient must return an array of shape \(4,\)"),
    "too short": (lambda x: x[:1], r"gradient must return an array of shape \(4,\)"),
    "one number": (lambda x: 1.0, r"gradient must return an array of shape \(4,\)"),
    "complex": (lambda x: x + 0j, "dtype complex128"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_function_that_answers_in_a_wrong_form_is_refused(lie):
    gradient, sentence = LIES[lie]
    made = oe.Problem.from_functions(PROBLEM.value, gradient=gradient)
    with pytest.raises(TypeError, match=sentence):
        oe.run(GD, made, START)


def test_functions_may_answer_with_lists_and_integers():
    plain = oe.Problem.from_functions(lambda x: float(x @ x), gradient=lambda x: 2 * x)
    made = oe.Problem.from_functions(lambda x: np.array(x @ x), gradient=lambda x: [*(2 * x)])
    assert same(oe.run(GD, made, START), oe.run(GD, plain, START))
    flat = oe.Problem.from_functions(lambda x: 3, gradient=lambda x: np.zeros(4, dtype=int))
    assert oe.run(GD, flat, START).success


@pytest.mark.parametrize("answer", [np.ones(1), None, 1j])
def test_a_value_that_is_not_one_real_number_is_refused(answer):
    made = oe.Problem.from_functions(lambda x: answer, gradient=lambda x: x)
    with pytest.raises(TypeError, match="value must return a real number"):
        oe.run(GD, made, START)
