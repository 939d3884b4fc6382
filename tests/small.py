"""A tiny lesson of one exercise (2 points) and one question (3 points), and a class in it."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from conftest import ROOT
from needs import best_isolation

from tito.answers import fill
from tito.course import Course
from tito.grades import Row, read_grades
from tito.grading.judges import local_judges
from tito.grading.run import grade
from tito.nbgrader_api import nbgrader_for
from tito.notebooks import notebook_bytes, read_notebook
from tito.releasing import enter_lesson, release

LESSON = "02_tiny"
QUESTION = """

# %% [markdown]
# ## Question 1: Why add? (3 points)

# %% question why 3
# Why?
#
# ### BEGIN SOLUTION
# Because.
# ### END SOLUTION
"""
RIGHT = "def total(numbers=NUMBERS):\n    return sum(numbers)"
WRONG = "def total(numbers=NUMBERS):\n    return 7"


def small_course(root: Path, more: str = "") -> Course:
    """A checkout with the lesson, released."""
    shutil.copytree(ROOT / "tests/fixtures/modules", root / "modules")
    for name in ("pyproject.toml", "nbgrader_config.py"):
        shutil.copy(ROOT / name, root)
    with (root / "modules" / f"{LESSON}.py").open("a", encoding="utf-8") as lesson:
        lesson.write(more + QUESTION)
    course = Course.find(root)
    release(course[LESSON])
    return course


def answered(course: Course, total: str = RIGHT, why: str = "") -> bytes:
    """A notebook with these answers; an open question where there is none."""
    book = fill(read_notebook(course[LESSON].released), {"total": total})
    for cell in book.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "why" and why:
            cell.source = why
    return notebook_bytes(book)


def hand_in(course: Course, works: Mapping[str, bytes]) -> None:
    for student, content in works.items():
        path = course[LESSON].submission(student)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def graded(course: Course, regrade: bool = False) -> dict[str, Row]:
    grade(course[LESSON], regrade, judging=local_judges(1, best_isolation()))
    return rows(course)


def rows(course: Course) -> dict[str, Row]:
    return {row.student: row for row in read_grades(course[LESSON]).rows}


def due(course: Course, time: datetime) -> None:
    with nbgrader_for(course) as api:
        if not course.gradebook.is_file():
            enter_lesson(api, course[LESSON])
        with api.gradebook as gradebook:
            gradebook.update_or_create_assignment(LESSON, duedate=time.replace(tzinfo=None))


def mark_by_hand(course: Course, student: str, points: float, comment: str = "") -> None:
    """As formgrader does it when a reader types points and a comment."""
    with nbgrader_for(course) as api, api.gradebook as gradebook:
        found = gradebook.find_grade("why", LESSON, LESSON, student)
        found.manual_score, found.needs_manual_grade = points, False
        if comment:
            said = gradebook.find_comment("why", LESSON, LESSON, student)
            said.manual_comment = comment
        gradebook.db.commit()


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
