"""The answers to a lesson's questions, and the marks that readers give them in the gradebook.

A mark is nbgrader's, in the same rows as one given in formgrader: points and comment by hand, and
nothing waits any more. Each is written against what was on the reader's screen: where text, points
or comment are not as they were then, nothing is written.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from nbgrader.apps import NbGraderAPI
from sqlalchemy import Connection, Row, Select, and_, insert, select, update

from tito.cells import name_of, text_of
from tito.course import Assignment
from tito.errors import CourseError
from tito.files import digest
from tito.grading.gradebook import ClassGradebook, Marks
from tito.grading.journal import Entry, read_records
from tito.grading.rereading import set_aside
from tito.grading.rows import (
    ASSIGNMENT,
    BOOK,
    CELL,
    COMMENT,
    GRADE,
    SUBMISSION,
    Mark,
    new_id,
)
from tito.reading.questions import Question, questions

AFTERWARDS = "save again; what was saved before is kept"
WRITTEN_IN = CELL.alias("written_in")  # nbgrader has a row for what is graded, one for what is said


class ChangedError(Exception):
    """What was on the reader's screen is not what there is now: nothing was written."""


@dataclass(frozen=True)
class Answer:
    """One student's answer to a question, with its mark."""

    id: str  # of its row in the gradebook; it says nothing of the student
    student: str
    mark: Mark
    comment: str

    @property
    def is_read(self) -> bool:
        return not (self.mark.is_unread or self.mark.again)


@dataclass(frozen=True)
class Shown:
    """An answer with its text, as it is put before a reader."""

    answer: Answer
    text: str
    attachments: dict[str, Any]
    version: str  # of all that the reader sees


@dataclass(frozen=True)
class Taken:
    """A mark that was given, and what to put back to take it back."""

    question: str
    id: str
    given: float  # points
    points: float | None  # before, as what follows
    comment: str | None
    waits: bool
    version: str  # of what the mark made


class Readings:
    """The answers of one class to one lesson. The gradebook is open only while a method runs."""

    def __init__(self, api: NbGraderAPI, assignment: Assignment) -> None:
        self.assignment = assignment
        self.gradebook = ClassGradebook(api, assignment.name, afterwards=AFTERWARDS)
        self.questions = questions(assignment.source)

    def answers(self) -> dict[str, list[Answer]]:
        """For each question what was written, in an order that has to do with nobody's name."""
        rows = self.gradebook.read(self._query().order_by(GRADE.c.id))
        entries = self._entries()
        found: dict[str, list[Answer]] = {name: [] for name in self.questions}
        for row in rows:
            entry = entries.get(row.student_id)
            if entry and entry.status == "graded" and is_written(row):
                found[row.name].append(answer_of(row, entry))
        return found

    def show(self, question: Question, id: str) -> Shown:
        """One answer as it is now.

        Raises:
            CourseError: it is not there any more.
        """
        [*rows] = self.gradebook.read(self._query().where(GRADE.c.id == id))
        return self._shown(question, rows)

    def mark(
        self, question: Question, id: str, points: float, comment: str, version: str
    ) -> Taken | None:
        """Give points and a comment to the text that a reader has seen.

        Args:
            version: of what the reader has seen.

        Returns:
            What takes it back; nothing where just this mark is there already.

        Raises:
            ChangedError: something else is there now.
        """
        return self.gradebook.change(
            lambda connection: self._mark(connection, question, id, points, comment, version)
        )

    def take_back(self, taken: Taken) -> None:
        """Put back what was there before a mark.

        Raises:
            ChangedError: somebody has changed it since.
        """
        question = self.questions[taken.question]

        def work(connection: Connection) -> None:
            row, shown = self._now(connection, question, taken.id)
            if shown.version != taken.version:
                raise ChangedError
            put(connection, row, taken.points, taken.comment, taken.waits)

        self.gradebook.change(work)

    def _mark(
        self,
        connection: Connection,
        question: Question,
        id: str,
        points: float,
        comment: str,
        version: str,
    ) -> Taken | None:
        row, now = self._now(connection, question, id)
        is_there = (now.answer.mark.manual, now.answer.comment) == (points, comment)
        if is_there and now.answer.is_read:
            return None
        if now.version != version:
            raise ChangedError
        put(connection, row, points, comment or None, waits=False)
        _, after = self._now(connection, question, id)
        before = row.manual_score, row.manual_comment, row.needs_manual_grade
        return Taken(question.name, id, points, *before, after.version)

    def _now(self, connection: Connection, question: Question, id: str) -> tuple[Row[Any], Shown]:
        rows = connection.execute(self._query().where(GRADE.c.id == id)).all()
        shown = self._shown(question, rows)
        return rows[0], shown

    def _shown(self, question: Question, rows: Iterable[Row[Any]]) -> Shown:
        entries = self._entries()
        for row in rows:
            entry = entries.get(row.student_id)
            if row.name == question.name and entry:
                text, attachments = self._text(row.student_id, question.name)
                answer = answer_of(row, entry)
                return Shown(answer, text, attachments, version_of(row, text, attachments))
        raise CourseError("this answer is not in the gradebook any more")

    def _text(self, student: str, question: str) -> tuple[str, dict[str, Any]]:
        """What stands in the graded notebook, which is what formgrader shows."""
        path = self.assignment.autograded(student)
        try:
            cells = json.loads(path.read_bytes())["cells"]
        except (OSError, ValueError, KeyError) as error:
            raise CourseError(f"cannot read {path}: {error}. Run `tito grade` again") from error
        cell: dict[str, Any] = next((each for each in cells if name_of(each) == question), {})
        return text_of(cell), cell.get("attachments") or {}

    def _entries(self) -> dict[str, Entry]:
        path = self.assignment.journal
        return entries_of(path, path.stat().st_mtime_ns if path.exists() else 0)

    def _query(self) -> Select[Any]:
        """A row for each student and question, with its comment."""
        says = and_(
            WRITTEN_IN.c.notebook_id == CELL.c.notebook_id,
            WRITTEN_IN.c.name == CELL.c.name,
            WRITTEN_IN.c.type == "SolutionCell",
        )
        said = and_(
            COMMENT.c.cell_id == WRITTEN_IN.c.id, COMMENT.c.notebook_id == GRADE.c.notebook_id
        )
        return (
            select(
                GRADE,
                CELL.c.name,
                SUBMISSION.c.student_id,
                WRITTEN_IN.c.id.label("written_in"),
                COMMENT.c.id.label("comment_id"),
                COMMENT.c.manual_comment,
            )
            .join(CELL, GRADE.c.cell_id == CELL.c.id)
            .join(BOOK, GRADE.c.notebook_id == BOOK.c.id)
            .join(SUBMISSION, BOOK.c.assignment_id == SUBMISSION.c.id)
            .join(ASSIGNMENT, SUBMISSION.c.assignment_id == ASSIGNMENT.c.id)
            .join(WRITTEN_IN, says)
            .outerjoin(COMMENT, said)
            .where(ASSIGNMENT.c.name == self.assignment.name, CELL.c.name.in_([*self.questions]))
        )


