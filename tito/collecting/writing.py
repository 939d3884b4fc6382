"""Write one submission where grading looks for it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime

from tito.course import Assignment
from tito.files import whole_folder

NEW, UPDATED, UNCHANGED, KEPT = "new", "updated", "unchanged", "kept"
TIMESTAMP = "%Y-%m-%d %H:%M:%S.%f UTC"  # nbgrader reads it, for late penalties and feedback


def write(
    assignment: Assignment,
    student: str,
    content: bytes,
    changed: datetime,
    handed_in: datetime,
    beside: Mapping[str, bytes],
) -> str:
    """Write submitted/STUDENT/LESSON with notebook and timestamp.txt, whole or not at all.

    The notebook keeps the time `changed` that it has in the source: that is how an older one is
    told from a newer one. `handed_in` is when it counts as handed in. `beside` are other files.

    Returns:
        "new", "updated", "unchanged", or "kept" when what is there is newer.
    """
    notebook = assignment.submission(student)
    exists = notebook.is_file()
    if exists and notebook.read_bytes() == content:
        return UNCHANGED
    if exists and changed <= datetime.fromtimestamp(notebook.stat().st_mtime, UTC):
        return KEPT
    with whole_folder(notebook.parent) as new:
        (new / notebook.name).write_bytes(content)
        os.utime(new / notebook.name, (changed.timestamp(), changed.timestamp()))
        for name, data in beside.items():
            (new / name).write_bytes(data)
        (new / "timestamp.txt").write_text(handed_in.strftime(TIMESTAMP), encoding="utf-8")
    return UPDATED if exists else NEW
