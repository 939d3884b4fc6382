"""Put answers into a released notebook, as a student would."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy

from nbformat import NotebookNode

from tito.cells import Kind, kind_of, name_of, split_directives
from tito.errors import NotebookError
from tito.lessons import without_marks


def fill(notebook: NotebookNode, answers: Mapping[str, str]) -> NotebookNode:
    """A copy of `notebook` whose exercise cells hold `answers`: {exercise: code of the cell}.

    The cell's `#| export` stays; everything else in it is replaced.
    """
    filled = deepcopy(notebook)
    cells = solution_cells(filled)
    unknown = sorted(answers.keys() - cells.keys())
    if unknown:
        raise NotebookError(
            f"no exercise {unknown[0]!r} in this notebook; there are: {', '.join(cells) or 'none'}"
        )
    for exercise, source in answers.items():
        directives, _ = split_directives(cells[exercise].source)
        cells[exercise].source = directives + split_directives(source)[1].strip("\n")
    return filled


def reference(source: NotebookNode) -> dict[str, str]:
    """The answers of the lesson's own notebook, without the marks around the solutions."""
    cells = solution_cells(without_marks(source))
    return {name: split_directives(cell.source)[1].strip() for name, cell in cells.items()}


def solution_cells(notebook: NotebookNode) -> dict[str, NotebookNode]:
    """The cells students write their functions in, by their grade_id."""
    return {name_of(cell): cell for cell in notebook.cells if kind_of(cell) is Kind.EXERCISE}
