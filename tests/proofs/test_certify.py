"""Worst cases by computer: closed forms, sentences, and what the machinery must refuse."""

import sys
from typing import NamedTuple

import numpy as np
import pytest

import optedu as oe
from optedu.proofs import CLASSES, SymbolError, certify


class State(NamedTuple):
    x: np.ndarray
    x0: np.ndarray
    k: int


@oe.method
class Branching(NamedTuple):
    def init(self, problem, x):
        return State(x, x, 0)

    def step(self, problem, state):
        if problem.value(state.x) <= 1.0:
            return state
        return State(state.x - problem.gradient(state.x), state.x0, state.k + 1)


@oe.method
class Rooting(NamedTuple):
    def init(self, problem, x):
        return State(x, x, 0)

    def step(self, problem, state):
        return State(np.sqrt(state.x), state.x0, state.k + 1)


@oe.method
class Throwing(NamedTuple):
    def init(self, problem, x, rng):
        return State(x, x, 0)

    def step(self, problem, state, rng):
        return State(state.x - problem.gradient(state.x) * rng.random(), state.x0, 0)


@oe.method
class Anchored(NamedTuple):
    """Halpern's iteration, written here so that the bridge is tested by itself."""

    def init(self, problem, x):
        return State(x, x, 0)

    def step(self, problem, state):
        weight = 1 / (state.k + 2)
        x = weight * state.x0 + (1 - weight) * problem.operator(state.x)
        return State(x, state.x0, state.k + 1)


@oe.method
class Conditional(NamedTuple):
    """The conditional gradient method, likewise."""

    def init(self, problem, x):
        return State(x, x, 0)

    def step(self, problem, state):
        weight = 2 / (state.k + 2)
        corner = problem.linear_minimizer(problem.gradient(state.x))
        return State((1 - weight) * state.x + weight * corner, state.x0, state.k + 1)


@pytest.mark.parametrize("n", [1, 2, 5, 10])
@pytest.mark.parametrize(("L", "radius"), [(1.0, 1.0), (3.0, 0.5)])
def test_gradient_descent_is_the_drori_teboulle_bound(n, L, radius):
    worst = certify(oe.GradientDescent(), "smooth convex", n=n, L=L, radius=radius)
    bound = L * radius**2 / (4 * n + 2)
    assert worst.value == pytest.approx(bound, rel=1e-5)
    assert worst.quantity == "gap"
    assert not 0.8 * bound >= worst.value


@pytest.mark.parametrize("n", [1, 3])
def test_contraction_of_gradient_descent(n):
    L, mu, h = 2.0, 0.3, 0.7
    worst = certify(
        oe.GradientDescent(h), "smooth strongly convex", n=n, L=L, mu=mu, quantity="distance"
    )
    assert worst.value == pytest.approx(max(abs(1 - h * mu), abs(1 - h * L)) ** n, rel=1e-5)


def test_halpern_is_twice_over_n_plus_one():
    for n in (1, 4):
        worst = certify(Anchored(), "nonexpansive operator", n=n)
        assert worst.quantity == "fixed_point_residual"
        assert worst.value == pytest.approx(2 / (n + 1), rel=1e-5)


def test_contraction_operator_contracts():
    worst = certify(Anchored(), "contraction", factor=0.5, n=0, quantity="distance")
    assert worst.value == pytest.approx(1.0, rel=1e-5)
    assert certify(Anchored(), "contraction", factor=0.5, n=0).value == pytest.approx(1.5, rel=1e-5)


def test_conditional_gradient_stays_below_its_bound():
    n = 4
    worst = certify(Conditional(), "smooth convex over a set", D=1.0, n=n, initial="none")
    assert 0.4 * 2 / (n + 2) < worst.value < 2 / (n + 2)


def test_no_step_leaves_the_initial_gap():
    assert certify(oe.GradientDescent(), "smooth convex", n=0).value == pytest.approx(0.5, rel=1e-5)


