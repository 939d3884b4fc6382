"""Show what was collected, and of a large class what needs a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from tito.collecting.outcome import FOUND, OLDER, REFUSED, Outcome
from tito.collecting.writing import KEPT, NEW, UNCHANGED, UPDATED

SHOWN_AS = {
    KEPT: "kept: there is a newer one",
    OLDER: "left",
    FOUND: "would be taken",
}
FITS = 20  # lines of a table that one sees at once
WORST_FIRST = (REFUSED, KEPT, OLDER, NEW, UPDATED, FOUND, UNCHANGED)


def to_table(outcomes: Sequence[Outcome], most: int | None = None) -> Table:
    """A line for each file: whose, what became of it, where it came from, why.

    Args:
        most: so many lines, the worst first; all where nothing is said.
    """
    table = Table(title_justify="left")
    for column in ("student", "what", "file", "note"):
        table.add_column(column, overflow="fold")
    for each in outcomes if most is None else attention(outcomes)[:most]:
        status = SHOWN_AS.get(each.status, each.status)
        cells = (each.student, status, each.path, each.note)
        table.add_row(*map(Text, cells), style="bold" if each.status == REFUSED else "")
    return table


def attention(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """What needs a person: refusals, what was kept out, and every remark; all of a small class."""
    if len(outcomes) <= FITS:
        return list(outcomes)
    worth = [each for each in outcomes if each.note or each.status in (REFUSED, KEPT)]
    return sorted(worth, key=lambda each: (WORST_FIRST.index(each.status), each.student))


def summary(outcomes: Sequence[Outcome]) -> str:
    """One line: how many of each kind."""
    counts = Counter(each.status for each in outcomes)
    students = {each.student for each in outcomes if each.student and each.status != REFUSED}
    parts = [f"{count} {status}" for status, count in sorted(counts.items())]
    return f"{len(students)} students: {', '.join(parts)}"


def without_any(outcomes: Sequence[Outcome]) -> list[str]:
    """The students of whom nothing was taken."""
    taken = {each.student for each in outcomes if each.status not in (REFUSED, OLDER)}
    return sorted({each.student for each in outcomes if each.status == REFUSED} - taken - {""})
