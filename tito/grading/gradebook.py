"""Write many submissions at a time into nbgrader's gradebook, and read a class's marks from it.

The rows are those of nbgrader's own steps SaveAutoGrades and AssignLatePenalties, written by a few
statements for a batch of submissions instead of hundreds for each.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

from nbgrader.apps import NbGraderAPI
from sqlalchemy import (
    Connection,
    NullPool,
    Row,
    Select,
    Table,
    bindparam,
    create_engine,
    false,
    insert,
    inspect,
    select,
    update,
)
from sqlalchemy.exc import OperationalError

from tito import nbgrader_api
from tito.errors import CourseError
from tito.nbgrader_api import TABLES

PATIENCE = 10.0  # seconds to wait for another program to let go of the gradebook
ATTEMPT = 0.5  # seconds that one attempt waits

ASSIGNMENT, NOTEBOOK, CELL = (TABLES[name] for name in ("assignment", "notebook", "base_cell"))
SOURCE, STUDENT = TABLES["source_cell"], TABLES["student"]
SUBMISSION, BOOK = TABLES["submitted_assignment"], TABLES["submitted_notebook"]
GRADE, COMMENT = TABLES["grade"], TABLES["comment"]

Result = TypeVar("Result")


@dataclass(frozen=True)
class Outcome:
    """What the gradebook learns about one submission."""

    student: str
    timestamp: datetime | None
    scores: dict[str, float | None]  # graded cell -> points, None where a person gives them
    comments: dict[str, str | None]  # cell written in -> remark
    by_hand: bool  # whether a person may have to look at it


@dataclass(frozen=True)
class Mark:
    """What the gradebook holds for one graded cell of one student."""

    auto: float | None
    manual: float | None
    extra: float | None

    @property
    def score(self) -> float:
        given = self.auto if self.manual is None else self.manual
        return 0.0 if given is None else given + (self.extra or 0.0)


@dataclass(frozen=True)
class Marks:
    """What the gradebook holds for one student's submission."""

    cells: dict[str, Mark]
    comments: dict[str, str | None]
    penalty: float | None


