"""The compiled methods give the numbers of Python."""

import numpy as np
import pytest

import optedu as oe
from optedu import discovery
from optedu.problems.generators import random_quadratic

SQUARE = np.vstack([np.eye(3), -np.eye(3), np.ones((1, 3))])
PAIRS = {
    "EllipsoidMethod": (oe.EllipsoidMethod(3.0), random_quadratic(4, 10.0, seed=3), np.zeros(4)),
    "CenterOfGravity": (
        oe.CenterOfGravity(2.0),
        oe.problems.AbsoluteValue([0.3, -0.4], weight=2.0),
        np.array([0.1, 0.2]),
    ),
    "BarrierMethod": (
        oe.BarrierMethod(growth=5.0),
        oe.problems.LinearProgram([-1.0, -2.0, 0.5], SQUARE, [1, 1, 1, 0, 0, 0, 1.7]),
        np.array([0.6, 0.02, 0.9]),
    ),
}


@pytest.mark.compiled
@pytest.mark.parametrize("name", PAIRS)
def test_compiled_equals_python(name):
    method, problem, x0 = PAIRS[name]
    python, compiled = (
        oe.run(method, problem, x0, max_iter=30, tol=0.0, execution=execution)
        for execution in ("python", "compiled")
    )
    assert compiled.execution == "compiled"
    assert len(python) == 31
    np.testing.assert_allclose(compiled.iterates, python.iterates, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(
        compiled.gradient_norms, python.gradient_norms, rtol=1e-9, atol=1e-12
    )
    assert compiled.counts == python.counts


def test_every_method_of_the_family_is_here():
    family = {name for name, module in discovery.methods().items() if ".foundations." in module}
    assert family == set(PAIRS)
