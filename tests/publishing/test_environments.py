"""One list of requirements in three files: pyproject.toml, the lock, environment.yml."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
LOCK = (ROOT / "requirements.lock").read_text()
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text())
CONDA_NAMES = {"matplotlib-base": "matplotlib"}
# `name`, then nothing or versions, as conda and pip both read it: no build strings, no URLs.
SPEC = re.compile(r"^(?P<name>[A-Za-z0-9_.-]+)(?P<versions>(?:[<>=!~]=?[0-9][0-9A-Za-z.*]*,?)*)$")


def requirements(*extras: str) -> dict[str, Requirement]:
    lines = [*PROJECT["dependencies"], *(line for extra in extras for line in EXTRAS[extra])]
    parsed = [Requirement(line) for line in lines]
    return {canonicalize_name(r.name): r for r in parsed if r.name != "optedu"}


def locked() -> dict[str, Version]:
    found = re.findall(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)", LOCK, flags=re.MULTILINE)
    return {canonicalize_name(name): Version(version) for name, version in found}


def conda() -> dict[str, str]:
    """Package -> versions of environment.yml, with pip's part, by their Python names."""
    lines: list[str] = []
    for entry in CONDA["dependencies"]:
        lines += entry["pip"] if isinstance(entry, dict) else [entry]
    matches = [SPEC.match(line) for line in lines]
    assert all(matches), [line for line, match in zip(lines, matches, strict=True) if not match]
    named = {match["name"]: match["versions"] for match in matches if match}
    return {canonicalize_name(CONDA_NAMES.get(name, name)): v for name, v in named.items()}


ALL = requirements(*EXTRAS)


def test_the_promised_packages_are_required():
    promised = {"numpy", "numba", "jupyter", "jupyter-book", "matplotlib", "ipywidgets", "scipy"}
    assert promised <= set(ALL)


@pytest.mark.parametrize("name", sorted(ALL))
def test_the_lock_satisfies_the_ranges(name):
    assert ALL[name].specifier.contains(locked()[name])


def test_every_locked_package_has_hashes_and_the_lock_names_no_host():
    blocks = re.split(r"^(?=[A-Za-z0-9])", LOCK, flags=re.MULTILINE)
    named = [block for block in blocks if "==" in block]
    assert len(named) == len(locked()) > 100
    assert all("--hash=sha256:" in block for block in named)
    assert "://" not in LOCK
    assert "--index" not in LOCK
    assert "--find-links" not in LOCK


def test_every_requirement_has_a_lower_bound_and_core_ones_an_upper():
    assert all(any(s.operator == ">=" for s in r.specifier) for r in ALL.values())
    core = requirements("book", "proofs", "data")
    assert all(any(s.operator in ("<", "<=") for s in r.specifier) for r in core.values())


def test_environment_yml_has_what_a_chapter_needs():
    wanted = set(requirements("proofs", "data")) | {"jupyterlab", "jupytext"}
    assert wanted <= set(conda())


@pytest.mark.parametrize("name", sorted(set(conda()) - {"python", "pip"}))
def test_environment_yml_says_what_pyproject_says(name):
    assert SpecifierSet(conda()[name]) == ALL[name].specifier


def test_environment_yml_pins_a_supported_python_and_one_channel():
    assert CONDA["channels"] == ["conda-forge"]
    pinned = conda()["python"].lstrip("=")
    assert SpecifierSet(PROJECT["requires-python"]).contains(pinned)


def test_binder_reads_the_files_at_the_top():
    assert not (ROOT / "binder").exists()
    assert not (ROOT / ".binder").exists()
    script = ROOT / "postBuild"
    assert script.stat().st_mode & 0o111
    text = script.read_text()
    assert text.startswith("#!/bin/bash\n")
    assert "set -eu" in text
    for line in ("--editable .", "tools/viewer.py", "python -m optedu.warm"):
        assert line in text


def rendered(folder: Path) -> str:
    """What repo2docker would hand to Docker, which it does not need for that."""
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_repo2docker_understands_the_files(tmp_path):
    """In a folder of its own, as a fresh clone has them: nothing else decides."""
    for name in ("environment.yml", "postBuild", "pyproject.toml", "requirements.lock"):
        shutil.copy2(ROOT / name, tmp_path / name)
    text = rendered(tmp_path)
    pinned = conda()["python"].lstrip("=")
    assert f"Building conda environment for python={pinned}" in text
    assert "COPY --chown=0:0 src/environment.yml ${REPO_DIR}/environment.yml" in text
    assert 'env update -p ${NB_PYTHON_PREFIX} --file "environment.yml"' in text
    assert "RUN chmod +x postBuild\nRUN ./postBuild" in text
    assert "requirements.lock" not in text
    assert "pip install" not in text.partition("env update")[2].partition("postBuild")[0]


def test_repo2docker_refuses_what_it_cannot_read(tmp_path):
    (tmp_path / "environment.yml").write_text("dependencies: [python=3.12\n")
    command = [sys.executable, "-m", "repo2docker", "--no-build", "--debug", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode != 0


def test_environment_yml_has_what_the_course_needs():
    on_conda = set(conda())
    assert {"nbgrader", "pyyaml", "latex2mathml", "pyseccomp"} <= on_conda
    assert not {"jupyter-book", "pytest", "sphinx-proof"} & on_conda  # an image stays small


@pytest.mark.parametrize("line", ["numpy >=2", "numpy=2.1=py312_0", "git+https://a.example", "=3"])
def test_a_wrong_spec_is_seen(line):
    assert SPEC.match(line) is None


def test_npm_is_locked_to_the_same_versions_and_names_no_host():
    wanted = json.loads((ROOT / "package.json").read_text())["devDependencies"]
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    for name, version in wanted.items():
        assert packages[f"node_modules/{name}"]["version"] == version
    assert all("integrity" in entry for path, entry in packages.items() if path)
    assert not any("resolved" in entry for entry in packages.values())


def test_the_version_is_one():
    import optedu

    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert str(citation["version"]) == PROJECT["version"]
    assert optedu.__version__ == PROJECT["version"]
