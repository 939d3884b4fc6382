"""Where one student's files lie in a class folder, and what a class is graded against."""

from __future__ import annotations

from pathlib import Path

from tito.course import Course
from tito.errors import CourseError
from tito.notebooks import exercises, read_plain


def submitted_students(course: Course) -> list[str]:
    """Everyone with something in CLASS/submitted, in the order of their names.

    A link or a device in place of a folder counts: that student is refused, not lost.
    """
    if course.submitted.is_dir():
        students = sorted(
            path.name
            for path in course.submitted.iterdir()
            if not path.name.startswith(".") and (path.is_symlink() or not path.is_file())
        )
        if students:
            return students
    raise CourseError(
        f"no submissions in {course.class_folder}: expected "
        "submitted/STUDENT/LESSON/LESSON.ipynb there, for example "
        "submitted/ada/18_pruning/18_pruning.ipynb"
    )


def submitted_notebook(course: Course, lesson: str, student: str) -> Path:
    return course.submitted / student / lesson / f"{lesson}.ipynb"


def autograded_notebook(course: Course, lesson: str, student: str) -> Path:
    return course.autograded / student / lesson / f"{lesson}.ipynb"


def feedback_page(course: Course, lesson: str, student: str) -> Path:
    return course.feedback / student / lesson / f"{lesson}.html"


def report_folder(course: Course) -> Path:
    """A page for each student."""
    return course.class_folder / "report"


def journal_folder(course: Course) -> Path:
    return course.class_folder / "journal"


def journal_file(course: Course, lesson: str) -> Path:
    """What grading writes down first: one line a submission."""
    return journal_folder(course) / f"{lesson}.jsonl"


def released_source(course: Course, lesson: str) -> Path:
    """The notebook the release was made from: grading goes by what was handed out."""
    course.lesson(lesson)
    path = course.source / lesson / f"{lesson}.ipynb"
    if not path.is_file() or not exercises(read_plain(path)):
        raise CourseError(f"{lesson} is not released: run `tito release --lesson {lesson}` first")
    return path
