"""A workflow of GitHub Actions for a class whose students work in repositories."""

from __future__ import annotations

import sys
from pathlib import Path

from tito.course import Assignment
from tito.errors import CourseError
from tito.files import save
from tito.texts import filled

MARK = "Written by `tito workflow`, which may write it again."


def workflow(assignment: Assignment, repository: Path) -> Path:
    """Write REPOSITORY/.github/workflows/LESSON.yml.

    Raises:
        CourseError: the lesson has no exercises that are released, or another file is in the way.
    """
    name = assignment.name
    if not assignment.released.is_file():
        raise assignment.not_released()
    path = repository / ".github" / "workflows" / f"{name}.yml"
    if path.is_file() and MARK not in path.read_text(encoding="utf-8", errors="replace"):
        raise CourseError(f"{path} was not written by `tito workflow`: move it away first")
    python = "{}.{}".format(*sys.version_info)
    values = {"lesson": name, "python": python, "mark": MARK}
    save(path, filled("lesson.yml.j2", values, "workflow"))
    return path
