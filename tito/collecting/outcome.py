"""What became of one file of a source."""

from __future__ import annotations

from dataclasses import dataclass

OLDER, REFUSED = "older", "refused"  # beside what writing says: new, updated, unchanged, kept
FOUND = "found"  # in a preview: it would be taken


@dataclass(frozen=True)
class Outcome:
    """What became of one file of the source."""

    student: str  # the folder's name, or nothing when the file says not whose it is
    path: str  # inside the source
    status: str
    note: str = ""
    late: bool | None = None  # the platform's word
    time: str = ""  # when it counts as handed in
    time_by: str = ""  # who says so: the platform, or the file
