"""The compiled methods give the numbers of Python."""

import numpy as np
import pytest

import optedu as oe
from optedu.problems.generators import (
    random_lasso,
    random_least_squares,
    random_logistic,
    random_quadratic,
    random_rotation,
)

QUADRATIC = random_quadratic(6, 50.0, seed=3, smoothness=2.0)
LOGISTIC = random_logistic(20, 4, seed=2)
# linear systems amplify the last bits by their condition number: these are well conditioned
WELL = random_logistic(20, 4, seed=2, l2=0.3)
LASSO = random_lasso(8, 30.0, seed=1, weight=0.3)
SUM = random_least_squares(12, 4, seed=2)
MAP = oe.problems.AffineMap(0.9 * random_rotation(5, 1), np.linspace(-1, 1, 5))
CURVATURE = LOGISTIC.A.T @ LOGISTIC.A / 80 + LOGISTIC.l2 * np.eye(4)
PAIRS = [
    (oe.AcceleratedInfeasibilityDetection(), MAP),
    (oe.AndersonAcceleration(memory=3), MAP),
    (oe.AndersonGradientDescent(memory=3), WELL),
    (oe.BacktrackingFISTA(first_step=4.0), LASSO),
    (oe.ChebyshevIteration(), QUADRATIC),
    (oe.ConjugateGradient(), QUADRATIC),
    (oe.FISTA(), LASSO),
    (oe.FixedPointIteration(), MAP),
    (oe.HalpernIteration(), MAP),
    (oe.HeavyBall(), QUADRATIC),
    (oe.KrylovPreconditionedGradient(CURVATURE), LOGISTIC),
    (oe.NesterovAcceleration(), LOGISTIC),
    (oe.NesterovStronglyConvex(), LOGISTIC),
    (oe.OGMG(horizon=12), LOGISTIC),
    (oe.OptEx(noise=1e-6), WELL),
    (oe.OptimizedGradientMethod(horizon=12), LOGISTIC),
    (oe.PolynomialPreconditionedFastGradient(degree=2), QUADRATIC),
    (oe.PolynomialPreconditionedGradient(degree=2), QUADRATIC),
    (oe.QASGD(), SUM),
    (oe.QASVRG(), SUM),
    (oe.QuasarAcceleration(), LOGISTIC),
    (oe.RestartedFISTA(), LASSO),
    (oe.TripleMomentum(), LOGISTIC),
]


@pytest.mark.compiled
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: type(pair[0]).__name__)
def test_compiled_equals_python(pair):
    method, problem = pair
    x0 = np.random.default_rng(8).normal(0.2, 1.5, problem.shape)
    python, compiled = (
        oe.run(method, problem, x0, max_iter=30, tol=0.0, execution=execution)
        for execution in ("python", "compiled")
    )
    assert compiled.execution == "compiled"
    assert len(python) == len(compiled)
    assert compiled.status is python.status
    scale = np.abs(python.iterates).max()
    np.testing.assert_allclose(compiled.iterates, python.iterates, rtol=0, atol=1e-12 * scale)
    assert compiled.counts == python.counts


def test_every_method_of_the_family_is_here():
    from optedu import discovery

    family = {name for name, module in discovery.methods().items() if ".acceleration." in module}
    assert family == {type(method).__name__ for method, _ in PAIRS}
