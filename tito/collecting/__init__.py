"""Take in what a class handed in: from a folder, nbgrader's exchange, or a platform's zip."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tito.collecting.archive import entries, opened
from tito.collecting.choosing import SEVERAL, Chosen, Lesson, choose
from tito.collecting.files import File, Refusal
from tito.collecting.folder import files_in
from tito.collecting.names import EXPECTED
from tito.collecting.outcome import FOUND, OLDER, REFUSED, Outcome
from tito.collecting.record import add_to_record
from tito.collecting.roster import Roster
from tito.collecting.sorting import WHOSE, by_student, sort_in
from tito.collecting.taking import Taking, received
from tito.course import Assignment
from tito.errors import CourseError

__all__ = ["FOUND", "OLDER", "REFUSED", "Outcome", "UnclearError", "collect"]

# Of so many students one whose folders hold several notebooks is a student, more are a layout that
# is not understood.
FEW = 4


class UnclearError(CourseError):
    """Nothing was taken in, because it is not clear whose the files are."""

    def __init__(self, reason: str, preview: Sequence[Outcome]) -> None:
        super().__init__(reason)
        self.preview = preview


def collect(
    assignment: Assignment,
    source: Path,
    pattern: str | None = None,
    force: bool = False,
    preview: bool = False,
) -> list[Outcome]:
    """Write CLASS/submitted/STUDENT/LESSON for every student with a notebook in `source`.

    Args:
        source: a folder, an `inbound` folder of nbgrader's exchange, or a platform's zip.
        pattern: a regular expression that finds name or id in a path, where no layout known does.
        force: let a file replace what is there, whatever their times say.
        preview: write nothing, and say what would be taken.

    Returns:
        What became of each file, ordered by student and path.

    Raises:
        UnclearError: several students' files would become one student's.
        CourseError: `source` cannot be read, or holds nothing that could be a submission; or the
            class folder cannot be written, and then what was taken in before is kept.
    """
    from tito.collecting.deadline import due_date  # here, because it loads nbgrader

    lesson = Lesson(assignment)
    with reading(source) as files:
        roster = Roster.read(assignment.course)
        handins, outcomes, notes = sort_in(files, lesson.name, pattern)
        if not handins and not outcomes:
            raise CourseError(f"no notebook in {source}; expected one of {EXPECTED}")
        theirs, nobodys = by_student(handins, roster)
        choices = {student: choose(student, each, lesson) for student, each in theirs.items()}
        outcomes += nobodys
        refuse_collapse(choices, outcomes)
        if preview:
            outcomes += shown_only(choices)
            return in_order(outcomes)
        assignment.course.keep_out_of_git()
        taking = Taking(assignment, lesson, due_date(assignment), notes, force)
        try:
            for student, choice in choices.items():
                outcomes += taking.take(student, choice)
        finally:  # a full disk, Ctrl-C: what was taken in is kept, and known
            roster.save()
            add_to_record(assignment, [received(each) for each in outcomes])
    return in_order(outcomes)


def in_order(outcomes: list[Outcome]) -> list[Outcome]:
    return sorted(outcomes, key=lambda each: (each.student, each.path))


@contextmanager
def reading(source: Path) -> Iterator[Iterator[File | Refusal]]:
    """The files of a folder or a zip; they can be read inside the block."""
    if source.is_file():
        with opened(source) as archive:
            yield entries(archive)
    else:
        yield files_in(source)


def refuse_collapse(choices: Mapping[str, Chosen], nobodys: Sequence[Outcome]) -> None:
    """Refuse all where the folders were not understood, before anything is written."""
    preview = [*nobodys, *shown_only(choices)]
    refused = [each for each in preview if each.status == REFUSED]
    unclear = {each.student for each in refused if each.note.startswith(SEVERAL)}
    if len(unclear) * FEW >= len(choices) and unclear:
        raise UnclearError(
            f"several submissions would become one student ({', '.join(sorted(unclear)[:3])}): "
            "nothing was taken in. Say where the name stands, for example "
            "--pattern '(?P<name>[^/]+)/[^/]+$' for the last folder",
            in_order(preview),
        )
    if not choices and len(nobodys) > 1 and all(each.note == WHOSE for each in nobodys):
        raise UnclearError(
            "no name says whose the files are: nothing was taken in. Say where it stands by "
            "--pattern, a regular expression with a group called name",
            in_order(preview),
        )


def shown_only(choices: Mapping[str, Chosen]) -> list[Outcome]:
    """What would be taken, of each student."""
    found = []
    for student, choice in choices.items():
        found += choice.others
        if choice.handin:
            found.append(Outcome(student, choice.handin.path, FOUND))
    return found
