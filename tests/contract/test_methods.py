"""Every method of the package keeps the contract of 25 checks."""

import itertools

import pytest

import optedu as oe
from optedu import discovery
from optedu.testing import CHECKS, check_method, check_problem, verify
from tests.contract.samples import samples

EXCEPTIONS = {
    ("AndersonGradientDescent", 19): "mixing makes it converge from any step size",
    ("BarrierMethod", 17): "the minimizer is not strictly feasible, and it says so",
    ("OptEx", 19): "the steps go along an estimate of the gradient",
    ("PerturbedGradientDescent", 17): "only a jump that leads nowhere tells it that it has arrived",
    ("SubgradientMethod", 19): "its step decays, so that it converges from any first step",
}
"""(method, check) that fail for a reason that is part of the method."""

pytestmark = pytest.mark.xdist_group("contract")
NAMES = sorted(discovery.methods())


@pytest.fixture(scope="module")
def reports():
    return {}


def reports_of(name, reports):
    if name not in reports:
        reports[name] = [
            check_method(method, problem, x0, raises=False) for method, problem, x0 in samples(name)
        ]
    return reports[name]


@pytest.mark.parametrize("name", NAMES)
def test_method_keeps_the_contract(name, reports):
    found = reports_of(name, reports)
    assert found
    failures = {
        (outcome.number, outcome.name, outcome.reason)
        for outcome in itertools.chain.from_iterable(report.failures for report in found)
        if (name, outcome.number) not in EXCEPTIONS
    }
    assert failures == set()


def test_exceptions_are_few_and_none_is_out_of_date(reports):
    assert len(EXCEPTIONS) <= 0.05 * len(CHECKS) * len(NAMES)
    for name, number in EXCEPTIONS:
        assert any(not report.passed and number in {o.number for o in report.failures}
                   for report in reports_of(name, reports))  # fmt: skip


def test_each_check_applies_to_some_method(reports):
    passed = {
        outcome.number
        for name in NAMES
        for report in reports_of(name, reports)
        for outcome in report
        if outcome.passed
    }
    random_methods = any(getattr(m, "takes_rng", False) for n in NAMES for m, _, _ in samples(n))
    assert passed >= set(range(1, 26)) - (set() if random_methods else {4})


@pytest.mark.parametrize("name", NAMES)
def test_what_a_run_says_about_itself_is_true(name):
    for method, problem, x0 in samples(name):
        trace = oe.run(method, problem, x0, max_iter=300, tol=1e-5, execution="python")
        verify(problem, trace)


@pytest.mark.parametrize("name", NAMES)
def test_the_sample_problems_tell_the_truth(name):
    for _, problem, x0 in samples(name):
        check_problem(problem, seed=1, around=x0, radius=0.1 if hasattr(problem, "barrier") else 1)
