"""What a student may have done to a notebook's cells, undone before nbgrader looks at them."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Unicode

from optedu.courses.cleaning import PICTURES, harmless


class Tidied(NbGraderPreprocessor):
    """Copies of cells become the student's own, and lost ones come back, the answers empty.

    Of a student's cells what is written and pictures are kept, and no metadata: some of it is
    written into pages as it is.
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
            cell.metadata = NotebookNode()
            if name in known and name not in seen and cell.cell_type == known[name].cell_type:
                seen.add(name)
                cell.metadata = known[name].metadata
            _keep_what_is_written(cell)
        for name, cell in known.items():
            if name not in seen:
                if not cell.metadata.nbgrader.locked:
                    cell.source = ""
                nb.cells.append(cell)
        for number, cell in enumerate(nb.cells):
            if "id" in cell:
                cell["id"] = f"cell-{number}"
        nb.metadata = source.metadata
        return nb, resources


def _keep_what_is_written(cell: NotebookNode) -> None:
    """Make a cell's text harmless, and leave of what is attached to it the pictures."""
    attached = cell.pop("attachments", {})
    pictures = {
        name: NotebookNode({kind: data for kind, data in forms.items() if kind in PICTURES})
        for name, forms in attached.items()
    }
    pictures = {name: forms for name, forms in pictures.items() if forms}
    if pictures:
        cell.attachments = NotebookNode(pictures)
    if cell.cell_type == "raw":
        cell.cell_type = "markdown"
    if cell.cell_type == "markdown":
        cell.source = harmless(cell.source, pictures)
