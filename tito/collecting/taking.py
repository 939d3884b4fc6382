"""Write down what was chosen of each student, and when it counts as handed in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from tito.collecting.choosing import Chosen, Handin, Lesson, content_of
from tito.collecting.files import SECRET, TIMESTAMP, Refusal
from tito.collecting.names import local_time
from tito.collecting.outcome import OLDER, REFUSED, Outcome
from tito.collecting.record import FILE, IN_TIME, LATE, LEFT, PLATFORM, TAKEN, Received
from tito.collecting.record import REFUSED as NOT_TAKEN
from tito.collecting.sorting import Notes
from tito.collecting.writing import KEPT, TIME, NotAFolderError, write
from tito.course import Assignment
from tito.grading.intake import shown
from tito.times import parse_time


@dataclass(frozen=True)
class Taking:
    """One run that writes what was chosen."""

    assignment: Assignment
    lesson: Lesson
    due: datetime | None
    notes: Notes
    force: bool

    def take(self, student: str, choice: Chosen) -> list[Outcome]:
        """Write a student's notebook; say what became of each file."""
        handin = choice.handin
        if handin is None:
            return choice.others
        data = content_of(handin, self.lesson)
        late = handin.owner.late
        if isinstance(data, Refusal):
            return [*choice.others, Outcome(student, handin.path, REFUSED, data.reason, late)]
        time = self.noted_time(handin)
        if time:
            handin = replace(handin, owner=replace(handin.owner, time=time))
        handed_in = hand_in_time(handin, self.due)
        says = handin.owner.time is not None or late is not None
        try:
            status = write(
                *(self.assignment, student, data, handin.time, handed_in),
                beside=self.secret(handin),
                force=self.force,
                says_time=says,
            )
        except NotAFolderError as error:
            return [*choice.others, Outcome(student, handin.path, REFUSED, str(error), late)]
        about = note(handin, self.lesson.name)
        when = handed_in.strftime(TIME)
        by = PLATFORM if handin.owner.time else FILE
        return [*choice.others, Outcome(student, handin.path, status, about, late, when, by)]

    def secret(self, handin: Handin) -> dict[str, bytes]:
        """What nbgrader's exchange needs to give feedback back."""
        file = self.notes.get(SECRET, {}).get(handin.path.rpartition("/")[0])
        data = file.read() if file and handin.owner.time else None
        return {SECRET: data} if isinstance(data, bytes) else {}

    def noted_time(self, handin: Handin) -> datetime | None:
        """The time that a timestamp.txt says: nbgrader's beside the notebook, or Sakai's above.

        In nbgrader's exchange the folder's name says it, which a student cannot change.
        """
        if handin.owner.time:
            return None
        folder = handin.path.rpartition("/")[0]
        above = folder.rpartition("/")[0]
        sakai = handin.owner.platform == "sakai"
        if not sakai and folder.rpartition("/")[2] != self.lesson.name:
            return None
        file = self.notes.get(TIMESTAMP, {}).get(above if sakai else folder)
        data = file.read() if file else b""
        if isinstance(data, Refusal):
            return None
        text = data[:100].decode("utf-8", "replace").strip()
        if sakai:  # 20260302091500000
            return local_time(text[:14], ["%Y%m%d%H%M%S"])
        time = parse_time(text)
        return time.replace(tzinfo=UTC) if time else None


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
    if handin.owner.is_group or handin.owner.members:
        notes.append(f"handed in by the group {handin.owner.name}")
    if not handin.owner.original.startswith(lesson):
        notes.append(f"renamed from {handin.owner.original}")
    if handin.file.note:
        notes.append(handin.file.note)
    if handin.time > datetime.now(UTC) + timedelta(days=1):
        notes.append("its time lies in the future: later ones need --replace")
    return ", ".join(notes)


def received(outcome: Outcome) -> Received:
    """The line that is kept of a file."""
    became = {REFUSED: NOT_TAKEN, OLDER: LEFT, KEPT: LEFT}.get(outcome.status, TAKEN)
    late = "" if outcome.late is None else LATE if outcome.late else IN_TIME
    why = "what is there is newer" if outcome.status == KEPT else outcome.note
    when = outcome.time, why, outcome.time_by
    return Received(outcome.student, shown(outcome.path), became, late, *when)
