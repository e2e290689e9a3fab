"""Runs on a device to their ends, one method of each family: hundreds of steps as here.

Those are chosen whose paths do not amplify rounding, and which take some steps.
"""

import os

import numpy as np
import pytest

import optedu as oe
from optedu import discovery
from optedu.cuda import device
from tests.contract.samples import samples

LONG = {
    "acceleration": "FISTA", "adaptive": "AdaGrad", "black_box": "CompassSearch",
    "convex_networks": "ConvexNetworkADMM", "coordinate": "CyclicCoordinateDescent",
    "cubic": "AdaptiveLazyRegularizedNewton", "curvature": "FOSI", "duality": "CuttingPlane",
    "fast_transport": "MirrorSinkhorn", "foundations": "EllipsoidMethod",
    "gradient": "GradientDescent", "landscape": "PerturbedGradientDescent",
    "mirror": "ExponentiatedGradient", "newton": "BFGS", "optimal_networks": "OptimalPruning",
    "projection_free": "FrankWolfe", "proximal": "NonconvexAcceleratedGradient",
    "splitting": "DavisYin", "stochastic": "SAGA", "transport": "GreedySinkhorn",
}  # fmt: skip
STEPS = 300

ANYWHERE = ["simulator", pytest.param("cuda", marks=[
    pytest.mark.gpu,
    pytest.mark.skipif(
        not (device.is_available() or os.environ.get("OPTEDU_GPU")), reason="there is no GPU"
    ),
])]  # fmt: skip
CLOSE = {"simulator": 1e-10, "cuda": 1e-7}


@pytest.mark.parametrize("where", ANYWHERE)
@pytest.mark.parametrize("name", LONG.values())
def test_a_long_run_ends_there_as_here(name, where):
    method, problem, x0 = next(iter(samples(name)))
    here, there = (
        oe.run(method, problem, x0, max_iter=STEPS, seed=3, device=place)
        for place in ("cpu", where)
    )
    assert there.status == here.status
    assert np.array_equal(there.iterations, here.iterations)
    for oracle, calls in here.calls.items():
        assert np.array_equal(there.calls[oracle], calls)
    assert there.certificate.name == here.certificate.name
    close = {"rtol": CLOSE[where], "atol": CLOSE[where], "equal_nan": True}
    assert np.allclose(there.x, here.x, **close)
    for column in ("gradient_norms", "values", "kept_iterates"):
        assert np.allclose(getattr(there, column), getattr(here, column), **close)


def test_most_of_them_are_long():
    taken = []
    for name in LONG.values():
        method, problem, x0 = next(iter(samples(name)))
        taken.append(oe.run(method, problem, x0, max_iter=STEPS, seed=3).iterations[-1])
    assert np.sum(np.array(taken) > 100) >= 12


def test_every_family_has_one():
    families = {name: where.split(".")[-2] for name, where in discovery.methods().items()}
    assert {families[name]: name for name in LONG.values()} == LONG
    assert set(LONG) >= set(families.values())
