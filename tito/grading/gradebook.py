"""nbgrader's gradebook for one class and lesson: read it, write it, wait where it is held."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import psutil
from nbgrader.apps import NbGraderAPI
from sqlalchemy import (
    Connection,
    NullPool,
    Row,
    Select,
    create_engine,
    false,
    inspect,
    select,
    update,
)
from sqlalchemy.exc import OperationalError

from tito.errors import CourseError
from tito.grading import PATIENCE
from tito.grading.rows import (
    ASSIGNMENT,
    BOOK,
    CELL,
    COMMENT,
    GRADE,
    NOTEBOOK,
    SOURCE,
    STUDENT,
    SUBMISSION,
    Batch,
    Mark,
    Outcome,
)

ATTEMPT = 0.5  # seconds that one attempt waits
AFTERWARDS = "run `tito grade` again; what is graded is kept"

Result = TypeVar("Result")


def others_with(path: Path) -> list[str]:
    """The other processes that have a file open, as far as the system lets us see them."""
    found = []
    for each in psutil.process_iter(["name", "open_files"]) if sys.platform == "linux" else ():
        is_open = any(Path(file.path) == path for file in each.info["open_files"] or ())
        if is_open and each.pid != os.getpid():
            found.append(f"{each.info['name']} (process {each.pid})")
    return found


@dataclass(frozen=True)
class Lateness:
    """When a student handed in, and whether that was late. Times are UTC."""

    handed_in: datetime | None = None  # nothing where only the time of a download is known
    due: datetime | None = None  # with the student's extension
    by: timedelta = timedelta()
    is_late: bool = False
    doubt: str = ""  # what a person should know


@dataclass(frozen=True)
class Marks:
    """What the gradebook holds for one student's submission."""

    cells: dict[str, Mark]
    comments: dict[str, str | None]
    penalty: float | None
    late: Lateness = field(default_factory=Lateness)


class ClassGradebook:
    """The gradebook of a class, for one lesson. It is open only while a method runs."""

    def __init__(
        self,
        api: NbGraderAPI,
        lesson: str,
        patience: float = PATIENCE,
        afterwards: str = AFTERWARDS,
    ) -> None:
        """`afterwards` is what to do when the gradebook can be used again."""
        self.api, self.lesson, self.patience, self.afterwards = api, lesson, patience, afterwards
        url = api.coursedir.db_url
        self.is_file = url.startswith("sqlite")
        arguments = {"timeout": ATTEMPT} if self.is_file else {}
        self.engine = create_engine(url, poolclass=NullPool, connect_args=arguments)
        self.place = url.removeprefix("sqlite:///").rpartition("@")[2]

    def change(self, work: Callable[[Connection], Result]) -> Result:
        """Do `work` in one transaction, waiting while another program holds the gradebook."""
        return self._patiently("write", lambda: self._in_transaction(work))

    def _in_transaction(self, work: Callable[[Connection], Result]) -> Result:
        with self.engine.begin() as connection:
            if self.is_file:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            return work(connection)

    def _patiently(self, what: str, work: Callable[[], Result]) -> Result:
        deadline = time.monotonic() + self.patience
        told = False
        while True:
            try:
                return work()
            except OperationalError as error:
                if "locked" not in str(error.orig):
                    raise CourseError(self._cannot(what, str(error.orig))) from error
                if time.monotonic() >= deadline:
                    raise CourseError(self._is_held()) from error
            if not told:
                told = True
                print(f"{self.place} is in use by another program: waiting", file=sys.stderr)

    def _cannot(self, what: str, cause: str) -> str:
        return f"cannot {what} {self.place}: {cause}. When that is mended, {self.afterwards}"

    def _is_held(self) -> str:
        who = " and ".join(others_with(Path(self.place))) or (
            "JupyterLab with formgrader, or whatever has it open"
        )
        return (
            f"{self.place} has been in use by another program for {self.patience:g} s: "
            f"close {who}, then {self.afterwards}"
        )

    @property
    def is_made(self) -> bool:
        """Whether there is a gradebook; asking the database would make an empty file."""
        return not self.is_file or Path(self.place).is_file()

    def knows(self, checksums: dict[str, str]) -> bool:
        """Whether the gradebook holds the lesson's cells with just these checksums."""
        query = select(SOURCE.c.name, SOURCE.c.checksum).join_from(SOURCE, NOTEBOOK)
        of_lesson = ASSIGNMENT.c.name == self.lesson
        rows = self.read(query.join_from(NOTEBOOK, ASSIGNMENT).where(of_lesson))
        return {row.name: row.checksum for row in rows} == checksums

    def submitted(self) -> set[str]:
        """The students whose submission the gradebook holds."""
        query = select(SUBMISSION.c.student_id).join_from(SUBMISSION, ASSIGNMENT)
        return {row.student_id for row in self.read(query.where(ASSIGNMENT.c.name == self.lesson))}

    def students(self) -> list[str]:
        """Everyone the gradebook knows, handed in or not."""
        return [row.id for row in self.read(select(STUDENT.c.id))]

    def read(self, query: Select[Any]) -> Sequence[Row[Any]]:
        """What the tables say; nothing where there is no gradebook yet."""
        return self._patiently("read", lambda: self._rows(query)) if self.is_made else []

    def _rows(self, query: Select[Any]) -> Sequence[Row[Any]]:
        if not inspect(self.engine).has_table(SOURCE.name):
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
            for row in self.read(books)
        }
        for row in self.read(select(GRADE, CELL.c.name).join_from(GRADE, CELL)):
            if row.notebook_id in found:
                mark = Mark(
                    row.auto_score, row.manual_score, row.extra_credit, row.needs_manual_grade
                )
                found[row.notebook_id][1].cells[row.name] = mark
        for row in self.read(select(COMMENT, CELL.c.name).join_from(COMMENT, CELL)):
            if row.notebook_id in found:
                said = row.auto_comment if row.manual_comment is None else row.manual_comment
                found[row.notebook_id][1].comments[row.name] = said
        return dict(found.values())

    def write(self, outcomes: Sequence[Outcome]) -> None:
        """Enter a batch of submissions, all of it or nothing.

        Marks given by hand stay; where the answer changed, one is looked at again, and where it is
        gone, so is the mark.
        """
        if outcomes:
            self.change(lambda connection: Batch(self.api, self.lesson, connection).write(outcomes))
