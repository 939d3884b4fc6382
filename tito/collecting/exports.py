"""Who is in the class, from the table that a platform gives: Canvas' gradebook, Moodle's lists."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from tito.collecting.names import CANVAS, MOODLE
from tito.collecting.roster import COLUMNS, Line
from tito.errors import CourseError
from tito.tables import read_table

Rows = Sequence[Sequence[str]]
EXPECTED = (
    "what Canvas gives for Grades, Export, or Moodle's grading worksheet or list of participants"
)

# Canvas, lib/gradebook_exporter.rb: the columns stand in this order, and their names stay English
# but for those after Section; "Root Account" may stand between. Below the names come lines without
# a number: "Manual Posting", "    Points Possible", and last "Student, Test", who is nobody.
CANVAS_COLUMNS = {
    "Student": "name",
    "ID": "id",
    "SIS User ID": "sis_user_id",
    "SIS Login ID": "sis_login_id",
    "Section": "section",
}
TEST_STUDENT = re.compile(r"student, test|test student", re.IGNORECASE)

# Moodle, mod/assign/gradingtable.php (the worksheet): Identifier is "Participant" and the number,
# in the site's language as all names of columns are; then comes the full name. A column of
# addresses is known by them, the group by its name, of which these are some languages'.
IDENTIFIER = re.compile(r"[^\W\d]+(?:/[^\W\d]+)? ?(?P<id>\d+)")
MAIL = re.compile(r"[^@\s]+@[^@\s]+")
GROUP = ("group", "gruppe", "grupo", "groupe", "gruppo", "groep", "grupp", "группа", "小组")
# Of the list of participants, which has no number.
FIRST = ("first name", "vorname", "nombre", "prénom", "nome", "voornaam", "förnamn", "имя", "名")
LAST = (
    *("last name", "surname", "nachname", "apellido", "apellidos", "apellido(s)", "nom"),
    *("nom de famille", "cognome", "sobrenome", "achternaam", "efternamn", "фамилия", "姓"),
)


def read_export(path: Path) -> list[Line]:
    """The students in a platform's table: name, number and what else it says of each."""
    rows = read_table(path).rows
    head = [cell.strip() for cell in rows[0]] if rows else []
    body = [row for row in rows[1:] if any(cell.strip() for cell in row)]
    for reader in (own, canvas, moodle_worksheet, moodle_participants):
        if people := reader(head, body):
            return people
    raise CourseError(
        f"{path} is no list of students: expected {EXPECTED}; its columns are "
        f"{', '.join(head[:6]) or 'none'}"
    )


def own(head: Sequence[str], body: Rows) -> list[Line]:
    """The roster, or the grades, of another class folder."""
    if "student" not in head:
        return []
    lines = [dict(zip(head, map(str.strip, row), strict=False)) for row in body]
    return [
        {name: line[name] for name in COLUMNS if line.get(name)}
        for line in lines
        if line.get("student")
    ]


def canvas(head: Sequence[str], body: Rows) -> list[Line]:
    if head[:2] != ["Student", "ID"]:
        return []
    people = []
    for row in body:
        cells = dict(zip(head, map(str.strip, row), strict=False))
        number = cells.get("ID", "")
        if number.isdigit() and not TEST_STUDENT.fullmatch(cells["Student"]):
            line = {mine: cells.get(theirs, "") for theirs, mine in CANVAS_COLUMNS.items()}
            people.append(line | {"platform": CANVAS})
    return people


def moodle_worksheet(head: Sequence[str], body: Rows) -> list[Line]:
    found = [IDENTIFIER.fullmatch(row[0].strip()) for row in body]
    if len(head) < 2 or not found or not all(found):
        return []
    mail = column(body, MAIL.fullmatch)
    group = named(head, GROUP)
    return [
        {
            "name": cell(row, 1),
            "platform": MOODLE,
            "id": match["id"] if match else "",
            "email": cell(row, mail),
            "group": cell(row, group),
        }
        for row, match in zip(body, found, strict=True)
    ]


def moodle_participants(head: Sequence[str], body: Rows) -> list[Line]:
    first, last = named(head, FIRST), named(head, LAST)
    if first is None or last is None:
        return []
    mail = column(body, MAIL.fullmatch)
    group = named(head, (*GROUP, "groups", "gruppen", "grupos", "groupes", "gruppi"))
    return [
        {
            "name": f"{cell(row, first)} {cell(row, last)}".strip(),
            "email": cell(row, mail),
            "group": cell(row, group),
        }
        for row in body
    ]


def column(body: Rows, fits: Callable[[str], object]) -> int | None:
    """The column whose cells fit, of those that hold something."""
    for place in range(max(map(len, body), default=0)):
        held = [cell(row, place) for row in body if cell(row, place)]
        if held and all(map(fits, held)):
            return place
    return None


def named(head: Sequence[str], names: Sequence[str]) -> int | None:
    return next((place for place, name in enumerate(head) if name.casefold() in names), None)


def cell(row: Sequence[str], place: int | None) -> str:
    return row[place].strip() if place is not None and place < len(row) else ""
