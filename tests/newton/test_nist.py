"""NIST's certified nonlinear regressions (StRD): all of them from the near start."""

import numpy as np
import pytest

import optedu as oe

NAMES = [
    "Misra1a", "Chwirut2", "DanWood", "Lanczos3", "MGH17", "MGH09", "MGH10", "Thurber", "BoxBOD",
    "Rat42", "Rat43", "Eckerle4",
]  # fmt: skip
TOO_FAR = {"MGH17", "MGH10", "BoxBOD"}
"""From the far start these end in a flat place or need more steps."""


def fit(method, problem, x0, accuracy=1e-12):
    """Return the run until the gradient is so small, relative to one per cent off the solution."""
    tol = accuracy * np.linalg.norm(problem.gradient(1.01 * problem.minimizer))
    with np.errstate(all="ignore"):
        return oe.run(method, problem, x0, max_iter=400, tol=tol, execution="python")


def digits(x, problem):
    """Return the number of digits in which all parameters agree with the certified ones."""
    with np.errstate(all="ignore"):
        return -np.log10(max(np.abs(x / problem.minimizer - 1).max(), 1e-16))


@pytest.mark.parametrize("name", NAMES)
def test_certified_digits_from_the_near_start(name):
    problem = getattr(oe.problems, name)()
    trace = fit(oe.LevenbergMarquardt(), problem, problem.starts[1])
    assert digits(trace.x, problem) > (7 if name == "Lanczos3" else 8)
    np.testing.assert_allclose(trace.values[-1], problem.minimum, rtol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_the_far_start(name):
    problem = getattr(oe.problems, name)()
    trace = fit(oe.LevenbergMarquardt(), problem, problem.starts[0], 1e-10)
    assert (digits(trace.x, problem) > 6) == (name not in TOO_FAR)


def test_plain_gauss_newton_is_lost_more_often():
    lost = 0
    for name in NAMES:
        problem = getattr(oe.problems, name)()
        lost += not digits(fit(oe.GaussNewton(), problem, problem.starts[0]).x, problem) > 6
    assert lost >= 6
