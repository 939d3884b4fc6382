"""Clear away what processes that were killed left half-written in a class folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from tito.course import Course
from tito.files import UNFINISHED, writing

SLACK = 2.0  # seconds: the system tells a process's start less exactly than a file's time


def remove_unfinished(course: Course) -> None:
    """Remove the files that nobody will finish; one that another process is writing stays.

    Only where `tito` writes is looked: what students handed in is theirs.
    """
    for path in unfinished(course):
        with writing(path), suppress(FileNotFoundError):  # its process is done with it just now
            match = UNFINISHED.fullmatch(path.name)
            if match and not is_at_work(int(match[1]), path.lstat().st_mtime):
                path.unlink()


def unfinished(course: Course) -> Iterator[Path]:
    """All files with the name of one that is being written."""
    whole = (course.journals, course.reports, course.autograded, course.feedback)
    for top in (course.class_folder, *whole):
        for folder, below, names in os.walk(top):
            if top == course.class_folder:
                below.clear()
            yield from (Path(folder, name) for name in names if UNFINISHED.fullmatch(name))


def is_at_work(pid: int, since: float) -> bool:
    """Whether the process that wrote at the time `since` is there: ids of dead ones come again."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return process.create_time() <= since + SLACK
    except psutil.NoSuchProcess:
        return False
