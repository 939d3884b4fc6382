"""Sort the files of a source by student, and what platforms say in files beside them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from tito.collecting.choosing import Handin
from tito.collecting.files import (
    METADATA,
    NOT_A_NOTEBOOK,
    NOTES,
    File,
    Refusal,
    is_astray,
    may_be_notebook,
)
from tito.collecting.gradescope import by_metadata
from tito.collecting.layout import READING, Layout, in_bundle
from tito.collecting.names import EXPECTED, MOODLE, Whose, by_pattern, by_platform
from tito.collecting.outcome import REFUSED, Outcome
from tito.collecting.roster import NobodyError, Roster
from tito.errors import CourseError

WHOSE = f"its name does not say whose it is; expected {EXPECTED}"
GROUP = re.compile(
    r"(?:team|group|gruppe|groupe|équipe|equipe|equipo|grupo|gruppo|groep|grupp|группа|команда|小组|组)"
    r"(?:\W|_|\d|$).*",
    re.IGNORECASE,
)

Notes = Mapping[str, Mapping[str, File]]  # by the file's name, then by the folder


def sort_in(
    files: Iterator[File | Refusal], lesson: str, pattern: str | None
) -> tuple[list[Handin], list[Outcome], Notes]:
    """Whose each file is; what is refused at once; and what platforms say in files beside it."""
    refused: list[Refusal] = []
    plain: list[File] = []
    notes: dict[str, dict[str, File]] = defaultdict(dict)
    for file in files:
        folder, _, name = file.path.rpartition("/")
        if isinstance(file, Refusal):
            refused.append(file)
        elif name in NOTES:
            notes[name][folder] = file
        else:
            plain.append(file)
    whose = reader_of(plain, refused, lesson, pattern, notes)
    handins, outcomes = [], []
    for file in (*plain, *map(refused_file, refused)):
        owner = None if is_astray(file.path) else whose(file.path)
        if owner is None and is_contents(file.path):
            continue
        if owner is None:
            reason = file.note if file.is_refused else whose_not(file.path)
            outcomes.append(Outcome("", file.path, REFUSED, reason))
        elif owner.lesson in ("", lesson) and in_bundle(file.path, lesson) != READING:
            handins.append(Handin(file, owner))
    return handins, outcomes, notes


def refused_file(refusal: Refusal) -> File:
    """A file that is known by name only, so that its refusal is its student's."""
    return File(refusal.path, datetime.fromtimestamp(0, UTC), lambda: refusal, refusal.reason, True)


def is_contents(path: str) -> bool:
    """Whether a file is the page that Brightspace puts above all submissions."""
    return path.count("/") < 2 and path.endswith("index.html")


def whose_not(path: str) -> str:
    return WHOSE if may_be_notebook(path) else NOT_A_NOTEBOOK


def reader_of(
    plain: Sequence[File],
    refused: Sequence[Refusal],
    lesson: str,
    pattern: str | None,
    notes: Notes,
) -> Callable[[str], Whose | None]:
    """What tells whose a file is: a pattern of one's own, a platform, or the folders' layout."""
    if pattern:
        return by_pattern(pattern)
    exports = [by_metadata(content(file)) for file in notes.get(METADATA, {}).values()]
    if exports:
        return lambda path: next((found for each in exports if (found := each(path))), None)
    paths = [each.path for each in plain if may_be_notebook(each.path)]
    layout = Layout.of([path for path in paths if by_platform(path) is None], lesson)
    return lambda path: by_platform(path) or layout.whose(path)


def content(file: File) -> bytes:
    """The bytes of a file that a platform has written."""
    data = file.read()
    if isinstance(data, Refusal):
        raise CourseError(f"{data.path}: {data.reason}")
    return data


def by_student(
    handins: Sequence[Handin], roster: Roster
) -> tuple[dict[str, list[Handin]], list[Outcome]]:
    """What each student handed in, by the folder's name; and what may be more than one's.

    A group's work is that of each member.
    """
    found, unclear = defaultdict(list), []
    teams = any(each.owner.is_group and each.owner.platform == MOODLE for each in handins)
    for handin in sorted(handins, key=lambda each: each.path):
        owner = handin.owner
        may_be_group = GROUP.fullmatch(owner.name) or (teams and owner.platform == MOODLE)
        try:
            if may_be_group and owner.platform in (MOODLE, ""):
                owner = replace(owner, is_group=roster.known(owner) is None)
            students = roster.folders(owner)
        except NobodyError as error:
            unclear.append(Outcome("", handin.path, REFUSED, str(error)))
            continue
        if len(students) > 1:
            owner = replace(owner, is_group=True)
        for student in students:
            found[student].append(replace(handin, owner=owner))
    return found, unclear
