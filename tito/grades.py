"""Read a class's grades from the gradebook and the graded notebooks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import shorten

from nbformat import NotebookNode

from tito import nbgrader_api
from tito.course import Course
from tito.files import open_notebook
from tito.grading import (
    autograded_notebook,
    feedback_page,
    read_records,
    released_source,
    submitted_students,
)
from tito.lessons import CHECK_SUFFIX, Exercise, exercises
from tito.nbgrader_api import nbgrader_for

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
LONGEST_REASON = 300


@dataclass(frozen=True)
class Row:
    """One student's line in the table."""

    student: str
    points: dict[str, float]  # for each exercise, in the lesson's order
    max_score: float
    graded: bool
    reason: str  # why it is not graded, or the first reason for lost points, or nothing
    feedback: str  # where the feedback page is, seen from the class folder, or nothing

    @property
    def score(self) -> float:
        return sum(self.points.values())


@dataclass(frozen=True)
class Grades:
    """The grades of one class in one lesson."""

    lesson: str
    exercises: Sequence[Exercise]
    rows: Sequence[Row]


def read_grades(course: Course, lesson: str) -> Grades:
    """Everything the table, the CSV file and the report show."""
    parts = exercises(open_notebook(released_source(course, lesson)))
    records = read_records(course, lesson)
    rows = []
    with nbgrader_for(course) as api:
        for student in submitted_students(course):
            problem = records[student].problem if student in records else "not graded yet"
            found = {} if problem else nbgrader_api.points(api, lesson, student)
            points = {part.name: found.get(part.name + CHECK_SUFFIX, 0.0) for part in parts}
            reason = problem or lost(course, lesson, student, parts, points)
            rows.append(
                Row(
                    student,
                    points,
                    sum(part.points for part in parts),
                    not problem,
                    reason,
                    feedback_link(course, lesson, student),
                )
            )
    return Grades(lesson, parts, rows)


def lost(
    course: Course,
    lesson: str,
    student: str,
    parts: Sequence[Exercise],
    points: dict[str, float],
) -> str:
    """The first reason for lost points: "exercise: what its check said"."""
    notebook = open_notebook(autograded_notebook(course, lesson, student))
    for part in parts:
        if points[part.name] < part.points:
            return f"{part.name}: {why(notebook, part.name)}"
    return ""


def why(notebook: NotebookNode, exercise: str) -> str:
    """What went wrong in an exercise: the error of its own cell, or else of its check."""
    for name in (exercise, exercise + CHECK_SUFFIX):
        for error in errors_of(notebook, name):
            return message(error)
    return "points taken by hand"


def errors_of(notebook: NotebookNode, grade_id: str) -> list[NotebookNode]:
    return [
        output
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id
        for output in cell.get("outputs", [])
        if output.output_type == "error"
    ]


def message(error: NotebookNode) -> str:
    """One line for an error: the message of an assertion, the kind and message of another."""
    lines = [line.strip() for line in COLOUR.sub("", error.evalue).splitlines() if line.strip()]
    text = lines[-1] if lines else ""
    if len(text) > LONGEST_REASON:
        text = lines[0]
    if error.ename == "NotImplementedError":
        return "not written yet"
    if error.ename == "CellTimeoutError":
        return "took too long and was stopped"
    if error.ename != "AssertionError" or not text:
        text = f"{error.ename}: {text}".removesuffix(": ")
    return shorten(text, LONGEST_REASON, placeholder=" ...")


def feedback_link(course: Course, lesson: str, student: str) -> str:
    page = feedback_page(course, lesson, student)
    return page.relative_to(course.class_folder).as_posix() if page.is_file() else ""