class ClassGradebook:
    """The gradebook of a class, for one lesson. It is open only while a method runs."""

    def __init__(self, api: NbGraderAPI, lesson: str, patience: float = PATIENCE) -> None:
        self.api, self.lesson, self.patience = api, lesson, patience
        url = api.coursedir.db_url
        self.is_file = url.startswith("sqlite")
        arguments = {"timeout": ATTEMPT} if self.is_file else {}
        self.engine = create_engine(url, poolclass=NullPool, connect_args=arguments)
        self.place = url.removeprefix("sqlite:///").rpartition("@")[2]

    def change(self, work: Callable[[Connection], Result]) -> Result:
        """Do `work` in one transaction, waiting while another program holds the gradebook."""
        deadline = time.monotonic() + self.patience
        told = False
        while True:
            try:
                with self.engine.begin() as connection:
                    if self.is_file:
                        connection.exec_driver_sql("BEGIN IMMEDIATE")
                    return work(connection)
            except OperationalError as error:
                if "locked" not in str(error.orig):
                    raise CourseError(self._cannot_write(str(error.orig))) from error
                if time.monotonic() >= deadline:
                    raise CourseError(self._is_held()) from error
            if not told:
                told = True
                print(f"{self.place} is in use by another program: waiting", file=sys.stderr)

    def _cannot_write(self, cause: str) -> str:
        return (
            f"cannot write {self.place}: {cause}. What is graded is kept: run `tito grade` again "
            "when the file can be written"
        )

    def _is_held(self) -> str:
        return (
            f"{self.place} has been in use by another program for {self.patience:g} s: close "
            "`nbgrader formgrader` or whatever has it open, then run `tito grade` again; what is "
            "graded is kept"
        )

    @property
    def is_made(self) -> bool:
        """Whether there is a gradebook; asking the database would make an empty file."""
        return not self.is_file or Path(self.place).is_file()

    def knows(self, checksums: dict[str, str]) -> bool:
        """Whether the gradebook holds the lesson's cells with just these checksums."""
        query = select(SOURCE.c.name, SOURCE.c.checksum).join_from(SOURCE, NOTEBOOK)
        of_lesson = ASSIGNMENT.c.name == self.lesson
        rows = self._read(query.join_from(NOTEBOOK, ASSIGNMENT).where(of_lesson))
        return {row.name: row.checksum for row in rows} == checksums

    def submitted(self) -> set[str]:
        """The students whose submission the gradebook holds."""
        query = select(SUBMISSION.c.student_id).join_from(SUBMISSION, ASSIGNMENT)
        return {row.student_id for row in self._read(query.where(ASSIGNMENT.c.name == self.lesson))}

    def students(self) -> list[str]:
        """Everyone the gradebook knows, handed in or not."""
        return [row.id for row in self._read(select(STUDENT.c.id))]

    def _read(self, query: Select[Any]) -> Sequence[Row[Any]]:
        if not self.is_made or not inspect(self.engine).has_table(SOURCE.name):
            return []
        with self.engine.connect() as connection:
            return connection.execute(query).all()

    def try_out(self) -> None:
        """Fail now if nothing can be written later."""
        self.change(
            lambda connection: connection.execute(update(STUDENT).where(false()).values(id=""))
        )

    def marks(self) -> dict[str, Marks]:
        """What the gradebook holds for each student who handed in."""
        of_lesson = ASSIGNMENT.c.name == self.lesson
        books = (
            select(BOOK.c.id, BOOK.c.late_submission_penalty, SUBMISSION.c.student_id)
            .join(SUBMISSION, BOOK.c.assignment_id == SUBMISSION.c.id)
            .join(ASSIGNMENT, SUBMISSION.c.assignment_id == ASSIGNMENT.c.id)
            .where(of_lesson)
        )
        found = {
            row.id: (row.student_id, Marks({}, {}, row.late_submission_penalty))
            for row in self._read(books)
        }
        for row in self._read(select(GRADE, CELL.c.name).join_from(GRADE, CELL)):
            if row.notebook_id in found:
                mark = Mark(row.auto_score, row.manual_score, row.extra_credit)
                found[row.notebook_id][1].cells[row.name] = mark
        for row in self._read(select(COMMENT, CELL.c.name).join_from(COMMENT, CELL)):
            if row.notebook_id in found:
                said = row.auto_comment if row.manual_comment is None else row.manual_comment
                found[row.notebook_id][1].comments[row.name] = said
        return dict(found.values())

    def write(self, outcomes: Sequence[Outcome]) -> None:
        """Enter a batch of submissions, all of it or nothing.

        Marks given by hand stay; a cell that has one is looked at again, as nbgrader has it.
        """
        if outcomes:
            self.change(lambda connection: Batch(self.api, self.lesson, connection).write(outcomes))


