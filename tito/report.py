"""Show a class's grades: a table in the terminal, a CSV file, a page to read or print."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tito.course import Course
from tito.files import save
from tito.grades import Grades, Row
from tito.lessons import Exercise

PAGE = "report.html.j2"


def publish(course: Course, grades: Grades) -> tuple[Path, Path]:
    """Write grades.csv and report.html into the class folder, each whole or not at all."""
    files = course.class_folder / "grades.csv", course.class_folder / "report.html"
    save(files[0], to_csv(grades))
    save(files[1], to_html(grades))
    return files


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
    return Group(points, Text(legend(grades)), Text(), reasons)


def legend(grades: Grades) -> str:
    parts = [
        f"{place} {part.name} ({number(part.points)})"
        for place, part in enumerate(grades.exercises, 1)
    ]
    return ", ".join(parts)


def to_csv(grades: Grades) -> str:
    """One line a student: student, score, max_score, then the points of each exercise."""
    names = [part.name for part in grades.exercises]
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(["student", "score", "max_score", *names])
    for row in grades.rows:
        values = [row.score, row.max_score, *(row.points[name] for name in names)]
        lines.writerow([row.student, *map(number, values)])
    return text.getvalue()


def to_html(grades: Grades) -> str:
    """A page that needs nothing but itself; the same grades give the same bytes."""
    pages = Environment(
        loader=PackageLoader("tito"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    pages.filters.update(number=number, breakable=breakable)
    return pages.get_template(PAGE).render(
        grades=grades,
        max_score=sum(part.points for part in grades.exercises),
        mark=mark,
        solved=[(part, solved(grades, part)) for part in grades.exercises],
    )


def mark(row: Row, part: Exercise) -> str:
    """ "full", "part" or "none": how much of an exercise's points a student got."""
    points = row.points[part.name]
    if points >= part.points:
        return "full"
    return "part" if points > 0 else "none"


def solved(grades: Grades, part: Exercise) -> int:
    """How many students have all points of an exercise."""
    return sum(mark(row, part) == "full" for row in grades.rows)


def number(value: float) -> str:
    """A number without a needless .0: 6, 2.5."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def breakable(name: str) -> Markup:
    """A name that a narrow column may break after each _."""
    return Markup("_<wbr>").join(name.split("_"))