@lru_cache(maxsize=8)
def entries_of(journal: Path, _changed: int) -> dict[str, Entry]:
    return read_records(journal).entries


def is_written(row: Row[Any]) -> bool:
    """Whether there is something to read: a blank answer has 0 by itself."""
    return row.auto_score is None or row.manual_score is not None


def answer_of(row: Row[Any], entry: Entry) -> Answer:
    mark = Mark(row.auto_score, row.manual_score, row.extra_credit, row.needs_manual_grade)
    [counts] = set_aside(Marks({row.name: mark}, {}, None), entry).cells.values()
    return Answer(row.id, row.student_id, counts, row.manual_comment or "")


def version_of(row: Row[Any], text: str, attachments: dict[str, Any]) -> str:
    marks = row.auto_score, row.manual_score, row.extra_credit, row.needs_manual_grade
    said = repr((marks, row.manual_comment or "", text, sorted(attachments.items())))
    return digest(said.encode("utf-8", "backslashreplace"))


def put(
    connection: Connection, row: Row[Any], points: float | None, comment: str | None, waits: bool
) -> None:
    """Write a mark into the rows where formgrader writes one."""
    values = {"manual_score": points, "needs_manual_grade": waits}
    connection.execute(update(GRADE).where(GRADE.c.id == row.id).values(values))
    if row.comment_id:
        said = update(COMMENT).where(COMMENT.c.id == row.comment_id)
        connection.execute(said.values(manual_comment=comment))
    elif comment:
        place = {"cell_id": row.written_in, "notebook_id": row.notebook_id}
        connection.execute(insert(COMMENT).values(id=new_id(), manual_comment=comment, **place))


def said_before(answers: Iterable[Answer]) -> list[tuple[str, int]]:
    """The comments on a question, the one used most first; then in alphabetical order."""
    counts = Counter(each.comment for each in answers if each.comment)
    return sorted(counts.items(), key=lambda each: (-each[1], each[0]))


def next_unread(answers: list[Answer], after: str = "") -> Answer | None:
    """The next answer that nobody has read, behind `after` first, then from the beginning."""
    places = [place for place, each in enumerate(answers) if each.id == after]
    begin = places[0] + 1 if places else 0
    return next((each for each in (*answers[begin:], *answers[:begin]) if not each.is_read), None)
