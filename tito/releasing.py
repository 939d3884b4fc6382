"""Turn a built lesson into the notebook that students get."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from nbgrader.apps import NbGraderAPI

from tito.build import build
from tito.course import Assignment
from tito.errors import LessonError
from tito.files import whole_folder, writing
from tito.first_cell import name_address
from tito.nbgrader_api import NbgraderError, assign, nbgrader_for
from tito.notebooks import notebook_bytes, read_notebook


def release(assignment: Assignment) -> Path:
    """Build the lessons, and make the student's notebook of this one."""
    build(assignment.course)
    return hand_out(assignment)


def hand_out(assignment: Assignment, url: str = "") -> Path:
    """Take solutions and hidden checks out of a built lesson: the student's notebook.

    Its first cell fetches the bundle from `url` where the package is not installed. It appears
    whole or not at all; an earlier release stays when this one fails. The gradebook of the class
    learns which cells count.
    """
    course, lesson = assignment.course, assignment.name
    refuse_ungraded(assignment)
    with (
        nbgrader_for(course) as api,
        TemporaryDirectory(dir=course.build, prefix=".release-") as aside,
    ):
        enter_lesson(api, assignment, Path(aside))
        made = Path(aside, lesson, f"{lesson}.ipynb")
        with writing(course.release), whole_folder(course.release / lesson) as folder:
            (folder / made.name).write_bytes(with_address(made, url))
    return assignment.released


def made_for_students(assignment: Assignment, folder: Path) -> Path:
    """The same notebook in a folder of one's own, where nobody is handed anything."""
    with nbgrader_for(assignment.course) as api:
        enter_lesson(api, assignment, folder)
    return folder / assignment.name / f"{assignment.name}.ipynb"


def with_address(path: Path, url: str) -> bytes:
    if not url:
        return path.read_bytes()
    notebook = read_notebook(path)
    name_address(notebook, url)
    return notebook_bytes(notebook)


def enter_lesson(api: NbGraderAPI, assignment: Assignment, release: Path | None = None) -> None:
    """Tell the class's gradebook which cells count, and for how many points."""
    try:
        assign(api, assignment.name, release)
    except NbgraderError as error:
        hint = ". Move that class folder away to begin anew" if "submissions" in str(error) else ""
        raise NbgraderError(
            f"nbgrader does not take {assignment.name} into "
            f"{assignment.course.gradebook}: {error}{hint}"
        ) from error


def refuse_ungraded(assignment: Assignment) -> None:
    """A lesson without exercises is for reading: the build makes no source for nbgrader."""
    graded = sorted(folder.name for folder in assignment.course.source.iterdir())
    if assignment.name not in graded:
        raise LessonError(
            f"{assignment.name} has no exercises, so there is nothing to release; "
            f"lessons with exercises: {', '.join(graded) or 'none'}"
        )
