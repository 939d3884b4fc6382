"""CLASS/collected/LESSON.csv: what came of each file, kept for whoever looks later.

A line for each file of each student: what it was called in the source, what became of it, what the
platform said of lateness and time, and why it was not taken. One line a student says "taken".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from tito.course import Assignment
from tito.files import save
from tito.tables import harmless, read_table, written

TAKEN, LEFT, REFUSED = "taken", "left", "refused"
LATE, IN_TIME = "late", "in time"  # the platform's own word, where it has one
PLATFORM, FILE = "platform", "file"  # who says the time: a file's may be that of the download


@dataclass(frozen=True)
class Received:
    """What came of one file."""

    student: str  # the folder's name, or nothing when the file says not whose it is
    file: str  # inside the source
    became: str  # TAKEN, LEFT or REFUSED
    late: str = ""  # LATE, IN_TIME, or nothing where the platform says neither
    time: str = ""  # UTC, as in timestamp.txt
    note: str = ""  # why it was not taken, or what a person may want to know
    time_by: str = ""  # PLATFORM or FILE


COLUMNS = tuple(field.name for field in fields(Received))


def record_file(assignment: Assignment) -> Path:
    return assignment.course.class_folder / "collected" / f"{assignment.name}.csv"


def read_record(assignment: Assignment) -> list[Received]:
    """What came of each file so far; nothing where nothing was collected."""
    try:
        text = read_table(record_file(assignment))
    except FileNotFoundError:
        return []
    head = text.rows[0] if text.rows else []
    lines = [dict(zip(head, row, strict=False)) for row in text.rows[1:]]
    return [Received(*(line.get(name, "") for name in COLUMNS)) for line in lines]


def add_to_record(assignment: Assignment, new: Sequence[Received]) -> None:
    """Replace what is known of the students in `new`; an earlier file that still counts stays."""
    lines = merged(read_record(assignment), new)
    rows = [[harmless(cell) for cell in astuple(line)] for line in lines]
    save(record_file(assignment), written([COLUMNS, *rows]))


def merged(old: Iterable[Received], new: Sequence[Received]) -> list[Received]:
    again = {line.student for line in new} | {""}
    counts = {line.student for line in new if line.became == TAKEN}
    kept = [
        line
        for line in old
        if line.student not in again or (line.became == TAKEN and line.student not in counts)
    ]
    return sorted([*kept, *new], key=lambda line: (line.student, line.became != TAKEN, line.file))


def refusals(lines: Iterable[Received]) -> dict[str, str]:
    """Why a student's file was refused, for each with a refusal, in one line."""
    found: dict[str, str] = {}
    for line in lines:
        if line.became == REFUSED and line.student:
            said = f"{line.file.split('/')[-1]}: {line.note}"
            found[line.student] = (
                f"{found[line.student]}; {said}" if line.student in found else said
            )
    return found


def taken(lines: Iterable[Received]) -> dict[str, Received]:
    """The file that counts, for each student who has one."""
    return {line.student: line for line in lines if line.became == TAKEN}
