"""The built package carries the public parts of the exercises, and nothing else of them."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
TRY = """
import optedu as oe
print(oe.__file__)
oe.check("gradient.largest-step", lambda A: 0.5)
"""


def test_a_wheel_checks_with_public_parts_only(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    environment = dict(os.environ, PYTHONPATH=str(tmp_path / "installed"))
    said = subprocess.run(
        [sys.executable, "-c", TRY], cwd=tmp_path, env=environment, check=True,
        text=True, capture_output=True,
    ).stdout.splitlines()  # fmt: skip
    assert said[0].startswith(str(tmp_path))
    assert said[1] == "gradient.largest-step: public checks passed; hidden checks not run"
    assert not list((tmp_path / "installed").rglob("largest-step.md"))
    assert not (ROOT / "optedu" / "exercises" / "public.json").exists()
