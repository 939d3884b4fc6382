"""A small class, made up and graded for real, to see the whole way at work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tito.answers import fill, reference
from tito.build import build
from tito.catalogue import WrongAnswer, read_catalogue
from tito.course import Assignment, Course
from tito.files import digest, remove_folder, save
from tito.grades import Grades, read_grades
from tito.grading.judges import local_judges
from tito.grading.pages import feedback
from tito.grading.run import grade
from tito.notebooks import notebook_bytes, read_notebook
from tito.progress import Tracks, quietly
from tito.releasing import hand_out
from tito.report import publish
from tito.sandbox.bubblewrap import best_isolation

MISTAKEN = ("ben", "cleo", "dora")


@dataclass(frozen=True)
class Demo:
    """What the demo made."""

    grades: Grades
    graded: list[str]
    csv: Path
    report: Path


def demo(course: Course, progress: Tracks = quietly) -> list[Demo]:
    """Release every graded lesson, hand in for a small class in build/demo, grade, give feedback.

    The class is our own: where isolation is not to be had, it is graded without.
    """
    course = Course(course.root, course.build / "demo")
    build(course)
    start_over_if_changed(course)
    return [demonstrate(assignment, progress) for assignment in course.assignments()]


def demonstrate(assignment: Assignment, progress: Tracks) -> Demo:
    released = read_notebook(hand_out(assignment))
    answers = reference(nbformat.from_dict(assignment.source))
    wrong = read_catalogue(assignment).wrong
    for student, content in submissions(released, answers, wrong).items():
        save(assignment.submission(student), content)
    judging = local_judges(isolation=best_isolation())
    graded = grade(assignment, track=progress("grading"), judging=judging)
    feedback(assignment, track=progress("feedback for"))
    grades = read_grades(assignment)
    return Demo(grades, graded, *publish(assignment, grades))


def submissions(
    released: NotebookNode, answers: Mapping[str, str], mistakes: Sequence[WrongAnswer]
) -> dict[str, bytes]:
    """The notebook that each student of the small class hands in, as bytes."""
    first_half = dict(list(answers.items())[: len(answers) // 2])
    everything = notebook_bytes(fill(released, answers))
    handed_in = {
        "ada_reference": everything,
        "blank_release": notebook_bytes(released),
        "half_done": notebook_bytes(fill(released, first_half)),
        "broken_file": everything[: len(everything) // 2],
    }
    for name, mistake in zip(MISTAKEN, spread(mistakes), strict=False):
        notebook = fill(released, {**answers, mistake.exercise: mistake.source})
        handed_in[name] = notebook_bytes(notebook)
    return handed_in


def spread(mistakes: Sequence[WrongAnswer]) -> Sequence[WrongAnswer]:
    """One mistake each in three exercises: the first, a middle one and the last."""
    by_exercise = {mistake.exercise: mistake for mistake in reversed(mistakes)}
    each = list(reversed(by_exercise.values()))
    return [each[place] for place in sorted({0, len(each) // 2, len(each) - 1})]


def start_over_if_changed(course: Course) -> None:
    """Forget the demo class of other lessons or answers: its gradebook would not fit."""
    note = course.class_folder / "made_from.txt"
    made_from = digest(*(path.read_bytes() for path in sorted(course.modules.rglob("*.py")))) + "\n"
    if not note.is_file() or note.read_text() != made_from:
        remove_folder(course.class_folder)
    save(note, made_from)
