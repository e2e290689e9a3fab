"""Whether students' code can be isolated here: what needs it is skipped, or fails, where it cannot.

`.ci/run` promises isolation with ``OPTEDU_ISOLATION=1``: then nothing is skipped.
"""

from __future__ import annotations

import os

import pytest

from optedu.grading.sandbox import Isolation, Unavailable, protection

PROMISED = "OPTEDU_ISOLATION"


def _missing() -> str:
    """Return what isolation lacks here, empty if nothing."""
    try:
        protection("strong")
    except Unavailable as missing:
        return str(missing)
    return ""


def need_isolation() -> None:
    """Skip what calls this, or fail where isolation is promised, with the sentence."""
    if missing := _missing():
        if os.environ.get(PROMISED):
            pytest.fail(missing, pytrace=False)
        pytest.skip(missing)


# Where it is promised and missing, grading itself says so.
ISOLATION: Isolation = "limits" if _missing() and not os.environ.get(PROMISED) else "strong"
"""For tests that hold with limits alone, too."""
