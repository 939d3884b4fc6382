"""Who handed in late, by how much, and what that costs: worked out whenever grades are read.

So neither the order of collecting, grading and setting the deadline matters, nor when a platform
took its word back. It rests on the class folder alone: the due date and nbgrader's extensions in
the gradebook, those in roster.csv, the platform's word in collected/LESSON.csv, the time in
timestamp.txt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from nbgrader.apps import NbGraderAPI
from sqlalchemy import select

from tito.collecting.record import IN_TIME, LATE, PLATFORM, Received, read_record, taken
from tito.collecting.roster import EXTENSION, Roster
from tito.course import Assignment
from tito.errors import CourseError
from tito.grading.gradebook import ClassGradebook, Lateness, Marks
from tito.grading.intake import name_problem, read_timestamp
from tito.grading.journal import Entry
from tito.grading.rereading import set_aside
from tito.grading.rows import ASSIGNMENT, SUBMISSION
from tito.nbgrader_api import late_penalty
from tito.times import parse_time

LEAST = timedelta(seconds=1)  # by which one is late whom the platform calls late and no more
NO_DUE_DATE = "The platform says that it came late; no due date is set, so nothing is taken off."
NO_TIME = "The platform says that it came late, not by how much: it counts as a moment late."
EXTENDED = (
    "The platform says that it came late, not by how much; with the extension it counts as in time."
)
DURATION = re.compile(r"(?P<count>\d+(?:[.,]\d+)?) ?(?P<unit>h|hours?|d|days?|w|weeks?|)", re.I)
HOURS = {"": 1, "h": 1, "d": 24, "w": 168}

Extension = timedelta | datetime  # so much longer, or until then (UTC)


@dataclass(frozen=True)
class Deadlines:
    """When a lesson is due for each student, and what is known of when each handed in."""

    due: datetime | None
    extensions: Mapping[str, list[Extension]]
    words: Mapping[str, Received]  # the line of the file that counts

    def lateness(self, student: str, handed_in: datetime | None) -> Lateness:
        """Whether a student is late: by the platform's word, else by the time.

        Args:
            handed_in: what timestamp.txt says, UTC.
        """
        due = self.due_for(student)
        said = self.words.get(student)
        word = said.late if said else ""
        if word and said and said.time_by != PLATFORM:
            return self._by_word_alone(word == LATE, due)
        if word == LATE and due is None:
            return Lateness(handed_in, None, timedelta(), True, NO_DUE_DATE)
        late = max(handed_in - due, timedelta()) if due and handed_in else timedelta()
        if word == IN_TIME:
            late = timedelta()
        if word == LATE and due == self.due:
            late = max(late, LEAST)
        return Lateness(handed_in, due, late, bool(late))

    def _by_word_alone(self, is_late: bool, due: datetime | None) -> Lateness:
        """The file's time is that of the download: it says nothing."""
        if not is_late:
            return Lateness(None, due)
        if due is None:
            return Lateness(None, None, timedelta(), True, NO_DUE_DATE)
        if due != self.due:
            return Lateness(None, due, timedelta(), False, EXTENDED)
        return Lateness(None, due, LEAST, True, NO_TIME)

    def due_for(self, student: str) -> datetime | None:
        """The latest that is granted."""
        if self.due is None:
            return None
        granted = self.extensions.get(student, [])
        moved = [self.due + each if isinstance(each, timedelta) else each for each in granted]
        return max([self.due, *moved])


def read_deadlines(assignment: Assignment, gradebook: ClassGradebook) -> Deadlines:
    of_lesson = ASSIGNMENT.c.name == assignment.name
    due = [row.duedate for row in gradebook.read(select(ASSIGNMENT).where(of_lesson))]
    extensions: dict[str, list[Extension]] = {}
    for student, extension in granted(Roster.read(assignment.course), assignment.name):
        extensions.setdefault(student, []).append(extension)
    granted_there = select(SUBMISSION.c.student_id, SUBMISSION.c.extension)
    for row in gradebook.read(granted_there.join_from(SUBMISSION, ASSIGNMENT).where(of_lesson)):
        if row.extension:
            extensions.setdefault(row.student_id, []).append(row.extension)
    return Deadlines(due[0] if due else None, extensions, taken(read_record(assignment)))


def granted(roster: Roster, lesson: str) -> Iterator[tuple[str, Extension]]:
    """Each extension in roster.csv: of the column for the lesson, else of that for all lessons."""
    for student, line in roster.lines.items():
        said = (line.get(f"{EXTENSION} {lesson}") or line.get(EXTENSION) or "").strip()
        if said:
            yield student, extension_of(said, f"{roster.path}, {student}")


def extension_of(said: str, where: str) -> Extension:
    """How much longer, or until when, a student may take."""
    if found := DURATION.fullmatch(said):
        count = float(found["count"].replace(",", "."))
        return timedelta(hours=count * HOURS[found["unit"][:1].lower()])
    if until := parse_time(said):
        return until
    raise CourseError(
        f"{where}: {EXTENSION} must be a number of hours, such as 48, or 2 days, 1 week, or a "
        f"time such as 2030-12-03 23:59 (UTC), got {said!r}"
    )


def current_marks(
    api: NbGraderAPI, assignment: Assignment, entries: Mapping[str, Entry]
) -> dict[str, Marks]:
    """What counts for each student: marks for the text there is, with lateness and penalty."""
    gradebook = ClassGradebook(api, assignment.name)
    deadlines = read_deadlines(assignment, gradebook)
    found = {}
    for student, given in gradebook.marks().items():
        theirs = set_aside(given, entries.get(student))
        late = deadlines.lateness(student, time_of(assignment, student))
        score = sum(mark.score for mark in theirs.cells.values())
        seconds = late.by.total_seconds()
        penalty = late_penalty(api, student, score, seconds) if seconds > 0 else None
        found[student] = Marks(theirs.cells, theirs.comments, penalty, late)
    return found


def time_of(assignment: Assignment, student: str) -> datetime | None:
    """When a submission was handed in as its timestamp.txt says, UTC."""
    if name_problem(student):
        return None
    folder = [student, assignment.name]
    return parse_time(read_timestamp(assignment.course.submitted, folder))
