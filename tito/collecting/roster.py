"""CLASS/roster.csv: which folder is which student, and who that is on the platform."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from tito.collecting.names import Whose
from tito.course import Course
from tito.errors import CourseError
from tito.files import save

COLUMNS = ("student", "name", "platform", "id", "email", "sis_user_id", "sis_login_id", "section")
LONGEST = 60  # characters of a folder's name
# Names that Windows gives to devices, and git, Jupyter and nbgrader treat otherwise when hidden.
RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)

Line = dict[str, str]


@dataclass
class Roster:
    """The lines of the file by the student's folder; columns of your own are kept."""

    path: Path
    lines: dict[str, Line]
    columns: tuple[str, ...] = COLUMNS

    @classmethod
    def read(cls, course: Course) -> Roster:
        path = course.class_folder / "roster.csv"
        try:
            text = path.read_text(encoding="utf-8-sig")  # spreadsheets write a mark in front
        except FileNotFoundError:
            return cls(path, {})
        except (OSError, UnicodeDecodeError) as error:
            raise CourseError(f"cannot read {path}: {error}; save it as CSV in UTF-8") from error
        table = csv.DictReader(io.StringIO(text))
        own = [name for name in table.fieldnames or () if name not in COLUMNS]
        if "student" not in (table.fieldnames or ()):
            raise CourseError(f"{path} has no column student; expected {', '.join(COLUMNS)}")
        lines = {
            line["student"]: {name: line.get(name) or "" for name in (*COLUMNS, *own)}
            for line in table
            if line["student"]
        }
        return cls(path, lines, (*COLUMNS, *own))

    def save(self) -> None:
        text = io.StringIO()
        table = csv.DictWriter(text, self.columns, restval="", lineterminator="\n")
        table.writeheader()
        table.writerows(self.lines[student] for student in sorted(self.lines))
        save(self.path, text.getvalue())

    def folder(self, owner: Whose) -> str:
        """The folder of a student: the one in the file, or a new one, which is then in it."""
        for student, line in self.lines.items():
            theirs = (line["platform"], line["id"] or line["name"])
            if theirs == (owner.platform, owner.id or owner.name):
                return student
        student = self.free_name(owner)
        about = {"name": owner.name, "platform": owner.platform, "id": owner.id}
        self.lines[student] = dict.fromkeys(self.columns, "") | {"student": student} | about
        return student

    def free_name(self, owner: Whose) -> str:
        """A folder's name that nobody has; case does not tell two apart on every system."""
        taken = {student.casefold() for student in self.lines}
        plain = folder_name(owner.name.lower() if owner.platform else owner.name)
        candidates = [plain, f"{plain}_{folder_name(owner.id)}"]
        candidates += [f"{plain}_{count}" for count in range(2, len(taken) + 3)]
        return next(each for each in candidates if each.casefold() not in taken)


def folder_name(name: str) -> str:
    """A name that can be a folder's everywhere, and a student's in nbgrader: letters, _ . @ -.

    Accents are taken off, letters of other scripts stay.
    """
    letters = unicodedata.normalize("NFKD", name)
    bare = "".join(each for each in letters if not unicodedata.combining(each))
    words = re.sub(r"[^\w.@-]+", "_", unicodedata.normalize("NFC", bare))
    short = words.strip("._-")[:LONGEST].rstrip("._-")
    return f"student_{short}" if not short or RESERVED.fullmatch(short) else short
