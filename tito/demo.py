"""A small class, made up and graded for real, to see the whole way at work."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tito.answers import fill, reference
from tito.catalogue import WrongAnswer, read_catalogue
from tito.course import Assignment, Course
from tito.errors import CourseError
from tito.files import digest, remove_folder, save
from tito.grades import Grades, read_grades
from tito.grading.judges import local_judges
from tito.grading.pages import feedback
from tito.grading.run import grade
from tito.notebooks import notebook_bytes, read_notebook
from tito.progress import Tracks, quietly
from tito.releasing import release
from tito.report import publish
from tito.sandbox import ISOLATED, TRUSTED
from tito.sandbox.bubblewrap import check_isolation

MISTAKEN = ("ben", "cleo", "dora")


@dataclass(frozen=True)
class Demo:
    """What the demo made."""

    grades: Grades
    graded: list[str]
    isolation: str
    csv: Path
    report: Path


def demo(assignment: Assignment, progress: Tracks = quietly) -> Demo:
    """Release the lesson, hand in for a small class in build/demo, grade it, write feedback.

    The class is our own: where isolation is not to be had, it is graded without.
    """
    course = Course(assignment.course.root, assignment.course.build / "demo")
    assignment = course[assignment.name]
    start_over_if_changed(assignment)
    released = read_notebook(release(assignment))
    answers = reference(nbformat.from_dict(assignment.source))
    hand_in(assignment, submissions(released, answers, read_catalogue(assignment).wrong))
    isolation = best_isolation()
    judging = local_judges(isolation=isolation)
    graded = grade(assignment, track=progress("grading"), judging=judging)
    feedback(assignment, track=progress("feedback for"))
    grades = read_grades(assignment)
    return Demo(grades, graded, isolation, *publish(assignment, grades))


def best_isolation() -> str:
    """Isolation where it is to be had, else none."""
    try:
        check_isolation()
    except CourseError:
        return TRUSTED
    return ISOLATED


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
        handed_in[f"{name}_{slug(mistake.name)}"] = notebook_bytes(notebook)
    return handed_in


def spread(mistakes: Sequence[WrongAnswer]) -> Sequence[WrongAnswer]:
    """One mistake each in three exercises: the first, a middle one and the last."""
    by_exercise = {mistake.exercise: mistake for mistake in reversed(mistakes)}
    each = list(reversed(by_exercise.values()))
    return [each[place] for place in sorted({0, len(each) // 2, len(each) - 1})]


def slug(name: str) -> str:
    """A name that can be a folder's: letters, digits and _."""
    return "_".join("".join(c if c.isalnum() else " " for c in name).split())


def hand_in(assignment: Assignment, notebooks: Mapping[str, bytes]) -> None:
    """Put the notebooks into submitted/, and take out students who are not in the class."""
    for student, content in notebooks.items():
        save(assignment.submission(student), content)
    for folder in assignment.course.submitted.iterdir():
        if folder.name not in notebooks:
            remove_folder(folder)


def start_over_if_changed(assignment: Assignment) -> None:
    """Forget the demo class of another version of the lesson: its gradebook would not fit."""
    folder = assignment.course.class_folder
    note = folder / "made_from.txt"
    made_from = digest(assignment.lesson.read_bytes()) + "\n"
    if not note.is_file() or note.read_text() != made_from:
        remove_folder(folder)
    save(note, made_from)
