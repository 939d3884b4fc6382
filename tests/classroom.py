"""A class of students who make every kind of mistake, graded once for many tests."""

from __future__ import annotations

import hashlib
import json
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

from catalogue import RIGHT, WRONG
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook
from needs import best_isolation

from tito.answers import fill, reference, solution_cells
from tito.catalogue import Answer
from tito.cells import CHECK_SUFFIX
from tito.course import Course
from tito.grades import Grades, Row, read_grades
from tito.grading.judges import local_judges
from tito.grading.pages import feedback
from tito.grading.run import grade
from tito.notebooks import notebook_bytes, read_notebook
from tito.releasing import release

LESSON = "18_pruning"
JUDGING = local_judges(isolation=best_isolation())
# One mistake an exercise, each in a notebook of its own: it has to cost that exercise alone.
WRONG_SAMPLE = list({answer.exercise: answer for answer in reversed(WRONG)}.values())
# Right answers share notebooks: one holds the first other answer to each exercise, one the last.
RIGHT_SAMPLES = {
    "right_first": {answer.exercise: answer for answer in reversed(RIGHT)},
    "right_last": {answer.exercise: answer for answer in RIGHT},
}
EXPLOIT = '<script>alert("owned")</script>'


@dataclass(frozen=True)
class Classroom:
    """The graded class, and what the tests compare it with."""

    course: Course
    released: NotebookNode
    answers: dict[str, str]  # the reference
    submitted_before: dict[str, str]  # hash of each submitted file before grading
    graded: list[str]  # whom the first run graded
    grades: Grades

    def row(self, student: str) -> Row:
        return next(row for row in self.grades.rows if row.student == student)

    @property
    def source(self) -> NotebookNode:
        """The instructor's notebook: solutions and hidden checks included."""
        return read_notebook(self.course[LESSON].source_path)

    def feedback_text(self, student: str) -> str:
        return self.course[LESSON].feedback_page(student).read_text(encoding="utf-8")

    def said(self, student: str, exercise: str) -> str:
        """What the check of an exercise says in the graded notebook."""
        notebook = read_notebook(self.course[LESSON].autograded(student))
        outputs = find_cell(notebook, exercise + CHECK_SUFFIX).outputs
        return "\n".join(each.evalue for each in outputs if each.output_type == "error")


def hold_class(root: Path) -> Classroom:
    """Release the lesson in a checkout, hand in for everyone, grade, write feedback."""
    course = Course.find(root)
    released = read_notebook(release(course[LESSON]))
    answers = reference(read_notebook(course[LESSON].source_path))
    for student, content in submissions(released, answers).items():
        path = course[LESSON].submission(student)
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
    hand_in_oddities(course, notebook_bytes(released))
    before = hashes(course.submitted)
    graded = grade(course[LESSON], judging=JUDGING)
    feedback(course[LESSON])
    return Classroom(course, released, answers, before, graded, read_grades(course[LESSON]))


