"""Write grades into the table that a platform gave: its language, separators and quotes stay.

Canvas: what "Export entire gradebook" gives. Moodle: the grading worksheet of the assignment. Only
the cells of students whose grade is known change.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tito.collecting.exports import IDENTIFIER, MAIL
from tito.collecting.names import CANVAS, MOODLE
from tito.errors import CourseError
from tito.files import save
from tito.grades import Grades
from tito.report.spreadsheet import Lines, final
from tito.tables import Text, to_text

NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
CANVAS_NUMBERED = re.compile(r".*\(\d+\)", re.DOTALL)
CANVAS_WORTH = re.compile(r"\s*points possible\s*", re.IGNORECASE)
CLOSING_QUOTE = re.compile(r'"(?:[^"]|"")*"')
# Moodle names its columns in the site's language; where none of these stands, the place tells.
GRADE_IN_MOODLE = (
    *("grade", "bewertung", "calificación", "note", "valutazione", "nota", "beoordeling"),
    *("betyg", "cijfer", "ocena", "оценка", "成绩", "評点"),
)


@dataclass(frozen=True)
class Cell:
    """A cell, and where it stands in the text, quotes included."""

    text: str
    start: int
    end: int
    is_quoted: bool


@dataclass
class Filled:
    """What came of it."""

    platform: str
    written: int
    doubts: list[str]


def fill(
    worksheet: Path, grades: Grades, roster: Lines, title: str | None = None, so_far: bool = False
) -> Filled:
    """Write the grades into a platform's own file.

    Args:
        title: Canvas: the column, as its head says it or without the number.
        so_far: points where answers are not all read, too.

    Raises:
        CourseError: it is no such file, or has no column for the grades.
    """
    sheet = Sheet.read(worksheet)
    is_canvas = [cell.text for cell in sheet.rows[0][:2]] == ["Student", "ID"]
    column = sheet.canvas_column(title, grades.lesson) if is_canvas else sheet.moodle_column()
    whose = canvas_students(sheet.rows, roster) if is_canvas else moodle_students(sheet, roster)
    platform = CANVAS if is_canvas else MOODLE
    given = {row.student: final(row, so_far) for row in grades.rows}
    comma = sheet.writes_commas(column)
    changes: list[tuple[Cell, str]] = []
    for number, student in whose.items():
        if points := given.get(student, ""):
            row = sheet.rows[number]
            if column >= len(row):
                raise CourseError(f"{worksheet}: line {number + 1} has no cell for the grade")
            changes.append((row[column], points.replace(".", ",") if comma else points))
    save(worksheet, sheet.with_changes(changes))
    absent = [row.student for row in grades.rows if row.student not in whose.values()]
    return Filled(platform, len(changes), sheet.doubts(column, grades, absent, is_canvas))


@dataclass
class Sheet:
    """A table as its bytes, its text, and its cells with their places."""

    path: Path
    whole: Text
    rows: list[list[Cell]]

    @classmethod
    def read(cls, path: Path) -> Sheet:
        try:
            data = path.read_bytes()
        except OSError as error:
            raise CourseError(f"cannot read {path}: {error.strerror}") from error
        whole = to_text(path, data)
        rows = cells(whole.text, whole.separator, whole.begin)
        rows = [row for row in rows if any(each.text for each in row)]
        if not rows:
            raise CourseError(f"{path} is no CSV file: it has no lines")
        return cls(path, whole, rows)

    def column(self, place: int) -> list[str]:
        """What stands in a column below its head."""
        return [row[place].text.strip() if place < len(row) else "" for row in self.rows[1:]]

    def canvas_column(self, title: str | None, lesson: str) -> int:
        """The assignment's column: the one that was named, or the only one."""
        head = [cell.text.strip() for cell in self.rows[0]]
        numbered = [place for place, name in enumerate(head) if CANVAS_NUMBERED.fullmatch(name)]
        wanted = title or lesson
        found = [
            place
            for place, name in enumerate(head[4:], 4)
            if wanted in (name, re.sub(r" \(\d+\)$", "", name))
        ]
        if title is None and not found and len(numbered) == 1:
            found = numbered
        if len(found) == 1:
            return found[0]
        names = ", ".join(head[place] for place in numbered) or "none"
        why = f"{len(found)} columns are called {wanted}"
        raise CourseError(
            f"{self.path}: {why}; name the one by --assignment: its assignments are {names}"
        )

    def moodle_column(self) -> int:
        """The column before that of the maximum, which says one number in every line."""
        head = [cell.text.strip().casefold() for cell in self.rows[0]]
        if len(self.rows) < 2 or not any(map(IDENTIFIER.fullmatch, self.column(0))):
            raise CourseError(
                f"{self.path} is neither what Canvas gives for Grades, Export, nor Moodle's "
                f"grading worksheet: its columns are {', '.join(head[:6])}"
            )
        named = [place for place, name in enumerate(head) if name in GRADE_IN_MOODLE]
        if len(named) == 1:
            return named[0]
        found = [
            place - 1
            for place in range(2, len(head))
            if len(set(self.column(place))) == 1
            and NUMBER.fullmatch(self.column(place)[0])
            and all(is_grade(each) for each in self.column(place - 1))
        ]
        if len(found) == 1:
            return found[0]
        raise CourseError(
            f"{self.path}: no column of grades before one with the maximum was found; the columns "
            f"are {', '.join(head)}. Download the worksheet anew, with the grade as a number"
        )

    def writes_commas(self, column: int) -> bool:
        """Whether decimals are written with a comma in and around the column of grades."""
        near = [each for place in (column, column + 1) for each in self.column(place)]
        numbers = [each for each in near if NUMBER.fullmatch(each)]
        if any("." in each for each in numbers):
            return False
        return any("," in each for each in numbers) or self.whole.separator == ";"

    def with_changes(self, changes: Sequence[tuple[Cell, str]]) -> bytes:
        text = self.whole.text
        for cell, new in sorted(changes, key=lambda each: -each[0].start):
            quoted = cell.is_quoted or self.whole.separator in new
            text = text[: cell.start] + (f'"{new}"' if quoted else new) + text[cell.end :]
        return self.whole.mark + text.encode(self.whole.encoding)

    def doubts(
        self, column: int, grades: Grades, absent: Sequence[str], is_canvas: bool
    ) -> list[str]:
        found = []
        most = self._maximum(column, is_canvas)
        if most is not None and most != grades.worth:
            found.append(
                f"{self.path.name} says {most:g} points at most, {grades.lesson} has "
                f"{grades.worth:g}: set that in the platform, points are written as they are"
            )
        if absent:
            first = ", ".join(absent[:3])
            more = f" and {len(absent) - 3} more" if len(absent) > 3 else ""
            found.append(
                f"no line of {self.path.name} is known to be of {len(absent)} students: "
                f"{first}{more}. `tito roster {self.path.name}` tells who they are"
            )
        return found

    def _maximum(self, column: int, is_canvas: bool) -> float | None:
        said = self.column(column + 1)[:1]
        if is_canvas:
            rows = [row for row in self.rows[1:] if CANVAS_WORTH.fullmatch(row[0].text)]
            said = [row[column].text.strip() for row in rows if column < len(row)]
        number = said[0].replace(",", ".") if said else ""
        return float(number) if NUMBER.fullmatch(number) else None


