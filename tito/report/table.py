"""The grades of a class in the terminal."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tito.grades import Grades
from tito.report.text import number


def to_table(grades: Grades) -> RenderableType:
    """The points of the class, the numbers over its columns explained, and what was lost."""
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
        reasons.add_row(Text(row.student), Text(row.reason or "nothing lost"))
    return Group(
        points, Text(legend(grades)), Text(), reasons, Text(by_hand(grades)), *trust(grades)
    )


def trust(grades: Grades) -> list[Text]:
    """What has to be said when students' code ran without isolation."""
    return [Text(f"graded without isolation: {grades.trusted}")] if grades.trusted else []


def legend(grades: Grades) -> str:
    parts = [
        f"{place} {part.name} ({number(part.points)})"
        for place, part in enumerate(grades.exercises, 1)
    ]
    return ", ".join(parts)


def by_hand(grades: Grades) -> str:
    """How many answers wait for a person, and where they are read."""
    waiting = sum(row.unread for row in grades.rows)
    if not waiting:
        return ""
    return f"{waiting} answers are not read yet, and count 0: read them in formgrader"
