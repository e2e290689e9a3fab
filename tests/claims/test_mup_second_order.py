"""On the Parameterization of Second-Order Optimization Effective Towards the Infinite Width.

Claims: exponents of initialization and learning rate for which one step of K-FAC or Shampoo
changes every layer's outputs by the same amount at every width, and good learning rates transfer
between widths. Shown here on a tanh network of three layers and twelve samples. Not shown: trained
accuracy, and convolutions. At this size K-FAC's best rate hardly depends on the width under
the standard parameterization either; only Shampoo's drifts.
"""

import numpy as np
import pytest

import optedu as oe
from optedu.curvature import infinite_width as wide

WIDTHS, SEEDS = (64, 128, 256, 512, 1024), range(4)


@pytest.mark.parametrize("optimizer", ["gradient", "kfac", "shampoo"])
def test_one_step_changes_all_widths_alike(optimizer):
    """Measured slopes: within 0.02 for K-FAC and Shampoo, standard errors up to 0.02."""
    exponents = wide.MAXIMAL[optimizer]
    slopes, errors = wide.width_slopes(optimizer, exponents, WIDTHS, SEEDS)
    assert np.abs(slopes).max() < 0.1
    assert errors.max() < 0.06


@pytest.mark.parametrize(
    ("optimizer", "expected"),
    [("gradient", (-0.5, 0.4, 0.9)), ("kfac", (-0.5, -0.5, 0.0)), ("shampoo", (-0.5, 0.0, 0.5))],
)
def test_under_the_standard_parameterization_some_layers_do_not(optimizer, expected):
    slopes, _ = wide.width_slopes(optimizer, wide.STANDARD, WIDTHS, SEEDS)
    np.testing.assert_allclose(slopes, expected, atol=0.13)
    assert np.abs(slopes).max() > 0.4


def test_the_usual_damping_of_kfac_freezes_the_first_layer():
    """Damped by the rule of Martens and Grosse its outputs change like 1 / width."""
    slopes, _ = wide.width_slopes("kfac", wide.MAXIMAL["kfac"], WIDTHS, SEEDS, rescaled=False)
    assert slopes[0] == pytest.approx(-1.0, abs=0.15)


def test_the_best_rate_of_shampoo_transfers():
    """Best of a grid of factors 2 after five steps, at the widths 16 and 256.

    Measured: no drift, and under the standard parameterization two doublings, as sqrt(256/16) says.
    """
    rates = np.geomspace(0.0125, 3.2, 9)

    def drift(exponents):
        narrow, wider = (
            wide.best_rate("shampoo", exponents, width, rates, range(3), 5) for width in (16, 256)
        )
        return round(np.log2(wider / narrow))

    assert drift(wide.MAXIMAL["shampoo"]) == 0
    assert drift(wide.STANDARD) <= -2


@pytest.mark.parametrize("rescaled", [True, False])
def test_small_systems_give_the_dense_directions(rescaled):
    """The cheap formulas against the factors themselves, and gradients against differences."""
    (X, Y), weights = wide.teacher(1), wide.network(9, wide.MAXIMAL["kfac"], 1)
    gradients = wide.directions("gradient", weights, X, Y)
    H, n = wide.outputs(weights, X), len(X)
    for layer, D in enumerate(gradients):
        E = np.random.default_rng(layer).standard_normal(D.shape)
        moved = [[W + (s * E if j == layer else 0.0) for j, W in enumerate(weights)]
                 for s in (1e-5, -1e-5)]  # fmt: skip
        slope = (wide.loss(moved[0], X, Y) - wide.loss(moved[1], X, Y)) / 2e-5
        assert slope == pytest.approx(np.sum(D * E), rel=1e-6)
    D, a = gradients[2], np.tanh(H[1])
    A, G, rho = a.T @ a / n, np.eye(wide.OUTPUTS), 0.03
    pi = np.sqrt(np.trace(A) / 9)
    damp_A, damp_G = (
        (rho * np.trace(A), rho * wide.OUTPUTS) if rescaled else (pi * rho**0.5, rho**0.5 / pi)
    )
    A, G = A + damp_A * np.eye(9), G + damp_G * np.eye(wide.OUTPUTS)
    dense = np.linalg.solve(np.kron(G, A), D.ravel()).reshape(D.shape)
    found = wide.directions("kfac", weights, X, Y, rho, rescaled)[2]
    np.testing.assert_allclose(found, dense, rtol=1e-9, atol=1e-12)


def test_the_first_shampoo_step_is_that_of_the_library():
    (X, Y), weights = wide.teacher(2), wide.network(5, wide.MAXIMAL["shampoo"], 2)
    D = wide.directions("gradient", weights, X, Y)[1]
    epsilon = 0.01 * np.sum(D * D)
    linear = oe.Problem.from_functions(lambda x: np.sum(x * D), gradient=lambda x: D)
    method = oe.Shampoo(1.0, epsilon)
    moved = -method.step(linear, method.init(linear, np.zeros(D.shape))).x
    found = wide.directions("shampoo", weights, X, Y)[1]
    np.testing.assert_allclose(moved, found, rtol=1e-8, atol=1e-11)
