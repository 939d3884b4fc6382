"""A small class, made up and graded for real, to see the whole way at work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from tito.answers import fill, reference
from tito.course import Course
from tito.files import digest, open_notebook, remove_folder, save
from tito.grades import Grades, read_grades
from tito.grading import Track, feedback, grade, released_source, submitted_notebook
from tito.lessons import notebook_bytes
from tito.mistakes import CATALOGUE, load_catalogue
from tito.releasing import release
from tito.report import publish

MISTAKEN = ("ben", "cleo", "dora")


@dataclass(frozen=True)
class Demo:
    """What the demo made."""

    grades: Grades
    graded: list[str]
    csv: Path
    report: Path


def quiet(doing: str) -> Track:
    """No progress bar, whatever is being done."""
    return iter


def demo(course: Course, lesson: str, progress: Callable[[str], Track] = quiet) -> Demo:
    """Release the lesson, hand in for a small class in build/demo, grade it, write feedback."""
    course = Course(course.root, course.build / "demo")
    start_over_if_changed(course, lesson)
    released = open_notebook(release(course, lesson))
    answers = reference(open_notebook(released_source(course, lesson)))
    mistakes = load_catalogue(course.root / CATALOGUE).WRONG
    hand_in(course, lesson, submissions(released, answers, mistakes))
    graded = grade(course, lesson, track=progress("grading"))
    feedback(course, lesson, track=progress("feedback for"))
    grades = read_grades(course, lesson)
    return Demo(grades, graded, *publish(course, grades))


def submissions(
    released: NotebookNode, answers: Mapping[str, str], mistakes: list[Any]
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


def spread(mistakes: list[Any]) -> list[Any]:
    """One mistake each in three exercises: the first, a middle one and the last."""
    by_exercise = {mistake.exercise: mistake for mistake in reversed(mistakes)}
    each = list(reversed(by_exercise.values()))
    return [each[place] for place in sorted({0, len(each) // 2, len(each) - 1})]


def slug(name: str) -> str:
    """A name that can be a folder's: letters, digits and _."""
    return "_".join("".join(c if c.isalnum() else " " for c in name).split())


def hand_in(course: Course, lesson: str, notebooks: Mapping[str, bytes]) -> None:
    """Put the notebooks into submitted/, and take out students who are not in the class."""
    for student, content in notebooks.items():
        save(submitted_notebook(course, lesson, student), content)
    for folder in course.submitted.iterdir():
        if folder.name not in notebooks:
            remove_folder(folder)


def start_over_if_changed(course: Course, lesson: str) -> None:
    """Forget the demo class of another version of the lesson: its gradebook would not fit."""
    note = course.class_folder / "made_from.txt"
    made_from = digest(course.lesson(lesson).read_bytes()) + "\n"
    if not note.is_file() or note.read_text() != made_from:
        remove_folder(course.class_folder)
    save(note, made_from)
