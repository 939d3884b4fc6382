"""Take in what students handed in: read it without being led astray, or say why not."""

from __future__ import annotations

import os
import stat
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from tito.course import Assignment
from tito.errors import NotebookError
from tito.files import digest

LONGEST_NAME = 128  # nbgrader's column for a student
UNSHOWABLE = {"Cc", "Cs", "Zl", "Zp"}  # controls, bytes that are no UTF-8, ends of lines
LARGEST_TIMESTAMP = 100  # bytes
# The system refuses to open a link, and does not wait for somebody to write into a pipe.
FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


class RefusedError(NotebookError):
    """A submission that is not graded; the message is the reason its row shows."""


@dataclass(frozen=True)
class HandedIn:
    """One student's submission as it came: the notebook's bytes, or why there are none."""

    student: str
    content: bytes
    timestamp: str  # when it was handed in, as nbgrader writes it into timestamp.txt
    problem: str

    def digest(self, rules: bytes) -> str:
        """One hash for everything the grade depends on; `rules` is that of everything else."""
        return digest(rules, self.content, self.timestamp.encode(), self.problem.encode())


def hand_in(assignment: Assignment, student: str, largest: int) -> HandedIn:
    """Read one submission of at most `largest` bytes."""
    path = assignment.submission(student)
    try:
        if problem := name_problem(student):
            raise RefusedError(problem)
        refuse_detour(assignment.course.submitted, path)
        content = read_plain_file(path, largest)
    except RefusedError as refused:
        return HandedIn(student, b"", "", str(refused))
    return HandedIn(student, content, read_timestamp(path.with_name("timestamp.txt")), "")


def name_problem(student: str) -> str:
    """Why the gradebook cannot hold a student of this name; nothing when it can."""
    if shown(student) != student:
        return "the name of this student's folder holds characters that cannot be shown: rename it"
    if len(student) > LONGEST_NAME:
        return (
            f"the name of this student's folder has {len(student)} characters, "
            f"the gradebook takes {LONGEST_NAME}: rename it"
        )
    return ""


def refuse_detour(submitted: Path, path: Path) -> None:
    """Refuse links on the way to a notebook: they lead to files that nobody handed in."""
    folder = submitted
    for part in path.relative_to(submitted).parts:
        folder = folder / part
        kind = kind_of(folder)
        if kind == 0:
            raise RefusedError(missing(path))
        if stat.S_ISLNK(kind):
            raise RefusedError(f"{part} is a link, a file or folder of its own was expected")
        if folder != path and not stat.S_ISDIR(kind):
            raise RefusedError(
                f"{part} is not a folder, {path.parent.name}/{path.name} belongs there"
            )


def shown(name: str) -> str:
    """A file's name on one line, with ? for what cannot be shown."""
    return "".join("?" if unicodedata.category(each) in UNSHOWABLE else each for each in name)


def kind_of(path: Path) -> int:
    """The mode of a file, links not followed; 0 when there is none."""
    try:
        return path.lstat().st_mode
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise RefusedError(f"cannot read {path.name}: {error.strerror}") from error


def missing(path: Path) -> str:
    """Why there is no notebook, and which one stands there under another name."""
    others = sorted(shown(each.name) for each in path.parent.glob("*.ipynb"))
    came = f"; there is {', '.join(others)}: rename it" if others else ""
    return f"no {path.parent.name}/{path.name} in this submission{came}"


def read_plain_file(path: Path, largest: int) -> bytes:
    """The bytes of a regular file: not of a link, a pipe or a device, and not too many."""
    try:
        descriptor = os.open(path, FLAGS)
    except OSError as error:
        raise RefusedError(f"cannot read {path.name}: {error.strerror}") from error
    try:
        refuse_file(os.fstat(descriptor), path.name, largest)
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(largest)
    except OSError as error:
        raise RefusedError(f"cannot read {path.name}: {error.strerror}") from error
    finally:
        os.close(descriptor)


def refuse_file(found: os.stat_result, name: str, largest: int) -> None:
    """Refuse what is not a regular file, and one that is too big."""
    if not stat.S_ISREG(found.st_mode):
        raise RefusedError(f"{name} is not a file but a folder, a pipe or a device")
    if found.st_size > largest:
        raise RefusedError(
            f"{name} has {found.st_size:,} bytes, {largest:,} are allowed: "
            "clear its outputs and hand it in again"
        )


def read_timestamp(path: Path) -> str:
    """What timestamp.txt says; nothing when it is not there or no plain short text."""
    try:
        kind = kind_of(path)
        text = read_plain_file(path, LARGEST_TIMESTAMP) if stat.S_ISREG(kind) else b""
        return text.decode().strip()
    except (RefusedError, UnicodeDecodeError):
        return ""
