"""Take in what a class handed in: from a folder, nbgrader's exchange, or a platform's zip."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from tito.collecting.archive import entries, only_notebook, opened
from tito.collecting.deadline import due_date
from tito.collecting.exchange import SECRET
from tito.collecting.files import NOT_A_NOTEBOOK, File, Refusal
from tito.collecting.folder import files_in
from tito.collecting.names import EXPECTED, Whose, whose
from tito.collecting.roster import Roster
from tito.collecting.writing import write
from tito.course import Assignment
from tito.errors import CourseError

OLDER, REFUSED = "older", "refused"  # beside what writing says: new, updated, unchanged, kept


@dataclass(frozen=True)
class Outcome:
    """What became of one file of the source."""

    student: str  # the folder's name, or nothing when the file says not whose it is
    path: str  # inside the source
    status: str
    note: str = ""


@dataclass(frozen=True)
class Handin:
    """A file, and whose it is."""

    file: File
    owner: Whose

    @property
    def time(self) -> datetime:
        return self.owner.time or self.file.time

    def is_named_for(self, lesson: str) -> bool:
        """Whether its name begins as the lesson's does: LESSON-1.ipynb is one."""
        return self.owner.original.startswith(lesson)


def collect(assignment: Assignment, source: Path) -> list[Outcome]:
    """Write CLASS/submitted/STUDENT/LESSON for every student with a notebook in `source`.

    Args:
        source: a folder, an `inbound` folder of nbgrader's exchange, or a zip file of Canvas or
            Moodle.

    Returns:
        What became of each file, ordered by student and path.

    Raises:
        CourseError: `source` cannot be read, or holds nothing that could be a submission.
    """
    outcomes, handins, secrets = [], [], {}
    with reading(source) as files:
        for file in files:
            folder, _, name = file.path.rpartition("/")
            if name == SECRET:
                secrets[folder] = file
                continue
            found = file if isinstance(file, Refusal) else sort_in(file, assignment.name)
            if isinstance(found, Handin):
                handins.append(found)
            elif found:
                outcomes.append(Outcome("", found.path, REFUSED, found.reason))
        if not handins and not outcomes:
            raise CourseError(f"no notebook in {source}; expected one of {EXPECTED}")
        roster = Roster.read(assignment.course)
        due = due_date(assignment)
        for student, theirs in by_student(handins, roster).items():
            outcomes += take(assignment, student, theirs, due, secrets)
    roster.save()
    return sorted(outcomes, key=lambda each: (each.student, each.path))


@contextmanager
def reading(source: Path) -> Iterator[Iterator[File | Refusal]]:
    """The files of a folder or a zip; they can be read inside the block."""
    if source.is_file():
        with opened(source) as archive:
            yield entries(archive)
    else:
        yield files_in(source)


def sort_in(file: File, lesson: str) -> Handin | Refusal | None:
    """Whose a file is; nothing for one of another lesson, which is not our affair."""
    if not file.path.lower().endswith((".ipynb", ".zip")):
        return Refusal(file.path, NOT_A_NOTEBOOK)
    owner = whose(file.path, lesson)
    if owner is None:
        return Refusal(file.path, f"its name does not say whose it is; expected {EXPECTED}")
    if owner.lesson not in ("", lesson):
        return None
    return Handin(file, owner)


def by_student(handins: Sequence[Handin], roster: Roster) -> dict[str, list[Handin]]:
    """What each student handed in, by the name of the student's folder."""
    found = defaultdict(list)
    for handin in sorted(handins, key=lambda each: each.file.path):
        found[roster.folder(handin.owner)].append(handin)
    return found


def take(
    assignment: Assignment,
    student: str,
    handins: list[Handin],
    due: datetime | None,
    secrets: dict[str, File | Refusal],
) -> list[Outcome]:
    """Write a student's newest notebook; say what became of each."""
    lesson = assignment.name
    chosen = newest(handins, lesson)
    others = [each.file.path for each in handins if each is not chosen]
    left = [Outcome(student, path, OLDER, f"{chosen.file.path} is newer") for path in others]
    content = read(chosen.file, lesson)
    if isinstance(content, Refusal):
        return [*left, Outcome(student, chosen.file.path, REFUSED, content.reason)]
    handed_in = hand_in_time(chosen, due)
    secret = secrets.get(chosen.file.path.rpartition("/")[0])
    extra = secret.read() if isinstance(secret, File) and chosen.owner.time else None
    files = {SECRET: extra} if isinstance(extra, bytes) else {}
    status = write(assignment, student, content, chosen.time, handed_in, files)
    return [*left, Outcome(student, chosen.file.path, status, note(chosen, lesson))]


def newest(handins: list[Handin], lesson: str) -> Handin:
    """The newest of those called as the lesson, or of all where none is."""
    named = [each for each in handins if each.is_named_for(lesson)]
    return max(named or handins, key=lambda each: (each.owner.order, each.time))


def read(file: File, lesson: str) -> bytes | Refusal:
    """The notebook: the file, or the one in the zip that a student handed in."""
    content = file.read()
    if isinstance(content, Refusal) or not file.path.lower().endswith(".zip"):
        return content
    return only_notebook(file.path, content, lesson)


def hand_in_time(handin: Handin, due: datetime | None) -> datetime:
    """When it counts as handed in: the platform's word on lateness goes before a file's time.

    Platforms stamp the files of a zip with the time of the download.
    """
    late = handin.owner.late
    if due is None or late is None:
        return handin.time
    return max(handin.time, due + timedelta(seconds=1)) if late else min(handin.time, due)


def note(handin: Handin, lesson: str) -> str:
    notes = []
    if handin.owner.late:
        notes.append("late")
    if not handin.is_named_for(lesson):
        notes.append(f"renamed from {handin.owner.original}")
    if handin.file.note:
        notes.append(handin.file.note)
    return ", ".join(notes)
