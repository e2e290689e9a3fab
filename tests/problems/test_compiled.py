"""Oracles compile, alone and nested, and answer as in Python: one problem of each kind of code."""

import numpy as np
import pytest

from optedu.compiling import available, compiled_advance
from optedu.forms import FORMS
from tests.problems.catalog import COMPOSITES, EVERYTHING, outputs_for, point_for

KINDS = {
    "DoubleWell": ("value", "gradient", "hessian"),  # no fields
    "softmax": ("gradient",),  # loops, an iterate that is a matrix
    "groups (g)": ("value", "prox"),  # an integer array as index
    "nuclear ball (set)": ("linear_minimizer",),  # singular values
    "affine (set)": ("project",),  # least squares inside
    "simplex indicator": ("value", "gradient", "prox"),  # a set in a regularizer in a composite
    "logistic": ("residual", "jacobian", "output_hessian", "component_hessian"),  # outputs
    "matrix factorization": ("gradient", "hessian_product", "hessian"),  # two blocks of rows
    "perceptron": ("hessian_product", "kronecker_factors"),  # layers
    "Thurber": ("residual", "gradient", "gauss_newton"),  # data in the module
}
GIVEN = {"i": "1", "t": "0.7"}


@pytest.mark.parametrize("name", KINDS)
def test_compiled_oracles_answer_as_in_python(name):
    assert available()
    compiled_advance()
    from numba import njit

    problem = {**EVERYTHING, **COMPOSITES}[name]
    rng = np.random.default_rng(0)
    x, v = point_for(problem, rng), point_for(problem, rng)
    names = KINDS[name]
    given = {oracle: FORMS.get(oracle, ("x", ""))[0].split(", ") for oracle in names}
    calls = ", ".join(
        f"p.{oracle}({', '.join(GIVEN.get(argument, argument) for argument in given[oracle])})"
        for oracle in names
    )
    scope = {}
    exec(f"def answers(p, x, v, y):\n    return ({calls},)\n", scope)
    y = outputs_for(problem, x, rng)
    plain = scope["answers"](problem, x, v, y)
    compiled = njit(scope["answers"], error_model="numpy")(problem, x, v, y)
    for oracle, a, b in zip(names, plain, compiled, strict=True):
        pairs = zip(a, b, strict=True) if isinstance(a, tuple) else [(a, b)]
        for one, other in pairs:
            assert other == pytest.approx(one, rel=1e-12, abs=1e-13), oracle
