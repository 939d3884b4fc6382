"""The page of the class and the page of each student: each needs nothing but itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from tito.catalogue import WrongAnswer
from tito.cells import NOT_WRITTEN
from tito.grades import Grades, Row
from tito.grading.intake import name_problem
from tito.grading.rebuild import SHOW_ME_AS
from tito.report import findings
from tito.report.picture import Picture, picture
from tito.report.text import FULL, NONE, OPEN, PART, breakable, grouped, how_late, mark, number

SIGNS = {FULL: "✓", PART: "~", NONE: "✗", OPEN: "○"}
WORDS = {FULL: "all points", PART: "some points", NONE: "no points", OPEN: NOT_WRITTEN}
NO_TITLES: Mapping[str, str] = MappingProxyType({})


def class_page(
    grades: Grades, known: Sequence[WrongAnswer] = (), titles: Mapping[str, str] = NO_TITLES
) -> str:
    """The page of the class; the same grades give the same bytes.

    Args:
        known: the wrong answers of the catalogue, for their names.
        titles: what questions are called; one without a title is called by its cell.
    """
    rows = [row for row in grades.rows if row.status != "missing"]
    return render(
        "report.html.j2",
        grades=grades,
        handed_in=rows,
        max_score=sum(part.points for part in grades.exercises),
        bins=findings.distribution(rows),
        averages=findings.averages(rows),
        spread=findings.spread(rows),
        progress=[
            (part, findings.progress(rows, part), findings.discrimination(rows, part))
            for part in grades.exercises
        ],
        misconceptions=findings.misconceptions(grades, known),
        to_look_at=findings.to_look_at(grades.rows),
        about_the_run=findings.about_the_run(rows),
        answers=findings.answers(rows, grades.questions),
        titles=titles,
        unread=sum(row.unread for row in rows),
        picture=picture(rows),
        show_me_as=SHOW_ME_AS,
    )


def picture_page(lesson: str, shown: Picture) -> str:
    """The picture of the class by itself, to be shown to it."""
    return render("picture.html.j2", lesson=lesson, picture=shown)


def student_page(
    grades: Grades, row: Row, hints: Mapping[str, Markup], titles: Mapping[str, str] = NO_TITLES
) -> str:
    """What one student may read: points, the first thing wrong, a hint, no check's code."""
    lost = [part.name for part in grades.exercises if mark(row, part) in (PART, NONE)]
    open_ = [part.name for part in grades.exercises if mark(row, part) == OPEN]
    first = next(iter(lost or open_), "") if row.graded else ""
    return render(
        "student.html.j2",
        grades=grades,
        row=row,
        first=first,
        message=row.failed.get(first, ""),
        hint=hints.get(first),
        titles=titles,
    )


def has_page(row: Row) -> bool:
    """Whether a page can be called as the student: a ? stands for what cannot be shown."""
    return "?" not in row.student and not name_problem(row.student)


def render(template: str, **values: Any) -> str:
    return environment().get_template(template).render(**values)


@cache
def environment() -> Environment:
    """Where the templates are, each compiled once."""
    pages = Environment(
        loader=PackageLoader("tito"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    pages.filters.update(number=number, breakable=breakable, grouped=grouped)
    pages.globals.update(mark=mark, has_page=has_page, how_late=how_late, signs=SIGNS, words=WORDS)
    return pages
