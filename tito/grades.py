"""Read a class's grades: from the journal of what was graded, and points from the gradebook."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Final

from tito.cells import CHECK_SUFFIX
from tito.collecting.record import read_record, refusals
from tito.collecting.roster import Roster
from tito.course import Assignment
from tito.errors import CourseError
from tito.grading.gradebook import ClassGradebook, Lateness, Marks
from tito.grading.intake import name_problem, shown
from tito.grading.journal import Entry, Status, read_records
from tito.grading.lateness import current_marks
from tito.grading.rows import Mark
from tito.nbgrader_api import nbgrader_for
from tito.notebooks import Exercise, exercises, questions
from tito.sandbox import TRUSTED

NOT_GRADED_YET: Final = "not graded yet"
MISSING: Final = "missing"


NOTHING = Marks({}, {}, None)


@dataclass(frozen=True)
class Row:
    """One student's line in the table: what was graded, and what the gradebook holds for it."""

    student: str  # as it can be shown
    entry: Entry
    marks: Marks
    exercises: Sequence[Exercise]
    feedback: str = ""  # where the feedback page is, seen from report.html, or nothing
    name: str = ""  # as the roster has it
    section: str = ""

    @property
    def status(self) -> Status:
        return self.entry.status

    @property
    def graded(self) -> bool:
        return self.status == "graded"

    @property
    def flags(self) -> list[str]:
        """What a person should look at."""
        doubt = [self.late.doubt] if self.late.doubt else []
        again = [
            f"{name} changed after {mark.manual:g} points were given by hand: look at it again."
            for name, mark in self.read_again.items()
        ]
        return [*self.entry.flags, *self.entry.judged.flags, *doubt, *again]

    @property
    def read_again(self) -> dict[str, Mark]:
        """The graded cells whose mark by hand was for another text, and does not count."""
        return {name: mark for name, mark in self.marks.cells.items() if mark.again}

    @property
    def failed(self) -> dict[str, str]:
        """What the check of each exercise said."""
        return self.entry.judged.failed

    @property
    def seconds(self) -> float:
        return self.entry.judged.seconds

    @property
    def isolation(self) -> str:
        return self.entry.judged.isolation

    @property
    def late(self) -> Lateness:
        return self.marks.late

    @property
    def penalty(self) -> float:
        """For handing in late."""
        return self.marks.penalty or 0.0

    @cached_property
    def points(self) -> dict[str, float]:
        """For each exercise, in the lesson's order."""
        marks = {
            part.name: self.marks.cells.get(part.name + CHECK_SUFFIX) for part in self.exercises
        }
        return {name: mark.score if mark else 0.0 for name, mark in marks.items()}

    @cached_property
    def manual(self) -> dict[str, float | None]:
        """For each question; None while nobody has read it."""
        checks = {part.name + CHECK_SUFFIX for part in self.exercises}
        cells = self.marks.cells.items()
        return {name: given(mark) for name, mark in cells if name not in checks}

    @property
    def max_score(self) -> float:
        return sum(part.points for part in self.exercises)

    @property
    def reason(self) -> str:
        """Why it is not graded, or the first reason for lost points, or nothing."""
        if not self.graded:
            return self.entry.reason
        for part in self.exercises:
            if self.points[part.name] < part.points:
                said = self.failed.get(part.name, "points taken by hand")
                return said if said.startswith(part.name) else f"{part.name}: {said}"
        return ""

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
        """How many answers a person has still to read, or to read again."""
        return sum(mark.is_unread or mark.again for mark in self.marks.cells.values())

    @property
    def at_stake(self) -> float:
        """The points of the checks that are not there, all of one who handed in and has none."""
        return self.max_score - self.score if self.status != MISSING else 0.0

    @property
    def handed_in(self) -> str:
        """When, in UTC, to the minute; nothing where it is not known."""
        return f"{self.late.handed_in:%Y-%m-%d %H:%M}" if self.late.handed_in else ""

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

    Students whom the gradebook or the roster knows and who handed nothing in are among the rows,
    and so are those whose file was refused when it was collected.
    """
    parts = exercises(assignment.source)
    records = read_records(assignment.journal)
    refused = refusals(read_record(assignment))
    handed_in = has_handed_in(assignment, refused)
    with nbgrader_for(assignment.course) as api:
        marks = current_marks(api, assignment, records.entries)
        known = ClassGradebook(api, assignment.name).students()
    roster = Roster.read(assignment.course).lines
    rows = []
    for student in sorted({*handed_in, *refused, *known, *roster}):
        entry = records.entries.get(student)
        if student not in handed_in:
            reason = refused.get(student, "")
            status: Status = "refused" if reason else MISSING
            entry = Entry(student, "", status, reason or "nothing handed in")
        elif entry and student in refused:
            later = f"Another file was refused when collected: {refused[student]}."
            entry = replace(entry, flags=[*entry.flags, later])
        entry = entry or Entry(student, "", NOT_GRADED_YET, NOT_GRADED_YET)
        graded = entry.status == "graded"
        theirs = marks.get(student, NOTHING) if graded else NOTHING
        page = feedback_link(assignment, student) if graded else ""
        line = roster.get(student, {})
        about = shown(line.get("name", "")), shown(line.get("section", ""))
        rows.append(Row(shown(student), entry, theirs, parts, page, *about))
    return Grades(assignment.name, parts, rows, questions(assignment.source))


def has_handed_in(assignment: Assignment, refused: Mapping[str, str]) -> list[str]:
    """Whose work lies in the class folder; nobody's may, where files were refused."""
    try:
        return assignment.students()
    except CourseError:
        if refused:
            return []
        raise


def given(mark: Mark) -> float | None:
    """The points for an answer; None while nobody has read it."""
    return None if mark.is_unread else mark.score


def feedback_link(assignment: Assignment, student: str) -> str:
    if name_problem(student):
        return ""
    page = assignment.feedback_page(student)
    return Path(os.path.relpath(page, assignment.report)).as_posix() if page.is_file() else ""
