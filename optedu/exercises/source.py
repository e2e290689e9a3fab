"""The source of an exercise: one file of MyST Markdown, read into its parts."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DIFFICULTIES = ("easy", "medium", "hard")
KINDS = ("code", "proof")
SECTIONS = (
    "Hint",
    "Start",
    "Solution",
    "Public checks",
    "Hidden checks",
    "Typical answers",
    "Rubric",
)
SECRET = ("solution", "solution_code", "hidden", "typical", "rubric")
"""What a student is not given before the work is handed in."""

_HEADER = re.compile(r"\A---\n(.*?)\n---\n(.*)\Z", re.DOTALL)
_SECTION = re.compile(rf"^## ({'|'.join(SECTIONS)})\n", re.MULTILINE)
_CODE = re.compile(r"^```python\n(.*?)^```\n?", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Exercise:
    """An exercise and all that belongs to it. A part that it does not have is empty.

    Attributes
    ----------
    name : str
        ``"family.short-name"``.
    title, statement, hint, solution, rubric : str
        MyST Markdown. A rubric says what each step of a proof is worth.
    difficulty : {"easy", "medium", "hard"}
    points : int
    kind : {"code", "proof"}
        A proof is graded by hand.
    answer : str
        The function or class that the student writes.
    start, solution_code, public, hidden, typical : str
        Python.
    without : tuple of str
        Names of optedu that are not at hand while the answer is graded.
    label : str
        By which chapters refer to it.
    order : int
        Place among the exercises of one difficulty.
    """

    name: str
    title: str
    difficulty: str
    points: int
    kind: str
    answer: str
    statement: str
    hint: str = ""
    start: str = ""
    solution: str = ""
    solution_code: str = ""
    public: str = ""
    hidden: str = ""
    typical: str = ""
    rubric: str = ""
    without: tuple[str, ...] = ()
    label: str = ""
    order: int = 0
    shared: str = ""

    @property
    def family(self) -> str:
        """The chapter to which it belongs."""
        return self.name.partition(".")[0]

    @property
    def short_name(self) -> str:
        """Its name within the chapter."""
        return self.name.partition(".")[2]


def read(path: Path | str) -> Exercise:
    """Read the source of an exercise.

    Parameters
    ----------
    path : path
        ``<family>/<short-name>.md``. What several exercises of a family share lies beside it in
        ``shared.py``, for hidden checks and typical answers.

    Raises
    ------
    ValueError
        If the file is not such a source; the sentence says what is wrong where.
    """
    import yaml

    path = Path(path)
    try:
        parts = _HEADER.match(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise ValueError(f"{path}: the file is not in UTF-8") from None
    if parts is None:
        raise ValueError(f"{path}: an exercise begins with a header between two lines of ---")
    try:
        header: dict[str, Any] = yaml.safe_load(parts[1])
    except yaml.YAMLError as error:
        said = " ".join(str(error).split())
        raise ValueError(f"{path}: the header is not YAML: {said}") from None
    if not isinstance(header, dict):
        raise ValueError(f"{path}: the header is not made of lines like 'points: 2'")
    statement, *rest = _SECTION.split(parts[2])
    sections = dict(zip(rest[::2], rest[1::2], strict=True))
    if len(sections) < len(rest) // 2:
        raise ValueError(f"{path}: a section stands there twice")
    code = {name: _code_of(path, name, text) for name, text in sections.items()}
    shared = path.with_name("shared.py")
    known = {"title", "difficulty", "points", "kind", "answer", "without", "label", "order"}
    if unknown := sorted(set(map(str, header)) - known):
        raise ValueError(f"{path}: the header has no {unknown[0]!r}; known are {sorted(known)}")
    without = header.get("without") or []
    exercise = Exercise(
        name=f"{path.parent.name}.{path.stem}",
        title=header.get("title", ""),
        difficulty=header.get("difficulty", ""),
        points=header.get("points", 0),
        kind=header.get("kind", "code"),
        answer=header.get("answer", ""),
        statement=statement.strip(),
        hint=sections.get("Hint", "").strip(),
        start=code.get("Start", ""),
        solution=_CODE.sub("", sections.get("Solution", "")).strip(),
        solution_code=code.get("Solution", ""),
        public=code.get("Public checks", ""),
        hidden=code.get("Hidden checks", ""),
        typical=code.get("Typical answers", ""),
        rubric=sections.get("Rubric", "").strip(),
        without=tuple(without) if isinstance(without, list) else (without,),
        label=header.get("label", f"ex-{path.parent.name.replace('_', '-')}-{path.stem}"),
        order=header.get("order", 0),
        shared=shared.read_text(encoding="utf-8") if shared.exists() else "",
    )
    _refuse(path, exercise)
    return exercise


def _code_of(path: Path, section: str, text: str) -> str:
    """Return the code of a section, checked to be Python."""
    code = "\n\n".join(block.strip("\n") + "\n" for block in _CODE.findall(text))
    try:
        ast.parse(code)
    except SyntaxError as error:
        raise ValueError(f"{path}, {section}: line {error.lineno} is not Python") from None
    return code


def _refuse(path: Path, exercise: Exercise) -> None:
    """Raise if a part that every exercise has is missing."""

    def require(condition: object, sentence: str) -> None:
        if not condition:
            raise ValueError(f"{path}: {sentence}")

    require(exercise.title, "the header has no title")
    require(exercise.difficulty in DIFFICULTIES, f"difficulty is one of {', '.join(DIFFICULTIES)}")
    require(exercise.kind in KINDS, f"kind is one of {', '.join(KINDS)}")
    # A bool is an int, and YAML reads yes and true as one.
    require(type(exercise.points) is int and exercise.points > 0, "points is a whole number")
    require(type(exercise.order) is int, "order is a whole number")
    for part in ("title", "answer", "label"):
        require(isinstance(getattr(exercise, part), str), f"{part} is a text: put it in quotes")
    words = all(isinstance(name, str) for name in exercise.without)
    require(words, "without is a list of names: [BFGS, LBFGS]")
    require(exercise.statement, "there is no statement")
    require(exercise.hint, "there is no hint")
    require(exercise.solution, "there is no solution in words")
    if exercise.kind == "proof":
        require(exercise.rubric, "a proof has a rubric")
    if exercise.kind == "code" or exercise.hidden:
        for part, names in (
            ("solution_code", {exercise.answer}),
            ("public", {"public"}),
            ("hidden", {"hidden"}),
            ("typical", {"wrong", "right"}),
        ):
            missing = sorted(names - _defined(getattr(exercise, part)))
            require(not missing, f"the {part} does not define {', '.join(missing)!r}")


def _defined(code: str) -> set[str]:
    """Return the names that code defines at its top level."""
    names = set()
    for node in ast.parse(code).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Assign):
            names |= {name.id for name in node.targets if isinstance(name, ast.Name)}
    return names


def start_of(exercise: Exercise) -> str:
    """Return what a student begins with: as the source says, or the solution without its body."""
    if exercise.start or not exercise.solution_code:
        return exercise.start
    tree = ast.parse(exercise.solution_code)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == exercise.answer:
            return "\n".join([*_head(exercise.solution_code, node), "    ...", ""])
    raise ValueError(f"{exercise.name}: a class needs a section Start")


def _head(code: str, node: ast.FunctionDef) -> list[str]:
    """Return the lines of a function up to its first statement, its docstring among them."""
    lines = [line.encode() for line in code.splitlines()]  # columns are counted in bytes
    first = node.body[0]
    line, column = first.lineno, first.col_offset
    for decorator in getattr(first, "decorator_list", ()):  # of a function in the function
        line, column = min((line, column), (decorator.lineno, decorator.col_offset - 1))
    before = lines[line - 1][:column].rstrip()
    if not before and ast.get_docstring(node) is not None:
        line, before = first.end_lineno, lines[first.end_lineno - 1][: first.end_col_offset]
    head = lines[node.lineno - 1 : line - 1]
    return [text.decode() for text in ([*head, before] if before else head)]
