"""The one place that touches nbgrader: its library, with this course's settings."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbgrader
from nbformat.warnings import MissingIDFieldWarning
from nbgrader.api import MissingEntry
from nbgrader.apps import NbGraderAPI
from sqlalchemy.exc import SAWarning, SQLAlchemyError
from traitlets.config.loader import PyFileConfigLoader

from tito.course import CONFIG, Course
from tito.errors import CourseError

VERSION: str = nbgrader.__version__
# The line that ends a traceback; in nbgrader's log it is indented.
NAMES_AN_ERROR = re.compile(r"^(?: {4})?([A-Za-z_][\w.]*: \S.*)$", re.MULTILINE)


class NbgraderError(CourseError):
    """nbgrader refused; the message is the one useful line of its log."""


@contextmanager
def environment_restored() -> Iterator[None]:
    """Undo, at the end, what the settings do to PATH and PYTHONPATH."""
    saved = dict(os.environ)
    try:
        yield
    finally:
        for name in os.environ.keys() - saved.keys():
            del os.environ[name]
        os.environ.update(saved)


@contextmanager
def nbgrader_for(course: Course) -> Iterator[NbGraderAPI]:
    """nbgrader's library for `course`; kernels started inside see no reference answers."""
    with environment_restored(), warnings.catch_warnings():
        for category in (SAWarning, MissingIDFieldWarning):  # about nbgrader's own code
            warnings.simplefilter("ignore", category)
        os.environ["TITO_CLASS"] = str(course.class_folder)
        try:
            config = PyFileConfigLoader(CONFIG, path=str(course.root)).load_config()
        except OSError as error:
            raise CourseError(f"cannot write in {course.class_folder}: {error.strerror}") from error
        try:
            yield NbGraderAPI(config=config)
        except SQLAlchemyError as error:
            cause = str(error).splitlines()[0]
            raise CourseError(f"cannot use {course.gradebook}: {cause}") from error


def assign(api: NbGraderAPI, lesson: str, release: Path | None = None) -> None:
    """Make the student's notebook in `release`/LESSON, and tell the gradebook about the lesson.

    Without `release` the gradebook alone is brought up to date.
    """
    with TemporaryDirectory() as aside:
        before = api.coursedir.release_directory
        api.coursedir.release_directory = str(release or aside)
        try:
            done(api.generate_assignment(lesson))
        finally:
            api.coursedir.release_directory = before


def autograde(api: NbGraderAPI, lesson: str, student: str) -> None:
    """Run one submission on a real kernel and write its points into the gradebook."""
    done(api.autograde(lesson, student))


def write_feedback(api: NbGraderAPI, lesson: str, student: str) -> None:
    """Write the feedback page of one graded submission, over an older one."""
    done(api.generate_feedback(lesson, student))


def record_zero(api: NbGraderAPI, lesson: str, student: str) -> None:
    """Give a submission that could not be graded 0 points in the gradebook."""
    with api.gradebook as gradebook:
        gradebook.update_or_create_student(student)
        submission = gradebook.update_or_create_submission(lesson, student)
        for grade in submission_grades(submission):
            grade.auto_score = 0
            grade.needs_manual_grade = False
        gradebook.db.commit()


def points(api: NbGraderAPI, lesson: str, student: str) -> dict[str, float]:
    """What the gradebook says: points for each graded cell, by its grade_id."""
    with api.gradebook as gradebook:
        try:
            submission = gradebook.find_submission(lesson, student)
        except MissingEntry:
            return {}
        return {grade.name: float(grade.score or 0) for grade in submission_grades(submission)}


def remarks(api: NbGraderAPI, lesson: str, student: str) -> list[str]:
    """What the feedback page shows besides the notebook: points and the grader's comments."""
    with api.gradebook as gradebook:
        submission = gradebook.find_submission(lesson, student)
        books = submission.notebooks
        comments = [f"{each.name}: {each.comment}" for book in books for each in book.comments]
        scores = [f"{grade.name}: {grade.score}" for grade in submission_grades(submission)]
        return sorted(scores + comments)


def submission_grades(submission: Any) -> list[Any]:
    return [grade for notebook in submission.notebooks for grade in notebook.grades]


def done(result: dict[str, Any]) -> None:
    """Turn what nbgrader answers into nothing, or into one line that says why not."""
    if not result["success"]:
        raise NbgraderError(useful_line(result.get("error", ""), result.get("log", "")))


def useful_line(error: str, log: str) -> str:
    """The line that names the cause: the innermost error nbgrader logged, or its own."""
    causes = NAMES_AN_ERROR.findall(log) or NAMES_AN_ERROR.findall(error)
    return str(causes[-1]).strip() if causes else "nbgrader failed and did not say why"