def submissions(released: NotebookNode, answers: dict[str, str]) -> dict[str, bytes]:
    """What each student hands in, as bytes."""
    books = {
        "reference": fill(released, answers),
        "untouched": released,
        "warns": fill(released, {**answers, "magnitude_mask": warning(answers)}),
        "borrows": with_first_cell(fill(released, borrowed(answers)), BORROW),
        "deleted_check": without(fill(released, answers), "magnitude_mask_check"),
        "deleted_exercise": without(
            fill(released, answers), "magnitude_mask", "magnitude_mask_check"
        ),
        "edited_checks": with_checks_edited(released),
        "does_not_parse": fill(released, {**answers, "magnitude_mask": "def magnitude_mask(:"}),
        "script": fill(released, {**answers, "magnitude_mask": f"raise ValueError('{EXPLOIT}')"}),
        "same_id_twice": with_a_cell_twice(fill(released, answers), "magnitude_mask"),
        "invented_check": with_invented_check(fill(released, answers)),
        "malformed_grading": with_malformed_grading(fill(released, answers)),
    }
    for answer in WRONG_SAMPLE:
        books[wrong_student(answer)] = fill(released, {**answers, answer.exercise: answer.source})
    for student, others in RIGHT_SAMPLES.items():
        books[student] = fill(released, {name: each.source for name, each in others.items()})
    handed_in = {student: notebook_bytes(book) for student, book in books.items()}
    whole = handed_in["reference"]
    return handed_in | {
        "empty": b"",
        "truncated": whole[: len(whole) // 2],
        "other_json": b"[1, 2]",
        "other_lesson": notebook_bytes(new_notebook(cells=[new_code_cell("1 + 1")])),
        "old_version": json.dumps(json.loads(whole) | {"nbformat": 3}).encode(),
    }


def hand_in_oddities(course: Course, content: bytes) -> None:
    """Submissions whose files are not where they belong."""
    misnamed = course[LESSON].submission("misnamed").with_name("my homework.ipynb")
    misnamed.parent.mkdir(parents=True)
    misnamed.write_bytes(content)
    (course.submitted / "nothing").mkdir()


def wrong_student(answer: Answer) -> str:
    return f"wrong_{answer.exercise}_{answer.name}"


def warning(answers: dict[str, str]) -> str:
    """The reference for magnitude_mask under another function that warns at each call."""
    inner = answers["magnitude_mask"].replace("def magnitude_mask(", "def _quiet(")
    outer = (
        "def magnitude_mask(weight, sparsity):\n"
        "    import warnings\n"
        '    warnings.warn("this is only a warning", stacklevel=2)\n'
        "    return _quiet(weight, sparsity)\n"
    )
    return f"{inner}\n\n\n{outer}"


BORROW = "from tinytorch.pruning import *"


def borrowed(answers: dict[str, str]) -> dict[str, str]:
    """No answers, but the names asked of the package."""
    return {exercise: f"from tinytorch.pruning import {exercise}" for exercise in answers}


def with_first_cell(notebook: NotebookNode, source: str) -> NotebookNode:
    changed = deepcopy(notebook)
    changed.cells.insert(0, new_code_cell(source, id="added"))
    return changed


def without(notebook: NotebookNode, *grade_ids: str) -> NotebookNode:
    changed = deepcopy(notebook)
    changed.cells = [cell for cell in changed.cells if cell.id not in grade_ids]
    return changed


def with_checks_edited(notebook: NotebookNode) -> NotebookNode:
    changed = deepcopy(notebook)
    for cell in changed.cells:
        if cell.id.endswith(CHECK_SUFFIX):
            cell.source = "pass"
    return changed


def with_a_cell_twice(notebook: NotebookNode, grade_id: str) -> NotebookNode:
    changed = deepcopy(notebook)
    cell = find_cell(changed, grade_id)
    twin = deepcopy(cell)
    twin.id = "twin"
    changed.cells.insert(changed.cells.index(cell), twin)
    return changed


def with_invented_check(notebook: NotebookNode) -> NotebookNode:
    """A check that the lesson does not have, worth more than all others."""
    changed = deepcopy(notebook)
    check = deepcopy(find_cell(changed, "magnitude_mask_check"))
    check.id = check.metadata.nbgrader.grade_id = "invented_check"
    check.metadata.nbgrader.points = 999
    changed.cells.append(check)
    return changed


def with_malformed_grading(notebook: NotebookNode) -> NotebookNode:
    """nbgrader's own data in a cell are not what nbgrader accepts."""
    changed = deepcopy(notebook)
    next(iter(solution_cells(changed).values())).metadata.nbgrader.schema_version = 99
    return changed


def find_cell(notebook: NotebookNode, grade_id: str) -> NotebookNode:
    return next(
        cell
        for cell in notebook.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id") == grade_id
    )


def hashes(folder: Path) -> dict[str, str]:
    """Hash of every file in a folder, by its path."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
