"""A student's cells, executed in their process statement by statement."""

from __future__ import annotations

import ast
import codeop
import linecache
import re
import signal
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optedu.grading.student.noting import Notes

SENTENCE = 300


def run_cells(request: dict[str, Any], names: dict[str, Any], notes: Notes) -> list[str]:
    """Execute the cells, statement by statement, and return what failed."""
    compiler, failed = codeop.Compile(), []
    for number, cell in enumerate(request["cells"], 1):
        file = f"<cell {number}>"
        failed += run_cell(cell, file, names, compiler, request["seconds"], notes)
    return failed[:20]


def run_cell(
    cell: str, file: str, names: dict[str, Any], compiler: Any, seconds: float, notes: Notes
) -> list[str]:
    """Execute one cell within its time; a statement that fails does not stop the later ones."""
    source = plain_python(cell)
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    try:
        tree = ast.parse(source, file)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return [f"{file[1:-1]}, line {getattr(error, 'lineno', None) or 1}: {_words(error)}"]
    failed, ends = [], time.monotonic() + seconds
    for statement in tree.body:
        try:
            signal.signal(signal.SIGALRM, _too_long)
            signal.setitimer(signal.ITIMER_REAL, max(1e-3, ends - time.monotonic()))
            exec(compiler(ast.Module([statement], []), file, "exec"), names)  # type: ignore
        except BaseException as error:
            notes.hear_error(error)
            failed.append(f"{file[1:-1]}, line {statement.lineno}: {_words(error)}")
            if isinstance(error, TimeoutError):
                break
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0.0)
    return failed


def _words(error: BaseException) -> str:
    """Return type and message; a syntax error's own words name a file and line besides."""
    sentence = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{type(error).__name__}: {str(sentence)[:SENTENCE]}"


def _too_long(number: int, frame: Any) -> None:
    raise TimeoutError("the cell took too long")


_MAGIC_LINE = re.compile(r"^(\s*)[%!?].*$", re.MULTILINE)


def plain_python(cell: str) -> str:
    """Return a cell without what only a notebook understands, its lines where they were."""
    first, _, rest = cell.lstrip().partition("\n")
    if first.startswith("%%"):
        timed = first.split()[0] in ("%%time", "%%timeit", "%%capture")
        above = cell.count("\n") - rest.count("\n")
        cell = "\n" * above + rest if timed else ""
    try:
        ast.parse(cell)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return _MAGIC_LINE.sub(r"\1pass", cell)
    return cell
