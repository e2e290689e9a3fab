"""On a real GPU; the suite skips these where there is none, and there `make gpu` fails."""

import os

import numpy as np
import pytest

import optedu as oe
from optedu.cuda import device
from optedu.cuda.sweeping import sweep_ends
from tests.cuda.test_rehearsal import BOWL, CASES, starts

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.compiled,
    pytest.mark.skipif(
        not (device.is_available() or os.environ.get("OPTEDU_GPU")), reason="there is no GPU"
    ),
]


@pytest.mark.parametrize("name", CASES)
def test_the_gpu_ends_as_its_rehearsal(name):
    methods, problem = CASES[name]
    pairs = [(method, x) for method in methods for x in starts(problem, 33)]
    ours = sweep_ends("cuda", problem, pairs, 3, 150, 1e-8)
    theirs = sweep_ends("rehearsal", problem, pairs, 3, 150, 1e-8)
    for a, b in zip(ours, theirs, strict=True):
        assert a[0] == b[0]
        assert abs(a[1] - b[1]) <= 1
        if a[1] == b[1]:
            for mine, other in zip(a[2:], b[2:], strict=True):
                assert np.allclose(mine, other, rtol=1e-10, atol=1e-10, equal_nan=True)


@pytest.mark.parametrize("count", [1, 2, 31, 32, 33, 255, 256, 257, 100_000])
def test_any_number_of_runs(count):
    points = starts(BOWL, count)
    pairs = [(oe.GradientDescent(0.3), x) for x in points]
    ends = sweep_ends("cuda", BOWL, pairs, 0, 99, 1e-9)
    assert all(np.allclose(end[4], BOWL.minimizer, atol=1e-8) for end in ends)
