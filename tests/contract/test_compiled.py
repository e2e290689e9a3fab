"""The compiled methods give the numbers of Python, on the first sample of the contract.

One process per family compiles them without LLVM's optimizer, which takes half the time. Nothing
allows the optimizer to change a sum: that it changes no bit is tested for a method per family.
"""

import functools
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest

from optedu import discovery
from optedu.compiling.cache import cache_root
from tests.contract.compiled_runs import outcome, run
from tests.contract.samples import samples

GROWTH = 10
"""How much of the movement that rounding errors cause in Python itself is allowed."""

FAMILIES: dict[str, list[str]] = {}
for _name, _module in sorted(discovery.methods().items()):
    FAMILIES.setdefault(_module.split(".")[1], []).append(_name)


@functools.cache
def unoptimized(family):
    """Return what became of each method of a family."""
    answer = subprocess.run(
        [sys.executable, "-m", "tests.contract.compiled_runs"],
        input="\n".join(FAMILIES[family]).encode(),
        env={**os.environ, "NUMBA_OPT": "0",
             "OPTEDU_CACHE_DIR": str(cache_root() / "unoptimized")},
        capture_output=True, check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr.decode()
    return pickle.loads(answer.stdout)


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
@pytest.mark.parametrize(
    ("family", "name"),
    [
        pytest.param(family, name, marks=pytest.mark.xdist_group(f"compiled {family}"))
        for family, names in FAMILIES.items()
        for name in names
    ],
)
def test_compiled_equals_python(family, name):
    found = unoptimized(family)[name]
    assert not isinstance(found, str), found
    compiled, status, counts, execution = found
    assert execution == "compiled"
    sample = samples(name)[0]
    python = run(*sample, "python")
    scale = max(1.0, np.abs(python.iterates).max())
    allowed = 1e-12 * scale
    rows = min(len(python), len(compiled))
    error = np.abs(compiled[:rows] - python.iterates[:rows]).max()
    if error > allowed or len(python) != len(compiled):
        allowed += GROWTH * movement(*sample, python.iterates)
        assert error <= allowed
        # A last bit decides how long a method moves before it rests.
        stalled = status == python.status.value == "stalled"
        assert stalled or abs(len(python) - len(compiled)) <= (allowed > 1e-10 * scale)
    else:
        assert status == python.status.value
        assert counts == python.counts


@pytest.mark.compiled
@pytest.mark.parametrize(
    ("family", "name"),
    [
        pytest.param(family, names[0], marks=pytest.mark.xdist_group(f"compiled {family}"))
        for family, names in FAMILIES.items()
    ],
)
def test_the_optimizer_changes_no_bit(family, name):
    optimized, plain = outcome(name), unoptimized(family)[name]
    assert np.array_equal(optimized[0], plain[0])
    assert optimized[1:] == plain[1:]
