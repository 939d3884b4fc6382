"""Write one submission where grading looks for it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from tito.collecting.files import TIMESTAMP
from tito.course import Assignment
from tito.errors import CourseError
from tito.files import LARGEST_SUBMISSION, save, whole_folder, writing
from tito.opening import OddFileError, read_plain_file

NEW, UPDATED, UNCHANGED, KEPT = "new", "updated", "unchanged", "kept"
TIME = "%Y-%m-%d %H:%M:%S.%f UTC"  # nbgrader reads it, for late penalties and feedback


class NotAFolderError(CourseError):
    """Something else stands where a student's folder belongs."""


def write(
    assignment: Assignment,
    student: str,
    content: bytes,
    changed: datetime,
    handed_in: datetime,
    beside: Mapping[str, bytes],
    force: bool = False,
    says_time: bool = False,
) -> str:
    """Write submitted/STUDENT/LESSON with notebook and timestamp.txt, whole or not at all.

    The notebook keeps the time `changed` that it has in the source: that is how an older one is
    told from a newer one. `handed_in` is when it counts as handed in. `beside` are other files.

    Args:
        force: replace what is there, whatever the times say.
        says_time: the source itself says when it was handed in, or whether late: then that is
            taken over, even if the notebook is the same.

    Returns:
        "new", "updated", "unchanged", or "kept" when what is there is newer.

    Raises:
        NotAFolderError: a link or a file stands where a folder belongs.
    """
    notebook = assignment.submission(student)
    submitted = assignment.course.submitted
    refuse_links(notebook.parent, submitted)
    time = handed_in.strftime(TIME)
    exists = os.path.lexists(notebook)
    if exists and present(submitted, notebook) == content:
        if says_time:
            save(notebook.with_name(TIMESTAMP), time)
        return UNCHANGED
    if exists and not force and changed <= datetime.fromtimestamp(notebook.lstat().st_mtime, UTC):
        return KEPT
    with writing(notebook.parent), whole_folder(notebook.parent) as new:
        (new / notebook.name).write_bytes(content)
        os.utime(new / notebook.name, (changed.timestamp(), changed.timestamp()))
        for name, data in beside.items():
            (new / name).write_bytes(data)
        (new / TIMESTAMP).write_text(time, encoding="utf-8")
    return UPDATED if exists else NEW


def refuse_links(folder: Path, submitted: Path) -> None:
    """Write through no link, and over no file: nobody but us puts folders there."""
    for place in (folder, folder.parent):
        if place != submitted and (place.is_symlink() or (place.exists() and not place.is_dir())):
            raise NotAFolderError(f"{place} is a link or a file, not a folder: move it away")


def present(submitted: Path, notebook: Path) -> bytes | None:
    """The notebook that is there; nothing when it is none."""
    try:
        return read_plain_file(submitted, notebook.relative_to(submitted).parts, LARGEST_SUBMISSION)
    except OddFileError:
        return None
