"""The methods' stated bounds against the exact worst cases of their own steps."""

import pytest

import optedu as oe
from optedu.proofs import agreement

SOLVER = 1e-4
KS = (1, 2, 5)


def horizon(kind):
    return lambda k: kind(horizon=k)


BOUNDS = {
    "gradient descent": (oe.GradientDescent(), "smooth convex", {}),
    "gradient descent, half a step": (oe.GradientDescent(0.5), "smooth convex", {}),
    "gradient descent, strongly convex": (
        oe.GradientDescent(), "smooth strongly convex", {"mu": 0.2},
    ),
    "gradient descent, not convex": (oe.GradientDescent(), "smooth", {"initial": "gap"}),
    "Nesterov": (oe.NesterovAcceleration(), "smooth convex", {}),
    "Nesterov, strongly convex": (
        oe.NesterovStronglyConvex(), "smooth strongly convex", {"mu": 0.2},
    ),
    "heavy ball on quadratics": (oe.HeavyBall(), "smooth quadratics", {"mu": 0.2}),
    "Chebyshev on quadratics": (oe.ChebyshevIteration(), "smooth quadratics", {"mu": 0.2}),
    "FISTA": (oe.FISTA(), "composite", {}),
    "OGM": (horizon(oe.OptimizedGradientMethod), "smooth convex", {}),
    "OGM-G": (horizon(oe.OGMG), "smooth convex", {"initial": "gap"}),
    "triple momentum": (oe.TripleMomentum(), "smooth strongly convex", {"mu": 0.2}),
    "proximal point": (oe.ProximalPoint(0.7), "convex with prox", {}),
    "proximal gradient": (oe.ProximalGradient(), "composite", {}),
    "proximal gradient, strongly convex": (oe.ProximalGradient(), "composite", {"mu": 0.2}),
    "projected gradient": (oe.ProjectedGradientDescent(), "smooth convex over a set", {}),
    "Halpern": (oe.HalpernIteration(), "nonexpansive operator", {}),
    "Krasnoselskii-Mann": (oe.FixedPointIteration(0.5), "nonexpansive operator", {}),
    "Krasnoselskii-Mann, long steps": (oe.FixedPointIteration(0.9), "nonexpansive operator", {}),
    "subgradient": (oe.SubgradientMethod(0.5), "convex Lipschitz", {}),
    "subgradient, constant step": (oe.SubgradientMethod(0.5, 0.0), "convex Lipschitz", {}),
}  # fmt: skip
TIGHT = (
    "gradient descent",
    "gradient descent, half a step",
    "gradient descent, strongly convex",
    "heavy ball on quadratics",
    "Chebyshev on quadratics",
    "OGM",
    "OGM-G",
    "triple momentum",
    "proximal point",
    "Halpern",
    "Krasnoselskii-Mann",
    "Krasnoselskii-Mann, long steps",
)


@pytest.fixture(scope="module")
def table():
    return {}


def rows_of(name, table):
    if name not in table:
        method, function_class, options = BOUNDS[name]
        table[name] = agreement(method, function_class, ks=KS, **options)
    return table[name]


@pytest.mark.parametrize("name", BOUNDS)
def test_the_bound_is_never_below_the_worst_case(name, table):
    for row in rows_of(name, table):
        assert row.guarantee >= row.worst_case - SOLVER, row


@pytest.mark.parametrize("name", TIGHT)
def test_a_tight_bound_is_the_worst_case(name, table):
    for row in rows_of(name, table):
        assert row.guarantee == pytest.approx(row.worst_case, rel=1e-3), row


@pytest.mark.parametrize("name", TIGHT)
def test_a_tight_bound_cannot_be_lowered(name, table):
    for row in rows_of(name, table):
        assert 0.8 * row.guarantee < row.worst_case - SOLVER, row


def test_the_bound_scales_with_the_class():
    (row,) = agreement(oe.GradientDescent(), "smooth convex", ks=[3], L=5.0, radius=2.0)
    assert row.guarantee == pytest.approx(5 * 4 / 14)
    assert row.worst_case == pytest.approx(5 * 4 / 14, rel=1e-4)
