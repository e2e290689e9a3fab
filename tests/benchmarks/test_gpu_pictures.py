"""The pictures of many runs: what is stored is what these runs do in Python."""

import numpy as np
import pytest

import optedu as oe
from benchmarks.harness import gpu_pictures as g
from benchmarks.harness import gpu_points

HEAVIEST = 300_000  # bytes
CELLS = 6


def in_python(name, row, column, side):
    """Return the run of a cell."""
    pick = {"max_iter": 1000, "tol": 1e-6, "execution": "python"}
    if name == "newton":
        x = g.grid(g.WINDOW, side)[row, column]
        return oe.run(oe.NewtonMethod(), oe.problems.RootsOfUnity(3), x, max_iter=200, tol=1e-9)
    if name in ("descent", "ball"):
        method = oe.GradientDescent(0.0148) if name == "descent" else oe.HeavyBall(0.01, 0.9)
        return oe.run(method, oe.problems.Himmelblau(), g.grid(g.HILLS, side)[row, column], **pick)
    if name == "momentum":
        h = g.middles(*g.STEP_RANGE, side)[row]
        method = oe.HeavyBall(h, g.middles(*g.MOMENTUM_RANGE, side)[column])
        problem = oe.problems.Quadratic(np.diag(g.CURVATURES), np.zeros(2))
        return oe.run(method, problem, 1 / np.array(g.CURVATURES), **pick)
    start = [0.0, g.middles(*g.WELL_STARTS, side)[row]]
    method = oe.GradientDescent(g.middles(*g.WELL_STEPS, side)[column])
    return oe.run(method, oe.problems.DoubleWell(), start, **(pick | {"max_iter": 500}))


@pytest.mark.parametrize("name", g.PICTURES)
def test_a_stored_cell_is_its_run(name):
    found = g.read(name)
    side = len(found["steps"])
    agreeing = 0
    for row, column in np.random.default_rng(1).integers(0, side, (CELLS, 2)):
        run = in_python(name, row, column, side)
        taken, code = int(run.iterations[-1]), found["steps"][row, column]
        if name == "momentum":
            taken = taken if run.status == "converged" else 2000
        if name in ("newton", "wells"):
            agreeing += min(taken, 255) == code
        else:  # one step more or less is within the rounding of the code, or beside it
            agreeing += abs(int(g.coded(np.array(taken))) - int(code)) <= 1
    assert agreeing >= CELLS - 1  # at a border rounding decides


def test_what_is_stored_is_light_and_says_who_made_it():
    for name in g.PICTURES:
        path = g.STORE / f"{name}.npz"
        assert path.stat().st_size < HEAVIEST
        said = g.read(name)["about"]
        assert said["kind"] in ("processor", "gpu")
        assert said["device"]
        assert said["date"] in g.made_by(g.read(name))
    assert (g.STORE / "points.npz").stat().st_size < HEAVIEST


def test_counts_survive_their_code():
    counts = np.arange(8, 1001)
    assert np.abs(g.decoded(g.coded(counts)) / counts - 1).max() < 0.01
    assert np.isnan(g.decoded(g.coded(np.array([1001, 2000])))).all()
    assert g.decoded(g.coded(np.array([0, 3]))).tolist() == [8, 8]


def test_limits_are_told_from_runs_that_left_or_never_came():
    class Found:
        x = np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [np.inf, 0.0]])
        statuses = np.array(["converged", "converged", "max_iter", "diverged"], dtype=object)

    assert g.limits_of(Found, np.eye(2)).tolist() == [0, 1, g.LOST, g.AWAY]


def test_a_million_pairs_are_made_row_by_row():
    made = g.PICTURES["momentum"]()("cpu", 4)["steps"]
    assert made.shape == (4, 4)
    assert made[3, 0] == 255  # above 2 (1 + beta) / L
    assert np.isfinite(g.decoded(made[0])).all()


def test_the_error_of_the_rows_is_that_of_the_plan():
    X, Y, a = gpu_points.clouds(40)
    t = gpu_points.WIDTH
    problem = oe.problems.PointCloudTransport(X, Y, a, a, t)
    x = problem.soft_transform(2, np.zeros(80), t)
    new = problem.soft_transform(2, x, t)
    exact = np.abs(problem.plan(x).sum(axis=1) - a).sum()
    assert gpu_points.row_error(a, x[:40], new[:40]) == pytest.approx(exact)


def test_potentials_extend_to_points_that_were_not_there(monkeypatch):
    monkeypatch.setattr(gpu_points, "FEW", 50)
    X, Y, a = gpu_points.clouds(60)
    x, _ = gpu_points.coarse_start(X, Y, a)
    t = gpu_points.WIDTH
    problem = oe.problems.PointCloudTransport(X, Y, a, a, t)
    zero, near = (
        gpu_points.row_error(a, z[:60], problem.soft_transform(2, z, t)[:60])
        for z in (problem.soft_transform(2, np.zeros(120), t), x)
    )
    assert near < zero