def test_nonconvex_gradient_descent():
    """(4/3) L gap / n bounds the best squared gradient; with f_* in place of f_n it is smaller."""
    n = 3
    worst = certify(
        oe.GradientDescent(), "smooth", n=n, quantity="best_gradient_norm", initial="gap"
    )
    assert 0.8 * 4 / (3 * n) < worst.value**2 <= 4 / (3 * n)


def test_no_finite_worst_case_is_inf():
    worst = certify(oe.GradientDescent(), "smooth convex", n=1, quantity="distance", initial="gap")
    assert worst.value == np.inf


def test_too_long_a_step_has_a_larger_worst_case_than_the_bound():
    assert certify(oe.GradientDescent(1.9), "smooth convex", n=5).value > 2 / 22


def test_multipliers_prove_the_bound():
    """For one step the proof weighs the three inequalities between x_0, x_1 and x_*."""
    worst = certify(oe.GradientDescent(), "smooth convex", n=1)
    (table,) = worst.multipliers.values()
    assert table.shape == (3, 3)
    assert (table >= -1e-6).all()
    assert table.sum() > 0.5


def test_pepit_is_silent(capsys):
    certify(oe.GradientDescent(), "smooth convex", n=1)
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""


@pytest.mark.parametrize(
    ("call", "error", "sentence"),
    [
        (lambda: certify(Branching(), "smooth convex"), SymbolError, "branches on a symbol"),
        (lambda: certify(Rooting(), "smooth convex"), SymbolError, "cannot be run on symbols"),
        (lambda: certify(Throwing(), "smooth convex"), TypeError, "is random"),
        (lambda: certify(oe.GradientDescent, "smooth convex"), TypeError, "expected a method"),
        (lambda: certify(oe.GradientDescent(), "smoth"), ValueError, "known are 'smooth', "),
        (lambda: certify(oe.GradientDescent(), "smooth convex", mu=1), ValueError, "it has L"),
        (lambda: certify(oe.GradientDescent(), "smooth convex", n=-1), ValueError, "got -1"),
        (lambda: certify(oe.GradientDescent(), "smooth convex", quantity="f"), ValueError, "gap"),
        (lambda: certify(oe.GradientDescent(), "smooth convex", initial="x"), ValueError, "'none'"),
        (lambda: certify(oe.GradientDescent(), "smooth convex", radius=0), ValueError, "got 0"),
        (lambda: certify(oe.GradientDescent(), "smooth"), ValueError, "initial='gap'"),
        (lambda: certify(Anchored(), "smooth convex"), TypeError, "calls problem.operator"),
        (
            lambda: certify(Anchored(), "nonexpansive operator", quantity="gap"),
            ValueError,
            "an operator has no gap",
        ),
        (
            lambda: certify(oe.GradientDescent(), "smooth convex", quantity="fixed_point_residual"),
            ValueError,
            "this class has no fixed_point_residual",
        ),
        (
            lambda: oe.proofs.agreement(Anchored(), "nonexpansive operator"),
            ValueError,
            "states no guarantee",
        ),
    ],
)
def test_refusals_are_one_sentence(call, error, sentence):
    with pytest.raises(error, match=sentence) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_symbols_are_themselves_again_after_a_refusal():
    from PEPit import Constraint, Expression, Point

    with pytest.raises(SymbolError):
        certify(Branching(), "smooth convex")
    assert not any("__bool__" in vars(kind) for kind in (Constraint, Expression, Point))


def test_without_pepit_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "PEPit", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'optedu\[proofs\]'"):
        certify(oe.GradientDescent(), "smooth convex")


def test_each_class_is_built_and_solved():
    methods = {
        "convex with prox": oe.ProximalPoint(1.0),
        "composite": oe.ProximalGradient(),
        "smooth convex over a set": oe.ProjectedGradientDescent(),
        "nonexpansive operator": Anchored(),
        "contraction": Anchored(),
        "convex Lipschitz": oe.SubgradientMethod(0.5),
    }
    for name in CLASSES:
        method = methods.get(name, oe.GradientDescent(0.5))
        initial = "gap" if name == "smooth" else "distance"
        worst = certify(method, name, n=2, initial=initial)
        assert 0 < worst.value < 2, name
