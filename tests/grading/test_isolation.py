"""Attacks on the grader: none earns a point, and each result says what happened.

Each file in ``attacks`` is what a student hands in, and no module, lest a tool import it. The table
says to which exercise, and what the result has to mention.
"""

from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from optedu.grading.grade import Limits, grade
from tests.grading.isolation import need_isolation
from tests.grading.isolation_exercises import ESTIMATE, METHOD, RULE

pytestmark = pytest.mark.xdist_group("isolation")
ATTACKS = Path(__file__).with_name("attacks")
LIMITS = Limits(seconds=6.0, call_seconds=2.0, cell_seconds=2.0, cells_seconds=4.0, memory=1024)
LONGER = "ran longer than allowed"
FILES = "reach files"
LIBRARY = "not available while grading"
MATHEMATICS = "leaves"  # the check's own hint: the answer was judged, and is wrong
FORGED = "sent bytes that are no answer"
SAYS = {
    "read_checks_by_path": FILES,
    "walk_frames": "nothing on the stack",
    "search_objects": "interpreter's objects",
    "read_parent_memory": FILES,
    "inspect_the_check": "SyntaxError",
    "patch_numpy": "replaced functions of a library",
    "patch_builtins": "replaced functions|take and return|ended its process",
    "patch_the_conversation": f"replaced functions|{FORGED}",
    "lying_equality": "take and return",
    "lying_array": "take and return",
    "array_subclass": MATHEMATICS,
    "float_subclass": MATHEMATICS,
    "leave_by_exit": "end the process",
    "leave_at_once": "ended its process",
    "kill_the_grader": "send a signal",
    "endless_loop": LONGER,
    "endless_cell": LONGER,
    "endless_loop_in_c": LONGER,
    "ignore_the_alarm": LONGER,
    "memory_bomb": "more memory",
    "fork_bomb": "start a process",
    "thread_bomb": "more threads",
    "fill_the_disk": "wrote more than allowed",
    "open_a_socket": "network",
    "ask_a_name_server": "network",
    "fetch_a_page": "network",
    "start_a_shell": "start a program",
    "link_out": "make a link",
    "change_the_library": FILES,
    "huge_result": "more than 64 MiB",
    "endless_result": "take and return",
    "deep_result": "nested deeper",
    "circular_result": "nested deeper",
    "pickled_result": "array of dtype object",
    "write_noise": FORGED,
    "claim_a_long_message": FORGED,
    "forge_a_verdict": f"{FORGED}|take and return",
    "forge_an_array": FORGED,
    "print_passed": MATHEMATICS,
    "print_without_end": "printed more than",
    "patch_optedu": MATHEMATICS,
    "use_the_exercises": LIBRARY,
    "use_the_grader": LIBRARY,
    "use_the_library_by_name": LIBRARY,
    "use_the_library_by_module": LIBRARY,
    "copy_the_library": LIBRARY,
    "use_a_solver": LIBRARY,
    "remember_instances": MATHEMATICS,
    "guess_the_seed": f"{MATHEMATICS}|{LONGER}",
    "register_at_exit": "end the process",
    "trace_a_process": "system call that is forbidden",
    "mount_something": "system call that is forbidden",
    "outlive_the_grader": LONGER,
    "overwrite_memory": "crashed",
    "read_the_environment": FILES,
    "write_into_the_instance": "Do not write into",
    "promise_a_value": "above the minimum",
    "changing_iterate": "above the minimum|take and return",
    "ask_for_the_minimizer": "not shown while grading",
    "reach_behind_a_reference": "asked the grader for",
    "call_back_for_ever": LONGER,
    "predict_the_check": "not the diagonal",
}
METHODS = (
    "use_the_library_by_name", "use_the_library_by_module", "copy_the_library", "promise_a_value",
    "changing_iterate", "ask_for_the_minimizer", "reach_behind_a_reference", "call_back_for_ever",
)  # fmt: skip


def attack(name):
    exercise = METHOD if name in METHODS else ESTIMATE if name == "predict_the_check" else RULE
    code = (ATTACKS / f"{name}.txt").read_text(encoding="utf-8")
    return grade(exercise, [code], seed=2024, limits=LIMITS)


@pytest.fixture(scope="module")
def results():
    need_isolation()
    with ThreadPoolExecutor(4) as pool:
        found = dict(zip(SAYS, pool.map(attack, SAYS), strict=True))
    return found


def test_every_attack_has_its_line():
    assert {path.stem for path in ATTACKS.glob("*.txt")} == set(SAYS)
    assert len(SAYS) >= 25


@pytest.mark.parametrize("name", SAYS)
def test_no_attack_earns_a_point_and_the_result_says_what_happened(name, results):
    result = results[name]
    assert result.points == 0
    assert "passed" not in (result.hidden,)
    said = "\n".join((result.hint, *result.stopped, *result.failed))
    assert re.search(SAYS[name], said), said
    assert "strong" in result.protection


def test_nothing_stays_behind(results):
    left = []
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError):
            continue
        if b"/box/program/inside.py" in words and parent in (1, os.getpid()):
            left.append(entry.name)
    assert not left
    assert not Path("/tmp/owned").exists()