def is_grade(text: str) -> bool:
    return not text or text == "-" or bool(NUMBER.fullmatch(text))


def cells(text: str, separator: str, begin: int = 0) -> list[list[Cell]]:
    """The cells of a table with their places; quotes as spreadsheets write them."""
    rows: list[list[Cell]] = [[]]
    place = begin
    while place <= len(text):
        end = end_of_cell(text, place, separator)
        raw = text[place:end]
        is_quoted = len(raw) > 1 and raw[0] == raw[-1] == '"'
        said = raw[1:-1].replace('""', '"') if is_quoted else raw
        rows[-1].append(Cell(said, place, end, is_quoted))
        if text[end : end + 1] != separator:
            rows.append([])
        place = end + (2 if text[end : end + 2] == "\r\n" else 1)
    return [row for row in rows if row]


def end_of_cell(text: str, place: int, separator: str) -> int:
    ends = re.compile(rf"[{separator}\r\n]")
    if text[place : place + 1] == '"':
        closing = CLOSING_QUOTE.match(text, place)
        place = closing.end() if closing else place
    found = ends.search(text, place)
    return found.start() if found else len(text)


def canvas_students(rows: Sequence[Sequence[Cell]], roster: Lines) -> dict[int, str]:
    """The student of each line, by Canvas' number, else by SIS number or login."""
    head = [cell.text.strip() for cell in rows[0]]
    keys = (("ID", "id"), ("SIS User ID", "sis_user_id"), ("SIS Login ID", "sis_login_id"))
    found: dict[int, str] = {}
    for number, row in enumerate(rows[1:], 1):
        said = dict(zip(head, (cell.text.strip() for cell in row), strict=False))
        for theirs, mine in keys:
            students = [
                student
                for student, line in roster.items()
                if said.get(theirs) and line.get(mine) == said[theirs] and is_of(line, CANVAS, mine)
            ]
            if len(students) == 1:
                found[number] = students[0]
                break
    return found


def moodle_students(sheet: Sheet, roster: Lines) -> dict[int, str]:
    """The student of each line, by Moodle's number, else by the address."""
    found: dict[int, str] = {}
    for number, row in enumerate(sheet.rows[1:], 1):
        match = IDENTIFIER.fullmatch(row[0].text.strip())
        mails = {cell.text.strip().casefold() for cell in row if MAIL.fullmatch(cell.text.strip())}
        students = [
            student
            for student, line in roster.items()
            if match and line.get("id") == match["id"] and is_of(line, MOODLE, "id")
        ]
        students = students or [
            student for student, line in roster.items() if line.get("email", "").casefold() in mails
        ]
        if len(students) == 1:
            found[number] = students[0]
    return found


def is_of(line: Mapping[str, str], platform: str, key: str) -> bool:
    """Whether a number in the roster is the platform's own."""
    return key != "id" or line.get("platform") in (platform, "", None)
