"""Feedback pages in one zip, as a platform takes them back: under the names that it gave.

Moodle, mod/assign/feedback/file/importziplib.php (is_valid_filename_for_import): a part of the path
is NAME_PARTICIPANT_assignsubmission_file, which may go on with _ and the file's name; what follows
is what the student sees. Canvas, "Upload Submissions" (infer_comment_context_from_filename): the
first two numbers between _ are the user and the file that was handed in.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from tito.collecting.names import CANVAS, CANVAS_FILE, MOODLE, MOODLE_NAME
from tito.collecting.record import read_record, taken
from tito.collecting.roster import Line, Roster
from tito.course import Assignment
from tito.files import save
from tito.zips import zipped


@dataclass
class Returned:
    """The zips that were written, and whose page is in none."""

    zips: list[Path] = field(default_factory=list)
    without: list[str] = field(default_factory=list)


def feedback_zips(assignment: Assignment) -> Returned:
    """Write CLASS/report/LESSON/feedback_PLATFORM.zip for each platform that hand-ins came from."""
    roster = Roster.read(assignment.course).lines
    received = taken(read_record(assignment))
    pages: dict[str, dict[str, Path]] = {}
    done = Returned()
    name = assignment.name
    for page in sorted(assignment.course.feedback.glob(f"*/{name}/{name}.html")):
        student = page.parent.parent.name
        file = received[student].file if student in received else ""
        platform, there = name_there(file, roster.get(student, {}), page.name)
        if platform:
            pages.setdefault(platform, {}).setdefault(there, page)
        else:
            done.without.append(student)
    for platform, by_name in pages.items():
        path = assignment.report / f"feedback_{platform}.zip"
        save(path, zipped({there: page.read_bytes() for there, page in by_name.items()}))
        done.zips.append(path)
    return done


def name_there(file: str, line: Line, page: str) -> tuple[str, str]:
    """The platform, and the name in its zip of the page of whoever handed `file` in."""
    for part in file.split("/"):
        found = MOODLE_NAME.fullmatch(part)
        if found and found["kind"] == "file":
            return moodle_name(part, found["id"] or "", found["original"] or "", line, page)
    last = file.split("/")[-1]
    found = CANVAS_FILE.fullmatch(last)
    if found and found["attachment"]:
        return CANVAS, f"{PurePosixPath(last).stem}.html"
    if line.get("platform") == MOODLE and line.get("id"):  # by e-mail
        return MOODLE, f"{own_name(line)}/{page}"
    return "", ""


def moodle_name(part: str, number: str, original: str, line: Line, page: str) -> tuple[str, str]:
    """A person's folder or file as it was; of a team each member's."""
    if line.get("id") and line["id"] != number:
        return MOODLE, f"{own_name(line)}/{page}"
    if not number or not line.get("id"):
        return "", ""
    if original:  # all files in one folder
        return MOODLE, f"{part.removesuffix(original)}{page}"
    return MOODLE, f"{part}/{page}"


def own_name(line: Line) -> str:
    """The folder of a person as Moodle calls it; a _ in the name would shift the number."""
    name = line["name"].replace("_", " ").replace("/", " ")
    return f"{name}_{line['id']}_assignsubmission_file"
