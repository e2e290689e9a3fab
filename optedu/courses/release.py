"""What nbgrader does with an answer cell when the students' edition is made."""

from __future__ import annotations

from nbgrader.preprocessors import ClearSolutions

from optedu.courses.assignment import name_of
from optedu.exercises.library import find
from optedu.exercises.source import start_of

ANSWER = "answer--"


class Start(ClearSolutions):
    """Puts what the source gives to begin with into an answer cell; the rest as nbgrader does."""

    def preprocess_cell(self, cell, resources, cell_index):
        described = cell.metadata.get("nbgrader", {})
        grade_id = described.get("grade_id", "")
        if described.get("solution") and cell.cell_type == "markdown" and "--" in grade_id:
            cell.source = "*Write your proof here.*"
        elif described.get("solution") and grade_id.startswith(ANSWER):
            cell.source = start_of(find(name_of(grade_id.removeprefix(ANSWER)))).rstrip("\n")
        else:
            return super().preprocess_cell(cell, resources, cell_index)
        return cell, resources
