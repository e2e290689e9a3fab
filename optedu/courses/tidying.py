"""What a student may have done to a notebook's cells, undone before nbgrader looks at them."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Unicode

_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_PICTURE = re.compile(r"!\[([^\]]*)\]\((?!attachment:|data:image/)([^)]*)\)")
_REFERRED = re.compile(r"!(?=\[[^\]]*\]\s*\[)")


def harmless(text: str) -> str:
    """Return Markdown in which HTML is shown and not run, and no picture is fetched."""
    return _REFERRED.sub("", _PICTURE.sub(r"[\1] (\2)", _TAG.sub("< ", text)))


class Tidied(NbGraderPreprocessor):
    """Copies of cells become the student's own, and lost ones come back, the answers empty.

    The page on which an instructor grades comes from Jupyter's own address, so a script in a
    student's Markdown could do there what the instructor can: it is made harmless here.
    """

    course = Unicode("", help="The course's folder.").tag(config=True)

    def preprocess(self, nb, resources):
        where = resources["nbgrader"]
        file = Path(self.course, "source", where["assignment"], f"{where['notebook']}.ipynb")
        source = nbformat.read(file, as_version=4)
        known = {cell.metadata.nbgrader.grade_id: cell for cell in source.cells}
        seen = set()
        for cell in reversed(nb.cells):  # of two copies of an answer the last is what counts
            described = cell.metadata.get("nbgrader")
            name = described.get("grade_id") if isinstance(described, dict) else None
            if name in known and name not in seen and cell.cell_type == known[name].cell_type:
                seen.add(name)
            else:
                cell.metadata.pop("nbgrader", None)
            if cell.cell_type == "markdown":
                cell.source = harmless(cell.source)
        for name, cell in known.items():
            if name not in seen:
                if not cell.metadata.nbgrader.locked:
                    cell.source = ""
                nb.cells.append(cell)
        return nb, resources
