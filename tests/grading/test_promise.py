"""Without isolation the attacks are skipped, and fail where it is promised: with the sentence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.grading.isolation import PROMISED

ROOT = Path(__file__).parents[2]
NEEDS_IT = "tests/grading/test_isolation.py::test_nothing_stays_behind"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere another sentence comes first")
@pytest.mark.parametrize(
    ("promise", "workers", "outcome"), [("", "0", "1 skipped"), ("1", "1", "1 error")]
)
def test_missing_isolation_is_skipped_or_fails(tmp_path, promise, workers, outcome):
    nothing = dict(os.environ, PATH=str(tmp_path), **{PROMISED: promise})
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-n", workers]
        + ["-o", f"cache_dir={tmp_path}", NEEDS_IT],
        cwd=ROOT, env=nothing, capture_output=True, text=True,
    )  # fmt: skip
    assert outcome in run.stdout
    assert "bubblewrap is missing" in run.stdout
    assert (run.returncode == 0) is not bool(promise)
