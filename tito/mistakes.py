"""The known mistakes, each run through the real graded cells: what does the student read?"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from types import CodeType
from typing import Any

from nbformat import NotebookNode
from rich.table import Table
from rich.text import Text

from tito.catalogue import CATALOGUE, importable, load_catalogue
from tito.course import Assignment
from tito.errors import CourseError
from tito.lessons import Lesson, read_lesson, to_notebook
from tito.notebooks import CHECK_SUFFIX
from tito.progress import Track, quiet

Cells = list[tuple[str, CodeType]]


@dataclass(frozen=True)
class Mistake:
    """A known mistake, and what the checks made of it."""

    exercise: str
    name: str
    misconception: str
    failed: dict[str, str]  # exercise -> what its check says

    @property
    def costs_its_own_alone(self) -> bool:
        return list(self.failed) == [self.exercise]

    @property
    def message(self) -> str:
        """What the check of the exercise says, and which others fail, if any."""
        said = self.failed.get(self.exercise, "NOT CAUGHT").removeprefix("AssertionError: ")
        others = ", ".join(name for name in self.failed if name != self.exercise)
        return f"{said} ALSO FAILS: {others}" if others else said


def mistakes(assignment: Assignment, track: Track = quiet) -> list[Mistake]:
    """Run every known mistake in a lesson's exercises through the lesson's checks."""
    cells = graded_cells(read_lesson(assignment.lesson))
    known = load_catalogue(assignment.course.root / CATALOGUE).WRONG
    answers = {each.name: each for each in known if each.exercise in dict(cells)}
    if not answers:
        raise CourseError(f"no known mistake is one in the exercises of {assignment.name}")
    with importable(assignment.course.root), warnings.catch_warnings(action="ignore"):
        return [try_out(cells, answers[name]) for name in track(answers, total=len(answers))]


def try_out(cells: Cells, answer: Any) -> Mistake:
    failed = failed_checks(cells, answer)
    return Mistake(answer.exercise, answer.name, answer.misconception, failed)


def graded_cells(lesson: Lesson) -> Cells:
    """Name and compiled code of each given, exercise and check cell, in order."""
    return [
        (grade_id(cell), compile(cell.source, grade_id(cell), "exec"))
        for cell in to_notebook(lesson).cells
        if "nbgrader" in cell.metadata and cell.cell_type == "code"
    ]


def grade_id(cell: NotebookNode) -> str:
    return str(cell.metadata["nbgrader"]["grade_id"])


def failed_checks(cells: Cells, answer: Any = None) -> dict[str, str]:
    """Run all cells, one exercise answered otherwise; return what each failed check says.

    An answer that does not run fails its check later, as in a notebook. A given cell that does not
    run is a bug of the lesson: it raises.
    """
    namespace: dict[str, object] = {}
    failed = {}
    for name, code in cells:
        if answer and name == answer.exercise:
            error_of(answer.source, namespace)
        elif not name.endswith(CHECK_SUFFIX):
            exec(code, namespace)
        elif error := error_of(code, namespace):
            failed[name.removesuffix(CHECK_SUFFIX)] = f"{type(error).__name__}: {error}"
    return failed


def error_of(code: str | CodeType, namespace: dict[str, object]) -> Exception | None:
    """Run code and return what it raised: whatever a student's code raises is the student's."""
    try:
        exec(code, namespace)
    except Exception as error:
        return error
    return None


def to_table(found: list[Mistake]) -> Table:
    """Exercise, mistake, and what its author reads; the exercise named once."""
    table = Table("exercise", "mistake", "message", show_lines=True)
    shown = ""
    for mistake in found:
        first = mistake.exercise if mistake.exercise != shown else ""
        table.add_row(Text(first), Text(mistake.misconception), Text(mistake.message))
        shown = mistake.exercise
    return table
