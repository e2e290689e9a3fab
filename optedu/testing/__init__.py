"""Checks that our methods, contributors' and students' must all pass.

`check_method` is the contract of a method, `check_problem` of a problem; `verify` looks at a
trace with formulas of its own; `check_guarantee` runs a method against its proven bound. None
needs a test runner: what is wrong is an AssertionError with one sentence.
"""

from optedu.testing.contract import CHECKS, check_method
from optedu.testing.guarantees import check_guarantee
from optedu.testing.problems import check_problem
from optedu.testing.report import NotApplicable, Outcome, Report
from optedu.testing.verifier import verify

__all__ = [
    "CHECKS",
    "NotApplicable",
    "Outcome",
    "Report",
    "check_guarantee",
    "check_method",
    "check_problem",
    "verify",
]
