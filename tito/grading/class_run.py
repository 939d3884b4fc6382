"""One run over a class: take submissions in, have them judged, write down what came of it."""

from __future__ import annotations

import json
import math
import time
import traceback
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import nbformat
from nbgrader.apps import NbGraderAPI

from tito import nbgrader_api
from tito.course import CONFIG, Assignment
from tito.decoding import content_of
from tito.errors import NotebookError
from tito.files import digest, digest_folder
from tito.grading.gradebook import ClassGradebook
from tito.grading.intake import HandedIn, RefusedError, hand_in, name_problem
from tito.grading.journal import Entry, Journal
from tito.grading.judges import Judge
from tito.grading.outputs import write_outputs
from tito.grading.rebuild import Release, Submission, rebuild
from tito.grading.rereading import carried_over
from tito.judging.verdict import WAITED, Verdict, Work
from tito.nbgrader_api import nbgrader_for
from tito.progress import Track
from tito.times import parse_time
from tito.unfinished import remove_unfinished

# What is judged reaches notebooks and gradebook in batches: that many, or after so many seconds.
BATCH, LONGEST_WAIT = 32, 2.0


def grade_students(
    assignment: Assignment,
    students: Sequence[str],
    judge: Judge,
    regrade: bool,
    track: Track,
    patience: float,
    seed: int,
) -> list[str]:
    """Grade those of `students` who are due; return them."""
    with nbgrader_for(assignment.course) as api, Journal(assignment.journal) as journal:
        remove_unfinished(assignment.course)
        gradebook = ClassGradebook(api, assignment.name, patience)
        release = read_release(api, assignment)
        run = Run(assignment, release, gradebook, journal, rules(assignment, seed))
        due = list(students) if regrade else run.due(students)
        left = run.unwritten(due)
        if due:
            judge.ready()
        if due or left:
            prepare(gradebook, release, assignment)
            assignment.course.keep_seed(seed)
            run.write(left)
            run.grade(due, judge, track)
    return due


def prepare(gradebook: ClassGradebook, release: Release, assignment: Assignment) -> None:
    """Let the gradebook know the lesson, and fail now if nothing can be written later."""
    if not gradebook.knows(release.checksums):
        from tito.releasing import enter_lesson  # here: few runs need it, and it takes long to load

        enter_lesson(gradebook.api, assignment)
    gradebook.try_out()


@dataclass(frozen=True)
class Run:
    """One run over a class."""

    assignment: Assignment
    release: Release
    gradebook: ClassGradebook
    journal: Journal
    rules: bytes

    def due(self, students: Sequence[str]) -> list[str]:
        """The students whose submission is not graded as it is now."""
        known = self.gradebook.submitted()
        return [student for student in students if not self._is_graded(student, known)]

    def _is_graded(self, student: str, known: set[str]) -> bool:
        records = self.journal.records
        entry = records.entries.get(student)
        if entry is None or entry.digest != self._hand_in(student).digest(self.rules):
            return False
        if student not in records.applied:
            return True
        if entry.status == "refused":
            return student in known or bool(name_problem(student))
        return student in known and self.assignment.autograded(student).is_file()

    def unwritten(self, due: Sequence[str]) -> list[Entry]:
        """What an earlier run graded and did not get to write, unless it is graded again now."""
        records = self.journal.records
        done = {*records.applied, *due}
        return [entry for name, entry in records.entries.items() if name not in done]

    def grade(self, due: Sequence[str], judge: Judge, track: Track) -> None:
        waiting: list[Entry] = []
        written = -math.inf  # the first is written at once, for who waits to see a grade
        for entry in track(self._entries(due, judge), total=len(due)):
            entry = carried_over(entry, self.journal.records.entries.get(entry.student))
            self.journal.enter(entry)
            waiting.append(entry)
            if len(waiting) >= BATCH or time.monotonic() - written > LONGEST_WAIT:
                self.write(waiting)
                waiting, written = [], time.monotonic()
        self.write(waiting)

    def write(self, entries: list[Entry]) -> None:
        """Write the outputs of what stands in the journal, and note that it is done."""
        if entries:
            write_outputs(self.assignment, self.release, self.gradebook, entries)
            self.journal.mark_applied(entry.student for entry in entries)

    def _entries(self, due: Sequence[str], judge: Judge) -> Iterator[Entry]:
        """What came of each submission, as it comes."""
        refused: deque[Entry] = deque()
        judged: dict[str, tuple[HandedIn, Submission]] = {}
        slow: list[str] = []  # who waited too long while others were judged: again, alone

        def works() -> Iterator[Work]:
            for student in due:
                came = self._hand_in(student)
                try:
                    submission = self._take_in(came)
                except NotebookError as error:
                    refused.append(self._refusal(came, str(error)))
                    continue
                except Exception as error:  # whatever one brings, the others are graded
                    traceback.print_exc()
                    how = f"the grader itself failed on it ({type(error).__name__})"
                    refused.append(self._refusal(came, f"could not be taken in: {how}"))
                    continue
                judged[student] = came, submission
                yield work(student)

        def work(student: str) -> Work:
            came, submission = judged[student]
            return Work(student, came.digest(self.rules), submission.answers)

        for verdict in judge.judge(works()):
            while refused:
                yield refused.popleft()
            if WAITED in verdict.flags and len(due) > 1:
                slow.append(verdict.student)
            else:
                yield self._entry(verdict, *judged.pop(verdict.student))
        yield from refused
        for student in slow:
            for verdict in judge.judge([work(student)]):
                yield self._entry(verdict, *judged.pop(student))

    def _hand_in(self, student: str) -> HandedIn:
        largest = 1000 * self.gradebook.api.coursedir.max_file_size  # nbgrader counts kilobytes
        return hand_in(self.assignment, student, largest)

    def _take_in(self, came: HandedIn) -> Submission:
        if came.problem:
            raise RefusedError(came.problem)
        return rebuild(content_of(came.content, f"{self.assignment.name}.ipynb"), self.release)

    def _refusal(self, came: HandedIn, reason: str) -> Entry:
        return Entry(came.student, came.digest(self.rules), "refused", reason, came.timestamp)

    def _entry(self, verdict: Verdict, came: HandedIn, submission: Submission) -> Entry:
        no_time = came.timestamp and not parse_time(came.timestamp)
        flags = submission.flags
        if no_time:
            flags = [*flags, "timestamp.txt holds no time: taken as in time."]
        return Entry(
            came.student,
            verdict.digest,
            "graded",
            timestamp="" if no_time else came.timestamp,
            flags=flags,
            verdict=verdict,
            answers=submission.answers,
            pictures=submission.pictures,
            shown_as=submission.shown_as,
        )


def read_release(api: NbGraderAPI, assignment: Assignment) -> Release:
    """The lesson as it is graded and as it was handed out."""
    both = nbgrader_api.graded_and_released(api, nbformat.from_dict(assignment.source))
    graded, released = (json.loads(nbformat.v4.writes(notebook)) for notebook in both)
    return Release(graded, released, assignment.course.package.name)


def rules(assignment: Assignment, seed: int) -> bytes:
    """One hash for everything but the submission that a grade depends on."""
    source = assignment.source_path.read_bytes()
    config = (assignment.course.root / CONFIG).read_bytes()
    version = nbgrader_api.VERSION.encode()
    support = digest_folder(assignment.support)
    return digest(source, config, version, support, str(seed).encode()).encode()
