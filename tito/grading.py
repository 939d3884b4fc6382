"""Grade a class: take submissions in, run each on a real kernel, remember what was done."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from nbgrader.apps import NbGraderAPI

from tito import nbgrader_api
from tito.answers import solution_cells
from tito.course import CONFIG, Course
from tito.errors import CourseError, NotebookError
from tito.files import digest, digest_folder, open_notebook, remove_folder, save
from tito.lessons import CHECK_SUFFIX, exercises
from tito.nbgrader_api import NbgraderError, nbgrader_for
from tito.releasing import enter_lesson

Track = Callable[[Sequence[str]], Iterable[str]]
RECORD = "grading.json"


@dataclass
class Submission:
    """What is known about one student's submission since it was last graded."""

    digest: str  # of everything the grade depends on
    problem: str = ""  # why it could not be graded; empty when it was
    feedback: str = ""  # digest of what the feedback page was made from


Records = dict[str, Submission]


def grade(course: Course, lesson: str, regrade: bool = False, track: Track = iter) -> list[str]:
    """Grade every submission that changed since it was graded, or all with `regrade`.

    Args:
        track: is given the students to grade and passes them on, for a progress bar.

    Returns:
        The students graded now, broken submissions included.
    """
    course.lesson(lesson)
    students = submitted_students(course)
    rules = rules_digest(course, lesson)
    records = read_records(course, lesson)
    current = {student: submission_digest(course, lesson, student, rules) for student in students}
    due = [
        student
        for student in students
        if regrade or not is_graded(course, lesson, student, records, current[student])
    ]
    if not due:
        return []
    with nbgrader_for(course) as api:
        enter_lesson(api, course, lesson)
        for student in track(due):
            problem = grade_one(api, course, lesson, student)
            records[student] = Submission(current[student], problem)
            write_records(course, lesson, records)
    return due


def grade_one(api: NbGraderAPI, course: Course, lesson: str, student: str) -> str:
    """Grade one submission; return why it could not be graded, or nothing."""
    problem = intake(course, lesson, student)
    if not problem:
        try:
            nbgrader_api.autograde(api, lesson, student)
        except NbgraderError as error:
            problem = f"nbgrader could not grade it: {error}"
    if problem:
        remove_folder(course.autograded / student / lesson)
        remove_folder(course.feedback / student / lesson)
        nbgrader_api.record_zero(api, lesson, student)
    return problem


def feedback(course: Course, lesson: str, track: Track = iter) -> list[str]:
    """Write the feedback page of every graded submission whose grades changed since.

    Returns:
        The students whose page was written now.
    """
    course.lesson(lesson)
    records = read_records(course, lesson)
    graded = [student for student, record in records.items() if not record.problem]
    if not records:
        raise CourseError(
            f"nothing of {lesson} is graded in {course.class_folder}: run `tito grade` first"
        )
    with nbgrader_for(course) as api:
        current = {student: feedback_digest(api, course, lesson, student) for student in graded}
        due = [
            student
            for student in graded
            if records[student].feedback != current[student]
            or not feedback_page(course, lesson, student).is_file()
        ]
        for student in track(due) if due else []:
            nbgrader_api.write_feedback(api, lesson, student)
            records[student].feedback = current[student]
            write_records(course, lesson, records)
    return due


def intake(course: Course, lesson: str, student: str) -> str:
    """Why a submission cannot be graded, in one line; nothing when it can."""
    path = submitted_notebook(course, lesson, student)
    if not path.is_file():
        others = sorted(each.name for each in path.parent.glob("*.ipynb"))
        came = f"; there is {', '.join(others)}: rename it" if others else ""
        return f"no {lesson}/{path.name} in this submission{came}"
    try:
        notebook = open_notebook(path)
    except NotebookError as error:
        return str(error).replace(str(path), path.name)
    here = {cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells}
    source = open_notebook(released_source(course, lesson))
    gone = [name for name in solution_cells(source) if not here & {name, name + CHECK_SUFFIX}]
    if gone:
        return (
            f"the cells of {', '.join(gone)} are missing: "
            "copy the answers into a fresh copy of the released notebook"
        )
    return ""


def submitted_students(course: Course) -> list[str]:
    """The students with a folder in CLASS/submitted, in the order of their names."""
    if course.submitted.is_dir():
        students = sorted(
            path.name
            for path in course.submitted.iterdir()
            if path.is_dir() and not path.name.startswith(".")
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


def released_source(course: Course, lesson: str) -> Path:
    """The notebook the release was made from: grading goes by what was handed out."""
    course.lesson(lesson)
    path = course.source / lesson / f"{lesson}.ipynb"
    if not path.is_file() or not exercises(open_notebook(path)):
        raise CourseError(f"{lesson} is not released: run `tito release --lesson {lesson}` first")
    return path


def rules_digest(course: Course, lesson: str) -> bytes:
    """One hash for everything but the submission that a grade depends on."""
    source = released_source(course, lesson).read_bytes()
    config = (course.root / CONFIG).read_bytes()
    version = nbgrader_api.VERSION.encode()
    return digest(source, config, version, digest_folder(course.support)).encode()


def submission_digest(course: Course, lesson: str, student: str, rules: bytes) -> str:
    return digest(rules, digest_folder(course.submitted / student / lesson))


def feedback_digest(api: NbGraderAPI, course: Course, lesson: str, student: str) -> str:
    """One hash for what a feedback page shows: the graded notebook, points and comments."""
    remarks = nbgrader_api.remarks(api, lesson, student)
    notebook = autograded_notebook(course, lesson, student).read_bytes()
    return digest(notebook, json.dumps(remarks).encode(), nbgrader_api.VERSION.encode())


def is_graded(course: Course, lesson: str, student: str, records: Records, current: str) -> bool:
    """Whether the submission was graded just as it is now, and the result is still there."""
    record = records.get(student)
    if record is None or record.digest != current or not course.gradebook.is_file():
        return False
    return bool(record.problem) or autograded_notebook(course, lesson, student).is_file()


def read_records(course: Course, lesson: str) -> Records:
    """What was graded in this class; a file that cannot be read counts as nothing graded."""
    return {
        student: Submission(**record)
        for student, record in read_all_records(course).get(lesson, {}).items()
    }


def write_records(course: Course, lesson: str, records: Records) -> None:
    every = read_all_records(course)
    every[lesson] = {student: asdict(records[student]) for student in sorted(records)}
    save(course.class_folder / RECORD, json.dumps(every, indent=1) + "\n")


def read_all_records(course: Course) -> dict[str, dict[str, dict[str, str]]]:
    try:
        text = (course.class_folder / RECORD).read_text(encoding="utf-8")
        records: dict[str, dict[str, dict[str, str]]] = json.loads(text)
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return records
