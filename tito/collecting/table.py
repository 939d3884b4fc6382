"""Show what was collected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from tito.collecting import OLDER, REFUSED, Outcome
from tito.collecting.writing import KEPT

SHOWN_AS = {KEPT: "kept: there is a newer one", OLDER: "left: not the newest"}


def to_table(outcomes: Sequence[Outcome]) -> Table:
    """A line for each file: whose, what became of it, where it came from, why."""
    table = Table(title_justify="left")
    for column in ("student", "what", "file", "note"):
        table.add_column(column, overflow="fold")
    for each in outcomes:
        status = SHOWN_AS.get(each.status, each.status)
        cells = (each.student, status, each.path, each.note)
        table.add_row(*map(Text, cells), style="bold" if each.status == REFUSED else "")
    return table


def summary(outcomes: Sequence[Outcome]) -> str:
    """One line: how many of each kind."""
    counts = Counter(each.status for each in outcomes)
    students = {each.student for each in outcomes if each.student}
    parts = [f"{count} {status}" for status, count in sorted(counts.items())]
    return f"{len(students)} students: {', '.join(parts)}"
