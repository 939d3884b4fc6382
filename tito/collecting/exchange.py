"""What nbgrader's exchange needs to give feedback back to the student who handed in."""

from __future__ import annotations

from tito.collecting.files import SECRET, TIMESTAMP
from tito.course import Assignment
from tito.files import save
from tito.opening import LARGEST_NOTE, MissingFileError, OddFileError, read_plain_file


def ready_to_return(assignment: Assignment) -> list[str]:
    """Put time and secret of each submission beside its feedback page.

    `nbgrader release_feedback` looks for both there. Submissions that did not come through the
    exchange have no secret, and nothing is done for them.

    Returns:
        Whose feedback cannot go back through the exchange, and why, a line each.
    """
    doubts, name = [], assignment.name
    for page in sorted(assignment.course.feedback.glob(f"*/{name}/{name}.html")):
        student = page.parent.parent.name
        try:
            notes = beside(assignment, student)
        except OddFileError as odd:
            doubts.append(f"{student}: {odd}; this feedback cannot go back through the exchange")
            continue
        for note, content in notes.items():
            save(page.with_name(note), content)
    return doubts


def beside(assignment: Assignment, student: str) -> dict[str, bytes]:
    """Secret and time of a submission; nothing where there is no secret."""
    folder = [student, assignment.name]
    submitted = assignment.course.submitted
    try:
        secret = read_plain_file(submitted, [*folder, SECRET], LARGEST_NOTE)
    except MissingFileError:
        return {}
    return {
        SECRET: secret,
        TIMESTAMP: read_plain_file(submitted, [*folder, TIMESTAMP], LARGEST_NOTE),
    }
