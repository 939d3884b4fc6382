"""CLASS/roster.csv: which folder is which student, and who that is on the platform."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tito.collecting.names import CANVAS, Person, Whose, words
from tito.course import Course
from tito.errors import CourseError
from tito.files import save
from tito.tables import harmless, read_table, written

COLUMNS = (
    *("student", "name", "platform", "id", "email", "sis_user_id", "sis_login_id", "group"),
    "section",
)
EXTENSION = "extension"  # a column of your own: how much longer a student may take
LONGEST = 60  # characters of a folder's name
# Names that Windows gives to devices, and git, Jupyter and nbgrader treat otherwise when hidden.
RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)

Line = dict[str, str]


class NobodyError(CourseError):
    """A name that fits more than one student."""


@dataclass
class Roster:
    """The lines of the file by the student's folder; columns of your own are kept."""

    path: Path
    lines: dict[str, Line]
    columns: tuple[str, ...] = COLUMNS
    separator: str = ","
    came: set[str] = field(default_factory=set)  # the students who are new

    @classmethod
    def read(cls, course: Course) -> Roster:
        path = course.class_folder / "roster.csv"
        try:
            text = read_table(path)
        except FileNotFoundError:
            return cls(path, {})
        head = [name.strip() for name in text.rows[0]] if text.rows else []
        if "student" not in head:
            raise CourseError(
                f"{path} has no column student; expected {', '.join(COLUMNS)}; there are: "
                f"{', '.join(head) or 'none'}"
            )
        columns = (*COLUMNS, *(name for name in head if name and name not in COLUMNS))
        lines = {}
        for row in text.rows[1:]:
            line = dict.fromkeys(columns, "") | dict(zip(head, row, strict=False))
            if line["student"]:
                lines[line["student"]] = {name: line[name] for name in columns}
        return cls(path, lines, columns, text.separator)

    def save(self) -> None:
        rows = [[harmless(self.lines[each][name]) for name in self.columns] for each in self.order]
        text = written([self.columns, *rows], self.separator)
        # A spreadsheet that wrote semicolons takes UTF-8 for what it is only by the mark in front.
        save(self.path, text.encode("utf-8" if self.separator == "," else "utf-8-sig"))

    @property
    def order(self) -> list[str]:
        return sorted(self.lines)

    def folders(self, owner: Whose) -> list[str]:
        """The folders of a student, or of each member of a group; new ones are in the file then.

        Raises:
            NobodyError: more than one student has this name.
        """
        if owner.members:
            return [self.folder(as_student(owner, person)) for person in owner.members]
        if group := self.group_of(owner.name):
            return group
        if owner.is_group:
            return [self.group_without_members(owner)]
        return [self.folder(owner)]

    def group_of(self, name: str) -> list[str]:
        """The students whose column `group` has this name."""
        wanted = squeezed(name)
        return [each for each in self.order if wanted and squeezed(self[each]["group"]) == wanted]

    def group_without_members(self, owner: Whose) -> str:
        """A line for a group of which nobody knows yet who is in it; a group's number is not kept:
        a platform would take it for a person's."""
        student = self.folder(Whose(owner.name, owner.original, owner.platform))
        self[student]["group"] = owner.name
        return student

    def folder(self, owner: Whose) -> str:
        """The folder of a student: the one in the file, or a new one, which is then in it."""
        student = self.known(owner)
        if student is None:
            student = self.free_name(owner)
            self.add(student, owner.name)
        if (owner.platform or owner.id) and not self[student]["id"]:
            self[student].update(platform=owner.platform, id=owner.id)
        return student

    def add(self, student: str, name: str) -> None:
        about = {"student": student, "name": name}
        self.lines[student] = dict.fromkeys(self.columns, "") | about
        self.came.add(student)

    def known(self, owner: Whose) -> str | None:
        """The student by the platform's number, else by the name."""
        if owner.id:
            for student, line in self.lines.items():
                if (line["platform"], line["id"]) == (owner.platform, owner.id):
                    return student
        # Where both have numbers these tell them apart: names may be equal.
        unnumbered = [each for each in self.order if not (owner.id and self[each]["id"])]
        found = [each for each in unnumbered if is_called(self[each], owner.name)]
        if len(found) != 1 and owner.name in unnumbered:
            found = [owner.name]
        # Two names that only resemble each other are two students when they come together.
        earlier = [each for each in unnumbered if each not in self.came]
        found = found or [each for each in earlier if resembles(self[each], owner)]
        if len(found) > 1 and not owner.id:
            raise NobodyError(
                f"{owner.name} may be {' or '.join(found)}: name the folder as roster.csv does"
            )
        return found[0] if len(found) == 1 else None

    def __getitem__(self, student: str) -> Line:
        return self.lines[student]

    def free_name(self, owner: Whose) -> str:
        """A folder's name that nobody has; case does not tell two apart on every system."""
        taken = {student.casefold() for student in self.lines}
        plain = folder_name(owner.name.lower() if owner.platform else owner.name)
        candidates = [plain, f"{plain}_{folder_name(owner.id)}"] if owner.id else [plain]
        candidates += [f"{plain}_{count}" for count in range(2, len(taken) + 3)]
        return next(each for each in candidates if each.casefold() not in taken)

    def merge(self, people: Iterable[Line]) -> int:
        """Take over what a platform's export says of each; return how many are new."""
        before = len(self.lines)
        for person in people:
            name = person.get("name") or person["student"]
            student = person.get("student") or self.folder(
                Whose(name, "", person.get("platform", ""), person.get("id", ""))
            )
            if student not in self.lines:
                self.add(student, name)
            self[student].update({name: said for name, said in person.items() if said})
        return len(self.lines) - before


def as_student(owner: Whose, person: Person) -> Whose:
    return Whose(person.name or person.email, owner.original, owner.platform, person.id)


def is_called(line: Line, name: str) -> bool:
    """Whether a name is exactly a student's, in whichever form a system writes accents."""
    return composed(name) in {composed(line["student"]), composed(line["name"])}


def resembles(line: Line, owner: Whose) -> bool:
    """Whether a name is a student's but for case, "Doe, Ada" for "Ada Doe", Canvas' "doeada"."""
    name, known = same_case(owner.name), same_case(line["name"])
    logins = {same_case(line[each]) for each in ("student", "email", "sis_login_id")}
    if name in {known, *logins}:
        return True
    if CANVAS in (owner.platform, line["platform"]) and squeezed(name) == squeezed(known):
        return True
    return "," in name + known and sorted(words(name)) == sorted(words(known))


@cache
def composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


@cache
def same_case(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def squeezed(name: str) -> str:
    return "".join(words(same_case(name)))


def folder_name(name: str) -> str:
    """A name that can be a folder's everywhere, and a student's in nbgrader: letters, _ . @ -.

    Accents are taken off, letters of other scripts stay.
    """
    letters = unicodedata.normalize("NFKD", name)
    bare = "".join(each for each in letters if not unicodedata.combining(each))
    plain = re.sub(r"[^\w.@-]+", "_", unicodedata.normalize("NFC", bare))
    short = plain.strip("._-")[:LONGEST].rstrip("._-")
    return f"student_{short}" if not short or RESERVED.fullmatch(short) else short
