"""How numbers and names are written in tables, files and pages."""

from __future__ import annotations

from markupsafe import Markup

from tito.cells import NOT_WRITTEN
from tito.grades import Row
from tito.notebooks import Exercise

FULL, PART, NONE, OPEN = "full", "part", "none", "open"


def number(value: float) -> str:
    """A number without a needless .0: 6, 2.5."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def grouped(value: float) -> str:
    """The same with commas: 12,000; never -0."""
    return f"{round(value, 2) + 0.0:,.2f}".rstrip("0").rstrip(".")


def breakable(name: str) -> Markup:
    """A name that a narrow column may break after each _."""
    return Markup("_<wbr>").join(name.split("_"))


def duration(seconds: float) -> str:
    """A time as one says it: 0.4 s, 12 s, 3 min 20 s."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def how_late(row: Row) -> str:
    """Late, and by how much where that is known: late by 1 d 2 h."""
    if not row.late.is_late:
        return ""
    minutes = int(row.late.by.total_seconds()) // 60
    if minutes < 1:
        return "late"
    days, rest = divmod(minutes, 24 * 60)
    parts = ((days, "d"), (rest // 60, "h"), (rest % 60, "min"))
    return f"late by {' '.join([f'{count} {unit}' for count, unit in parts if count][:2])}"


def mark(row: Row, part: Exercise) -> str:
    """How far a student got with an exercise: all points, some, none, or not written yet."""
    points = row.points[part.name]
    if points >= part.points:
        return FULL
    if points > 0:
        return PART
    return OPEN if row.failed.get(part.name) == NOT_WRITTEN else NONE
