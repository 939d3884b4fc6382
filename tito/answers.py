"""Put answers into a released notebook, as a student would."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy

from nbformat import NotebookNode

from tito.errors import NotebookError
from tito.lessons import without_marks

EXPORT = "#| export"


def fill(notebook: NotebookNode, answers: Mapping[str, str]) -> NotebookNode:
    """A copy of `notebook` whose exercise cells hold `answers`: {exercise: code of the cell}.

    A first line `#| export` stays; everything else in the cell is replaced.
    """
    filled = deepcopy(notebook)
    cells = solution_cells(filled)
    unknown = sorted(answers.keys() - cells.keys())
    if unknown:
        raise NotebookError(
            f"no exercise {unknown[0]!r} in this notebook; there are: {', '.join(cells) or 'none'}"
        )
    for exercise, source in answers.items():
        first = f"{EXPORT}\n" if cells[exercise].source.startswith(EXPORT) else ""
        cells[exercise].source = first + source.removeprefix(EXPORT).strip("\n")
    return filled


def reference(source: NotebookNode) -> dict[str, str]:
    """The answers of the lesson's own notebook, without the marks around the solutions."""
    cells = solution_cells(without_marks(source))
    return {exercise: cell.source.removeprefix(EXPORT).strip() for exercise, cell in cells.items()}


def solution_cells(notebook: NotebookNode) -> dict[str, NotebookNode]:
    """The cells students write their functions in, by their grade_id."""
    gradings = [(cell.metadata.get("nbgrader", {}), cell) for cell in notebook.cells]
    return {
        grading["grade_id"]: cell
        for grading, cell in gradings
        if grading.get("solution") and not grading.get("grade")
    }
