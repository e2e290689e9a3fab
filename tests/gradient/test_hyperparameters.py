"""A wrong hyperparameter gets one sentence that names it, before the first step."""

import inspect

import numpy as np
import pytest

import optedu as oe
from optedu import discovery

FAMILY = [n for n, m in discovery.methods().items() if m.startswith("optedu.gradient.")]

WRONG = [
    ("step_size", 0.0),
    ("step_size", -1.0),
    ("first_step", 0.0),
    ("shrink", 0.0),
    ("shrink", 1.0),
    ("decrease", 0.0),
    ("decrease", 1.0),
    ("growth", 0.5),
    ("growth", np.inf),
    ("curvature", 1.0),
    ("curvature", 1e-9),
    ("decay", -0.1),
    ("decay", np.inf),
    ("scale", 0.0),
    ("scale", 2.1),
    ("memory", 0),
    ("smallest_step", 0.0),
    ("largest_step", -1.0),
]
CASES = [(n, f, v) for n in FAMILY for f, v in WRONG if f in getattr(oe, n)._fields]


def test_every_hyperparameter_has_a_wrong_value_here():
    flags = {"short", "minimum"}
    fields = {(name, field) for name in FAMILY for field in getattr(oe, name)._fields}
    assert {(n, f) for n, f in fields if f not in flags} == {(n, f) for n, f, _ in CASES}


@pytest.mark.parametrize(("name", "field", "value"), CASES)
def test_wrong_value(name, field, value):
    with pytest.raises(ValueError, match=r"^\w+: \w+ must be [^\n]+$") as error:
        getattr(oe, name)(**{field: value})
    named = "decrease" if (field, value) == ("curvature", 1e-9) else field
    assert str(error.value).startswith(f"{name}: {named} must be ")


@pytest.mark.parametrize("name", FAMILY)
def test_nan_and_words_are_refused(name):
    cls = getattr(oe, name)
    field = next(iter(inspect.signature(cls).parameters))
    with pytest.raises(ValueError, match=f"{field} must be a number, got NaN"):
        cls(**{field: np.nan})
    with pytest.raises(TypeError, match=field):
        cls(**{field: "fast"})


@pytest.mark.parametrize(
    "name",
    ["GradientDescent", "BarzilaiBorwein", "AlternatingBarzilaiBorwein"],
)
def test_without_smoothness_the_sentence_offers_a_way_out(name):
    problem = oe.Problem.from_functions(lambda x: x @ x, gradient=lambda x: 2 * x)
    with pytest.raises(ValueError, match="or use BacktrackingGradientDescent"):
        oe.run(getattr(oe, name)(), problem, [1.0])


@pytest.mark.parametrize("name", ["ProximalGradient", "ProximalPoint", "ProjectedGradientDescent"])
def test_a_missing_oracle_is_named(name):
    problem = oe.Problem.from_functions(lambda x: x @ x, gradient=lambda x: 2 * x, smoothness=2.0)
    with pytest.raises(TypeError, match=r"calls problem\.pro(x|ject), which Problem does not have"):
        oe.run(getattr(oe, name)(), problem, [1.0])
