"""Read a class's grades: from the journal of what was graded, and points from the gradebook."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tito.cells import CHECK_SUFFIX
from tito.course import Assignment
from tito.grading.gradebook import ClassGradebook, Marks
from tito.grading.intake import name_problem, shown
from tito.grading.journal import Entry, Status, read_records
from tito.grading.rows import Mark
from tito.nbgrader_api import nbgrader_for
from tito.notebooks import Exercise, exercises, questions
from tito.sandbox import TRUSTED

NOT_GRADED_YET: Final = "not graded yet"
MISSING: Final = "missing"


@dataclass(frozen=True)
class Row:
    """One student's line in the table."""

    student: str
    points: dict[str, float]  # for each exercise, in the lesson's order
    max_score: float
    graded: bool
    status: Status
    reason: str  # why it is not graded, or the first reason for lost points, or nothing
    feedback: str  # where the feedback page is, seen from report.html, or nothing
    flags: list[str] = field(default_factory=list)  # what a person should look at
    failed: dict[str, str] = field(default_factory=dict)  # exercise -> what its check said
    seconds: float = 0.0  # that judging took
    isolation: str = ""  # ISOLATED, or TRUSTED
    manual: dict[str, float | None] = field(default_factory=dict)  # question -> None: not read
    penalty: float = 0.0  # for handing in late

    @property
    def score(self) -> float:
        """The points of the checks."""
        return sum(self.points.values())

    @property
    def by_hand(self) -> float:
        """The points that a person gave."""
        return sum(points or 0.0 for points in self.manual.values())

    @property
    def unread(self) -> int:
        """How many answers a person has still to read."""
        return sum(points is None for points in self.manual.values())

    @property
    def total(self) -> float:
        """What counts: checks and questions less the penalty."""
        return max(0.0, self.score + self.by_hand - self.penalty)


@dataclass(frozen=True)
class Grades:
    """The grades of one class in one lesson."""

    lesson: str
    exercises: Sequence[Exercise]
    rows: Sequence[Row]
    questions: Sequence[Exercise] = ()  # graded by a person

    @property
    def worth(self) -> float:
        """The points of all exercises and questions."""
        return sum(part.points for part in (*self.exercises, *self.questions))

    @property
    def trusted(self) -> int:
        """How many were graded without isolation."""
        return sum(row.isolation == TRUSTED for row in self.rows)


def read_grades(assignment: Assignment) -> Grades:
    """Everything the table, the CSV file and the report show.

    Students whom the gradebook knows and who handed nothing in are among the rows.
    """
    parts = exercises(assignment.source)
    records = read_records(assignment.journal)
    handed_in = assignment.students()
    with nbgrader_for(assignment.course) as api:
        gradebook = ClassGradebook(api, assignment.name)
        marks = gradebook.marks()
        students = sorted({*handed_in, *gradebook.students()})
    rows = []
    for student in students:
        entry = records.entries.get(student)
        if student not in handed_in:
            entry = Entry(student, "", MISSING, "nothing handed in")
        page = feedback_link(assignment, student)
        rows.append(to_row(student, parts, entry, marks.get(student), page))
    return Grades(assignment.name, parts, rows, questions(assignment.source))


def to_row(
    student: str, parts: Sequence[Exercise], entry: Entry | None, marks: Marks | None, page: str
) -> Row:
    entry = entry or Entry(student, "", NOT_GRADED_YET, NOT_GRADED_YET)
    graded = entry.status == "graded"
    cells = marks.cells if marks and graded else {}
    checks = {part.name: part.name + CHECK_SUFFIX for part in parts}
    points = {name: cells[check].score if check in cells else 0.0 for name, check in checks.items()}
    return Row(
        shown(student),
        points,
        sum(part.points for part in parts),
        graded,
        entry.status,
        lost(parts, points, entry.failed) if graded else entry.reason,
        page if graded else "",
        entry.flags,
        entry.failed,
        entry.seconds,
        entry.isolation,
        {name: given(mark) for name, mark in cells.items() if name not in checks.values()},
        (marks.penalty or 0.0) if marks and graded else 0.0,
    )


def given(mark: Mark) -> float | None:
    """The points for an answer; None while nobody has read it. A blank one gets 0 by itself."""
    return None if mark.auto is None and mark.manual is None else mark.score


def lost(parts: Sequence[Exercise], points: Mapping[str, float], failed: Mapping[str, str]) -> str:
    """The first reason for lost points: "exercise: what its check said"."""
    for part in parts:
        if points[part.name] < part.points:
            return f"{part.name}: {failed.get(part.name, 'points taken by hand')}"
    return ""


def feedback_link(assignment: Assignment, student: str) -> str:
    if name_problem(student):
        return ""
    page = assignment.feedback_page(student)
    return Path(os.path.relpath(page, assignment.report)).as_posix() if page.is_file() else ""
