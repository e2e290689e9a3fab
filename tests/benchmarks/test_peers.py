"""The environment of the peers is made only where a peer is missing."""

from __future__ import annotations

import subprocess
import sys

import pytest

from benchmarks import __main__ as command
from benchmarks.harness import memory, peers


def test_names_are_read_off_the_requirements():
    text = "# a comment\nscipy>=1.14,<2\nscikit-learn >=1 # why\n\nthreadpoolctl\n"
    assert peers.wanted(text) == ["scipy", "scikit-learn", "threadpoolctl"]


def test_what_is_missing_is_found():
    assert peers.missing(["numpy", "no-such-distribution-of-ours"]) == [
        "no-such-distribution-of-ours"
    ]


def test_no_environment_is_made_while_all_peers_are_here(monkeypatch, tmp_path):
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("scipy\nscikit-learn\n")
    monkeypatch.setattr(peers, "REQUIREMENTS", requirements)
    monkeypatch.setattr(peers.venv, "create", lambda *a, **k: pytest.fail("made an environment"))
    assert peers.python() == sys.executable


def test_a_missing_peer_makes_an_environment_once(monkeypatch, tmp_path):
    requirements, folder, ran = tmp_path / "requirements.txt", tmp_path / "peers", []
    requirements.write_text("no-such-distribution-of-ours\n")
    monkeypatch.setattr(peers, "REQUIREMENTS", requirements)
    monkeypatch.setattr(peers, "FOLDER", folder)
    monkeypatch.setattr(peers.venv, "create", lambda path, **k: path.mkdir(exist_ok=True))
    monkeypatch.setattr(subprocess, "run", lambda arguments, **k: ran.append(arguments))
    assert peers.python() == str(folder / "bin" / "python")
    assert len(ran) == 3
    assert str(requirements) in ran[1]
    assert (folder / ".gitignore").read_text() == "*\n"
    peers.python()
    assert len(ran) == 3
    requirements.write_text("no-such-distribution-of-ours>=2\n")
    peers.python()
    assert len(ran) == 6


def test_an_unknown_benchmark_is_refused_by_name(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["benchmarks", "nothing"])
    with pytest.raises(SystemExit):
        command.main()
    assert "no benchmark 'nothing'; there are box_qp" in capsys.readouterr().err


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_memory_rises_by_what_a_call_fills():
    def fill():
        return bytearray(b"1" * (64 * 2**20))

    rise = memory.peak_bytes(fill)
    assert 60 * 2**20 < rise < 200 * 2**20
    assert memory.peak_bytes(lambda: None) < 8 * 2**20


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_beside_the_threads_of_jax_nothing_is_forked(monkeypatch):
    monkeypatch.setitem(sys.modules, "jaxlib", sys)
    monkeypatch.setattr(memory, "_threads", lambda: 2)
    monkeypatch.setattr(memory.os, "fork", lambda: pytest.fail("forked"))
    assert 60 * 2**20 < memory.peak_bytes(lambda: bytearray(b"1" * (64 * 2**20))) < 200 * 2**20
