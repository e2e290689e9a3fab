"""Any method as a method of `scipy.optimize.minimize`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from optedu.problems.functions import Problem
from optedu.running.run import run


def scipy_method(method: Any) -> Callable[..., Any]:
    """Return a callable that `scipy.optimize.minimize` takes as its ``method``.

    Parameters
    ----------
    method : method
        With its hyperparameters; its defaults from problem constants are not available, since
        SciPy passes functions only.

    Returns
    -------
    callable
        It understands SciPy's ``args``, ``jac``, ``hess``, ``hessp``, ``tol``, ``callback`` and
        the options ``maxiter``, ``gtol`` (or ``tol``) and ``seed``; the result is an
        `scipy.optimize.OptimizeResult` with the whole `Trace` in ``trace``.

    Raises
    ------
    ValueError
        At the call: for bounds or constraints, which are not passed on.

    Examples
    --------
    >>> import numpy as np, optedu as oe
    >>> from scipy.optimize import minimize
    >>> result = minimize(lambda x: x @ x, np.ones(3), jac=lambda x: 2 * x,
    ...                   method=oe.scipy_method(oe.GradientDescent(0.25)))
    >>> result.success, bool(result.fun < 1e-12)
    (True, True)
    """

    def minimize(
        fun,
        x0,
        args=(),
        *,
        jac=None,
        hess=None,
        hessp=None,
        bounds=None,
        constraints=(),
        callback=None,
        tol=None,
        maxiter=1000,
        gtol=None,
        seed=0,
        **unknown,
    ):
        from scipy.optimize import OptimizeResult

        if bounds is not None or constraints:
            raise ValueError(
                "optedu methods take no bounds or constraints from SciPy; make a problem with "
                "project= or prox= and call optedu.run"
            )
        if unknown:
            raise ValueError(f"unknown option {min(unknown)!r}; known are maxiter, gtol, tol, seed")
        oracles: dict[str, Any] = {"value": lambda x: float(fun(x, *args))}
        if jac is not None:
            oracles["gradient"] = lambda x: np.asarray(jac(x, *args), dtype=float)
        if hess is not None:
            oracles["hessian"] = lambda x: np.asarray(hess(x, *args), dtype=float)
        if hessp is not None:
            oracles["hessian_product"] = lambda x, v: np.asarray(hessp(x, v, *args), dtype=float)
        tolerance = next((t for t in (gtol, tol) if t is not None), 1e-6)
        tell = None if callback is None else lambda progress: callback(progress.x)
        trace = run(
            method,
            Problem.from_functions(**oracles),
            x0,
            max_iter=maxiter,
            tol=tolerance,
            seed=seed,
            callback=tell,
        )
        gradient = None if jac is None else oracles["gradient"](trace.x)
        return OptimizeResult(
            x=trace.x,
            fun=float(trace.values[-1]),
            jac=gradient,
            success=trace.success,
            status=trace.status.code,
            message=trace.message,
            nit=int(trace.iterations[-1]),
            nfev=trace.counts.get("value", 0),
            njev=trace.counts.get("gradient", 0),
            nhev=trace.counts.get("hessian", 0),
            trace=trace,
        )

    return minimize
