"""The grades of a class in the terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from textwrap import shorten

from rich.columns import Columns
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tito.grades import Grades, Row
from tito.report.findings import spread, to_look_at
from tito.report.text import how_late, number

FITS = 20  # students whose points one sees at once
LONGEST = 45  # characters of why
SHOWN = 12  # of a larger class, those who most need a person


def to_table(grades: Grades) -> RenderableType:
    """The points of the class, the numbers over its columns explained, and what was lost.

    Of a large class, counts and who needs a person: the rest is in the report.
    """
    if len(grades.rows) > FITS:
        return Group(*overview(grades), *trust(grades))
    # Narrow enough that eighteen exercises stand side by side in 80 columns.
    points = Table(title=grades.lesson, title_justify="left", box=None, padding=(0, 1, 0, 0))
    points.add_column("student", no_wrap=True, max_width=19)
    points.add_column("score", justify="right", min_width=5)
    for place in range(1, len(grades.exercises) + 1):
        points.add_column(str(place), justify="right", min_width=2)
    reasons = Table("student", "first reason for lost points", title_justify="left")
    for row in grades.rows:
        cells = [number(row.points[part.name]) for part in grades.exercises]
        points.add_row(Text(row.student), number(row.score), *cells)
        said = [row.reason or "nothing lost", how_late(row), less(row)]
        reasons.add_row(Text(row.student), Text("; ".join(filter(None, said))))
    return Group(
        points, Text(), legend(grades), Text(), reasons, Text(by_hand(grades)), *trust(grades)
    )


def less(row: Row) -> str:
    """What handing in late cost."""
    return f"{number(row.penalty)} points less: {number(row.total)}" if row.penalty else ""


def overview(grades: Grades) -> Iterator[RenderableType]:
    """A large class on one screen."""
    counts = Counter(row.status for row in grades.rows)
    parts = [f"{count} {status}" for status, count in counts.items()]
    late = sum(row.late.is_late for row in grades.rows)
    parts += [f"{late} late"] if late else []
    yield Text(f"{grades.lesson}: {len(grades.rows)} students: {', '.join(parts)}")
    if totals := spread(grades.rows):
        yield Text(
            f"totals: mean {number(totals.mean)} ± {number(totals.deviation)}, median "
            f"{number(totals.median)}, from {number(totals.lowest)} to {number(totals.highest)} "
            f"of {number(grades.worth)}"
        )
    looks = to_look_at(grades.rows)
    if looks:
        table = Table("student", "at stake", "look at these first", title_justify="left")
        for each in looks[:SHOWN]:
            about = shorten("; ".join(each.reasons), LONGEST, placeholder="...")
            table.add_row(Text(each.row.student), number(each.at_stake), Text(about))
        yield table
    if len(looks) > SHOWN:
        yield Text(f"and {len(looks) - SHOWN} more to look at; everybody's points: report.html")
    else:
        yield Text("everybody's points: report.html")
    yield Text(by_hand(grades))


def trust(grades: Grades) -> list[Text]:
    """What has to be said when students' code ran without isolation."""
    return [Text(f"graded without isolation: {grades.trusted}")] if grades.trusted else []


def legend(grades: Grades) -> Columns:
    """Which exercise a number stands for, and its points, downwards in columns."""
    parts = [
        f"{place:2} {part.name} ({number(part.points)})"
        for place, part in enumerate(grades.exercises, 1)
    ]
    return Columns(map(Text, parts), padding=(0, 2), column_first=True)


def by_hand(grades: Grades) -> str:
    """How many answers wait for a person, and where they are read."""
    waiting = sum(row.unread for row in grades.rows)
    if not waiting:
        return ""
    what = "1 answer is" if waiting == 1 else f"{waiting} answers are"
    return (
        f"{what} not read yet, and counted as 0. To read: tito read, or Formgrader in jupyter lab; "
        "then: tito report"
    )
