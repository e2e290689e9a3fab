"""The compiled methods give the numbers of Python."""

import numpy as np
import pytest

import optedu as oe
from optedu import discovery
from optedu.problems.generators import random_constrained, random_lasso, random_quadratic
from tests.gradient.examples import start

SMOOTH = random_quadratic(5, 20.0, seed=11, smoothness=2.0)
BALL = random_constrained(oe.problems.L2Ball(np.full(5, 0.3), 0.8), 5, 20.0, seed=9)
KINKS = oe.problems.AbsoluteValue(np.random.default_rng(8).standard_normal(4), 1.5)
LASSO = random_lasso(5, 20.0, seed=5, weight=0.5)

PAIRS = {
    type(method).__name__: (method, problem)
    for method, problem in (
        (oe.GradientDescent(), SMOOTH),
        (oe.ExactLineSearchDescent(), SMOOTH),
        (oe.BacktrackingGradientDescent(), SMOOTH),
        (oe.WolfeGradientDescent(), SMOOTH),
        (oe.PolyakGradientDescent(), SMOOTH),
        (oe.BarzilaiBorwein(), SMOOTH),
        (oe.AlternatingBarzilaiBorwein(), SMOOTH),
        (oe.GlobalBarzilaiBorwein(memory=3), SMOOTH),
        (oe.NormalizedGradientDescent(), SMOOTH),
        (oe.SignDescent(), SMOOTH),
        (oe.FletcherReeves(), SMOOTH),
        (oe.PolakRibiere(), SMOOTH),
        (oe.HestenesStiefel(), SMOOTH),
        (oe.DaiYuan(), SMOOTH),
        (oe.SubgradientMethod(), KINKS),
        (oe.ProximalPoint(0.1), KINKS),
        (oe.ProjectedGradientDescent(), BALL),
        (oe.ProximalGradient(), LASSO),
        (oe.BacktrackingProximalGradient(), LASSO),
    )
}


@pytest.mark.compiled
@pytest.mark.parametrize("name", PAIRS)
def test_compiled_equals_python(name):
    method, problem = PAIRS[name]
    python, compiled = (
        oe.run(method, problem, start(problem, 3), max_iter=30, tol=1e-9, execution=execution)
        for execution in ("python", "compiled")
    )
    assert compiled.execution == "compiled"
    assert len(python) > 5
    np.testing.assert_allclose(compiled.iterates, python.iterates, rtol=1e-12, atol=1e-12)
    assert compiled.status is python.status
    assert compiled.counts == python.counts


def test_every_method_of_the_family_is_here():
    family = {name for name, module in discovery.methods().items() if ".gradient." in module}
    assert family == set(PAIRS)
