"""Problems, figures and the reader's side of the contract, shared by the tests of `oe.explore`."""

from __future__ import annotations

import numpy as np
import pytest

import optedu as oe
from optedu.browser.live import scene as scenes

WORDS = {"title": "A valley", "alt": "Two methods walk down a valley."}
ALONE = "no module in this test"


def nothing_compiles(pairs, objectives, oracles=()):
    """Stand in for the compiler: each pair says that it has no module."""
    places = [(i, j) for i in range(len(pairs)) for j in range(len(objectives))]
    return None, dict.fromkeys(places, ALONE)


@pytest.fixture(autouse=True)
def no_module(monkeypatch):
    """Nothing is compiled, and Python computes."""
    monkeypatch.setattr(scenes, "live_module", nothing_compiles)


def quadratic(seed=0, dimension=2, condition=8.0):
    """A shifted and rotated convex quadratic and a start."""
    rng = np.random.default_rng(seed)
    Q, _ = np.linalg.qr(rng.normal(size=(dimension, dimension)))
    A = Q @ np.diag(np.geomspace(1.0, condition, dimension)) @ Q.T
    problem = oe.problems.Quadratic((A + A.T) / 2, A @ rng.normal(size=dimension))
    return problem, problem.minimizer + rng.normal(size=dimension) * 2


def explored(methods=None, seed=0, dimension=2, **options):
    """Explore two methods on a quadratic."""
    problem, x0 = quadratic(seed, dimension)
    methods = methods or [oe.GradientDescent(0.05), oe.HeavyBall(0.1, 0.5)]
    return oe.explore(methods, problem, x0, **(WORDS | options))


def recorded_run(figure, n):
    """Return the columns of the n-th recorded run, as the page reads them."""
    numbers = np.frombuffer(figure.recorded, "<f8")
    run = figure.scene["recorded"]["runs"][n]
    names = ("iterations", "values", "certificates", "calls", "iterates")
    columns = {name: numbers[run[name][0] : sum(run[name])] for name in names}
    columns["calls"] = columns["calls"].reshape(run["rows"], -1)
    columns["iterates"] = columns["iterates"].reshape(run["rows"], -1)
    return run | columns
