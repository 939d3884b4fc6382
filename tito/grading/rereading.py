"""A mark by hand belongs to the text that was read: what changed since is read again.

The journal keeps a hash of each answer. Where one differs from that of the grading before, or its
check gives other points, the gradebook says of a mark by hand that it waits for a person, as
nbgrader has it, and the journal says of which cells that is for this reason: nbgrader's own
autograde says it of all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tito.cells import CHECK_SUFFIX, exercise_of
from tito.files import digest
from tito.finding import bare
from tito.grading.gradebook import Marks
from tito.grading.journal import Entry


def carried_over(entry: Entry, before: Entry | None) -> Entry:
    """An entry that knows which of its graded cells are not as they were before."""
    if before is None:
        return replace(entry, texts=hashes(entry.answers))
    if entry.status != "graded":  # the next one that is graded is compared with the last one
        return replace(entry, texts=before.texts, read_again=before.read_again)
    texts = hashes(entry.answers)
    was, now = before.judged.scores, entry.judged.scores
    answers = {name for name, text in texts.items() if before.texts.get(name, text) != text}
    checks = {
        name
        for name, points in now.items()
        if exercise_of(name.removesuffix(CHECK_SUFFIX), texts) in answers
        or was.get(name, points) != points
    }
    changed = answers | checks
    return replace(
        entry,
        texts=texts,
        changed=sorted(changed),
        read_again=sorted({*changed, *before.read_again}),
    )


def hashes(answers: Mapping[str, str]) -> dict[str, str]:
    """A hash of each answer, without what editors change by themselves."""
    return {name: digest(bare(text).encode())[:16] for name, text in answers.items()}


def set_aside(marks: Marks, entry: Entry | None) -> Marks:
    """The same marks; those by hand that were for another text do not count, nor its remarks."""
    again = {
        name
        for name in (entry.read_again if entry else ())
        if (mark := marks.cells.get(name)) and mark.waits and mark.manual is not None
    }
    if not again:
        return marks
    cells = {name: replace(mark, again=name in again) for name, mark in marks.cells.items()}
    comments = {name: None if name in again else said for name, said in marks.comments.items()}
    return replace(marks, cells=cells, comments=comments)
