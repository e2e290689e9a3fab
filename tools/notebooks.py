"""Make notebooks of the chapters that any Jupyter can read, with a cell that installs for Colab.

A chapter is MyST Markdown; a plain notebook viewer knows no directives and no references. Here
they become Markdown with the numbers that the built book shows, so build the book first. What the
branch `notebooks` of the repository holds is the folder that this writes: Colab opens from there.
"""

from __future__ import annotations

import argparse
import ast
import functools
import re
import shutil
import sys
import textwrap
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[1]
HTML = ROOT / "_build/html"
FOLDER = ROOT / "_build/notebooks"
BRANCH = "notebooks"
EXTRAS = ("data", "proofs")
ON_GPU = re.compile(r"\bcuda\b|[\"']gpu[\"']")

FENCE = re.compile(r"^(?P<fence>`{3,}|:{3,})\{(?P<name>[\w:-]+)\}\s*(?P<title>.*)$")
ROLE = re.compile(r"\{(?P<role>[a-z:]+)\}`(?P<text>[^`]+)`")
LABEL = re.compile(r"^\((?P<label>[\w:-]+)\)=\s*$\n?", re.MULTILINE)
DISPLAY = re.compile(r"\$\$(?P<body>[^$]+?)\$\$[ ]*\((?P<label>[\w:-]+)\)")
TITLED = re.compile(r"^\((?P<label>[\w:-]+)\)=\s*\n+#+ (?P<title>.+)$", re.MULTILINE)
PLACE = re.compile(
    r'id="(?:equation-)?(?P<label>[^"]+)">\s*<p class="admonition-title">'
    r'<span class="caption-number">(?P<number>[^<]+?)\s*</span>'
)
EQUATION = re.compile(r'id="equation-(?P<label>[^"]+)">\s*<span class="eqno">(?P<number>\([^)]+\))')
MEASURED = re.compile(r"^(?:from|import) benchmarks\b", re.MULTILINE)
CLONE = """
if not any((folder / "benchmarks").is_dir() for folder in [Path.cwd(), *Path.cwd().parents]):
    subprocess.run(["git", "clone", "--quiet", "--depth", "1", "--branch", "{branch}",
        "{address}", "optedu-book"], check=True)
    sys.path.insert(0, "optedu-book")  # it holds the stored measurements"""
KINDS = {"prf:proof": "Proof", "hint": "Hint", "note": "Note", "tip": "Tip", "warning": "Warning"}
DROPPED = {"tableofcontents", "bibliography", "nb-exec-table", "include", "glossary"}


def project() -> dict:
    """The table `project` of pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def repository() -> tuple[str, str]:
    """Address and branch of the sources."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    return config["repository"]["url"], config["repository"]["branch"]


def colab_link(page: str) -> str:
    """Where Colab opens the notebook of a page."""
    home = repository()[0].removeprefix("https://")
    return (
        f"https://colab.research.google.com/{home.replace('.com', '')}/blob/{BRANCH}/{page}.ipynb"
    )


def ranges(*extras: str) -> list[str]:
    """What a chapter needs, in the ranges of pyproject.toml; a linker for live figures is one."""
    table = project()
    lines = list(table["dependencies"])
    for extra in extras:
        lines += table["optional-dependencies"][extra]
    lines += [s for s in table["optional-dependencies"]["book"] if s.startswith("ziglang")]
    return [line.partition(";")[0].strip() for line in lines]


def install_cell(on_gpu: bool, whole: bool = False) -> str:
    """The first cell: it installs where the library is missing, and does nothing elsewhere.

    A page that shows stored measurements asks for the `whole` repository.
    """
    address, branch = repository()
    extras = (*EXTRAS, "cuda") if on_gpu else EXTRAS
    wanted = [f"optedu[{','.join(extras)}] @ git+{address}@{branch}", *ranges(*extras)]
    lines = "\n".join(f'        "{line}",' for line in wanted)
    clone = CLONE.format(address=address, branch=branch) if whole else ""
    return f"""# Installs the library where it is missing, as on Colab; elsewhere it does nothing.
import importlib.util, subprocess, sys
from pathlib import Path

if importlib.util.find_spec("optedu") is None:
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet",
{lines}
    ], check=True)
if "google.colab" in sys.modules:
    from google.colab import output
    output.enable_custom_widget_manager()  # else live figures stay pictures{clone}"""


