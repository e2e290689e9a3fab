"""The compiled methods give the numbers of Python, on the first sample of the contract."""

import numpy as np
import pytest

import optedu as oe
from optedu import discovery
from tests.contract.samples import samples

STEPS = 30
GROWTH = 10
"""How much of the movement that rounding errors cause in Python itself is allowed."""


def run(method, problem, x0, execution):
    return oe.run(method, problem, x0, max_iter=STEPS, tol=1e-9, execution=execution)


def movement(method, problem, x0, path):
    """How far Python's own path moves when its start moves by a unit in the last place or two."""
    rng = np.random.default_rng(1)
    found = 0.0
    for _ in range(3):
        nudged = x0 * (1 + rng.integers(-2, 3, np.shape(x0)) * 2.0**-52)
        other = run(method, problem, nudged, "python").iterates
        rows = min(len(path), len(other))
        found = max(found, np.abs(path[:rows] - other[:rows]).max())
    return found


@pytest.mark.compiled
@pytest.mark.parametrize("name", sorted(discovery.methods()))
def test_compiled_equals_python(name):
    sample = samples(name)[0]
    python, compiled = (run(*sample, execution) for execution in ("python", "compiled"))
    assert compiled.execution == "compiled"
    scale = max(1.0, np.abs(python.iterates).max())
    allowed = 1e-12 * scale
    rows = min(len(python), len(compiled))
    error = np.abs(compiled.iterates[:rows] - python.iterates[:rows]).max()
    if error > allowed or len(python) != len(compiled):
        allowed += GROWTH * movement(*sample, python.iterates)
        assert error <= allowed
        assert abs(len(python) - len(compiled)) <= (1 if allowed > 1e-10 * scale else 0)
    else:
        assert compiled.status is python.status
        assert compiled.counts == python.counts
