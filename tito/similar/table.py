"""The pairs in a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from tito.similar import Pair


def to_table(pairs: Sequence[Pair]) -> Table:
    """A line for each exercise in which two are alike; their names once."""
    table = Table("students", "exercise", "alike", "in common")
    for column in table.columns[2:]:
        column.justify = "right"
    for pair in pairs:
        names = Text(" and ".join(pair.students))
        for each in pair.alike:
            table.add_row(names, Text(each.exercise), f"{100 * each.share:.0f} %", str(each.shared))
            names = Text("")
    return table
