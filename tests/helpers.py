"""Assertions about proven bounds, shared by the families; each has a failing example."""

from __future__ import annotations

import numpy as np

import optedu as oe
from optedu.guarantees import measure

KS = (1, 2, 5, 10, 50, 200)
"""The numbers of steps at which a bound is checked."""

SLACK = 1e-9
"""Relative excess over a bound that rounding may cause."""


def steps_of(method, problem, x0, steps=KS[-1]):
    """Run so many steps in Python, stopping early only where the certificate is exactly 0."""
    return oe.run(method, problem, x0, max_iter=steps, tol=0.0, execution="python", progress=False)


def measured_and_bound(trace, ks=KS):
    """Return what the method's guarantee bounds, as measured, and the bound, at each k.

    A run that ended because nothing was left to do keeps its last number.
    """
    ks = np.asarray(ks)
    guarantee = trace.method.guarantee(trace.problem, ks, trace.start)
    assert guarantee is not None, f"{trace.label} states no guarantee on this problem"
    numbers = measure(trace, guarantee.quantity)
    last = len(numbers) - 1
    ended = trace.status in (oe.Status.CONVERGED, oe.Status.STALLED)
    assert ended or last >= ks.max(), f"the run ended after {last} steps: {trace.message}"
    return numbers[np.minimum(ks, last)], np.broadcast_to(guarantee.bound, ks.shape)


def assert_bound_holds(trace, ks=KS, slack=SLACK, noise=1e-12):
    """Assert measured <= bound (1 + slack) + noise at each k."""
    measured, bound = measured_and_bound(trace, ks)
    assert np.isfinite(bound[np.asarray(ks) > 0]).all()
    over = measured > bound * (1 + slack) + noise
    assert not over.any(), (
        f"{trace.label} exceeds its bound at k = {np.asarray(ks)[over]}: "
        f"{measured[over]} > {bound[over]}"
    )


def assert_bound_is_attained(trace, k, slack=SLACK):
    """Assert measured = bound at k, and that 0.8 of the bound would be refuted there."""
    measured, bound = (column[0] for column in measured_and_bound(trace, [k]))
    assert abs(measured - bound) <= slack * bound, f"k = {k}: {measured} is not {bound}"
    assert measured > 0.8 * bound
