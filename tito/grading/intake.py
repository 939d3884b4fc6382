"""Take in what students handed in: read it without being led astray, or say why not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tito.course import Assignment
from tito.errors import NotebookError
from tito.files import digest
from tito.opening import MissingFileError, OddFileError, read_plain_file
from tito.visible import ACTING

LONGEST_NAME = 128  # nbgrader's column for a student
LARGEST_TIMESTAMP = 100  # bytes


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
    if problem := name_problem(student):
        return HandedIn(student, b"", "", problem)
    path = assignment.submission(student)
    submitted = assignment.course.submitted
    parts = path.relative_to(submitted).parts
    try:
        content = read_plain_file(submitted, parts, largest)
    except MissingFileError:
        return HandedIn(student, b"", "", missing(path))
    except OddFileError as odd:
        return HandedIn(student, b"", "", str(odd))
    return HandedIn(student, content, read_timestamp(submitted, parts[:-1]), "")


def name_problem(student: str) -> str:
    """Why the gradebook cannot hold a student of this name; nothing when it can."""
    if shown(student) != student:
        return "the name of this student's folder holds characters that cannot be shown: rename it"
    if student.startswith("."):
        return "the name of this student's folder begins with a dot, which hides it: rename it"
    if len(student) > LONGEST_NAME:
        return (
            f"the name of this student's folder has {len(student)} characters, "
            f"the gradebook takes {LONGEST_NAME}: rename it"
        )
    return ""


def shown(name: str) -> str:
    """A file's name on one line, with ? for what cannot be shown."""
    return ACTING.sub("?", name)


def missing(path: Path) -> str:
    """Why there is no notebook, and which one stands there under another name."""
    others = sorted(shown(each.name) for each in path.parent.glob("*.ipynb"))
    came = f"; there is {', '.join(others)}: rename it" if others else ""
    return f"no {path.parent.name}/{path.name} in this submission{came}"


def read_timestamp(submitted: Path, folder: Sequence[str]) -> str:
    """What timestamp.txt says; nothing when it is not there or no plain short text."""
    try:
        text = read_plain_file(submitted, [*folder, "timestamp.txt"], LARGEST_TIMESTAMP)
        return text.decode().strip()
    except (OddFileError, UnicodeDecodeError):
        return ""
