"""Whose a file is: read from the names that platforms and nbgrader give to folders and files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from tito.nbgrader_api import parse_time

CANVAS, MOODLE = "canvas", "moodle"
EXPECTED = (
    "STUDENT/NOTEBOOK.ipynb, STUDENT.ipynb, the names of nbgrader's exchange, of Canvas "
    "(NAME_12345_67890_NOTEBOOK.ipynb) or of Moodle "
    "(NAME_12345_assignsubmission_file/NOTEBOOK.ipynb)"
)


@dataclass(frozen=True)
class Whose:
    """What the name of a file says."""

    name: str  # the student's, as the source writes it
    original: str  # what the student called the file
    platform: str = ""
    id: str = ""  # the platform's number for the student
    late: bool | None = None  # the platform's word, where it has one
    time: datetime | None = None  # UTC; where the name says it
    lesson: str = ""  # where the name says it
    order: int = 0  # of two files of a student the higher is newer; 0 where time alone decides


# Canvas, lib/content_zipper.rb (get_filename, add_upload_submission):
# SORTABLENAME[_LATE]_USER_ATTACHMENT_FILE, all in one folder; the name is in small letters without
# spaces. Attachments are numbered as they come. Anonymous marking writes anon_ID for name and user.
CANVAS_FILE = re.compile(
    r"(?:(?P<name>.+?)_)??(?P<late>LATE_)?(?:(?P<anonymous>anon_[^_]+)|(?P<id>\d+))"
    r"_(?P<attachment>\d+)_(?P<original>.+)"
)

# Moodle, mod/assign/classes/downloader.php (get_student_prefix, load_submissionplugin_filelist):
# "FULL NAME_PARTICIPANT_assignsubmission_file" is a folder, which older versions end with one
# more _, or, without the option "Download submissions in folders", the beginning of a file's name.
# A _ in a name becomes a space; blind marking writes "Participant" for the name.
MOODLE_NAME = re.compile(r"(?P<name>[^_]+)_(?P<id>\d+)_assignsubmission_file(?:_(?P<original>.*))?")

# nbgrader, exchange/default/submit.py: STUDENT+LESSON+TIME, and a random part where configured.
EXCHANGE_FOLDER = re.compile(
    r"(?P<name>.+)\+(?P<lesson>[^+]+)\+(?P<time>\d{4}-\d\d-\d\d [^+]+)(?:\+[^+]*)?"
)

# What a browser or a platform adds to the name of a second copy: "-1", " (2)".
COPY = re.compile(r"[ _-]?(?:\(\d+\)|-\d+)$")


def whose(path: str, lesson: str) -> Whose | None:
    """Whose the file at `path` inside a source is, or nothing when its name does not say."""
    *folders, file = path.split("/")
    return (
        exchange(folders, file)
        or moodle(folders, file)
        or canvas(file)
        or by_hand(folders, file, lesson)
    )


def exchange(folders: list[str], file: str) -> Whose | None:
    for folder in folders:
        found = EXCHANGE_FOLDER.fullmatch(folder)
        if found and (time := parse_time(found["time"])):
            when = time.replace(tzinfo=UTC)
            return Whose(found["name"], file, time=when, lesson=found["lesson"])
    return None


def moodle(folders: list[str], file: str) -> Whose | None:
    for part in (*folders, file):
        if found := MOODLE_NAME.fullmatch(part):
            original = found["original"] if part == file else file
            return Whose(found["name"], original or file, MOODLE, found["id"])
    return None


def canvas(file: str) -> Whose | None:
    found = CANVAS_FILE.fullmatch(file)
    if not found:
        return None
    name = found["anonymous"] or found["name"]
    number = found["id"] or name.removeprefix("anon_")
    order = int(found["attachment"])
    return Whose(name, found["original"], CANVAS, number, bool(found["late"]), order=order)


def by_hand(folders: list[str], file: str, lesson: str) -> Whose | None:
    """STUDENT/LESSON/LESSON.ipynb, STUDENT/NOTEBOOK.ipynb, STUDENT.ipynb, STUDENT_LESSON.ipynb."""
    stem = file.rsplit(".", 1)[0]
    if len(folders) >= 2 and folders[-1] == stem:
        return Whose(folders[-2], file, lesson=stem)
    if folders:
        return Whose(folders[-1], file)
    name = COPY.sub("", stem).replace(lesson, "").strip("_- ")
    return Whose(name, f"{lesson}.ipynb") if name else None
