"""nbgrader's library, with this course's settings."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbgrader
import nbgrader.api
from nbformat import NotebookNode
from nbformat.warnings import MissingIDFieldWarning
from nbgrader.api import Base
from nbgrader.apps import NbGraderAPI
from nbgrader.converters import GenerateAssignment, GenerateFeedback
from nbgrader.dbutil import ALEMBIC_DIR
from nbgrader.preprocessors import AssignLatePenalties, GetGrades, SaveCells
from nbgrader.utils import is_locked
from sqlalchemy import Table
from sqlalchemy.exc import SAWarning, SQLAlchemyError
from traitlets.config.loader import Config, PyFileConfigLoader

from tito.course import CONFIG, Course
from tito.errors import CourseError

VERSION: str = nbgrader.__version__
TABLES: dict[str, Table] = dict(Base.metadata.tables)  # of the gradebook, by name
# The line that ends a traceback; in nbgrader's log it is indented.
NAMES_AN_ERROR = re.compile(r"^(?: {4})?([A-Za-z_][\w.]*: \S.*)$", re.MULTILINE)


def newest_schema() -> str | None:
    """The version of the gradebook's tables that a new gradebook has."""
    from alembic.script import ScriptDirectory  # here, because few runs make a gradebook

    return ScriptDirectory(ALEMBIC_DIR).get_current_head()


# nbgrader asks a program for it, `alembic heads`, which loads all of nbgrader once more.
nbgrader.api.get_alembic_version = newest_schema


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
            course.keep_out_of_git()
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


def graded_and_released(
    api: NbGraderAPI, source: NotebookNode
) -> tuple[NotebookNode, NotebookNode]:
    """A lesson's notebook as nbgrader grades it, and as it hands it out.

    As graded: with hidden checks, and each cell with the checksum that the gradebook holds.
    """
    converter = GenerateAssignment(coursedir=api.coursedir, parent=api)
    steps = converter.preprocessors
    save = steps.index(SaveCells)
    graded = run_steps(converter, steps[:save], deepcopy(source))
    released = run_steps(converter, steps[save + 1 :], deepcopy(graded))
    for cell, handed_out in zip(graded.cells, released.cells, strict=True):
        if not is_locked(cell):
            cell.source = handed_out.source
    return graded, released


def run_steps(converter: Any, steps: list[Any], notebook: NotebookNode) -> NotebookNode:
    """Change a notebook as nbgrader's steps do, without files and gradebook."""
    resources: dict[str, Any] = {"nbgrader": {}}
    for step in steps:
        notebook, resources = step(parent=converter)(notebook, resources)
    return notebook


def feedback_converter(api: NbGraderAPI) -> tuple[GenerateFeedback, list[Any]]:
    """nbgrader's feedback with its settings, and its steps but the one that reads the gradebook."""
    converter = GenerateFeedback(coursedir=api.coursedir, parent=api)
    settings = Config()
    settings.HTMLExporter.template_name = "feedback"
    settings.Exporter.optimistic_validation = True  # once at the end, not after each step
    converter.update_config(settings)
    return converter, [step for step in converter.preprocessors if step is not GetGrades]


def late_penalty(api: NbGraderAPI, student: str, score: float, seconds: float) -> float | None:
    """What the course's plugin takes for handing in so many seconds late."""
    step = AssignLatePenalties(parent=api)
    step.init_plugin()
    penalty = step.plugin_inst.late_submission_penalty(student, score, seconds)
    return None if penalty is None else min(max(0.0, penalty), score)


def done(result: dict[str, Any]) -> None:
    """Turn what nbgrader answers into nothing, or into one line that says why not."""
    if not result["success"]:
        raise NbgraderError(useful_line(result.get("error", ""), result.get("log", "")))


def useful_line(error: str, log: str) -> str:
    """The line that names the cause: the innermost error nbgrader logged, or its own."""
    causes = NAMES_AN_ERROR.findall(log) or NAMES_AN_ERROR.findall(error)
    return str(causes[-1]).strip() if causes else "nbgrader failed and did not say why"
