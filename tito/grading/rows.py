"""The rows of one batch of submissions in nbgrader's gradebook.

They are those of nbgrader's own steps SaveAutoGrades and AssignLatePenalties, written by a few
statements for a batch instead of hundreds for each submission.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from nbgrader.apps import NbGraderAPI
from sqlalchemy import Connection, Row, Table, bindparam, insert, select, update

from tito import nbgrader_api
from tito.nbgrader_api import TABLES

ASSIGNMENT, NOTEBOOK, CELL = (TABLES[name] for name in ("assignment", "notebook", "base_cell"))
SOURCE, STUDENT = TABLES["source_cell"], TABLES["student"]
SUBMISSION, BOOK = TABLES["submitted_assignment"], TABLES["submitted_notebook"]
GRADE, COMMENT = TABLES["grade"], TABLES["comment"]


@dataclass(frozen=True)
class Outcome:
    """What the gradebook learns about one submission."""

    student: str
    timestamp: datetime | None
    scores: dict[str, float | None]  # graded cell -> points, None where a person gives them
    comments: dict[str, str | None]  # cell written in -> remark
    by_hand: bool  # whether a person may have to look at it
    changed: frozenset[str] = frozenset()  # graded cells whose answer is not as before
    emptied: frozenset[str] = frozenset()  # those of them without an answer now


@dataclass(frozen=True)
class Mark:
    """What the gradebook holds for one graded cell of one student."""

    auto: float | None
    manual: float | None
    extra: float | None
    waits: bool = False  # for a person, as nbgrader has it
    again: bool = False  # the marks by hand were for another text: they do not count

    @property
    def is_unread(self) -> bool:
        """Whether a person has still to read it; a blank one gets 0 by itself."""
        return self.auto is None and (self.manual is None or self.again)

    @property
    def score(self) -> float:
        given = self.auto if self.manual is None or self.again else self.manual
        extra = 0.0 if self.again else self.extra or 0.0
        return 0.0 if given is None else given + extra


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
                keeps = old if name not in outcome.emptied else None
                manual = keeps.manual_score if keeps else None
                extra = keeps.extra_credit if keeps else None
                again = manual is not None and (
                    name in outcome.changed or (keeps is not None and keeps.needs_manual_grade)
                )
                waits = outcome.by_hand and (again or (manual is None and points is None))
                row = {
                    **{"auto_score": points, "needs_manual_grade": waits},
                    **{"manual_score": manual, "extra_credit": extra},
                }
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
            (row.notebook_id, row.cell_id): row
            for row in self._rows(COMMENT, "notebook_id", list(place.values()))
        }
        new, changed = [], []
        for outcome in outcomes:
            book = place[outcome.student]
            for name, comment in outcome.comments.items():
                cell = self.cells[name, "SolutionCell"]
                old = there.get((book, cell))
                said = old.manual_comment if old and name not in outcome.emptied else None
                row = {"auto_comment": comment, "manual_comment": said}
                if old:
                    changed.append({"row": old.id, **row})
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
