"""What a student's process sees: the modules that the solution uses, and nothing of the grader."""

from __future__ import annotations

from optedu.grading import box, shown
from optedu.grading.grade import grade
from tests.grading.isolation import need_isolation
from tests.grading.isolation_exercises import RULE


def test_by_default_no_method_and_no_problem_of_the_library_is_shown():
    listed = shown.visible("")
    assert "optedu.protocol" in listed
    assert "optedu.problems.functions" in listed
    assert not any(
        "gradient" in name or "exercises" in name or "grading" in name for name in listed
    )
    assert [name for name in listed if name.startswith("optedu.problems.")] == [
        "optedu.problems.functions"
    ]


def test_what_the_solution_uses_is_shown_with_what_that_needs():
    code = "import optedu as oe\ndef f(x):\n    return oe.problems.Simplex(x.size).project(x)\n"
    listed = shown.visible(code)
    assert "optedu.problems.simplex" in listed
    assert "optedu.gradient.gradient_descent" in shown.visible("oe.GradientDescent(1.0)")
    hidden = shown.visible("oe.GradientDescent(1.0)", ("GradientDescent",))
    assert "optedu.gradient.gradient_descent" not in hidden
    assert shown.uses("from scipy.optimize import nnls") == {
        "scipy.optimize", "scipy.optimize.nnls",
    }  # fmt: skip
    assert shown.needs_scipy("from scipy.optimize import nnls")
    assert shown.needs_scipy("import scipy.sparse")
    assert not shown.needs_scipy("from scipy.linalg import solve\nimport scipy.special")
    assert shown.attributes("np.minimum(problem.A, state.minimizer)") == {"A"}


def test_the_stage_holds_no_check_and_no_solution():
    folder = box.stage(shown.visible(""))
    program = {path.relative_to(folder / "program") for path in folder.glob("program/**/*.py")}
    assert set(map(str, program)) == {
        "inside.py", "conversation/__init__.py", "conversation/peer.py", "conversation/wire.py",
        "conversation/stand_ins.py", "conversation/values.py", "student/__init__.py",
        "student/cells.py", "student/library.py", "student/noting.py",
    }  # fmt: skip
    assert not list(folder.glob("lib/**/grading")) + list(folder.glob("lib/**/exercises"))
    for path in folder.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "def hidden(" not in text
        assert "Hidden checks" not in text


def test_the_sandbox_sees_nothing_of_the_grader():
    need_isolation()
    cell = """
import os, sys
print(sorted(os.listdir("/")), os.listdir("/tmp"), sorted(os.environ), os.getpid(), os.getuid())
print(os.path.exists("/proc"), os.path.exists("/sys"), os.path.exists("/etc"), sys.flags.isolated)
"""
    result = grade(RULE, [cell], isolation="strong")
    listed = result.output
    assert "'box'" in listed
    assert "[] [" in listed
    assert "SEED" not in listed
    assert "] 1 65534" in listed.replace("\n", " ")
    assert "False False False 1" in listed
