"""The table of a bound is the guarantee itself, from any start and at any position."""

from __future__ import annotations

import numpy as np
import pytest

import optedu as oe
from optedu import discovery
from optedu.browser.live.bounds import FINE, bound_table, evaluate, packed, unpacked
from optedu.browser.live.sliders import sliders_of
from optedu.guarantees import Guarantee
from optedu.running.run import prepare
from tests.browser.explored import WORDS, explored, no_module, quadratic  # noqa: F401
from tests.contract.samples import samples

OTHER_METRIC = {
    "MirrorProx", "NewtonMethod", "PolynomialPreconditionedFastGradient",
    "PolynomialPreconditionedGradient",
}  # fmt: skip
"""Their bounds measure the start by a divergence, its gradient, or in a preconditioner's norm."""


def tables():
    """Each method that proves something on its first sample, by name."""
    for name in discovery.methods():
        if hasattr(discovery.load(name, discovery.methods()), "guarantee"):
            yield name


def parts(problem, x):
    """||x - x*|| and f(x) - f*, NaN where they are unknown."""
    minimizer, minimum = getattr(problem, "minimizer", None), getattr(problem, "minimum", None)
    distance = np.nan if minimizer is None else float(np.linalg.norm(x - minimizer))
    known = minimum is not None and hasattr(problem, "value")
    return distance, float(problem.value(x) - minimum) if known else np.nan


@pytest.mark.parametrize("name", list(tables()))
def test_a_table_is_the_guarantee_at_starts_and_positions_it_never_saw(name):
    method, problem, start = samples(name)[0]
    resolved = prepare(method, problem)
    start = oe.run(method, problem, start, max_iter=0).start
    slider = (sliders_of(method, resolved, problem) or [None])[0]
    table = bound_table(resolved, problem, start, slider, 400)
    if resolved.guarantee(problem, np.array([1]), start) is None:
        assert table is None
        return
    if name in OTHER_METRIC:
        assert table is None
        return
    rng, k = np.random.default_rng(99), np.array(table["k"])
    positions = range(table["count"])
    for row in rng.choice(positions, min(5, len(positions)), replace=False):
        moved, position = resolved, table["from"] + int(row)
        if slider is not None:
            value = slider.values()[position]
            moved = resolved._replace(**{slider.field: int(value) if slider.integer else value})
        for scale in (0.1, 1.0, 2.0):
            x = start + scale * rng.normal(size=start.shape)
            x = problem.project(x) if hasattr(problem, "project") else x
            drawn = evaluate(table, position, *parts(problem, x))
            proven = moved.guarantee(problem, k, x)
            if np.isnan(drawn).all():
                reach = table["reach"][int(row)]
                assert parts(problem, x)[0] > reach
                continue
            assert (proven.quantity, proven.source) == (table["quantity"], table["source"])
            bound = np.broadcast_to(proven.bound, k.shape)
            np.testing.assert_array_equal(np.isnan(drawn), np.isinf(bound))
            seen = ~np.isnan(drawn) & (bound > 1e-290)
            assert np.all(drawn[seen] >= bound[seen] * (1 - 1e-9))
            np.testing.assert_allclose(drawn[seen], bound[seen], rtol=2.1 * table["power"] / FINE)


@pytest.mark.parametrize("index", [3, 5, 7])
def test_a_bound_that_is_attained_is_drawn_where_the_run_is(index):
    """On this Huber function gradient descent is as slow as proven: 0.8 of the bound is refuted."""
    L, distance, method = 2.0, 1.5, oe.GradientDescent()
    k = explored([method], steps=40).scene["pairs"][0][0]["bound"]["k"][index]
    problem = oe.problems.HuberNorm(L, distance / (2 * k + 1), np.zeros(2))
    x0 = distance * np.array([0.6, -0.8])
    figure = oe.explore(method, problem, x0, steps=40, tol=0.0, **WORDS)
    pair = figure.scene["pairs"][0][0]
    slider = sliders_of(method, prepare(method, problem), problem)[0]
    drawn = evaluate(pair["bound"], slider.nearest(1 / L), *parts(problem, x0))
    trace = oe.run(method, problem, x0, max_iter=k, tol=0.0)
    gap = trace.values - problem.minimum
    before = [n for n in pair["bound"]["k"] if n <= k]
    assert before[-1] == k
    assert np.all(gap[before] <= drawn[: len(before)])
    assert gap[k] > 0.999 * drawn[index]


def test_beyond_two_over_L_nothing_is_drawn():
    problem, x0 = quadratic(condition=8.0)
    pair = oe.explore(oe.GradientDescent(), problem, x0, **WORDS).scene["pairs"][0][0]
    bound, slider = pair["bound"], pair["sliders"][0]
    step = slider["low"] * (slider["high"] / slider["low"]) ** (
        np.arange(slider["positions"]) / (slider["positions"] - 1)
    )
    inside = np.flatnonzero(step < 2 / problem.smoothness * (1 - 1e-9))
    assert (bound["from"], bound["count"]) == (0, len(inside))
    assert bound["along"] == "step_size"


def test_a_form_that_does_not_hold_is_not_drawn():
    problem, x0 = quadratic()

    class Odd:
        """A bound that is no power of a sum of the parts."""

        _fields = ()

        def __new__(cls):
            return object.__new__(cls)

        def __iter__(self):
            return iter(())

        def guarantee(self, problem, k, x0):
            distance = np.linalg.norm(x0 - problem.minimizer)
            return Guarantee("gap", np.log1p(distance) / (k + 1.0), "none")

    assert bound_table(Odd(), problem, x0, None, 100) is None


def test_no_guarantee_no_table():
    assert explored(guarantees=False).scene["pairs"][0][0]["bound"] is None
    problem, x0 = quadratic()
    assert bound_table(oe.BarzilaiBorwein(0.1), problem, x0, None, 100) is None


@pytest.mark.parametrize("seed", range(3))
def test_packing_rounds_up_and_by_little(seed):
    rng = np.random.default_rng(seed)
    column = np.exp(rng.normal(0, 100, rng.integers(1, 40)))
    again = unpacked(packed(column))
    assert np.all(again >= column * (1 - 1e-12))
    assert np.all(again <= column * (1 + 1.01 / FINE))
    assert packed(np.array([1.0, np.nan])) is None
    assert all(isinstance(n, int) for n in packed(column))