def note(page: str, on_gpu: bool) -> str:
    """What the reader of a notebook should know, and nothing more."""
    if on_gpu:
        device = (
            "A GPU is used where there is one. On Colab: Runtime, Change runtime type, GPU. "
            "Without one the cells that need it say so."
        )
    else:
        device = "Everything here runs on the processor: leave Colab's runtime type at CPU."
    return (
        f"*This notebook is made from `{page}.md` of the book* Optimization you can run. *{device} "
        "If pip changed NumPy under a running kernel, restart it once. Text: CC BY 4.0. "
        "Code: BSD-3-Clause.*"
    )


@functools.cache
def numbers() -> dict[str, str]:
    """What the built book calls equations, theorems and exercises, by label."""
    found: dict[str, str] = {}
    for path in HTML.rglob("*.html"):
        if "_static" not in path.parts:
            text = path.read_text(encoding="utf-8")
            found |= {match["label"]: match["number"] for match in PLACE.finditer(text)}
            found |= {match["label"]: match["number"] for match in EQUATION.finditer(text)}
    return found


@functools.cache
def titles() -> dict[str, str]:
    """Titles of sections by label, and of pages by their path from `book/`."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "book").rglob("*.md")):
        text = path.read_text(encoding="utf-8")
        found |= {match["label"]: match["title"] for match in TITLED.finditer(text)}
        first = re.search(r"^# (.+)$", text, re.MULTILINE)
        if first:
            found[path.relative_to(ROOT / "book").with_suffix("").as_posix()] = first[1]
    return found


@functools.cache
def works() -> dict[str, tuple[str, str]]:
    """Authors and year of each entry of the bibliography."""
    from pybtex.database import parse_file

    found = {}
    for key, entry in parse_file(str(ROOT / "book/references.bib")).entries.items():
        names = [
            " ".join([*person.prelast_names, *person.last_names])
            for person in entry.persons.get("author", entry.persons.get("editor", []))
        ]
        who = f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
        found[key] = (_letters(who), entry.fields.get("year", ""))
    return found


def _letters(text: str) -> str:
    """A name without the markup of LaTeX."""
    import codecs

    import latexcodec  # noqa: F401  (it registers the codec)

    return re.sub("[{}]", "", codecs.decode(text, "ulatex")).replace("\xa0", " ")


def role(match: re.Match[str]) -> str:
    """A reference, as plain text."""
    kind, text = match["role"], match["text"]
    named = re.fullmatch(r"(.+?)\s*<([^>]+)>", text, re.DOTALL)
    words, target = (named[1], named[2]) if named else ("", text.strip())
    if kind in ("eq", "prf:ref", "numref"):
        return words or numbers().get(target, target)
    if kind in ("ref", "doc", "term"):
        short = target.removeprefix("/book/").removeprefix("../")
        return words or titles().get(short, titles().get(f"chapters/{short}", target))
    if kind.startswith("cite"):
        cited = [works().get(key.strip(), (key.strip(), "")) for key in text.split(",")]
        if kind == "cite:t":
            return ", ".join(f"{who} ({year})" for who, year in cited)
        return f"({'; '.join(f'{who}, {year}' for who, year in cited)})"
    return f"${text}$" if kind == "math" else f"`{text}`"


def excerpt(path: Path, name: str) -> str:
    """The source of one class or function, as `literalinclude` takes it."""
    text = path.read_text(encoding="utf-8")
    nodes: list[ast.stmt] = ast.parse(text).body
    node: ast.stmt | None = None
    for part in name.split("."):
        node = next(n for n in nodes if getattr(n, "name", None) == part)
        nodes = getattr(node, "body", [])
    assert node is not None
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(d.lineno for d in decorators)])
    return textwrap.dedent("\n".join(text.splitlines()[first - 1 : node.end_lineno]))


def directive(name: str, title: str, options: dict[str, str], body: str, folder: Path) -> str:
    """What a directive says, in plain Markdown."""
    if name in DROPPED:
        return ""
    if name == "literalinclude":
        path = (folder / title).resolve()
        whole = path.read_text(encoding="utf-8")
        code = excerpt(path, options["pyobject"]) if "pyobject" in options else whole
        return f"```{options.get('language', 'python')}\n{code}\n```"
    said = markdown(body, folder)
    if name == "solution":
        what = numbers().get(title, "the exercise")
        return f"<details><summary>Solution to {what}</summary>\n\n{said}\n\n</details>"
    if name in ("dropdown", "hint") or "dropdown" in options.get("class", ""):
        return f"<details><summary>{title or 'Hint'}</summary>\n\n{said}\n\n</details>"
    if name == "prf:proof":
        return f"*Proof.* {said} ∎"
    kind = KINDS.get(name, name.partition(":")[2] or name).capitalize()
    if name == "admonition":
        return f"**{title}.** {said}"
    number = numbers().get(options.get("label", ""), kind)
    return f"**{number}{f' ({title})' if title else ''}.** {said}"


def markdown(text: str, folder: Path) -> str:
    """MyST as Markdown that every notebook viewer reads."""
    lines, out, i = text.split("\n"), [], 0
    while i < len(lines):
        opened = FENCE.match(lines[i])
        plain = re.match(r"^(`{3,})", lines[i])
        if not opened and not plain:
            out.append(lines[i])
            i += 1
            continue
        fence = opened["fence"] if opened else plain[1]  # type: ignore[index]
        end = next((j for j in range(i + 1, len(lines)) if lines[j].rstrip() == fence), len(lines))
        inside = lines[i + 1 : end]
        if opened:
            options = {}
            while inside and (option := re.match(r"^:([\w-]+):\s*(.*)$", inside[0])):
                options[option[1]] = option[2]
                inside.pop(0)
            title = (
                ROLE.sub(role, opened["title"]) if opened["name"] != "solution" else opened["title"]
            )
            body = "\n".join(inside).strip("\n")
            out.append(directive(opened["name"], title.strip(), options, body, folder))
        else:
            out += lines[i : end + 1]
        i = end + 1
    return prose("\n".join(out))


def prose(text: str) -> str:
    """Labels go, references and numbers of formulas come."""
    text = re.sub(r"^<!--.*?-->\n?", "", text, flags=re.MULTILINE | re.DOTALL)
    text = LABEL.sub("", text)
    text = DISPLAY.sub(_numbered, text)
    return ROLE.sub(role, text)


def _numbered(match: re.Match[str]) -> str:
    number = numbers().get(match["label"])
    tag = f"\\tag{{{number.strip('()')}}}\n" if number else ""
    return f"$${match['body']}{tag}$$"


def notebook(page: str) -> NotebookNode:
    """The notebook of a page, without outputs."""
    import jupytext
    import nbformat

    path = ROOT / f"{page}.md"
    read = jupytext.read(path)
    code = "\n".join(cell.source for cell in read.cells if cell.cell_type == "code")
    on_gpu, whole = bool(ON_GPU.search(code)), bool(MEASURED.search(code))
    cells = [
        nbformat.v4.new_markdown_cell(note(page, on_gpu)),
        nbformat.v4.new_code_cell(install_cell(on_gpu, whole), metadata={"cellView": "form"}),
    ]
    for cell in read.cells:
        if cell.cell_type == "code":
            made = nbformat.v4.new_code_cell(cell.source, metadata=cell.metadata)
            if {"hide-input", "hide-cell", "remove-input"} & set(cell.metadata.get("tags", [])):
                made.metadata["jupyter"] = {"source_hidden": True}
                made.metadata["cellView"] = "form"
        else:
            made = nbformat.v4.new_markdown_cell(markdown(cell.source, path.parent))
        if made.source.strip():
            cells.append(made)
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"  # the same sources give the same bytes
    metadata = {
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
        "language_info": {"name": "python"},
        "colab": {"provenance": []},
    }
    if on_gpu:
        metadata["accelerator"] = "GPU"
    return nbformat.v4.new_notebook(cells=cells, metadata=metadata)


def pages() -> list[str]:
    """The pages that hold code, without their ending."""
    sys.path.insert(0, str(ROOT / "tools"))
    import build

    return [name.removesuffix(".md") for name in build.chapters()]


def write(folder: Path, names: list[str] | None = None) -> list[Path]:
    """Write the notebooks below a folder, at the paths that the pages have."""
    import nbformat

    made = []
    for page in pages() if names is None else names:
        path = folder / f"{page}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook(page), path)
        made.append(path)
    return made


README = """# Notebooks of *Optimization you can run*

Made from the sources of the book by `make notebooks`; do not edit them here. Each begins with a
cell that installs what is missing. The sources: {address}
"""


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    if not (HTML / "index.html").exists():
        sys.exit("there is no book yet: make html")
    shutil.rmtree(FOLDER, ignore_errors=True)
    made = write(FOLDER)
    (FOLDER / "README.md").write_text(README.format(address=repository()[0]), encoding="utf-8")
    print(f"{len(made)} notebooks: {FOLDER.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
