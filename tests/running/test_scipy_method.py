"""A method as a method of scipy.optimize.minimize."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize, rosen, rosen_der

import optedu as oe

BOWL = np.array([[3.0, 1.0], [1.0, 2.0]])


def value(x, b):
    return 0.5 * x @ BOWL @ x - b @ x


def gradient(x, b):
    return BOWL @ x - b


def test_finds_the_minimizer_with_args_and_counts_calls():
    b = np.array([1.0, -1.0])
    seen = []
    result = minimize(
        value,
        [4.0, 4.0],
        args=(b,),
        jac=gradient,
        tol=1e-9,
        method=oe.scipy_method(oe.GradientDescent(0.4)),
        callback=lambda x: seen.append(x),
    )
    assert result.success
    assert result.status == oe.Status.CONVERGED.code
    assert np.allclose(result.x, np.linalg.solve(BOWL, b), atol=1e-8)
    assert result.njev == result.nit == len(result.trace) - 1 == len(seen)
    assert np.linalg.norm(result.jac) <= 1e-9


def test_options_reach_the_run():
    result = minimize(
        rosen,
        [-1.2, 1.0],
        jac=rosen_der,
        options={"maxiter": 7},
        method=oe.scipy_method(oe.BacktrackingGradientDescent()),
    )
    assert (result.nit, result.success) == (7, False)
    assert "limit of 7 steps" in result.message


def test_agrees_with_scipy_on_rosenbrock():
    ours = minimize(
        rosen,
        [-1.2, 1.0],
        jac=rosen_der,
        options={"maxiter": 50_000, "gtol": 1e-7},
        method=oe.scipy_method(oe.PolakRibiere()),
    )
    theirs = minimize(rosen, [-1.2, 1.0], jac=rosen_der, method="BFGS", options={"gtol": 1e-7})
    assert ours.success
    assert np.allclose(ours.x, theirs.x, atol=1e-5)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"bounds": [(0, 1)] * 2}, "no bounds or constraints"),
        ({"options": {"maxfun": 3}}, "unknown option 'maxfun'"),
    ],
)
def test_what_is_not_passed_on_is_refused(options, said):
    method = oe.scipy_method(oe.GradientDescent(0.1))
    with pytest.raises(ValueError, match=said):
        minimize(rosen, [0.0, 0.0], jac=rosen_der, method=method, **options)