class Batch:
    """One transaction that enters some submissions of one lesson."""

    def __init__(self, api: NbGraderAPI, lesson: str, connection: Connection) -> None:
        self.api, self.connection = api, connection
        query = select(ASSIGNMENT).where(ASSIGNMENT.c.name == lesson)
        self.assignment = connection.execute(query).one()
        query = select(NOTEBOOK).where(NOTEBOOK.c.assignment_id == self.assignment.id)
        self.notebook = connection.execute(query.where(NOTEBOOK.c.name == lesson)).one()
        query = select(CELL).where(CELL.c.notebook_id == self.notebook.id)
        self.cells = {(row.name, row.type): row.id for row in connection.execute(query)}

    def write(self, outcomes: Sequence[Outcome]) -> None:
        names = [outcome.student for outcome in outcomes]
        known = {row.id for row in self._rows(STUDENT, "id", names)}
        self._insert(STUDENT, [{"id": name} for name in names if name not in known])
        submissions = self._submissions(names)
        self._update(
            SUBMISSION,
            [
                {"row": submissions[each.student].id, "timestamp": each.timestamp}
                for each in outcomes
                if each.timestamp
            ],
        )
        books = self._books([row.id for row in submissions.values()])
        place = {name: books[row.id].id for name, row in submissions.items()}
        scores = self._write_grades(outcomes, place)
        self._write_comments(outcomes, place)
        submissions = self._submissions(names)
        penalties = [
            {
                "row": place[name],
                "late_submission_penalty": self._penalty(submissions[name], scores[place[name]]),
            }
            for name in names
        ]
        self._update(BOOK, penalties)

    def _submissions(self, names: list[str]) -> dict[str, Row[Any]]:
        """The row of each student's submission, made where there is none."""
        of_lesson = SUBMISSION.c.assignment_id == self.assignment.id
        query = select(SUBMISSION).where(of_lesson, SUBMISSION.c.student_id.in_(names))
        found = {row.student_id: row for row in self.connection.execute(query)}
        missing = [
            {"id": new_id(), "assignment_id": self.assignment.id, "student_id": name}
            for name in names
            if name not in found
        ]
        self._insert(SUBMISSION, missing)
        return self._submissions(names) if missing else found

    def _books(self, submissions: list[str]) -> dict[str, Row[Any]]:
        """The row of each submission's notebook, made where there is none."""
        of_lesson = BOOK.c.notebook_id == self.notebook.id
        query = select(BOOK).where(of_lesson, BOOK.c.assignment_id.in_(submissions))
        found = {row.assignment_id: row for row in self.connection.execute(query)}
        shared = {"notebook_id": self.notebook.id, "flagged": False}
        missing = [
            {"id": new_id(), "assignment_id": submission, **shared}
            for submission in submissions
            if submission not in found
        ]
        self._insert(BOOK, missing)
        return self._books(submissions) if missing else found

    def _write_grades(self, outcomes: Sequence[Outcome], place: dict[str, str]) -> dict[str, float]:
        """Enter the points; return the score of each notebook, marks by hand included."""
        there = {
            (row.notebook_id, row.cell_id): row
            for row in self._rows(GRADE, "notebook_id", list(place.values()))
        }
        new, changed = [], []
        totals = dict.fromkeys(place.values(), 0.0)
        for outcome in outcomes:
            book = place[outcome.student]
            for name, points in outcome.scores.items():
                cell = self.cells[name, "GradeCell"]
                old = there.get((book, cell))
                manual = old.manual_score if old else None
                extra = old.extra_credit if old else None
                by_hand = outcome.by_hand and (manual is not None or points is None)
                row = {"auto_score": points, "needs_manual_grade": by_hand}
                totals[book] += Mark(points, manual, extra).score
                if old:
                    changed.append({"row": old.id, **row})
                else:
                    new.append({"id": new_id(), "notebook_id": book, "cell_id": cell, **row})
        self._insert(GRADE, new)
        self._update(GRADE, changed)
        return totals

    def _write_comments(self, outcomes: Sequence[Outcome], place: dict[str, str]) -> None:
        there = {
            (row.notebook_id, row.cell_id): row.id
            for row in self._rows(COMMENT, "notebook_id", list(place.values()))
        }
        new, changed = [], []
        for outcome in outcomes:
            book = place[outcome.student]
            for name, comment in outcome.comments.items():
                cell = self.cells[name, "SolutionCell"]
                row = {"auto_comment": comment}
                if (book, cell) in there:
                    changed.append({"row": there[book, cell], **row})
                else:
                    new.append({"id": new_id(), "notebook_id": book, "cell_id": cell, **row})
        self._insert(COMMENT, new)
        self._update(COMMENT, changed)

    def _penalty(self, submission: Row[Any], score: float) -> float | None:
        """What is taken for handing in late; nothing when that was in time."""
        if submission.timestamp is None or self.assignment.duedate is None:
            return None
        due = self.assignment.duedate + (submission.extension or timedelta())
        late = (submission.timestamp - due).total_seconds()
        if late <= 0:
            return None
        return nbgrader_api.late_penalty(self.api, submission.student_id, score, late)

    def _rows(self, table: Table, column: str, values: list[str]) -> Sequence[Row[Any]]:
        return self.connection.execute(select(table).where(table.c[column].in_(values))).all()

    def _insert(self, table: Table, rows: list[dict[str, Any]]) -> None:
        if rows:
            self.connection.execute(insert(table), rows)

    def _update(self, table: Table, rows: list[dict[str, Any]]) -> None:
        """Change the rows whose id is `row`."""
        if rows:
            columns: dict[str, Any] = {name: bindparam(name) for name in rows[0] if name != "row"}
            statement = update(table).where(table.c.id == bindparam("row")).values(columns)
            self.connection.execute(statement, rows)


def new_id() -> str:
    """A row's id as nbgrader makes them."""
    return uuid4().hex
